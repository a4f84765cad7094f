import { describe, expect, it } from "vitest";
import { errorOf, temporaryFiles } from "../../testing/files.js";
import { fit } from "../unlearner/fit.js";
import { respeltLabels } from "./file-schema.js";
import { OddCells } from "./odd-cells.js";
import { readScaledRows, readTable } from "./read-table.js";
import { parseSchema } from "./schema.js";

const OWN = {
  version: 1,
  task: "binary",
  label: { column: "y", positive: [">50K"], negative: ["<=50K"] },
  subject: "id",
  columns: [
    { name: "x", kind: "numeric", centre: 1, scale: 2 },
    { name: "day", kind: "numeric", centre: 0, scale: 30, date: { origin: "2020-01-01" } },
    { name: "plan", kind: "categorical", categories: ["a", "b"], unknown: "ignore" },
  ],
};
const OTHER = {
  ...OWN,
  label: { column: "y", positive: [">50K."], negative: ["<=50K."] },
  columns: [
    { ...OWN.columns[0], number: { decimal: "," } },
    { ...OWN.columns[1], date: { origin: "2020-01-01", order: "DMY" } },
    OWN.columns[2],
  ],
  csv: { header: false, columnNames: ["id", "x", "day", "plan", "y"], delimiter: ";", comment: "|" },
};
const CSV = "id,x,day,plan,y\np1,1.5,2020-01-05,a,<=50K\np2,-0.5,2020-02-01,b,>50K\n";
const OTHER_CSV = "|1x3 Cross validator\np1;1,5;05.01.2020;a;<=50K.\np2;-0,5;01.02.2020;b;>50K.\n";
const own = parseSchema(OWN);
const write = temporaryFiles();
const textFile = (text: string): Promise<string> => write("rows.csv", text);
const other = parseSchema(OTHER);

describe("a file that is written otherwise than its model's data", () => {
  it("gives the model's rows and labels, for the model to judge, predict and learn", async () => {
    const [usual, odd] = await Promise.all([textFile(CSV), textFile(OTHER_CSV)]);
    const expected = await readTable(usual, own);
    const rows = await readTable(odd, other, { modelSchema: own });
    expect(rows).toEqual(expected);
    const scaled = await readScaledRows(odd, other, { modelSchema: own });
    expect(scaled).toMatchObject({ schemaDigest: expected.schemaDigest, features: expected.features });
    const model = await fit(expected, { epochs: 2, batchSize: 1, maxNoise: 50 });
    expect(model.evaluate(rows)).toEqual(model.evaluate(expected));
    expect(model.predict(scaled)).toEqual(model.predict(expected));
    expect((await model.learn(rows)).rows).toEqual([2, 3]);
    model.dispose();
  });

  it("counts its odd cells, too", async () => {
    const oddCells = new OddCells();
    const odd = await textFile(OTHER_CSV.replace(";b;", ";c;"));
    await readTable(odd, other, { modelSchema: own, oddCells });
    expect(oddCells.notes()).toEqual([expect.stringMatching(/1 of 2 rows has a category of "plan"/)]);
  });

  it.each([
    ["a scale", { columns: [{ ...OWN.columns[0], scale: 3 }, ...OWN.columns.slice(1)] }, "columns.0.scale"],
    [
      "a date's origin",
      {
        columns: [
          OWN.columns[0],
          { ...OWN.columns[1], date: { origin: "2021-01-01" } },
          ...OWN.columns.slice(2),
        ],
      },
      "columns.1.date.origin",
    ],
    [
      "a category more",
      { columns: [...OWN.columns.slice(0, 2), { ...OWN.columns[2], categories: ["a", "b", "c"] }] },
      "columns.2.categories.2",
    ],
    [
      "categories in another order",
      { columns: [...OWN.columns.slice(0, 2), { ...OWN.columns[2], categories: ["b", "a"] }] },
      "columns.2.categories.0",
    ],
    ["a column less", { columns: OWN.columns.slice(0, 2) }, "columns.2"],
    ["another intercept", { intercept: 0.5 }, "intercept"],
    ["another subject", { subject: null }, "subject"],
    ["other marks of missing cells", { missingMarks: ["NA"] }, "missingMarks.0"],
    [
      "classes the other way round",
      { label: { column: "y", positive: ["<=50K"], negative: [">50K"] } },
      "label",
    ],
    [
      "spellings the other way round",
      { label: { column: "y", positive: ["<=50k."], negative: [">50k."] } },
      "label",
    ],
    [
      "spellings the other way round, with marks that show nothing",
      { label: { column: "y", positive: ["<=50K\u200b"], negative: [">50K\u200b"] } },
      "label",
    ],
    ["a base rate", { label: { ...OWN.label, rate: 0.2 } }, "label.rate"],
  ])("is refused with %s", async (_, change, path) => {
    const schema = parseSchema({ ...OTHER, ...change });
    const file = await textFile(OTHER_CSV);
    const error = await errorOf("E_SCHEMA", () => readTable(file, schema, { modelSchema: own }));
    expect(error.message).toContain(`${path}`);
    expect(error.message).toContain("is not as in the schema that the model was trained with");
    await errorOf("E_SCHEMA", () => readScaledRows(file, schema, { modelSchema: own }));
  });

  it("names classes of many in their order, and none by another one's name", async () => {
    const classes = (...names: string[]) =>
      parseSchema({ ...OWN, task: "multiclass", label: { column: "y", classes: names } });
    const three = classes("red", "green", "blue");
    expect(respeltLabels(three, classes("rot", "green", "Blue"))).toEqual([
      ["rot", "red"],
      ["Blue", "blue"],
    ]);
    const file = await textFile(CSV);
    for (const wrong of [
      classes("green", "red", "blue"),
      classes("GREEN.", "r", "b"),
      classes("red", "green"),
    ])
      await errorOf("E_SCHEMA", () => readTable(file, wrong, { modelSchema: three }));
  });
});

describe("errors of a file that is written otherwise", () => {
  const noHeader = parseSchema({ ...OWN, csv: { header: false, columnNames: OTHER.csv.columnNames } });

  it.each([
    [
      noHeader,
      "|1x3 Cross validator\n",
      /row 1 .*expected 5 cells, found 1\. Are lines that begin with "\|" comm.*"comment": "\|"/,
    ],
    [
      noHeader,
      "p1;1;2020-01-05;a;<=50K\n",
      /found 1\. Are its cells separated by ";"\? Then declare .*"delimiter": ";"/,
    ],
    [own, "# made by us\nid,x,day,plan,y\n", /found none of them\. Are lines that begin with "#" comments\?/],
    [
      own,
      CSV.replace("<=50K", "<=50K."),
      /expected one of >50K, <=50K, found "<=50K\."\. If this file spells its labels otherwise, list/,
    ],
  ])("say what helps: %#", async (schema, text, message) => {
    const file = await textFile(text);
    await expect(readTable(file, schema)).rejects.toThrow(message);
  });

  it("show nothing of a row", async () => {
    const file = await textFile("secret@example.com\n");
    const error = await errorOf("E_DATA", () => readTable(file, noHeader));
    expect(JSON.stringify([error.message, error.details])).not.toContain("secret");
  });
});
