import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { errorOf, temporaryFiles } from "./files.testing.js";
import { parquetFile } from "./parquet-files.testing.js";
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

  it("leaves columns of lists empty, and says which they are", async () => {
    const { nested, rows } = await readAll(await file("l.parquet", parquetFile("lists")));
    expect([...nested]).toEqual(["tags"]);
    expect(rows.map(({ cells }) => cells)).toEqual([
      [1, null, "yes"],
      [2, null, "no"],
    ]);
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
