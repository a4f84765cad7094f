import { parquetMetadataAsync, parquetReadObjects, parquetSchema } from "hyparquet";
import { asyncBufferFromFile } from "hyparquet/src/node.js";
import { describe, expect, it } from "vitest";
import { temporaryFiles } from "../../testing/files.js";
import { openParquet } from "../data/read-parquet.js";
import { beginParquet, type TableColumn } from "./parquet.js";

const file = temporaryFiles();
const columns: readonly TableColumn[] = [
  { name: "f", data: Float32Array.of(0.1, -0, 3e38) },
  { name: "d = 1", data: Float64Array.of(0.1, 5e-324, 1e308) },
  { name: "i", data: BigInt64Array.of(-(2n ** 63n), 0n, 2n ** 63n - 1n) },
  { name: "größer", data: ["", "ja, nein", "\u{1f600}"] },
];

describe("beginParquet", () => {
  it("writes what a reader gives back exactly, in as many row groups as there were writes", async () => {
    const path = await file("t.parquet", "");
    const table = beginParquet(path, columns, { "expunge.kind": "features" });
    for (let i = 0; i < 2; i++) await table.write(columns.map(({ data }) => data));
    await table.finish();
    const source = await asyncBufferFromFile(path);
    const metadata = await parquetMetadataAsync(source);
    expect(metadata.row_groups.map(({ num_rows }) => num_rows)).toEqual([3n, 3n]);
    expect(metadata.key_value_metadata).toEqual([{ key: "expunge.kind", value: "features" }]);
    expect(metadata.created_by).toMatch(/^expunge \d/);
    expect(parquetSchema(metadata).children.map(({ element }) => element.type)).toEqual([
      "FLOAT",
      "DOUBLE",
      "INT64",
      "BYTE_ARRAY",
    ]);
    const rows = await parquetReadObjects({ file: source });
    const expected = [0, 1, 2].map((i) =>
      Object.fromEntries(columns.map(({ name, data }) => [name, data[i]])),
    );
    expect(rows).toEqual([...expected, ...expected]);
  });

  it("writes tables that our own reader takes", async () => {
    const path = await file("t.parquet", "");
    const table = beginParquet(path, columns, {});
    await table.write(columns.map(({ data }) => data));
    await table.finish();
    const { columns: names, batches } = await openParquet(path);
    expect(names).toEqual(columns.map(({ name }) => name));
    const rows = [];
    for await (const batch of batches) rows.push(...batch);
    expect(rows.map(({ cells }) => cells[2])).toEqual(["-9223372036854775808", 0, "9223372036854775807"]);
  });

  it("refuses two columns of one name", async () => {
    const path = await file("t.parquet", "");
    const twice = [columns[0], columns[0]] as TableColumn[];
    expect(() => beginParquet(path, twice, {})).toThrow(/column = "f" to be the name of one column/);
  });
});
