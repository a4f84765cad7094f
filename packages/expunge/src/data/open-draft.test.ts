import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { errorOf, realData, temporaryFiles } from "../../testing/files.js";
import { type InferOptions, inferSchema } from "./infer-schema.js";
import { openCsv } from "./read-csv.js";
import { readTable } from "./read-table.js";
import { parseSchema } from "./schema.js";

const file = temporaryFiles();
const cases = realData("cases");

/** Sixty people; `line` joins cells. */
function people(line: (...cells: readonly unknown[]) => string, header = true): string {
  const rows = Array.from({ length: 60 }, (_, i) =>
    line(`p${i}@x.org`, 20 + (i % 40), ["Köln", "東京"][i % 2], i % 3 === 0 ? "yes" : "no"),
  );
  return `${[...(header ? [line("who", "age", "town", "y")] : []), ...rows].join("\n")}\n`;
}

const commas = (...cells: readonly unknown[]): string => cells.join(",");

async function draft(content: string | Uint8Array, options: Partial<InferOptions> = {}, name = "t.csv") {
  const path = await file(name, content);
  const { schema, notes } = await inferSchema(path, { label: "y", ...options });
  const { rowCount } = await readTable(path, schema);
  return { path, csv: schema.csv, rowCount, notes: notes.join("\n") };
}

/** UTF-16, the byte that counts more first. */
function bigEndian(text: string): Uint8Array {
  return Buffer.from(text, "utf16le").swap16();
}

/** {"a,b\n1,x\n2,y\n"} and 200,000 rows of `${i % 7},x`, as pyarrow 25.0.1 packs them (pyarrow.CompressedOutputStream). */
const ZSTD_SMALL = "KLUv/QBIYQAAYSxiCjEseAoyLHkK";
const ZSTD_LARGE =
  "KLUv/QBIPAEA+GEsYgowLHgKMSx4CjIseAozLHgKNCx4CjUseAo2LHgBAHv/fz6dTAAACDABAPz/ORACTAAACDEBAPz/ORACTAAACDIBAPz/ORACTAAACDMBAPz/ORACTAAACDQBAPz/ORACRQAACDUBAACVB0I=";

describe("the encoding of a table", () => {
  it.each([
    ["UTF-16 (little-endian)", Buffer.from(`\ufeff${people(commas)}`, "utf16le"), undefined],
    ["UTF-16 (big-endian)", bigEndian(`\ufeff${people(commas)}`), undefined],
    ["UTF-16 (little-endian)", Buffer.from(people(commas), "utf16le"), "utf-16le"],
    ["UTF-16 (big-endian)", bigEndian(people(commas)), "utf-16be"],
    ["UTF-16 (little-endian)", gzipSync(Buffer.from(people(commas), "utf16le")), "utf-16le"],
  ])("is found out, %s, and declared where no mark says so", async (name, content, declared) => {
    const { csv, rowCount, notes } = await draft(content, { subject: "who" });
    expect(csv.encoding).toBe(declared);
    expect(rowCount).toBe(60);
    expect(notes).toContain(`Text is ${name}. Give encoding, delimiter or header if that is wrong.`);
  });

  it("is not said where it is UTF-8, with a mark or without", async () => {
    for (const mark of ["", "\ufeff"]) {
      const { csv, notes } = await draft(`${mark}${people(commas)}`);
      expect(csv).toEqual({ header: true, delimiter: "," });
      expect(notes).not.toContain("Text is");
    }
  });

  it("can be given, by draft and schema; a mark says more", async () => {
    const latin = Buffer.from("who,x,y\nJ\u00fcrgen,1,yes\nAnn,2,no\n", "latin1");
    expect((await errorOf("E_DATA", () => draft(latin))).message).toMatch(
      /line 2: expected a CSV file in UTF-8, found bytes that are not UTF-8\. .*"encoding": "windows-1252"/,
    );
    const { path, csv } = await draft(latin, { encoding: "windows-1252" });
    expect(csv.encoding).toBe("windows-1252");
    const { batches } = await openCsv(path, { columns: null, encoding: "windows-1252" });
    for await (const [row] of batches) expect(row?.cells[0]).toBe("J\u00fcrgen");
    const marked = await file("m.csv", `\ufeff${people(commas)}`);
    const schema = { ...(await inferSchema(marked, { label: "y" })).schema, csv: { encoding: "utf-16le" } };
    expect((await readTable(marked, parseSchema(schema))).rowCount).toBe(60);
    expect((await errorOf("E_OPTION", () => draft(latin, { encoding: "utf-9" }))).message).toMatch(
      /encoding/,
    );
    const unknown = { ...schema, csv: { encoding: "utf-9" } };
    expect((await errorOf("E_SCHEMA", () => parseSchema(unknown))).message).toMatch(
      /csv\.encoding: expected the name of an encoding, .*found "utf-9"/,
    );
  });

  it("is asked for where a schema does not declare UTF-16 that has no mark; UTF-32 is refused by name", async () => {
    const plain = bigEndian(people(commas));
    const schema = parseSchema({
      ...(await inferSchema(await file("t.csv", plain), { label: "y" })).schema,
      csv: {},
    });
    const error = await errorOf("E_DATA", async () => readTable(await file("t.csv", plain), schema));
    expect(error.message).toMatch(
      /a zero byte, as in UTF-16 \(big-endian\) without a byte-order mark\. Declare it .*"encoding": "utf-16be"/,
    );
    const wide = Uint8Array.of(0xff, 0xfe, 0, 0, 0x61, 0, 0, 0);
    expect((await errorOf("E_DATA", () => draft(wide))).message).toMatch(/found UTF-32/);
  });

  it("names the line behind which bytes are none of it", async () => {
    const path = await file(
      "t.csv",
      Buffer.concat([Buffer.from("\ufeffx,y\n1,2\n3,", "utf16le"), Buffer.of(0, 0xd8)]),
    );
    const { batches } = await openCsv(path, { columns: null });
    const error = await errorOf("E_DATA", async () => {
      for await (const batch of batches) expect(batch.length).toBeGreaterThan(0);
    });
    expect(error.message).toMatch(
      /expected text in UTF-16 \(little-endian\), found other bytes behind line 2/,
    );
  });
});

describe("a packed table", () => {
  it("is read by its first bytes: Zstandard, of one frame, of several, of many blocks", async () => {
    const rowsOf = async (content: Uint8Array) => {
      const { columns, batches } = await openCsv(await file("t.csv.zst", content), { columns: null });
      expect(columns).toEqual(["a", "b"]);
      const first: unknown[] = [];
      for await (const batch of batches) first.push(...batch.map(({ cells }) => cells[0]));
      return first;
    };
    const small = Buffer.from(ZSTD_SMALL, "base64");
    expect(await rowsOf(small)).toEqual(["1", "2"]);
    expect(await rowsOf(Buffer.concat([small, small]))).toEqual(["1", "2", "a", "1", "2"]);
    const many = await rowsOf(Buffer.from(ZSTD_LARGE, "base64"));
    expect(many.length).toBe(200_000);
    expect(many.every((cell, i) => cell === String(i % 7))).toBe(true);
  });

  it("is refused where it is damaged, or packed in another way", async () => {
    const large = Buffer.from(ZSTD_LARGE, "base64");
    for (const content of [large.subarray(0, 60), Buffer.concat([large, Buffer.of(1, 2, 3, 4, 5, 6, 7, 8)])])
      expect((await errorOf("E_DATA", () => draft(content, { label: "b" }))).message).toMatch(
        /expected a whole Zstandard file, found a damaged one/,
      );
    for (const [name, begin] of [
      ["a zip archive, or an Excel workbook", "PK\x03\x04"],
      ["bzip2", "BZh9"],
      ["xz", "\xfd7zXZ\0"],
    ] as const)
      expect((await errorOf("E_DATA", () => draft(Buffer.from(begin, "latin1")))).message).toMatch(
        new RegExp(`expected text, gzip or Zstandard, found ${name}\\. Unpack it first\\.`),
      );
  });
});

describe("the delimiter of a table", () => {
  it.each([
    [";", "decimal commas", people((...cells) => cells.join(";").replace(/;(\d\d);/, ";$1,5;"))],
    [";", "a comma in a name", people((...cells) => cells.join(";")).replace("age", "age, in years")],
    [
      "\t",
      "commas in every line",
      people((...cells) => cells.join("\t")).replaceAll(/town|Köln|東京/g, "$&, north"),
    ],
    [";", "Excel's first line", `sep=;\r\n${people((...cells) => cells.join(";"))}`],
    [",", "semicolons in every row", people(commas).replaceAll(/Köln|東京/g, "a;b;c;d;e")],
    [",", "decimal points", people(commas)],
  ])("is %j with %s", async (delimiter, _, text) => {
    const { csv, rowCount, notes } = await draft(text, { subject: "who" });
    expect(csv).toEqual({ header: true, delimiter });
    expect(rowCount).toBe(60);
    expect(notes.includes(`Cells are separated by ${JSON.stringify(delimiter)}.`)).toBe(delimiter !== ",");
  });

  it("is found in a file without a header that is full of decimal commas", async () => {
    const text = Array.from({ length: 40 }, (_, i) => `${i},5;2,${i};${i % 2}`).join("\n");
    const { csv } = await draft(text, { label: "column3" });
    expect(csv).toEqual({ header: false, columnNames: ["column1", "column2", "column3"], delimiter: ";" });
  });

  it("is asked for where a schema declares another one, and nothing of the line is shown", async () => {
    const path = await file(
      "t.csv",
      people((...cells) => cells.join(";")),
    );
    const { schema } = await inferSchema(path, { label: "y" });
    const error = await errorOf("E_SCHEMA", () => readTable(path, parseSchema({ ...schema, csv: {} })));
    expect(error.message).toMatch(
      /Are its cells separated by ";"\? Then declare "csv": \{ "delimiter": ";" \} in the schema/,
    );
    expect(error.message).not.toContain("town");
  });

  it("counts lines behind Excel's first one", async () => {
    const { batches } = await openCsv(await file("t.csv", "sep=;\na;b\n1;2\n3\n"), {
      columns: null,
      delimiter: ";",
    });
    const error = await errorOf("E_DATA", async () => {
      for await (const batch of batches) expect(batch[0]?.cells).toEqual(["1", "2"]);
    });
    expect(error.message).toMatch(/row 2 \(line 4\): expected 2 cells, found 1/);
  });
});

describe("the header of a table", () => {
  const bare = people(commas, false);
  const names = ["column1", "column2", "column3", "column4"];

  it("is missing where the label is one of column1, column2, ... and the first line looks like a row", async () => {
    const { csv, rowCount, notes } = await draft(bare, { label: "column4", subject: "column1" });
    expect(csv).toEqual({ header: false, columnNames: names, delimiter: "," });
    expect(rowCount).toBe(60);
    expect(notes).toContain("There is no header: columns are called column1 to column4.");
    const texts = Array.from(
      { length: 30 },
      (_, i) => `${["red", "blue"][i % 2]},${["a", "b"][i % 3 === 0 ? 1 : 0]}`,
    );
    expect((await draft(texts.join("\n"), { label: "column2" })).csv.header).toBe(false);
  });

  it("is there where it names the label, whatever else it looks like", async () => {
    expect((await draft(people(commas).replace("age", "2020"))).csv.header).toBe(true);
    expect((await draft(people(commas).replace("y\n", "column4\n"), { label: "column4" })).csv.header).toBe(
      true,
    );
  });

  it("can be given", async () => {
    const asked = await draft(bare, { label: "column4", header: false });
    expect(asked.csv.columnNames).toEqual(names);
    const named = await draft(bare, { label: "d", columns: ["a", "b", "c", "d"], header: false });
    expect(named.csv.columnNames).toEqual(["a", "b", "c", "d"]);
    await errorOf("E_OPTION", () => draft(bare, { label: "d", columns: ["a", "b", "c", "d"], header: true }));
    await errorOf("E_SCHEMA", () => draft(bare, { label: "column4", header: true }));
  });

  it("is asked for where the label is not found, and the line is not shown", async () => {
    const error = await errorOf("E_SCHEMA", () => draft(bare));
    expect(error.message).toMatch(
      /found a first line that looks like a row: .* columns are called column1 to column4: give header false \(--no-header\)/,
    );
    expect(JSON.stringify([error.message, error.details])).not.toMatch(/p0|K\u00f6ln/);
  });
});

describe.skipIf(cases === null)("the cases of files", () => {
  const notesOf = async (name: string) => {
    const path = join(cases as string, name, "in.csv");
    const { schema, notes } = await inferSchema(path, { label: "label", subject: "id" });
    return { notes: notes.join("\n"), rowCount: (await readTable(path, schema)).rowCount };
  };

  it("semicolon-autodetect: found, and said", async () => {
    const { notes, rowCount } = await notesOf("semicolon-autodetect");
    expect(rowCount).toBe(60);
    expect(notes).toContain('Cells are separated by ";".');
  });

  it("utf16be-nobom: found, and said", async () => {
    const { notes, rowCount } = await notesOf("utf16be-nobom");
    expect(rowCount).toBe(60);
    expect(notes).toContain("Text is UTF-16 (big-endian).");
  });
});
