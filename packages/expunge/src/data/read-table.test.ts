import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { errorOf, temporaryFiles } from "../../testing/files.js";
import { parquetFile } from "../../testing/parquet-files.js";
import { readFeatureRows, readTable } from "./read-table.js";
import { featureNamesOf, parseSchema, schemaDigest } from "./schema.js";
import { parseDecimal } from "./table.js";

const file = temporaryFiles();

const DRAFT = {
  version: 1,
  task: "binary",
  label: { column: "y", positive: ["yes", "yes."], negative: ["no", "no."] },
  subject: "who",
  columns: [
    { name: "age", kind: "numeric", centre: 40, scale: 10, clip: [20, 80], missing: "indicator" },
    { name: "fee", kind: "numeric", centre: 5, scale: 5, missing: "centre" },
    { name: "city", kind: "categorical", categories: ["a", "b"], unknown: "other", missing: "ignore" },
    { name: "note", kind: "ignored" },
  ],
  missingMarks: ["?", ""],
  scaling: "clip",
  intercept: 0,
};
const SCHEMA = parseSchema(DRAFT);
const HEADER = "who,age,fee,city,note,y\n";

describe("readTable", () => {
  it("makes features, labels and owners as declared", async () => {
    const text = `${HEADER}ann,41,5.5,a,x,yes\nbob,?,?,?,,no.\nann,500,5,z,"a, b",yes.\n`;
    const dataset = await readTable(await file("t.csv", text), SCHEMA);
    expect(dataset).toMatchObject({
      rowCount: 3,
      featureCount: 6,
      labelNames: ["no", "yes"],
      featureNames: featureNamesOf(SCHEMA),
      subjects: ["ann", "bob", "ann"],
      schemaDigest: schemaDigest(SCHEMA),
    });
    expect([...dataset.labels]).toEqual([1, -1, 1]);
    // age, age is missing, fee, city = a, city = b, city is other
    const rows = [
      [0.1, 0, 0.1, 1, 0, 0],
      [0, 1, 0, 0, 0, 0],
      [4, 0, 0, 0, 0, 1],
    ];
    rows.forEach((row, i) => {
      const factor = 1 / Math.max(1, Math.hypot(...row));
      row.forEach((value, k) => {
        expect(dataset.features[6 * i + k]).toBeCloseTo(value * factor, 6);
      });
    });
  });

  it("refuses to read without a schema", async () => {
    const path = await file("t.csv", `${HEADER}ann,41,5.5,a,x,yes\n`);
    const error = await errorOf("E_OPTION", () => readTable(path, undefined as never));
    expect(error.message).toMatch(/schema.* found undefined/);
  });

  it("multiplies features, but not the intercept, by rowScale before rows are scaled", async () => {
    const schema = parseSchema({ ...DRAFT, rowScale: 0.25, intercept: 0.5 });
    const dataset = await readTable(await file("t.csv", `${HEADER}a,50,10,c,,yes\nb,40,5,b,,no\n`), schema);
    expect([...dataset.features.subarray(0, 7)]).toEqual([0.25, 0, 0.25, 0, 0, 0.25, 0.5]);
  });

  it("does not mind the order of the file's columns, and reads gzip", async () => {
    const one = await readTable(await file("t.csv", `${HEADER}ann,41,6,a,x,yes\nbob,30,2,b,,no\n`), SCHEMA);
    const other = await readTable(
      await file("t.csv.gz", gzipSync("y,note,city,fee,age,who\nyes,x,a,6,41,ann\nno,,b,2,30,bob\n")),
      SCHEMA,
    );
    expect(other).toEqual(one);
  });

  it("reads files without a header", async () => {
    const columnNames = ["who", "age", "fee", "city", "note", "y"];
    const schema = parseSchema({
      ...DRAFT,
      csv: { header: false, columnNames, delimiter: ";", comment: "#" },
    });
    const dataset = await readTable(
      await file("t.data", "# made by hand\nann;41;6;a;x;yes\nbob;30;2;b;;no\n"),
      schema,
    );
    expect(dataset.subjects).toEqual(["ann", "bob"]);
  });

  it("reads multiclass and regression labels", async () => {
    const text = `${HEADER}ann,41,6,a,x,2\nbob,30,2,b,,1\ncy,30,2,b,,2\n`;
    const classes = parseSchema({
      ...DRAFT,
      task: "multiclass",
      label: { column: "y", classes: ["1", "2"] },
    });
    expect([...(await readTable(await file("t.csv", text), classes)).labels]).toEqual([1, 0, 1]);
    const values = parseSchema({ ...DRAFT, task: "regression", label: { column: "y", centre: 1, scale: 2 } });
    expect([...(await readTable(await file("t.csv", text), values)).labels]).toEqual([0.5, 0, 0.5]);
  });

  const bad: readonly [string, object, string, RegExp][] = [
    [
      "a number that is none",
      {},
      "ann,forty,6,a,x,yes\n",
      /row 2 \(line 3\), column "age": expected a finite number, found "forty"/,
    ],
    [
      "a hexadecimal number",
      {},
      "ann,0x10,6,a,x,yes\n",
      /column "age": expected a finite number, found "0x10"/,
    ],
    ["infinity", {}, "ann,1e999,6,a,x,yes\n", /column "age": expected a finite number, found "1e999"/],
    [
      "a blank number where blanks are no marks",
      { missingMarks: ["?"] },
      "ann,,6,a,x,yes\n",
      /column "age": expected a finite number, found ""/,
    ],
    [
      "a missing number",
      { columns: [{ ...DRAFT.columns[0], missing: "error" }, ...DRAFT.columns.slice(1)] },
      "ann,?,6,a,x,yes\n",
      /column "age": expected a number \(missing is not allowed here\), found "\?"/,
    ],
    [
      "an unknown category",
      {
        columns: [...DRAFT.columns.slice(0, 2), { ...DRAFT.columns[2], unknown: "error" }, DRAFT.columns[3]],
      },
      "ann,40,6,Rome,x,yes\n",
      /column "city": expected one of a, b, found "Rome"/,
    ],
    [
      "an unknown label",
      {},
      "ann,40,6,a,x,maybe\n",
      /column "y": expected one of yes, yes\., no, no\., found "maybe"/,
    ],
    [
      "a blank owner, though blanks are no marks",
      { missingMarks: ["?"] },
      " ,40,6,a,x,yes\n",
      /column "who": expected a subject id, found none/,
    ],
    [
      "an owner of quoted blanks",
      {},
      '"  ",40,6,a,x,yes\n',
      /column "who": expected a subject id, found none/,
    ],
    ["a missing owner", {}, "?,40,6,a,x,yes\n", /column "who": expected a subject id, found none/],
    ["a row too short", {}, "ann,40,6,a,x\n", /row 2 \(line 3\): expected 6 cells, found 5/],
  ];
  it.each(bad)("refuses %s, with file, row, line and column", async (_, change, line, message) => {
    const path = await file("people.csv", `${HEADER}bob,30,2,b,,no\n${line}`);
    const error = await errorOf("E_DATA", () => readTable(path, parseSchema({ ...DRAFT, ...change })));
    expect(error.message).toMatch(message);
    expect(error.message.startsWith(`${path}: row 2 (line 3)`)).toBe(true);
    expect(error.details).toMatchObject({ file: path, row: 2, line: 3, expected: expect.any(String) });
    expect(error.message).not.toContain("ann");
    expect(JSON.stringify(error.details)).not.toContain("ann");
  });

  it.each(["", " ", '" "', "NaN", "Infinity", "-Infinity", "0x10", "1_000", "1 000", '"1,5"', "１２", "abc"])(
    "takes %j for no number where it is no missing mark",
    async (cell) => {
      const path = await file("t.csv", `${HEADER}bob,${cell},2,b,,no\n`);
      const schema = parseSchema({ ...DRAFT, missingMarks: ["?"] });
      const error = await errorOf("E_DATA", () => readTable(path, schema));
      expect(error.message).toMatch(/row 1 \(line 2\), column "age": expected a finite number, found "/);
    },
  );

  it("takes 1e5, .5, 5. and +3 for the numbers that they are", async () => {
    const text = `age,fee,city,note\n${["1e5", ".5", "5.", "+3"].map((fee) => `50,${fee},b,x\n`).join("")}`;
    const rows = await readFeatureRows(await file("t.csv", text), SCHEMA);
    expect(rows.map((row) => 5 * row[2]! + 5)).toEqual([1e5, 0.5, 5, 3]);
  });

  it("shows nothing of a first line that is no header: it is somebody's row", async () => {
    const path = await file("t.csv", "ann@example.com,41,5.5,a,x,yes\nbob@example.com,30,2,b,,no\n");
    const error = await errorOf("E_SCHEMA", () => readTable(path, SCHEMA));
    expect(error.message).toBe(
      `${path}: expected a column "y" and the others of the schema, found none of them. Does the file begin with a header?`,
    );
    const twice = await file("t.csv", "ann@example.com,41,41,a,ann@example.com,yes\n");
    const other = await errorOf("E_DATA", () => readTable(twice, SCHEMA));
    expect(JSON.stringify([error.details, other.message, other.details])).not.toContain("ann");
  });

  it("takes a missing mark for the number, too, where a file holds numbers", async () => {
    const ignored = ["income", "visits", "price", "day", "member", "who"];
    const schema = parseSchema({
      ...DRAFT,
      subject: null,
      columns: [
        { name: "age", kind: "numeric", centre: 0, scale: 1, missing: "indicator" },
        ...ignored.map((name) => ({ name, kind: "ignored" })),
      ],
      missingMarks: ["", "45"],
    });
    // 30, null, 45, 61, 22
    const rows = await readFeatureRows(await file("t.parquet", parquetFile("table")), schema);
    expect(rows.map(([, missing]) => missing)).toEqual([0, 1, 1, 0, 0]);
  });

  it("never takes a label that is not there for a class of that name", async () => {
    const ignored = ["visits", "price", "day", "member", "who", "y"];
    const schema = parseSchema({
      ...DRAFT,
      subject: null,
      label: { column: "age", positive: ["30", "45", "61"], negative: ["null", "22"] },
      columns: [
        { name: "income", kind: "numeric", centre: 0, scale: 1 },
        ...ignored.map((name) => ({ name, kind: "ignored" })),
      ],
    });
    const path = await file("t.parquet", parquetFile("table"));
    expect((await errorOf("E_DATA", () => readTable(path, schema))).message).toMatch(
      /row 2, column "age": expected one of .*, found nothing/,
    );
  });

  it("clips long cells in messages", async () => {
    const path = await file("t.csv", `${HEADER}bob,${"9x".repeat(5000)},2,b,,no\n`);
    expect((await errorOf("E_DATA", () => readTable(path, SCHEMA))).message.length).toBeLessThan(300);
  });

  it("reads rows to judge a model by that do not say whose they are, and rows to train on only with owners", async () => {
    const path = await file("t.csv", "age,fee,city,note,y\n40,6,a,x,yes\n50,7,a,x,no\n");
    const judged = await readTable(path, SCHEMA, { allowOneClass: true });
    expect(judged).toMatchObject({ rowCount: 2, subjects: null });
    await errorOf("E_SCHEMA", () => readTable(path, SCHEMA));
  });

  it("refuses a file without rows, or with one class only", async () => {
    expect(
      (await errorOf("E_DATA", async () => readTable(await file("t.csv", HEADER), SCHEMA))).message,
    ).toMatch(/expected at least one row, found none/);
    const path = await file("t.csv", `${HEADER}bob,30,2,b,,no\n`);
    expect((await errorOf("E_DATA", () => readTable(path, SCHEMA))).message).toMatch(/at least two classes/);
    expect(await readTable(path, SCHEMA, { allowOneClass: true })).toMatchObject({ rowCount: 1 });
  });

  it("refuses columns that are not declared, and declared ones that are not there", async () => {
    const more = await file("t.csv", "who,age,fee,city,note,y,iq\nann,40,6,a,x,yes,99\n");
    const error = await errorOf("E_SCHEMA", () => readTable(more, SCHEMA));
    expect(error.message).toMatch(
      /column "iq" is not declared in the schema\. Declare it, as \{"name": "iq", "kind": "ignored"\}/,
    );
    const less = await file("t.csv", "who,age,city,note,y\nann,40,a,x,yes\n");
    expect((await errorOf("E_SCHEMA", () => readTable(less, SCHEMA))).message).toMatch(
      /expected a column "fee", found "who"/,
    );
    const noOwner = await file("t.csv", "age,fee,city,note,y\n40,6,a,x,yes\n");
    expect((await errorOf("E_SCHEMA", () => readTable(noOwner, SCHEMA))).message).toMatch(
      /expected a column "who"/,
    );
  });
});

describe("readFeatureRows", () => {
  it("needs neither labels nor owners, and gives raw features", async () => {
    const rows = await readFeatureRows(await file("new.csv", "age,fee,city,note\n50,10,b,x\n"), SCHEMA);
    expect(rows.map((row) => [...row])).toEqual([[1, 0, 1, 0, 1, 0]]);
  });

  it("leaves them alone where they are there", async () => {
    const rows = await readFeatureRows(await file("new.csv", `${HEADER}?,50,10,b,x,unknown\n`), SCHEMA);
    expect(rows.length).toBe(1);
  });

  it("refuses an empty file", async () => {
    await errorOf("E_DATA", async () => readFeatureRows(await file("new.csv", HEADER), SCHEMA));
  });
});

describe("parseDecimal", () => {
  it("reads every number that JavaScript prints", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (value) => {
        expect(parseDecimal(String(value))).toBe(value + 0);
        expect(parseDecimal(` +${Math.abs(value)} `)).toBe(Math.abs(value));
      }),
    );
  });

  it.each([
    "",
    " ",
    "\t",
    "0x10",
    "0X10",
    " 0x1",
    "0b1",
    "0o7",
    "1,000",
    "1_000",
    "1 2",
    "abc",
    "1e",
    "--1",
    "$5",
  ])("takes %j for no number", (text) => {
    expect(parseDecimal(text)).toBeNaN();
  });
});

describe("a column of weights", () => {
  const schema = parseSchema({ ...DRAFT, weight: "w" });
  const header = "who,age,fee,city,note,w,y\n";
  const rows = "ann,41,5.5,a,x,0.5,yes\nbob,50,6,b,,1,no\n";

  it("is read as weights, and is no feature", async () => {
    const dataset = await readTable(await file("t.csv", header + rows), schema);
    expect(dataset).toMatchObject({ featureCount: 6, hasSampleWeights: true });
    expect([...(dataset.sampleWeights ?? [])]).toEqual([0.5, 1]);
    expect(dataset.featureNames).toEqual(featureNamesOf(SCHEMA));
    expect(schemaDigest(schema)).not.toBe(schemaDigest(SCHEMA));
  });

  it.each([
    ["0", '"0"'],
    ["-0.5", '"-0.5"'],
    ["1.5", '"1.5"'],
    ["nan", '"nan"'],
    ["", '""'],
    ["0x1", '"0x1"'],
  ])("refuses %j, naming file, row and column", async (cell) => {
    const path = await file("t.csv", `${header}${rows}cyd,1,1,a,x,${cell},yes\n`);
    const error = await errorOf("E_DATA", () => readTable(path, schema));
    expect(error.message).toMatch(/row 3 \(line 4\), column "w": expected a weight in \(0, 1\], found/);
  });

  it("may be missing from rows to predict or to judge a model by, which have no weights", async () => {
    const path = await file("t.csv", "who,age,fee,city,note,y\nann,41,5.5,a,x,yes\n");
    expect(await readFeatureRows(path, schema)).toHaveLength(1);
    const judged = await readTable(path, schema, { allowOneClass: true });
    expect(judged.sampleWeights).toBeUndefined();
    expect((await errorOf("E_SCHEMA", () => readTable(path, schema))).message).toMatch(
      /expected a column "w"/,
    );
  });

  it.each([
    ["age", /the weight column "age" must not be among them/],
    ["y", /the label column is "y" too/],
    ["who", /the subject column is "who" too/],
  ])("that is %s, too, is refused", (weight, message) => {
    expect(() => parseSchema({ ...DRAFT, weight })).toThrow(message);
  });
});
