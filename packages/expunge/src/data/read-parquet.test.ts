import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { errorOf, temporaryFiles } from "../../testing/files.js";
import { parquetFile } from "../../testing/parquet-files.js";
import { openParquet } from "./read-parquet.js";
import { openTable, readTable } from "./read-table.js";
import { parseSchema } from "./schema.js";
import type { TableRow } from "./table.js";

const file = temporaryFiles();

async function readAll(path: string) {
  const reader = await openParquet(path);
  const rows: TableRow[] = [];
  for await (const batch of reader.batches) rows.push(...batch);
  return { ...reader, rows };
}

describe("openParquet", () => {
  it("reads nulls, integers, decimals, dates, booleans and texts, over row groups", async () => {
    const { columns, rows } = await readAll(await file("t.parquet", parquetFile("table")));
    expect(columns).toEqual(["who", "age", "income", "visits", "price", "day", "member", "y"]);
    expect(rows.map(({ cells }) => cells)).toEqual([
      ["ann", 30, 1.5, 1, 1.25, "2020-01-01", "true", "yes"],
      ["bob", null, 2.5, 2, 2.5, "2021-02-03", "false", "no"],
      ["ann", 45, -3, "9007199254740993", 3.75, "1969-12-31", "true", "no"],
      ["cy", 61, 0, 4, 0, "2000-02-29", "true", "yes"],
      ["dee", 22, 1e6, 5, 99.99, "2026-11-23", "false", "no"],
    ]);
    expect(rows.map(({ row, line }) => [row, line])).toEqual([1, 2, 3, 4, 5].map((row) => [row, null]));
  });

  it("rounds no id: decimals, large integers, times, bytes and texts come exactly", async () => {
    const { columns, rows, floats } = await readAll(await file("ids.parquet", parquetFile("ids")));
    const column = (name: string) => rows.map(({ cells }) => cells[columns.indexOf(name)]);
    expect(Object.fromEntries(columns.map((name) => [name, column(name)]))).toEqual({
      d9: [12.5, -0.01, null],
      d18: ["9007199254740993", "9007199254740992", -1],
      d38: [
        "12345678901234567890123456789",
        "12345678901234567890123456788",
        "-99999999999999999999999999999999999999",
      ],
      d76: [
        "0.000000000000000000000000000001",
        "123456789012345678901234567890.123456789012345678901234567891",
        "0",
      ],
      f64: [1e21, 1, 0.5],
      f32: [1, 16777216, 2],
      i64: ["9007199254740993", "9007199254740992", "-9223372036854775808"],
      u64: ["18446744073709551615", 0, 7],
      us: ["1970-01-01T00:00:00.000001Z", "1970-01-01T00:00:00.000002Z", "2020-09-13T12:26:40.123456Z"],
      ns: [
        "1970-01-01T00:00:00.000000001Z",
        "1970-01-01T00:00:00.000001000Z",
        "2020-09-13T12:26:40.123456789Z",
      ],
      ms: [
        "1970-01-01T00:00:00.001Z",
        "0000-12-31T23:59:59.999Z",
        "9000000000000000 * 10^-3 s from 1970-01-01",
      ],
      raw: ["ann", "\udcff\udcfe", "\udcff\udcfd"],
      fixed: ["00010203", "ff000001", "61626364"],
      txt: ["ann", "\ufeffann", "1.0"],
      x: [1, 2, 3],
      y: ["yes", "no", "yes"],
    });
    expect(Object.fromEntries(floats ?? [])).toEqual({ f64: 53, f32: 24, x: 53 });
  });

  it.each(["manyPages", "manyPagesV2"] as const)(
    "reads pages that end at other rows in every column, and refuses ones beyond a memory limit: %s",
    async (name) => {
      const path = await file("t.parquet", parquetFile(name));
      const { rows } = await readAll(path);
      expect(rows.map(({ cells, row }) => [...cells, row])).toEqual(
        Array.from({ length: 100 }, (_, i) => [
          `p${i}`,
          i % 7 === 0 ? null : i / 2,
          ["red", "blue"][i % 2],
          i + 1,
        ]),
      );
      const error = await errorOf("E_OPTION", () => openParquet(path, { memoryLimit: 1000 }));
      expect(error.message).toMatch(
        /^.*t\.parquet: the pages of its columns take about 1MB while they are read, and the memory limit is 1MB\./,
      );
      // Of 16 values each, and a dictionary: not of all the rows.
      const needed = error.details.expected as number;
      expect(needed).toBeGreaterThan(1000);
      expect(needed).toBeLessThan(100 * 3 * 32);
      await openParquet(path, { memoryLimit: needed });
    },
  );

  it("refuses a file that is cut off in its pages, or lacks rows", async () => {
    const bytes = Uint8Array.from(parquetFile("manyPages"));
    bytes.fill(0xff, 200, 260);
    const error = await errorOf("E_DATA", async () => readAll(await file("t.parquet", bytes)));
    expect(error.message).toMatch(/^Cannot read .*t\.parquet as Parquet: /);
  });

  it("does so on other pages and physical types", async () => {
    const cellsOf = async (name: Parameters<typeof parquetFile>[0]) =>
      (await readAll(await file("t.parquet", parquetFile(name)))).rows.map(({ cells }) => cells);
    expect(await cellsOf("idsPlain")).toEqual([
      ["9007199254740993", "12345678901234567890123456789", "ann"],
      ["9007199254740992", "12345678901234567890123456788", "\ufeffann"],
      [-1, "-99999999999999999999999999999999999999", "1.0"],
    ]);
    expect(await cellsOf("smallDecimals")).toEqual([
      [12.5, "9007199254740.993"],
      [99999.99, "9007199254740.992"],
    ]);
    expect((await cellsOf("int96")).map(([t]) => t)).toEqual([
      "2020-09-13T12:26:40.123456789Z",
      "2020-09-13T12:26:40.123456788Z",
    ]);
    expect((await cellsOf("uuids")).flat()).toEqual([
      "00000000-0000-0000-0000-000000000001",
      "80000000-0000-0000-0000-000000000000",
    ]);
  });

  it("leaves columns of lists empty, and says which they are", async () => {
    const { nested, rows } = await readAll(await file("l.parquet", parquetFile("lists")));
    expect([...nested]).toEqual(["tags"]);
    expect(rows.map(({ cells }) => cells)).toEqual([
      [1, null, "yes"],
      [2, null, "no"],
    ]);
  });

  it("counts the rows of a table of nothing but lists and records", async () => {
    const { nested, rows } = await readAll(await file("n.parquet", parquetFile("allNested")));
    expect([...nested]).toEqual(["a", "b"]);
    expect(rows.map(({ cells, row }) => [...cells, row])).toEqual([1, 2, 3].map((row) => [null, null, row]));
  });

  it("reads a page of version 2 without any value", async () => {
    const { rows } = await readAll(await file("e.parquet", parquetFile("emptyPage")));
    expect(rows.map(({ cells }) => cells)).toEqual([[null]]);
  });

  it("is known by its first bytes, whatever the file is called", async () => {
    const table = await openTable(await file("rows.bin", parquetFile("lists")), {});
    expect(table.columns).toEqual(["x", "tags", "y"]);
  });

  it("says so when a .parquet file is none, or damaged", async () => {
    const path = await file("t.parquet", "a,b\n1,2\n");
    expect((await errorOf("E_DATA", () => openTable(path, {}))).message).toMatch(
      /^Cannot read .*t\.parquet as Parquet/,
    );
    const bytes = parquetFile("table");
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: bytes.length - 1 }), async (length) => {
        const cut = await file("cut.parquet", bytes.subarray(0, length));
        await errorOf("E_DATA", () => readAll(cut));
      }),
      { numRuns: 40 },
    );
  });
});

describe("readTable on Parquet", () => {
  const columns = [
    { name: "age", kind: "numeric", centre: 40, scale: 10, missing: "indicator" },
    { name: "member", kind: "categorical", categories: ["true", "false"] },
    ...["income", "visits", "price", "day"].map((name) => ({ name, kind: "ignored" })),
  ];
  const draft = {
    version: 1,
    task: "binary",
    label: { column: "y", positive: ["yes"], negative: ["no"] },
    scaling: "clip",
    intercept: 0,
  };

  it("makes features, labels and owners", async () => {
    const schema = parseSchema({ ...draft, subject: "who", columns });
    const dataset = await readTable(await file("t.parquet", parquetFile("table")), schema);
    expect(dataset.subjects).toEqual(["ann", "bob", "ann", "cy", "dee"]);
    expect([...dataset.labels]).toEqual([1, -1, -1, 1, -1]);
    expect([...dataset.features.subarray(4, 8)].map((v) => v > 0)).toEqual([false, true, false, true]);
  });

  it("names row and column of a missing value that is not allowed", async () => {
    const schema = parseSchema({
      ...draft,
      subject: "who",
      columns: [{ ...columns[0], missing: "error" }, ...columns.slice(1)],
    });
    const path = await file("t.parquet", parquetFile("table"));
    expect((await errorOf("E_DATA", () => readTable(path, schema))).message).toBe(
      `${path}: row 2, column "age": expected a number (missing is not allowed here), found nothing.`,
    );
  });

  const withSubject = async (subject: string) => {
    const others = [
      "d9",
      "d18",
      "d38",
      "d76",
      "f64",
      "f32",
      "i64",
      "u64",
      "us",
      "ns",
      "ms",
      "raw",
      "fixed",
      "txt",
    ];
    const schema = parseSchema({
      ...draft,
      subject,
      columns: [
        { name: "x", kind: "numeric", centre: 0, scale: 1 },
        ...others.filter((name) => name !== subject).map((name) => ({ name, kind: "ignored" })),
      ],
    });
    return readTable(await file("ids.parquet", parquetFile("ids")), schema);
  };

  it.each(["d18", "d38", "d76", "i64", "u64", "us", "ns", "ms", "fixed", "txt"])(
    "keeps three people apart whose ids are %s",
    async (subject) => {
      const { subjects } = await withSubject(subject);
      expect(new Set(subjects).size).toBe(3);
      expect(subjects?.join()).not.toMatch(/e\+/);
    },
  );

  it.each([
    ["f64", 1, "a subject id that is exact, found a floating-point number that is not whole or beyond 2^53"],
    ["f32", 2, "a subject id that is exact, found a floating-point number that is not whole or beyond 2^24"],
    ["raw", 2, "a subject id that is text in UTF-8, found other bytes"],
    ["d9", 3, "a subject id, found none"],
  ])("refuses an id in %s, row %i, that is not exact", async (subject, row, reason) => {
    const error = await errorOf("E_DATA", () => withSubject(subject));
    expect(error.message).toContain(`row ${row}, column "${subject}": expected ${reason}.`);
  });

  it("refuses a column of lists as a feature", async () => {
    const schema = parseSchema({
      ...draft,
      subject: null,
      columns: [
        { name: "x", kind: "ignored" },
        { name: "tags", kind: "numeric", centre: 0, scale: 1 },
      ],
    });
    const error = await errorOf("E_SCHEMA", async () =>
      readTable(await file("l.parquet", parquetFile("lists")), schema),
    );
    expect(error.message).toMatch(/column "tags": expected single values, found lists or records/);
  });
});
