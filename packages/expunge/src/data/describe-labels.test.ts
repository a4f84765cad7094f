import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { realData, temporaryFiles } from "../../testing/files.js";
import { createDataset } from "./create-dataset.js";
import { describeLabels } from "./describe-labels.js";
import { inferSchema } from "./infer-schema.js";
import { readNumeric } from "./read-numeric.js";
import { readTable } from "./read-table.js";

const file = temporaryFiles();
const cases = realData("cases");
const rows = (labels: readonly number[]) => labels.map((_, i) => [1, i]);

describe("createDataset", () => {
  it("takes 0/1 for two classes of these names", () => {
    const labels = [0, 1, 1];
    const dataset = createDataset({ features: rows(labels), labels, task: "binary" });
    expect(dataset.labelNames).toEqual(["0", "1"]);
    expect([...dataset.labels]).toEqual([-1, 1, 1]);
  });

  it.each([
    [[-1, 1], "binary", ["-1", "+1"]],
    [[1, 2], "binary", ["1", "2"]],
    [[0, 5, 9], "multiclass", ["0", "5", "9"]],
    [[0, 0.5], "regression", []],
  ])("tells the task of labels %j where none is given", (labels, task, labelNames) => {
    expect(createDataset({ features: rows(labels), labels })).toMatchObject({ task, labelNames });
  });
});

describe("describeLabels", () => {
  const dataset = (labels: readonly number[], labelNames: readonly string[]) => ({
    task: labelNames.length === 2 ? ("binary" as const) : ("multiclass" as const),
    labelNames,
    labels: Float32Array.from(labels),
  });
  const repeated = (label: number, count: number) => Array.from({ length: count }, () => label);

  it("says task, classes, rows, and which is positive, in one line", () => {
    const { text, notes } = describeLabels(dataset([...repeated(1, 30), ...repeated(-1, 20)], ["no", "yes"]));
    expect(text).toBe('Labels: binary; 2 classes: "no" 20 rows, "yes" (positive) 30 rows.');
    expect(notes).toEqual([]);
  });

  it("notes classes of few rows, and of very different sizes", () => {
    const { notes } = describeLabels(dataset([...repeated(0, 40), ...repeated(1, 20), 2], ["a", "b", "c"]));
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(/few rows.*: "c" has 1 row\.$/);
    const uneven = describeLabels(dataset([...repeated(-1, 200_000), ...repeated(1, 20)], ["no", "yes"]));
    expect(uneven.notes).toHaveLength(1);
    expect(uneven.notes[0]).toMatch(/uneven, 1 : 10000: calling everything "no"/);
  });

  it("says regression aloud, and doubts it where there are two numbers only", () => {
    const { text, notes } = describeLabels({
      task: "regression",
      labelNames: [],
      labels: Float32Array.of(0, 0.5, 0.5),
    });
    expect(text).toBe("Labels: regression; 3 numbers from 0 to 0.5.");
    const prices = Array.from({ length: 50 }, (_, i) => 150_000 + 2000 * i);
    expect(
      describeLabels(createDataset({ features: rows(prices), labels: prices, task: "regression" })).text,
    ).toBe("Labels: regression; 50 numbers from 150000 to 248000.");
    expect(notes[0]).toMatch(/only two different numbers/);
  });
});

describe("inferSchema on labels of several spellings", () => {
  const draftOf = async (labels: readonly string[]) => {
    const text = `x,y\n${labels.map((label, i) => `${i * 1.5},${label}`).join("\n")}\n`;
    const path = await file("t.csv", text);
    const { schema, notes } = await inferSchema(path, { label: "y" });
    return { schema, notes: notes.join("\n"), labels: [...(await readTable(path, schema)).labels] };
  };

  it("makes one class of a number's spellings", async () => {
    const { schema, notes, labels } = await draftOf(["0", "0.0", "1", "1.0", "1.00", "0"]);
    expect(schema).toMatchObject({ task: "binary", label: { positive: ["1", "1.0", "1.00"] } });
    expect(labels).toEqual([-1, -1, 1, 1, 1, -1]);
    expect(notes).toContain('"0", "0.0"; "1", "1.0", "1.00"');
    const three = await draftOf(["0", "0.0", "1", "1.0", "2", "2"]);
    expect(three.schema.label).toMatchObject({ classes: ["0", "1", "2"] });
    expect(three.labels).toEqual([0, 0, 1, 1, 2, 2]);
  });

  it("makes one class of spellings in other case, and says so", async () => {
    const { schema, notes, labels } = await draftOf(["yes", "Yes", '"YES "', "no", "No", "yes"]);
    expect(schema.label).toMatchObject({ positive: ["yes", "YES ", "Yes"], negative: ["No", "no"] });
    expect(labels).toEqual([1, 1, 1, -1, -1, 1]);
    expect(notes).toMatch(/several spellings.*take them apart.*: "yes"/);
  });

  it("makes two classes of words for yes and no, and more of anything else", async () => {
    const { labels, notes } = await draftOf(["True", "FALSE", "yes", "no", "true", "0"]);
    expect(labels).toEqual([1, -1, 1, -1, 1, -1]);
    expect(notes).toMatch(/several spellings/);
    const { schema, notes: others } = await draftOf(["yes", "Yes", "no", "maybe", "no", "maybe"]);
    expect(schema).toMatchObject({ task: "multiclass", label: { classes: ["Yes", "maybe", "no", "yes"] } });
    expect(others).toMatch(/each is a class of its own.*"Yes", "yes"/);
  });
});

describe.skipIf(cases === null)("the cases of labels", () => {
  const at = (...path: string[]) => join(cases as string, ...path);

  it.each(["booleans", "labels-yes-no-case"])(
    "%s: two classes, with a note naming the variants",
    async (name) => {
      const { schema, notes } = await inferSchema(at(name, "in.csv"), { label: "label", subject: "id" });
      expect(schema.task).toBe("binary");
      expect(notes.join("\n")).toMatch(/Labels in several spellings/);
      await readTable(at(name, "in.csv"), schema);
    },
  );

  it("npy-labels-1-2: two classes named 1 and 2", async () => {
    const path = at("npy-labels-1-2", "x.npy");
    const dataset = await readNumeric(path, { labels: at("npy-labels-1-2", "y.npy") });
    expect(dataset).toMatchObject({ task: "binary", labelNames: ["1", "2"] });
  });

  it("npy-labels-float-half: regression, said aloud", async () => {
    const path = at("npy-labels-float-half", "x.npy");
    const dataset = await readNumeric(path, { labels: at("npy-labels-float-half", "y.npy") });
    const { text, notes } = describeLabels(dataset);
    expect(text).toMatch(/^Labels: regression/);
    expect(notes[0]).toMatch(/only two different numbers/);
  });
});
