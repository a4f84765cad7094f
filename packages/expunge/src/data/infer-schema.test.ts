import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { generateDemoData } from "../../../lab/src/report/index.js";
import { errorOf, realData, temporaryFiles } from "../../testing/files.js";
import { parquetFile } from "../../testing/parquet-files.js";
import { inferSchema } from "./infer-schema.js";
import { readTable } from "./read-table.js";
import { isInUnitBall } from "./scale-rows.js";
import { parseSchema, type SchemaColumn, schemaDigest } from "./schema.js";

const file = temporaryFiles();

/** 200 people with every kind of column. */
function people(): string {
  const rows = Array.from({ length: 200 }, (_, i) =>
    [
      `p${i % 90}@example.com`,
      i + 1000,
      20 + (i % 50),
      i % 9 === 0 ? "NA" : (i * 0.37).toFixed(2),
      ["red", "green", "blue"][i % 3],
      i % 2,
      `note number ${i}`,
      "",
      i % 4 === 0 ? "yes" : "no",
    ].join(","),
  );
  return `who,id,age,fee,colour,member,note,empty,y\n${rows.join("\n")}\n`;
}

describe("inferSchema", () => {
  it("refuses an option that it does not know, by name", async () => {
    const options = { label: "y", subjects: "who" };
    const path = await file("people.csv", people());
    const error = await errorOf("E_OPTION", () => inferSchema(path, options));
    expect(error.message).toMatch(/^Unknown key "subjects" in the options of inferSchema\. Known: .*subject/);
  });

  it("tells numbers, categories, codes, identifiers and empty columns", async () => {
    const { schema, notes } = await inferSchema(await file("people.csv", people()), {
      label: "y",
      subject: "who",
    });
    const kinds = Object.fromEntries(schema.columns.map((column) => [column.name, column.kind]));
    expect(kinds).toEqual({
      id: "ignored",
      age: "numeric",
      fee: "numeric",
      colour: "categorical",
      member: "categorical",
      note: "ignored",
      empty: "ignored",
    });
    const find = (name: string) => schema.columns.find((column) => column.name === name) as SchemaColumn;
    expect(find("age")).toMatchObject({ centre: 45, scale: 20, missing: "error" });
    expect(find("fee")).toMatchObject({ missing: "indicator" });
    expect(find("colour")).toMatchObject({ categories: ["blue", "green", "red"], unknown: "ignore" });
    expect(find("member")).toMatchObject({ categories: ["0", "1"] });
    expect(schema.label).toEqual({ column: "y", positive: ["yes"], negative: ["no"], rate: 0.27 });
    expect(schema.subject).toBe("who");
    expect(schema.missingMarks).toContain("NA");
    expect(notes[0]).toMatch(/Drafted from 200 rows\..*PUBLIC.*Replace them/);
    expect(notes.join("\n")).toMatch(/identifier\?\): "id", "note"\./);
    expect(notes.join("\n")).toMatch(/always missing: "empty"/);
    expect(notes.join("\n")).not.toContain("No subject column");
  });

  it("drafts what reads the same file, and is its own JSON", async () => {
    const path = await file("people.csv", people());
    const { schema } = await inferSchema(path, { label: "y", subject: "who" });
    const dataset = await readTable(path, parseSchema(JSON.stringify(schema)));
    expect(dataset.rowCount).toBe(200);
    expect(new Set(dataset.subjects).size).toBe(90);
  });

  it("shows no value of the subject column", async () => {
    const { schema, notes } = await inferSchema(await file("people.csv", people()), {
      label: "y",
      subject: "who",
    });
    expect(JSON.stringify([schema, notes])).not.toContain("@");
  });

  it("says which categories are so rare that they may point at a person, without naming them", async () => {
    const text = `city,x,y\n${Array.from({ length: 100 }, (_, i) => `${i === 7 ? "Atlantis" : "Rome"},${i * 1.5},${i % 2 ? "a" : "b"}`).join("\n")}\n`;
    const { notes } = await inferSchema(await file("t.csv", text), { label: "y" });
    expect(notes.join("\n")).toMatch(/fewer than 5 rows, which may point at a person: "city"/);
    expect(notes.join("\n")).not.toContain("Atlantis");
    expect(notes.join("\n")).toMatch(/No subject column/);
  });

  it("cuts long lists of categories to the most frequent, and warns of whole numbers that nearly all differ", async () => {
    const text = `zip,amount,y\n${Array.from({ length: 1000 }, (_, i) => `z${i % 100},${(i * 7919) % 100003},${i % 2}`).join("\n")}\n`;
    const { schema, notes } = await inferSchema(await file("t.csv", text), { label: "y" });
    expect(schema.columns[0]).toMatchObject({ kind: "categorical", unknown: "other" });
    expect((schema.columns[0] as { categories: string[] }).categories.length).toBe(64);
    expect(notes.join("\n")).toMatch(/cut to the most frequent.*: "zip"/);
    expect(notes.join("\n")).toMatch(/almost all differ.*: "amount"/);
  });

  it("infers multiclass and regression, in the classes' own order", async () => {
    const text = `x,grade,price\n${Array.from({ length: 300 }, (_, i) => `${i / 7},${(i * 5) % 12},${i * 1.25}`).join("\n")}\n`;
    const path = await file("t.csv", text);
    const grades = await inferSchema(path, { label: "grade" });
    expect(grades.schema.label).toMatchObject({ classes: Array.from({ length: 12 }, (_, i) => String(i)) });
    expect(grades.notes.join("\n")).toMatch(/ask for task regression/);
    expect((await inferSchema(path, { label: "price" })).schema).toMatchObject({
      task: "regression",
      label: { centre: 190 },
      // x and grade are two numeric columns: a usual row has norm 0.7.
      scaling: "clip",
      intercept: 0.5,
      rowScale: 0.46,
    });
    expect((await inferSchema(path, { label: "grade", task: "regression" })).schema.task).toBe("regression");
  });

  it.each([
    ["2024-03-09", "YMD", false],
    ["09.03.2024", "DMY", true],
    ["03/19/2024", "MDY", false],
  ])("says how a column of dates such as %s is declared, whole", async (first, order, isDoubtful) => {
    const days = [first, ...Array.from({ length: 29 }, (_, i) => first.replace("2024", String(1990 + i)))];
    const text = `day,x,y\n${days.map((day, i) => `${day},${i},${i % 2}`).join("\n")}\n`;
    const path = await file("t.csv", text);
    const { schema, notes } = await inferSchema(path, { label: "y" });
    expect(schema.columns[0]).toEqual({ name: "day", kind: "ignored" });
    const note = notes.find((line) => line.includes("it holds dates")) as string;
    expect(/may be MDY as well/.test(note)).toBe(isDoubtful);
    const column = JSON.parse(/declare (\{.*\})\./.exec(note)?.[1] ?? "") as SchemaColumn;
    expect(column).toMatchObject({ date: { origin: "2020-01-01", order }, missing: "error" });
    const declared = parseSchema({ ...schema, columns: [column, schema.columns[1]] });
    expect((await readTable(path, declared)).rowCount).toBe(30);
  });

  it.each([";", "\t", "|"])(
    "sees that cells are separated by %j where the first line has no comma",
    async (sign) => {
      const line = (...cells: readonly unknown[]): string => cells.join(sign);
      const lines = Array.from({ length: 40 }, (_, i) => line(`${i},5`, i % 3, i % 2));
      const path = await file("t.csv", `${[line("x", "z", "y"), ...lines].join("\n")}\n`);
      const { schema, notes } = await inferSchema(path, { label: "y" });
      expect(schema.csv).toEqual({ header: true, delimiter: sign });
      expect(notes.join("\n")).toContain(`Cells are separated by ${JSON.stringify(sign)}`);
      expect((await readTable(path, schema)).rowCount).toBe(40);
      // What is asked for is done.
      await errorOf("E_SCHEMA", () => inferSchema(path, { label: "y", delimiter: "," }));
    },
  );

  it("takes numbers of which each has few rows for amounts, however few they are", async () => {
    const tableOf = (price: (i: number) => number): string =>
      `x,price\n${Array.from({ length: 50 }, (_, i) => `${i / 7},${price(i)}`).join("\n")}\n`;
    const draft = async (price: (i: number) => number) =>
      inferSchema(await file("t.csv", tableOf(price)), { label: "price" });
    const prices = await draft((i) => 120_000 + 3700 * i);
    expect(prices.schema.task).toBe("regression");
    expect(prices.notes.join("\n")).toMatch(/amounts, learned as .*ask for task multiclass/);
    expect((await draft((i) => i % 10)).schema.task).toBe("multiclass");
    expect((await draft((i) => i % 11)).schema.task).toBe("regression");
  });

  it("drafts what reads the demo's table, with the kinds that its author gave", async () => {
    const { all, schema: written } = generateDemoData();
    const path = await file("demo.csv", all);
    const { schema, notes } = await inferSchema(path, {
      label: written.label.column,
      ...(written.subject === null ? {} : { subject: written.subject }),
    });
    expect(notes[0]).toContain("PUBLIC");
    expect(notes.join("\n")).not.toContain("will be refused");
    const dataset = await readTable(path, schema);
    expect(dataset.rowCount).toBe(12_000);
    expect(new Set(dataset.subjects).size).toBeLessThan(12_000);
    const used = written.columns.filter(({ kind }) => kind !== "ignored");
    expect(Object.fromEntries(schema.columns.map(({ name, kind }) => [name, kind]))).toMatchObject(
      Object.fromEntries(used.map(({ name, kind }) => [name, kind])),
    );
  });

  it("rounds a centre to the spread, so that large numbers of small spread stay near 0", async () => {
    const text = `t,y\n${Array.from({ length: 300 }, (_, i) => `${1_650_000_000 + ((i * 7919) % 5000)},${i % 2}`).join("\n")}\n`;
    const { schema } = await inferSchema(await file("t.csv", text), { label: "y" });
    const { centre, scale } = schema.columns[0] as { centre: number; scale: number };
    expect(scale).toBe(2000);
    expect(Math.abs(centre - 1_650_002_500)).toBeLessThanOrEqual(200);
    expect(centre % 100).toBe(0);
  });

  it("gives the draft as a file with a line and a note for each column, which reads as the schema itself", async () => {
    const { schema, text } = await inferSchema(await file("people.csv", people()), {
      label: "y",
      subject: "who",
    });
    const lines = text.split("\n");
    const noteOf = (name: string) => lines.find((line) => line.includes(`{"name":"${name}"`));
    for (const { name } of schema.columns) expect(noteOf(name)).toMatch(/"note":".+"\},?$/);
    expect(noteOf("age")).toContain("200 numbers, none missing; centre: their median");
    expect(noteOf("fee")).toMatch(/177 numbers, 23 missing/);
    expect(noteOf("colour")).toContain("3 different values in 200 rows, none missing; the rarest in 66");
    expect(noteOf("note")).toContain("ignored: almost every value is different");
    expect(noteOf("empty")).toContain("ignored: always missing");
    expect(lines.find((line) => line.startsWith('  "label"'))).toContain("Labels: binary");
    expect(parseSchema(text)).toEqual(schema);
    expect(schemaDigest(parseSchema(text))).toBe(schemaDigest(schema));
  });

  it("says what a scale is: of amounts that are mostly 0, their standard deviation", async () => {
    const rows = Array.from(
      { length: 200 },
      (_, i) => `${i % 20 === 0 ? i * 100 : 0},${i * 1.5},"${i},5",${i % 2}`,
    );
    const { text } = await inferSchema(await file("t.csv", `gain,x,z,y\n${rows.join("\n")}\n`), {
      label: "y",
    });
    const noteOf = (name: string) => text.split("\n").find((line) => line.includes(`{"name":"${name}"`));
    expect(noteOf("gain")).toContain(
      "scale: their standard deviation, since their 10% and 90% quantiles are equal",
    );
    for (const name of ["x", "z"]) expect(noteOf(name)).toContain("scale: half the distance between");
  });

  it("ignores numbers among which some cells are texts, and names the rows", async () => {
    const rows = Array.from(
      { length: 2000 },
      (_, i) => `${i === 9 ? "abc" : 20 + (i % 50)},${i % 31}.5,${i % 2}`,
    );
    const path = await file("t.csv", `age,x,y\n${rows.join("\n")}\n`);
    const { schema, notes } = await inferSchema(path, { label: "y" });
    expect(schema.columns[0]).toEqual({ name: "age", kind: "ignored" });
    expect(notes.join("\n")).toMatch(/not all cells are numbers: "age": 1 of other text \(row 10\)\. Mend/);
    expect(notes.join("\n")).not.toContain("abc");
  });

  it("takes few different numbers with other texts for categories, and names the rows of these", async () => {
    const rows = Array.from({ length: 200 }, (_, i) => `${i === 9 ? "abc" : i % 7},${i % 31}.5,${i % 2}`);
    const { schema, notes } = await inferSchema(await file("t.csv", `k,x,y\n${rows.join("\n")}\n`), {
      label: "y",
    });
    expect(schema.columns[0]?.kind).toBe("categorical");
    expect(notes.join("\n")).toMatch(/Most cells of "k" are numbers, but for 1 of other text \(row 10\):/);
    expect(notes.join("\n")).not.toContain("abc");
  });

  it("drafts a rate below 1 of a label that nearly all rows have", async () => {
    const rows = Array.from({ length: 5000 }, (_, i) => `${i % 50}.5,${i === 7 ? "no" : "yes"}`);
    const { schema } = await inferSchema(await file("t.csv", `x,y\n${rows.join("\n")}\n`), { label: "y" });
    expect(schema.label).toMatchObject({ positive: ["yes"], rate: 1 - 0.00012 });
  });

  it("drafts from the first rows, and reads on while they have but one label", async () => {
    const rows = Array.from({ length: 4000 }, (_, i) => `${i % 50}.5,${i < 2000 ? "no" : "yes"}`);
    const path = await file("t.csv", `x,y\n${rows.join("\n")}\n`);
    const { notes } = await inferSchema(path, { label: "y", rows: 1000 });
    const drafted = Number(
      /^Drafted from the first (\d+) rows, though there are more/.exec(notes[0] ?? "")?.[1],
    );
    expect(drafted).toBeGreaterThan(2000);
    expect(drafted).toBeLessThan(3000);
    const mixed = await file("t.csv", `x,y\n${rows.toReversed().join("\n")}\n0.5,no\n`.replace("yes", "no"));
    expect((await inferSchema(mixed, { label: "y", rows: 1000 })).notes[0]).toMatch(
      /^Drafted from the first 1000 rows, /,
    );
    expect((await inferSchema(mixed, { label: "y", rows: 4001 })).notes[0]).toMatch(
      /^Drafted from 4001 rows\. /,
    );
    await errorOf("E_OPTION", () => inferSchema(mixed, { label: "y", rows: 0 }));
  });

  it("looks at oddly written numbers in the rows that it drafts from alone", async () => {
    const rows = Array.from({ length: 1200 }, (_, i) => `"${i < 1000 ? `${i},5` : "none"}",${i % 2}`);
    const path = await file("t.csv", `x,y\n${rows.join("\n")}\n`);
    const { schema } = await inferSchema(path, { label: "y", rows: 1000 });
    expect(schema.columns[0]).toMatchObject({ kind: "numeric", number: { decimal: "," } });
  });

  it.each([
    ["1", "2", "2"],
    ["-1", "+1", "+1"],
    ["0", "0.5", "0.5"],
    ["no", "yes", "yes"],
  ])("takes of two numbers the larger one for positive: %s and %s", async (a, b, positive) => {
    const text = `x,y\n${Array.from({ length: 60 }, (_, i) => `${i * 1.37},${i % 3 === 0 ? b : a}`).join("\n")}\n`;
    const { schema, notes } = await inferSchema(await file("t.csv", text), { label: "y" });
    expect(schema.label).toMatchObject({ positive: [positive] });
    expect(notes.join("\n").includes("If they are amounts, ask for task regression.")).toBe(b === "0.5");
  });

  it("takes whole numbers of few values for amounts, and says that they may be codes", async () => {
    const text = `k,y\n${Array.from({ length: 100 }, (_, i) => `${1 + (i % 4)},${i % 2}`).join("\n")}\n`;
    const { schema, notes } = await inferSchema(await file("t.csv", text), { label: "y" });
    expect(schema.columns[0]?.kind).toBe("numeric");
    expect(notes.join("\n")).toMatch(/codes, not amounts, declare them categorical: "k"\./);
  });

  it.each(["2020-01-{}", "2020-01-{}T12:30:00.000Z", "{}.01.2020", "01/{}/20"])(
    "ignores dates such as %s, and says so",
    async (pattern) => {
      const days = Array.from({ length: 100 }, (_, i) => pattern.replace("{}", String(10 + (i % 19))));
      const text = `day,x,y\n${days.map((day, i) => `${day},${i * 1.5},${i % 2}`).join("\n")}\n`;
      const { schema, notes } = await inferSchema(await file("t.csv", text), { label: "y" });
      expect(schema.columns[0]).toEqual({ name: "day", kind: "ignored" });
      expect(notes.join("\n")).toMatch(/it holds dates.*: "day"\./);
      expect(notes.join("\n")).not.toContain("identifier");
    },
  );

  it("counts rows without label or subject, which will be refused", async () => {
    const rows = Array.from(
      { length: 60 },
      (_, i) => `${i < 3 ? "NA" : `p${i}`},${i === 7 ? "NA" : i * 1.5},${i === 9 ? "" : i % 2}`,
    );
    const path = await file("t.csv", `who,x,y\n${rows.join("\n")}\n`);
    const { schema, notes } = await inferSchema(path, { label: "y", subject: "who" });
    expect(notes).toContainEqual(
      expect.stringMatching(/^Rows without a label in "y": 1\. They will be refused/),
    );
    expect(notes).toContainEqual(expect.stringMatching(/^Rows without a subject in "who": 3\./));
    expect((await errorOf("E_DATA", () => readTable(path, schema))).message).toMatch(/row 1 .*subject id/);
  });

  it("does not say so of a subject whose name is like a mark that the file does not use", async () => {
    const rows = Array.from({ length: 60 }, (_, i) => `${i === 5 ? "None" : `p${i}`},${i * 1.5},${i % 2}`);
    const path = await file("t.csv", `who,x,y\n${rows.join("\n")}\n`);
    const { schema, notes } = await inferSchema(path, { label: "y", subject: "who" });
    expect(notes.join("\n")).not.toContain("refused");
    expect((await readTable(path, schema)).subjects?.[5]).toBe("None");
  });

  it("names a column without a name by its place, and ignores it where it counts rows", async () => {
    const text = `,x,y\n${Array.from({ length: 100 }, (_, i) => `${i},${i * 1.5},${i % 2}`).join("\n")}\n`;
    const path = await file("t.csv", text);
    const { schema } = await inferSchema(path, { label: "y" });
    expect(schema.columns[0]).toEqual({ name: "column 1", kind: "ignored" });
    expect((await readTable(path, schema)).rowCount).toBe(100);
  });

  it.each(["ann@example.com,red,yes\nbob@example.com,blue,no\n", "ann,41,yes\nbob,30,no\n"])(
    "shows nothing of a first line that looks like a row",
    async (text) => {
      const path = await file("t.csv", text);
      const error = await errorOf("E_SCHEMA", () => inferSchema(path, { label: "y" }));
      expect(error.message).toMatch(/expected a column "y", found a first line that looks like a row/);
      expect(JSON.stringify([error.message, error.details])).not.toContain("ann");
    },
  );

  it("reads Parquet, and ignores lists", async () => {
    const { schema, notes } = await inferSchema(await file("l.parquet", parquetFile("lists")), {
      label: "y",
    });
    expect(schema.columns[1]).toEqual({ name: "tags", kind: "ignored" });
    expect(notes.join("\n")).toMatch(/lists or records: "tags"/);
  });

  it("refuses columns that are not there, labels that do not fit the task, and empty files", async () => {
    const path = await file("people.csv", people());
    expect((await errorOf("E_SCHEMA", () => inferSchema(path, { label: "z" }))).message).toMatch(
      /expected a column "z", found "who"/,
    );
    expect(
      (await errorOf("E_SCHEMA", () => inferSchema(path, { label: "y", subject: "z" }))).message,
    ).toMatch(/expected a column "z"/);
    expect(
      (await errorOf("E_DATA", () => inferSchema(path, { label: "colour", task: "binary" }))).message,
    ).toMatch(/two different labels, for a binary task, found 3/);
    expect(
      (await errorOf("E_DATA", () => inferSchema(path, { label: "colour", task: "regression" }))).message,
    ).toMatch(/numbers, for a regression task/);
    expect((await errorOf("E_DATA", () => inferSchema(path, { label: "empty" }))).message).toMatch(
      /at least two different labels, found 0/,
    );
    await errorOf("E_DATA", async () => inferSchema(await file("t.csv", "a,b\n"), { label: "a" }));
  });
});

/** Names of UCI Adult's columns, which its files do not hold. */
const ADULT_COLUMNS = [
  "age",
  "workclass",
  "fnlwgt",
  "education",
  "education-num",
  "marital-status",
  "occupation",
  "relationship",
  "race",
  "sex",
  "capital-gain",
  "capital-loss",
  "hours-per-week",
  "native-country",
  "income",
];

const real = realData("adult");
describe.skipIf(real === null)("on UCI Adult", () => {
  const train = join(real ?? "", "adult.data");
  const test = join(real ?? "", "adult.test");

  it("drafts a schema that reads all 32,561 rows, missing cells and all", async () => {
    const { schema, notes } = await inferSchema(train, { label: "income", columns: ADULT_COLUMNS });
    const kinds = Object.fromEntries(schema.columns.map((column) => [column.name, column.kind]));
    expect(kinds).toMatchObject({
      age: "numeric",
      workclass: "categorical",
      "capital-gain": "numeric",
      "native-country": "categorical",
    });
    expect(schema.label).toEqual({ column: "income", positive: [">50K"], negative: ["<=50K"], rate: 0.27 });
    expect(schema.columns.find(({ name }) => name === "workclass")).toMatchObject({ missing: "other" });
    expect(notes.join("\n")).toMatch(/may point at a person: .*"native-country"/);
    // Sampling weights: whole numbers, 21,648 different ones among 32,561.
    expect(kinds.fnlwgt).toBe("numeric");
    expect(notes[0]).toContain("PUBLIC");
    const dataset = await readTable(train, schema);
    expect(dataset.rowCount).toBe(32_561);
    expect(dataset.labels.filter((label) => label === 1).length).toBe(7841);
  });

  it("names the first bad line of adult.test where comment and dotted labels are not declared", async () => {
    const { schema } = await inferSchema(train, { label: "income", columns: ADULT_COLUMNS });
    expect((await errorOf("E_DATA", () => readTable(test, schema))).message).toMatch(
      /row 1 \(line 1\): expected 15 cells, found 1/,
    );
    const noComment = parseSchema({ ...schema, csv: { ...schema.csv, comment: "|" } });
    expect((await errorOf("E_DATA", () => readTable(test, noComment))).message).toMatch(
      /row 1 \(line 2\), column "income": expected one of >50K, <=50K, found "<=50K\."/,
    );
  });
});

describe.skipIf(real === null)("examples/adult-schema.json", () => {
  it("reads both files of UCI Adult", async () => {
    const { readFile } = await import("node:fs/promises");
    const schema = parseSchema(await readFile("examples/adult-schema.json", "utf8"));
    const read = (name: string) => readTable(join(real as string, name), schema);
    const [train, test] = await Promise.all([read("adult.data"), read("adult.test")]);
    expect([train.rowCount, test.rowCount]).toEqual([32_561, 16_281]);
    expect(train.labels.filter((label) => label === 1).length).toBe(7841);
    expect(test.labels.filter((label) => label === 1).length).toBe(3846);
    expect(test.featureCount).toBe(train.featureCount);
    expect(new Set(train.subjects).size).toBe(21_648);
    for (const { rowCount, featureCount, features } of [train, test])
      for (let i = 0; i < rowCount; i++)
        if (!isInUnitBall(features.subarray(i * featureCount, (i + 1) * featureCount)))
          expect.fail(`row ${i} is too long`);
  });
});
