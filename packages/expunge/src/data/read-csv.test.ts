import { existsSync } from "node:fs";
import { readdir, readlink, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { errorOf, temporaryFiles } from "../../testing/files.js";
import { type CsvOptions, openCsv } from "./read-csv.js";
import type { TableRow } from "./table.js";

const file = temporaryFiles();
const HEADER: CsvOptions = { columns: null };

async function readAll(path: string, options: CsvOptions = HEADER) {
  const { columns, batches } = await openCsv(path, options);
  const rows: TableRow[] = [];
  for await (const batch of batches) rows.push(...batch);
  return { columns, rows, cells: rows.map(({ cells }) => cells) };
}

describe("openCsv", () => {
  it.each([
    ["plain", "a,b\n1,x\n2,y\n"],
    ["without a last line end", "a,b\n1,x\n2,y"],
    ["with Windows line ends", "a,b\r\n1,x\r\n2,y\r\n"],
    ["with a byte order mark", "\uFEFFa,b\n1,x\n2,y\n"],
    ["with a byte order mark and quotes", '\uFEFF"a","b"\n1,x\n2,"y"\n'],
    ["with spaces around cells", "a , b\n1 , x\n 2,y \n"],
    ["with old Macintosh line ends", "a,b\r1,x\r2,y\r"],
    ["with mixed line ends, Windows first", "a,b\r\n1,x\n2,y\r\n"],
    ["with mixed line ends, Windows last", "a,b\n1,x\r\n2,y\r\n"],
    ["with Windows line ends, quotes and empty lines", 'a,"b"\r\n\r\n1,"x"\r\n"2",y\r\n\r\n'],
    ["with lines of white space", "a,b\n1,x\n   \n2,y\n \t\n"],
    ["with empty lines", "\na,b\n\n1,x\n\n2,y\n\n"],
  ])("reads a file %s", async (_, text) => {
    const { columns, cells } = await readAll(await file("t.csv", text));
    expect(columns).toEqual(["a", "b"]);
    expect(cells).toEqual([
      ["1", "x"],
      ["2", "y"],
    ]);
  });

  it("calls a column without a name by its place: pandas writes its index so", async () => {
    const { columns } = await readAll(await file("t.csv", ',a," ",b\n0,1,2,3\n'));
    expect(columns).toEqual(["column 1", "a", "column 3", "b"]);
    const error = await errorOf("E_DATA", async () => readAll(await file("t.csv", ",a,column 1\n0,1,2\n")));
    expect(error.message).toMatch(/column 3: expected a name of its own, found that of column 1/);
  });

  it("drops a byte order mark where there is no header either", async () => {
    const { cells } = await readAll(await file("t.csv", "\uFEFF1,x\n2,y\n"), { columns: ["a", "b"] });
    expect(cells).toEqual([
      ["1", "x"],
      ["2", "y"],
    ]);
  });

  it("reads quotes, delimiters and line ends inside them, and gives the line on which a row ends", async () => {
    const { rows } = await readAll(await file("t.csv", 'a,b\n"1,\n2","say ""x"""\n3,4\n'));
    expect(rows).toEqual([
      { cells: ["1,\n2", 'say "x"'], row: 1, line: 3 },
      { cells: ["3", "4"], row: 2, line: 4 },
    ]);
  });

  it("takes other delimiters, leaves out comment lines, and does not take a comment sign inside a line for one", async () => {
    const text = "|1x3 Cross validator\na;x|y\n|no\nb;z\n";
    const { cells } = await readAll(await file("t.csv", text), {
      columns: ["p", "q"],
      delimiter: ";",
      comment: "|",
    });
    expect(cells).toEqual([
      ["a", "x|y"],
      ["b", "z"],
    ]);
    const tabs = await readAll(await file("t.tsv", "a\tb\tc\n1\t\t3\n\t2\t\n"), {
      columns: null,
      delimiter: "\t",
    });
    expect(tabs.cells).toEqual([
      ["1", "", "3"],
      ["", "2", ""],
    ]);
  });

  it("reads gzip by its first bytes, whatever the name", async () => {
    const { cells } = await readAll(await file("t.csv", gzipSync("a,b\n1,x\n")));
    expect(cells).toEqual([["1", "x"]]);
  });

  it("gives back any cells that were written with quotes, across batches", async () => {
    // Cells are trimmed by contract, and quoted ones may hold anything else.
    const cell = fc.string({ unit: "grapheme", maxLength: 8 }).filter((s) => !/^\s|\s$|[\0\r\uFEFF]/.test(s));
    const path = await file("t.csv", "");
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 30 }), async (expected) => {
        const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;
        await writeFile(path, expected.map((row) => `${row.map(quote).join(",")}\n`).join(""));
        expect((await readAll(path, { columns: ["a", "b"] })).cells).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it("counts rows and lines over many batches and read buffers", async () => {
    const wide = "x".repeat(500);
    const text = `id,text\n${Array.from({ length: 3000 }, (_, i) => `${i},${wide}é`).join("\n")}\n`;
    const { rows } = await readAll(await file("t.csv", text));
    expect(rows.length).toBe(3000);
    expect(rows[2999]).toMatchObject({ row: 3000, line: 3001, cells: ["2999", `${wide}é`] });
  });

  it("keeps up with line ends that fall on buffer ends, quoted or not, and with a slow reader", async () => {
    // Every row is longer than the last, so that CR and LF come apart somewhere; 6 MB. A row has two lines.
    const text = Array.from({ length: 3500 }, (_, i) => `${i},"${"x".repeat(i)}\r\n"\r\n`).join("");
    for (const content of [text, gzipSync(text, { level: 1 })]) {
      const { batches } = await openCsv(await file("t.csv", content), { columns: ["i", "text"] });
      let count = 0;
      for await (const batch of batches) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        for (const { cells, row, line } of batch) {
          if (cells[0] !== String(count) || (cells[1] as string).length !== count + 1)
            expect.fail(`row ${row} is damaged`);
          count++;
          if (row !== count || line !== 2 * count) expect.fail(`row ${count} has line ${line}`);
        }
      }
      expect(count).toBe(3500);
    }
  });

  it("shows the right line after quoted line ends, comments and empty lines", async () => {
    for (const end of ["\n", "\r\n"]) {
      const lines = ["# one", "a,b", '"1', '1","x', "", 'x"', "", "# eight", "2,y", "3", ""];
      const error = await errorOf("E_DATA", async () =>
        readAll(await file("t.csv", lines.join(end)), { columns: null, comment: "#" }),
      );
      expect(error.details).toMatchObject({ row: 3, line: lines.indexOf("3") + 1 });
    }
  });

  const bad: readonly [string, string | Uint8Array, RegExp][] = [
    ["an empty file", "", /expected a header line, found an empty file/],
    ["a row too short", "a,b\n1,2\n3\n", /row 2 \(line 3\): expected 2 cells, found 1/],
    ["a row too long", "a,b\n1,2,3\n", /row 1 \(line 2\): expected 2 cells, found 3/],
    [
      "an open quote",
      'a,b\n1,2\n"3,4\n',
      /line 3: expected valid CSV, found a quote that is opened and never closed/,
    ],
    [
      "a column name twice",
      "a,b,a\n1,2,3\n",
      /column 3: expected a name of its own, found that of column 1\. .*header\?/,
    ],
    ["a zero byte", "a,b\n1,2\n3,\0\n", /line 3: expected a CSV file in UTF-8, found a zero byte/],
    ["UTF-16", Buffer.from("a,b\n1,2\n", "utf16le"), /line 1: .*found a zero byte/],
    ["Latin-1", Buffer.from("a,b\n1,2\n3,J\xfcrgen\n4,5\n", "latin1"), /line 3: .*bytes that are not UTF-8/],
    ["a character cut off at the end", Uint8Array.from([...Buffer.from("a,b\n1,2\n3,"), 0xc3]), /not UTF-8/],
    ["a picture", Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13), /found a zero byte/],
    ["gzip of what is no text", gzipSync(Uint8Array.of(7, 200, 0, 255)), /found a zero byte/],
    ["gzip of gzip", gzipSync(gzipSync("a,b\n1,2\n")), /expected a CSV file in UTF-8/],
    ["a damaged gzip", gzipSync("a,b\n1,2\n").subarray(0, 15), /^Cannot read .*unexpected end of file/],
  ];
  it.each(bad)("refuses %s and says where", async (_, content, message) => {
    const path = await file("t.csv", content);
    const error = await errorOf("E_DATA", () => readAll(path));
    expect(error.message).toMatch(message);
    expect(error.message).toContain(path);
    expect(error.details.file).toBe(path);
  });

  it("refuses a quote that swallows the rest of a large file, before it fills the memory", async () => {
    const path = await file("t.csv", `a,b\n1,"2\n${"3,4\n".repeat(6_000_000)}`);
    const error = await errorOf("E_DATA", () => readAll(path));
    expect(error.message).toMatch(/expected valid CSV, found a row of more than 16 MiB \(a quote/);
  });

  it.each([
    ["inside a cell", 'who,x\nann"secret"@example.com,1\n', /a quote inside a cell/],
    [
      "closed too early",
      'who,x\n"ann"secret@example.com,1\n',
      /text between a closing quote and the next delimiter/,
    ],
    ["closed too early, with spaces", 'who,x\n"ann" secret@example.com,1\n', /text between a closing quote/],
  ])("never quotes a cell when a quote is %s: it may be somebody's id", async (_, text, message) => {
    const error = await errorOf("E_DATA", async () => readAll(await file("t.csv", text)));
    expect(error.message).toMatch(message);
    expect(error.message).toContain("line 2");
    expect(JSON.stringify([error.message, error.details])).not.toMatch(/ann|secret/);
  });

  it("yields the rows above a bad one first, so that the upper of two mistakes is found", async () => {
    const { batches } = await openCsv(await file("t.csv", 'a,b\n1,2\n3,4\n"5\n'), HEADER);
    const rows: TableRow[] = [];
    await errorOf("E_DATA", async () => {
      for await (const batch of batches) rows.push(...batch);
    });
    expect(rows.map(({ cells }) => cells)).toEqual([
      ["1", "2"],
      ["3", "4"],
    ]);
  });

  it("says that a file or folder cannot be read", async () => {
    expect((await errorOf("E_DATA", () => readAll("/no/such.csv"))).message).toBe(
      "Cannot read /no/such.csv: there is no such file.",
    );
    expect((await errorOf("E_DATA", () => readAll("/tmp"))).message).toBe(
      "Cannot read /tmp: it is a folder.",
    );
  });

  it.skipIf(!existsSync("/proc/self/fd"))(
    "closes the file when it is left in the middle, never read, or bad (needs /proc)",
    async () => {
      const text = `a,b\n${"1,2\n".repeat(500_000)}`;
      const path = await file("t.csv", text);
      const openCount = async (): Promise<number> => {
        const links = (await readdir("/proc/self/fd")).map((fd) =>
          readlink(`/proc/self/fd/${fd}`).catch(() => ""),
        );
        return (await Promise.all(links)).filter((target) => target === path).length;
      };
      const { batches } = await openCsv(path, HEADER);
      for await (const batch of batches) {
        expect(batch.length).toBeGreaterThan(0);
        expect(await openCount()).toBe(1);
        break;
      }
      await expect.poll(openCount).toBe(0);
      await openCsv(path, HEADER);
      await expect.poll(openCount).toBe(0);
      await writeFile(path, text.replace("1,2", "1"));
      await errorOf("E_DATA", () => readAll(path));
      await expect.poll(openCount).toBe(0);
    },
  );
});
