import { describe, expect, it } from "vitest";
import { errorOf, temporaryFiles } from "../../testing/files.js";
import { inferSchema } from "./infer-schema.js";
import { readTable } from "./read-table.js";
import { parseSchema } from "./schema.js";

const file = temporaryFiles();

/** A table of x and the labels y, each in quotes. */
const tableOf = (rows: number, labelOf: (i: number) => string): Promise<string> =>
  file(
    "t.csv",
    `x,y\n${Array.from({ length: rows }, (_, i) => `${(i * 1.37).toFixed(2)},"${labelOf(i)}"`).join("\n")}\n`,
  );

describe("labels that are amounts", () => {
  it.each([
    ["thousands", (i: number) => `${100 + i},155`, { thousands: "," }, 350_155],
    ["decimal commas", (i: number) => `${i},17`, { decimal: "," }, 250.17],
    ["both", (i: number) => `1.${String(i).padStart(3, "0")},17`, { decimal: ",", thousands: "." }, 1250.17],
    ["percentages", (i: number) => `${i / 4}%`, { percent: true }, 0.625],
  ])("are read as they are written: %s", async (_name, labelOf, number, middle) => {
    const path = await tableOf(500, labelOf);
    const { schema, notes } = await inferSchema(path, { label: "y" });
    expect(schema).toMatchObject({ task: "regression", label: { column: "y", number } });
    expect(notes.join("\n")).toMatch(/The labels are read as \{.*because of 500 .*\(rows 1, 2, /);
    const { labels } = await readTable(path, parseSchema(JSON.stringify(schema)));
    const { centre, scale } = schema.label as { centre: number; scale: number };
    expect(centre + scale * (labels[250] as number)).toBeCloseTo(middle, 3);
    const plain = parseSchema({ ...schema, label: { column: "y", centre, scale } });
    expect((await errorOf("E_DATA", () => readTable(path, plain))).message).toContain(
      "a finite number, found",
    );
  });

  it("stay classes where they are few, however they are written", async () => {
    const { schema, notes } = await inferSchema(await tableOf(60, (i) => `${1 + (i % 3)},5`), { label: "y" });
    expect(schema.label).toMatchObject({ classes: ["1,5", "2,5", "3,5"] });
    expect(notes.join("\n")).toContain("ask for task regression");
  });

  it.each([
    [
      "one other text",
      (i: number) => (i === 9 ? "n/a" : String(i / 7)),
      /300 rows.* 1 of other text \(row 10\)/,
    ],
    ["a currency", (i: number) => `$${270_000 + i}`, /300 with a currency \(rows 1, 2, 3, 4, 5, \.\.\.\)/],
    ["names", (i: number) => `Ann ${i}`, /found 300 different ones in 300 rows\. If they are classes/],
  ])("are no classes, which a schema would show to all: %s", async (_name, labelOf, message) => {
    const path = await tableOf(300, labelOf);
    const error = await errorOf("E_DATA", () => inferSchema(path, { label: "y" }));
    expect(error.message).toMatch(message);
    expect(JSON.stringify([error.message, error.details])).not.toMatch(/Ann|n\/a|270/);
    const asked = await inferSchema(path, { label: "y", task: "multiclass" });
    expect((asked.schema.label as { classes: unknown[] }).classes.length).toBe(300);
  });

  it("are classes with one other text among few, which a note names by its row", async () => {
    const path = await tableOf(100, (i) => (i === 9 ? "n/a" : String(1 + (i % 5))));
    const { schema, notes } = await inferSchema(path, { label: "y" });
    expect(schema.task).toBe("multiclass");
    expect(notes.join("\n")).toMatch(/Not all labels are numbers: 1 of other text \(row 10\)\./);
  });

  it("of two classes are told with their share, which the schema keeps coarsely", async () => {
    const { schema, notes, text } = await inferSchema(await tableOf(200, (i) => (i < 67 ? "yes" : "no")), {
      label: "y",
    });
    expect(notes.join("\n")).toContain("0.335 of the labels are positive; the schema says 0.27,");
    expect(schema.label).toMatchObject({ rate: 0.27 });
    expect(text).not.toContain("0.335");
  });
});
