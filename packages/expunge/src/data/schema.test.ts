import { describe, expect, it } from "vitest";
import { errorOf } from "../../testing/files.js";
import { featureNamesOf, labelNamesOf, parseSchema, schemaDigest } from "./schema.js";

const AGE = { name: "age", kind: "numeric", centre: 40, scale: 10 };
const CITY = { name: "city", kind: "categorical", categories: ["a", "b"] };
const DRAFT = {
  version: 1,
  task: "binary",
  label: { column: "y", positive: ["yes"], negative: ["no"] },
  subject: "email",
  columns: [AGE, CITY],
};

describe("parseSchema", () => {
  it("fills defaults in, freezes deeply, and leaves the input alone", () => {
    const schema = parseSchema(DRAFT);
    expect(schema).toMatchObject({
      missingMarks: ["", "?"],
      scaling: "l2",
      intercept: 1,
      csv: { header: true, delimiter: "," },
    });
    expect(Object.isFrozen(schema.columns[1])).toBe(true);
    expect(Object.isFrozen(DRAFT.columns)).toBe(false);
    expect(parseSchema(JSON.stringify(DRAFT))).toEqual(schema);
    expect(parseSchema(JSON.stringify(schema))).toEqual(schema);
  });

  const bad: readonly [string, object, RegExp][] = [
    ["another version", { version: 2 }, /^people\.json: version: .*expected 1, found 2\.$/],
    [
      "an unknown task",
      { task: "ranking" },
      /^people\.json: task: expected one of "binary", "multiclass", "regression", found "ranking"\.$/,
    ],
    [
      "an unknown kind of column",
      { columns: [{ name: "age", kind: "numerical" }] },
      /columns\.0\.kind \(column "age"\): expected one of "numeric", "categorical", "text", "hashed", "ignored", found "numerical"\.$/,
    ],
    ["an unknown field", { lable: 1 }, /^people\.json: expected no field "lable"\.$/],
    [
      "a label without a meaning",
      { label: { column: "y", positve: ["a"], negative: ["b"] } },
      /label\.positive: .*expected array.*found nothing/,
    ],
    [
      "a label of another task",
      { label: { column: "y", classes: ["a", "b"] } },
      /label: expected positive for a binary task/,
    ],
    [
      "a label value twice",
      { label: { column: "y", positive: ["a"], negative: ["b", "a"] } },
      /label: the value "a" is listed twice/,
    ],
    [
      "a class twice",
      { task: "multiclass", label: { column: "y", classes: ["a", "b", "a"] } },
      /"a" is listed twice/,
    ],
    [
      "a scale of zero",
      { columns: [{ ...AGE, scale: 0 }] },
      /columns\.0\.scale \(column "age"\): .*>0.*found 0/,
    ],
    [
      "a centre that is a text",
      { columns: [{ ...AGE, centre: "40" }] },
      /columns\.0\.centre \(column "age"\): expected number, found "40"/,
    ],
    ["a kind that is none", { columns: [{ name: "x", kind: "number" }] }, /columns\.0\.kind/],
    [
      "a clip upside down",
      { columns: [{ ...AGE, clip: [3, 1] }] },
      /"age": clip: expected \[low, high\], found \[3, 1\]/,
    ],
    [
      "a numeric column without a centre",
      { columns: [{ name: "day", kind: "numeric", scale: 1 }] },
      /columns\.0\.centre \(column "day"\): expected number, found nothing\.$/,
    ],
    ["no categories", { columns: [{ ...CITY, categories: [] }] }, /columns\.0\.categories/],
    [
      "a category twice",
      { columns: [{ ...CITY, categories: ["a", "a"] }] },
      /"city" lists the category "a" twice/,
    ],
    [
      "a category that means missing",
      { columns: [{ ...CITY, categories: ["a", "?"] }] },
      /"city" lists "\?" as a category, but missingMarks/,
    ],
    ["a column twice", { columns: [AGE, AGE] }, /columns: "age" is declared twice/],
    [
      "the subject as a feature",
      { subject: "age" },
      /subject column "age" must not be among them: it is no feature/,
    ],
    [
      "the label as a feature",
      { columns: [AGE, { ...CITY, name: "y" }] },
      /label column "y" must not be among them/,
    ],
    ["the label as subject", { subject: "y" }, /subject: the label column is "y" too/],
    ["nothing to learn from", { columns: [{ name: "x", kind: "ignored" }] }, /every column is ignored/],
    ["an infinite scale", { columns: [{ ...AGE, scale: Number.POSITIVE_INFINITY }] }, /columns\.0\.scale/],
    ["a negative intercept", { intercept: -1 }, /intercept: .*found -1/],
    ["a rowScale of zero", { rowScale: 0 }, /rowScale: .*found 0/],
    ["no names where there is no header", { csv: { header: false } }, /csv\.columnNames: expected the names/],
    [
      "names beside a header",
      { csv: { header: true, columnNames: ["a"] } },
      /csv\.columnNames: expected none/,
    ],
    [
      "a name twice",
      { csv: { header: false, columnNames: ["a", "a"] } },
      /csv\.columnNames: "a" is there twice/,
    ],
    ["a quote as delimiter", { csv: { delimiter: '"' } }, /csv\.delimiter: expected neither a quote/],
    ["a line end as delimiter", { csv: { delimiter: "\n" } }, /csv\.delimiter: expected neither a quote/],
    [
      "the delimiter as comment sign",
      { csv: { delimiter: ";", comment: ";" } },
      /csv\.comment: expected no quote, white space or delimiter first/,
    ],
    ["a quote as comment sign", { csv: { comment: '"' } }, /csv\.comment/],
    ["a long delimiter", { csv: { delimiter: "||" } }, /csv\.delimiter: .*found "\|\|"/],
  ];
  it.each(bad)("refuses %s", async (_, change, message) => {
    const error = await errorOf("E_SCHEMA", () => parseSchema({ ...DRAFT, ...change }, "people.json"));
    expect(error.message).toMatch(message);
    expect(error.details.file).toBe("people.json");
  });

  it.each([
    ["no JSON", "{oops"],
    ["a list", "[]"],
    ["null", "null"],
    ["a text", '"x"'],
  ])("refuses %s", async (_, text) => {
    await errorOf("E_SCHEMA", () => parseSchema(text));
  });
});

describe("schemaDigest", () => {
  it("depends on the meaning, not on the order of keys or on defaults left out", () => {
    const schema = parseSchema(DRAFT);
    const reordered = Object.fromEntries(Object.entries(DRAFT).reverse());
    expect(schemaDigest(schema)).toMatch(/^[0-9a-f]{64}$/);
    expect(schemaDigest(parseSchema(reordered))).toBe(schemaDigest(schema));
    expect(schemaDigest(parseSchema({ ...DRAFT, intercept: 1 }))).toBe(schemaDigest(schema));
    expect(schemaDigest(parseSchema({ ...DRAFT, intercept: 2 }))).not.toBe(schemaDigest(schema));
    expect(schemaDigest(parseSchema({ ...DRAFT, columns: [CITY, AGE] }))).not.toBe(schemaDigest(schema));
  });
});

describe("names", () => {
  it("of features tell indicator and other slots", () => {
    const columns = [
      { ...AGE, missing: "indicator" },
      { ...CITY, unknown: "other" },
      { name: "x", kind: "ignored" },
    ];
    expect(featureNamesOf(parseSchema({ ...DRAFT, columns }))).toEqual([
      "age",
      "age is missing",
      "city = a",
      "city = b",
      "city is other",
    ]);
  });

  it("of labels come negative first", () => {
    expect(labelNamesOf(parseSchema(DRAFT))).toEqual(["no", "yes"]);
    const label = { column: "y", classes: ["c", "a", "b"] };
    expect(labelNamesOf(parseSchema({ ...DRAFT, task: "multiclass", label }))).toEqual(["c", "a", "b"]);
    expect(
      labelNamesOf(
        parseSchema({ ...DRAFT, task: "regression", label: { column: "y", centre: 0, scale: 1 } }),
      ),
    ).toEqual([]);
  });
});
