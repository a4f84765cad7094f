import { describe, expect, it } from "vitest";
import { temporaryFiles } from "../../testing/files.js";
import { OddCells } from "./odd-cells.js";
import { readScaledRows, readTable, streamTable } from "./read-table.js";
import { collectRows } from "./row-source.js";
import { parseSchema } from "./schema.js";

const file = temporaryFiles();

const schemaOf = (more: readonly object[] = [], unknown = "ignore") =>
  parseSchema({
    version: 1,
    task: "binary",
    label: { column: "y", positive: ["1"], negative: ["0"] },
    subject: "who",
    columns: [
      { name: "plan", kind: "categorical", categories: ["basic", "pro"], unknown, missing: "ignore" },
      { name: "age", kind: "numeric", centre: 40, scale: 10 },
      ...more,
    ],
  });

const LINES = ["a,basic,30,0", "b,Basic,41,1", "c,PLATINUM,1e9,0", "d,,-59.9,1", "e,pro,-61,1", "f,Pro,40,0"];
const NOTES = [
  '3 of 6 rows have a category of "plan" that the schema does not list, and counts as none (rows 2, 3, 6).',
  '1 of 6 rows has no category of "plan" (row 4).',
  '2 of 6 rows have a value of "age" more than 10 scales from its centre (rows 3, 5).',
];

describe("cells that a schema lets pass and hardly knows", () => {
  it("are counted as rows are read, once, with their column and rows and no value", async () => {
    const path = await file("t.csv", `who,plan,age,y\n${LINES.join("\n")}\n`);
    const oddCells = new OddCells();
    await readTable(path, schemaOf(), { oddCells });
    expect(oddCells.notes()).toEqual(NOTES);
    const source = await streamTable(path, schemaOf(), { oddCells });
    for (const _pass of [1, 2]) await collectRows(source);
    expect(oddCells.notes()).toEqual(NOTES);
    await readScaledRows(path, schemaOf(), { oddCells });
    expect(oddCells.notes()).toEqual(NOTES);
  });

  it("are counted in sparse rows too", async () => {
    const path = await file(
      "t.csv",
      `who,plan,age,text,y\n${LINES.map((line) => line.replace(/,(?=[01]$)/, ",word,")).join("\n")}\n`,
    );
    const schema = schemaOf([{ name: "text", kind: "text", bits: 12 }]);
    const oddCells = new OddCells();
    expect((await readTable(path, schema, { oddCells })).sparse).toBeDefined();
    expect(oddCells.notes()).toEqual(NOTES);
    await readScaledRows(path, schema, { oddCells });
    expect(oddCells.notes()).toEqual(NOTES);
  });

  it("are not told where the schema has a feature for them; of many rows the first are", async () => {
    const lines = Array.from({ length: 5000 }, (_, i) => `p${i},gold,${i < 4000 ? 40 : 1000},${i % 2}`);
    const oddCells = new OddCells();
    const path = await file("t.csv", `who,plan,age,y\n${lines.join("\n")}\n`);
    await readTable(path, schemaOf([], "other"), { oddCells });
    expect(oddCells.notes()).toEqual([
      '1000 of 5000 rows have a value of "age" more than 10 scales from its centre (rows 4001, 4002, 4003, 4004, 4005, ...).',
    ]);
  });
});
