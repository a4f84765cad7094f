import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { errorOf, realData, temporaryFiles } from "../../testing/files.js";
import { parquetFile } from "../../testing/parquet-files.js";
import { inferSchema } from "./infer-schema.js";
import { dateParser, numberParser } from "./parse-number.js";
import { readFeatureRows } from "./read-table.js";
import { parseSchema } from "./schema.js";

const file = temporaryFiles();
const cases = realData("cases");

describe("numberParser", () => {
  it.each([
    [{ thousands: "," }, "1,234,567.5", 1234567.5],
    [{ thousands: "," }, "-999", -999],
    [{ thousands: "," }, "1,5", Number.NaN],
    [{ thousands: "," }, "12,34,567", Number.NaN],
    [{ decimal: "," }, "1,5", 1.5],
    [{ decimal: "," }, "1.5", Number.NaN],
    [{ decimal: ",", thousands: "." }, "1.234,5", 1234.5],
    [{ decimal: ",", thousands: "." }, "1.5", Number.NaN],
    [{ thousands: " " }, "1\u00a0234\u202f567", 1234567],
    [{ thousands: "'" }, "1'234.5", 1234.5],
    [{ percent: true }, "12.3 %", 0.123],
    [{ percent: true }, "12", Number.NaN],
    [{ decimal: ",", percent: true }, "-0,5%", -0.005],
    [{}, "0x1F", Number.NaN],
    [{}, "", Number.NaN],
  ] as const)("%j reads %j as %d", (format, text, value) => {
    expect(numberParser(format)(text)).toBe(value);
  });

  it("reads back whatever is written in a format", () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), (cents) => {
        const value = cents / 100;
        const german = value.toLocaleString("de-DE", { minimumFractionDigits: 2 });
        const english = value.toLocaleString("en-GB", { minimumFractionDigits: 2 });
        return (
          numberParser({ decimal: ",", thousands: "." })(german) === value &&
          numberParser({ thousands: "," })(english) === value
        );
      }),
    );
  });
});

describe("dateParser", () => {
  it.each([
    [{ origin: "2020-01-01" }, "2020-01-31", 30],
    [{ origin: "2020-01-01" }, "2019-12-31T12:00:00Z", -0.5],
    [{ origin: "2020-01-01", order: "DMY" }, "01.02.2020", 31],
    [{ origin: "2020-01-01", order: "MDY" }, "01/02/2020 06:00", 1.25],
    [{ origin: "2020-01-01" }, "2020-02-30", Number.NaN],
    [{ origin: "2020-01-01" }, "31.12.2020", Number.NaN],
    [{ origin: "2020-01-01" }, "2020-01-01 25:00", Number.NaN],
  ] as const)("%j reads %s as %d days", (format, text, days) => {
    expect(dateParser(format)(text)).toBe(days);
  });
});

describe("a schema with number and date", () => {
  const draft = (column: object) => ({
    version: 1,
    task: "binary",
    label: { column: "y", positive: ["a"], negative: ["b"] },
    subject: null,
    columns: [{ name: "x", kind: "numeric", centre: 0, scale: 1, ...column }],
  });

  it("makes features of them, and names the row that is written otherwise", async () => {
    const featuresOf = async (column: object, cells: readonly string[]) => {
      const path = await file("t.csv", `x\n${cells.map((cell) => `"${cell}"`).join("\n")}\n`);
      return (await readFeatureRows(path, parseSchema(draft(column)))).map(([value]) => value);
    };
    expect(await featuresOf({ number: { percent: true } }, ["12%", "50%"])).toEqual([0.12, 0.5]);
    expect(await featuresOf({ date: { origin: "2020-01-01" } }, ["2020-01-02"])).toEqual([1]);
    const number = { decimal: ",", thousands: "." };
    const error = await errorOf("E_DATA", () => featuresOf({ number }, ["1.234,5", "1,2,3"]));
    expect(error.message).toMatch(/row 2 .*written as declared: .*"decimal":",".*found "1,2,3"/);
  });

  it.each([
    [{ number: { decimal: ",", thousands: "," } }, /same character/],
    [{ number: { thousands: "." } }, /same character/],
    [{ number: {}, date: { origin: "2020-01-01" } }, /found both/],
    [{ date: { origin: "1.1.2020" } }, /origin/],
  ])("refuses %j", async (column, reason) => {
    expect((await errorOf("E_SCHEMA", () => parseSchema(draft(column)))).message).toMatch(reason);
  });
});

describe("inferSchema on numbers that are written otherwise", () => {
  const draftOf = async (cell: (i: number) => string) => {
    const rows = Array.from({ length: 60 }, (_, i) => `"${cell(i)}",${i % 9},${i % 2 === 0 ? "a" : "b"}`);
    const path = await file("t.csv", `x,z,y\n${rows.join("\n")}\n`);
    const { schema, notes } = await inferSchema(path, { label: "y" });
    return { column: schema.columns[0], notes: notes.join("\n") };
  };

  it.each([
    ["thousands", (i: number) => (1000.5 + 37 * i).toLocaleString("en-GB"), { thousands: "," }],
    ["decimal commas", (i: number) => `${i},${i % 10}5`, { decimal: "," }],
    ["both", (i: number) => (1000.5 + 37 * i).toLocaleString("de-DE"), { decimal: ",", thousands: "." }],
    ["percentages", (i: number) => `${i}%`, { percent: true }],
  ])("drafts how it is to be read: %s", async (_, cell, number) => {
    const { column, notes } = await draftOf(cell);
    expect(column).toMatchObject({ kind: "numeric", number });
    expect(notes).toMatch(/The numbers of "x" are read as \{.*because of \d+ /);
    expect(notes).not.toContain("identifier");
  });

  it.each([
    ["1e400", "1 too large for a double (row 8)"],
    ["-inf", "1 infinite (row 8)"],
    ["0x1F", "1 hexadecimal, octal or binary (row 8)"],
    ["1_000", "1 with underscores (row 8)"],
    ["n.a.", "1 of other text (row 8)"],
  ])("says what was seen, and where, of one cell %s among numbers", async (odd, seen) => {
    const { column, notes } = await draftOf((i) => (i === 7 ? odd : `${i * 1.37}`));
    if (odd === "1_000") expect(column).toMatchObject({ number: { thousands: "_" } });
    else expect(column?.kind).toBe("ignored");
    expect(notes).toContain(seen);
    expect(notes).not.toContain("identifier");
  });

  it.each([
    ["$1,234", "with a currency"],
    ["12.50 \u20ac", "with a currency"],
    ["80 kg", "with a unit"],
    ["(120)", "in parentheses"],
    ["\u221212", "with another minus sign"],
  ])("says what was seen of a column of numbers like %s", async (shape, seen) => {
    const { column, notes } = await draftOf((i) => shape.replace(/\d+/, String(100 + 7 * i)));
    expect(column?.kind).toBe("ignored");
    expect(notes).toMatch(new RegExp(`"x": \\d+ ${seen} \\(rows 1, 2, 3, 4, 5, ...\\)`));
    expect(notes).not.toContain("identifier");
  });

  it("takes a few numbers with a unit for categories", async () => {
    expect((await draftOf((i) => `${10 + 5 * (i % 3)} mg`)).column).toMatchObject({ kind: "categorical" });
  });

  it("tells thousands' points and a lone dot from other digits", async () => {
    expect((await draftOf((i) => `1.${100 + i},5`)).notes).toContain("with points between thousands");
    expect((await draftOf((i) => (i === 7 ? "." : `${i * 1.37}`))).notes).toContain(
      "1 of other text (row 8)",
    );
    expect((await draftOf((i) => (i === 7 ? "\u0661\u0662" : `${i * 1.37}`))).notes).toContain(
      "1 in other digits",
    );
  });

  it("says why where every column is ignored", async () => {
    const text = `x,y\n${Array.from({ length: 60 }, (_, i) => `${i === 7 ? "inf" : i * 1.37},${i % 2}`).join("\n")}\n`;
    const error = await errorOf("E_DATA", async () => inferSchema(await file("t.csv", text), { label: "y" }));
    expect(error.message).toMatch(
      /expected at least one column to learn from, found none\. .*1 infinite \(row 8\)/,
    );
  });

  it("leaves categories with a few numbers among them, identifiers and dates what they are", async () => {
    expect((await draftOf((i) => (i % 5 === 0 ? "60+" : `${10 * (i % 5)}`))).column?.kind).toBe(
      "categorical",
    );
    expect((await draftOf((i) => `u${i}`)).notes).toContain('identifier?): "x"');
    expect((await draftOf((i) => `2020-01-${10 + (i % 20)}`)).notes).toContain('"date":{"origin"');
    expect((await draftOf(() => "7.5")).notes).toContain('the same in every row: "x"');
  });

  it("takes Parquet's NaN for a missing number", async () => {
    const path = await file("nan.parquet", parquetFile("nan"));
    const columns = [{ name: "x", kind: "numeric", centre: 1, scale: 1, missing: "centre" }];
    const label = { column: "y", positive: ["yes"], negative: ["no"] };
    const schema = parseSchema({
      version: 1,
      task: "binary",
      label,
      subject: null,
      columns,
      missingMarks: [],
    });
    expect((await readFeatureRows(path, schema)).map(([x]) => x)).toEqual([0, 0, 0, 1]);
  });
});

describe.skipIf(cases === null)("the cases of numbers", () => {
  const notesOf = async (name: string, ending = "csv") => {
    const path = join(cases as string, name, `in.${ending}`);
    const { schema, notes } = await inferSchema(path, { label: "label", subject: "id" });
    return { schema, notes: notes.join("\n") };
  };

  it("1e400: the rows are named, and nothing is called an identifier", async () => {
    const { notes } = await notesOf("1e400");
    expect(notes).toMatch(/"score": 2 too large for a double \(rows \d+, \d+\)/);
    expect(notes).not.toContain("identifier");
  });

  it("hex-underscore, percent, thousands-comma, constant-column, pq-inf-nan", async () => {
    expect((await notesOf("hex-underscore")).notes).toMatch(/hexadecimal, octal or binary \(rows? /);
    expect((await notesOf("percent")).schema.columns).toContainEqual(
      expect.objectContaining({ name: "score", number: { percent: true } }),
    );
    expect((await notesOf("thousands-comma")).schema.columns).toContainEqual(
      expect.objectContaining({ name: "score", number: { thousands: "," } }),
    );
    expect((await notesOf("constant-column")).notes).toContain('every row: "konst", "ktext"');
    const { notes } = await notesOf("pq-inf-nan", "parquet");
    expect(notes).toMatch(/1 infinite \(row \d+\)/);
    expect(notes).not.toContain("identifier");
  });
});
