import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { errorOf } from "../../testing/files.js";
import { createDataset, type DatasetInput } from "./create-dataset.js";
import { isInUnitBall } from "./scale-rows.js";

const GOOD: DatasetInput = {
  features: [
    [1, 2],
    [3, 4],
    [0.1, 0],
  ],
  labels: [1, -1, 1],
  task: "binary",
};

describe("createDataset", () => {
  it("gives the same from rows, Float32Array and Float64Array", () => {
    const flat = [1, 2, 3, 4, 0.5, 0];
    const labels = [1, -1, 1];
    const list = createDataset({
      ...GOOD,
      features: [
        [1, 2],
        [3, 4],
        [0.5, 0],
      ],
    });
    for (const features of [Float32Array.from(flat), Float64Array.from(flat)])
      expect(createDataset({ features, featureCount: 2, labels, task: "binary" })).toEqual(list);
  });

  it("keeps every row within norm 1, with an intercept or not", () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(number, number, number), { minLength: 2, maxLength: 20 }),
        fc.constantFrom(0, 0.5, 3),
        fc.constantFrom("l2" as const, "clip" as const),
        (features, intercept, scaling) => {
          if (scaling === "l2" && intercept === 0 && features.some((row) => row.every((v) => v === 0)))
            return;
          const labels = features.map((_, i) => (i % 2 === 0 ? 1 : -1));
          const dataset = createDataset({ features, labels, task: "binary", intercept, scaling });
          expect(dataset.featureCount).toBe(intercept === 0 ? 3 : 4);
          for (let i = 0; i < dataset.rowCount; i++) {
            const start = i * dataset.featureCount;
            expect(isInUnitBall(dataset.features.subarray(start, start + dataset.featureCount))).toBe(true);
          }
        },
      ),
    );
  });

  it("is frozen, and neither freezes nor shares the caller's lists", () => {
    const labelNames = ["no", "yes"];
    const featureNames = ["a", "b"];
    const subjects = ["x", "y", "x"];
    const dataset = createDataset({ ...GOOD, labelNames, featureNames, subjects });
    expect(Object.isFrozen(dataset)).toBe(true);
    labelNames[0] = "changed";
    featureNames[0] = "changed";
    subjects[0] = "changed";
    expect(dataset.labelNames).toEqual(["no", "yes"]);
    expect(dataset.featureNames).toEqual(["a", "b"]);
    expect(dataset.subjects).toEqual(["x", "y", "x"]);
  });

  it("holds more rows than one piece of memory", () => {
    const rowCount = 1500;
    const featureCount = 1000;
    const features = Float32Array.from({ length: rowCount * featureCount }, (_, i) => 1 + (i % 7));
    const labels = Array.from({ length: rowCount }, (_, i) => (i % 2 ? 1 : -1));
    const dataset = createDataset({ features, featureCount, labels, task: "binary", scaling: "l2" });
    const row = 1400;
    const norm = Math.hypot(...features.subarray(row * featureCount, (row + 1) * featureCount));
    expect(dataset.features.length).toBe(features.length);
    for (const k of [0, 999])
      expect(dataset.features[row * featureCount + k]).toBeCloseTo(
        features[row * featureCount + k]! / norm,
        6,
      );
  });

  it("takes multiclass and regression labels", () => {
    const classes = createDataset({ ...GOOD, labels: [0, 2, 2], task: "multiclass" });
    expect(classes.labelNames).toEqual(["0", "1", "2"]);
    const values = createDataset({ ...GOOD, labels: [0.5, 0.5, 0.5], task: "regression" });
    expect(values.labelNames).toEqual([]);
  });

  it("brings labels of a regression near 0 and 1, by a scale so coarse that one row decides nothing, or by the one declared", () => {
    const prices = Array.from({ length: 101 }, (_, i) => 150_000 + 1000 * i);
    const features = prices.map((_, i) => [i, 1]);
    const drafted = createDataset({ features, labels: prices, task: "regression" });
    expect(drafted.labelScaling).toEqual({ centre: 196_608, scale: 2 ** 15 });
    expect(drafted.labels[0]).toBeCloseTo((150_000 - 196_608) / 2 ** 15, 6);
    const without = createDataset({
      features: features.slice(1),
      labels: prices.slice(1),
      task: "regression",
    });
    expect(without.labelScaling).toEqual(drafted.labelScaling);
    const labelScaling = { centre: 100_000, scale: 50_000 };
    const declared = createDataset({ features, labels: prices, task: "regression", labelScaling });
    expect(declared.labelScaling).toEqual(labelScaling);
    expect(declared.labels[0]).toBe(1);
    // Labels that are near 0 and 1 already, or all equal, stay what they are.
    for (const labels of [
      [-1, -0.2, 0, 0.4, 1.2],
      [0.5, 0.5, 0.5, 0.5, 0.5],
    ]) {
      const plain = createDataset({ features: features.slice(0, 5), labels, task: "regression" });
      expect("labelScaling" in plain).toBe(false);
      expect([...plain.labels]).toEqual([...Float32Array.from(labels)]);
    }
  });

  it("tells how rare the positive label is in whole nats, unless that is declared", () => {
    const withPositives = (count: number, logOdds?: number, weightOf?: (row: number) => number) =>
      createDataset({
        features: Array.from({ length: 1000 }, (_, i) => [i, 1]),
        labels: Array.from({ length: 1000 }, (_, i) => (i < count ? 1 : -1)),
        task: "binary",
        ...(logOdds === undefined ? {} : { logOdds }),
        ...(weightOf ? { sampleWeights: Array.from({ length: 1000 }, (_, i) => weightOf(i)) } : {}),
      });
    expect(withPositives(10).logOdds).toBe(-5);
    expect(withPositives(9).logOdds).toBe(-5);
    expect(withPositives(900).logOdds).toBe(2);
    expect("logOdds" in withPositives(400)).toBe(false);
    expect(withPositives(10, -2.5).logOdds).toBe(-2.5);
    expect("logOdds" in withPositives(10, 0)).toBe(false);
    // Rows count by their weights, as in training.
    expect("logOdds" in withPositives(10, undefined, (i) => (i < 10 ? 1 : 0.01))).toBe(false);
  });

  const bad: readonly [string, Partial<Record<keyof DatasetInput, unknown>>, string, RegExp][] = [
    ["no rows", { features: [], labels: [] }, "E_DATA", /expected at least one row, found none/],
    ["no columns", { features: [[], [], []] }, "E_DATA", /at least one feature column/],
    ["log odds out of range", { logOdds: 16 }, "E_OPTION", /logOdds = 16 in \[-15, 15\]/],
    [
      "a label scale of 0",
      { task: "regression", labelScaling: { centre: 1, scale: 0 } },
      "E_OPTION",
      /labelScaling = .*scale > 0/,
    ],
    ["a label too few", { labels: [1, -1] }, "E_DATA", /expected 3 labels, one a row, found 2/],
    ["a subject too few", { subjects: ["a"] }, "E_DATA", /expected 3 subjects, one a row, found 1/],
    [
      "NaN",
      {
        features: [
          [1, 2],
          [1, Number.NaN],
          [1, 2],
        ],
      },
      "E_DATA",
      /row 2, column 2.*finite number, found NaN/,
    ],
    [
      "infinity",
      {
        features: [
          [1, 2],
          [Infinity, 1],
          [1, 2],
        ],
      },
      "E_DATA",
      /row 2, column 1.*found Infinity/,
    ],
    [
      "a text",
      {
        features: [
          [1, 2],
          ["7", 1],
          [1, 2],
        ],
      },
      "E_DATA",
      /row 2, column 1.*found "7"/,
    ],
    ["a ragged row", { features: [[1, 2], [1], [1, 2]] }, "E_DATA", /row 2: expected 2 numbers, found 1/],
    [
      "a missing row",
      { features: [[1, 2], undefined, [1, 2]] },
      "E_DATA",
      /row 2: expected 2 numbers, found nothing/,
    ],
    [
      "a label of 0 in binary",
      { labels: [1, 0, -1] },
      "E_DATA",
      /row 2: expected a label -1 or \+1, found 0/,
    ],
    ["one class only", { labels: [1, 1, 1] }, "E_DATA", /at least two classes, found only 1/],
    ["a fraction as class", { labels: [0, 1.5, 1], task: "multiclass" }, "E_DATA", /row 2.*found 1.5/],
    ["a negative class", { labels: [0, -1, 1], task: "multiclass" }, "E_DATA", /row 2.*found -1/],
    [
      "a class without a name",
      { labels: [0, 2, 1], task: "multiclass", labelNames: ["a", "b"] },
      "E_OPTION",
      /labelNames.length = 2/,
    ],
    [
      "a label beyond float32",
      { labels: [0, 1e39, 1], task: "regression", labelScaling: { centre: 0, scale: 1 } },
      "E_DATA",
      /row 2.*found 1e\+39/,
    ],
    [
      "a row of zeros under l2",
      {
        features: [
          [1, 2],
          [0, 0],
          [1, 2],
        ],
        scaling: "l2",
      },
      "E_DATA",
      /row 2.*all zeros/,
    ],
    [
      "labels that are texts",
      { labels: ["1", "0", "1"], task: undefined },
      "E_DATA",
      /row 1.*a number, found "1"/,
    ],
    ["labels that are truth values", { labels: [1, true, 0] }, "E_DATA", /row 2.*a number, found true/],
    ["labels that are big integers", { labels: [0n, 1n, 1n] }, "E_DATA", /row 1.*a number, found 0/],
    ["no labels", { labels: undefined }, "E_DATA", /expected labels, one a row, found undefined/],
    [
      "weights that are null",
      { sampleWeights: null },
      "E_DATA",
      /expected 3 sampleWeights, one a row, found null/,
    ],
    ["an unknown task", { task: "ranking" }, "E_OPTION", /task = ranking/],
    ["an unknown scaling", { scaling: "max" }, "E_OPTION", /scaling = max/],
    ["a negative intercept", { intercept: -1 }, "E_OPTION", /intercept = -1/],
    ["a wrong count of names", { featureNames: ["a"] }, "E_OPTION", /featureNames.length = 1/],
    [
      "flat features without featureCount",
      { features: new Float32Array(6) },
      "E_OPTION",
      /featureCount = undefined/,
    ],
    [
      "flat features that do not divide",
      { features: new Float32Array(7), featureCount: 2 },
      "E_DATA",
      /multiple of 2 numbers, found 7/,
    ],
    ["features that are none", { features: "1,2" }, "E_OPTION", /features/],
  ];
  it.each(bad)("refuses %s", async (_, change, code, message) => {
    const error = await errorOf(code, () =>
      createDataset({ ...GOOD, ...change, source: "people" } as DatasetInput),
    );
    expect(error.message).toMatch(message);
  });

  it("refuses a key that it does not know, by name", async () => {
    const input = { ...GOOD, subject: ["a", "b", "c"] };
    const error = await errorOf("E_OPTION", () => createDataset(input));
    expect(error.message).toMatch(/^Unknown key "subject" in a data set\. Known: .*subjects/);
    await errorOf("E_OPTION", () => createDataset(undefined as never));
  });

  it("takes labels of one class where asked to, and still at least one row", async () => {
    const one = { ...GOOD, labels: [1, 1, 1], allowOneClass: true };
    expect(createDataset(one)).toMatchObject({ rowCount: 3, task: "binary", labelNames: ["-1", "+1"] });
    const none = await errorOf("E_DATA", () => createDataset({ ...one, features: [], labels: [] }));
    expect(none.message).toMatch(/at least one row/);
  });

  it.each([777, 777n])("refuses the number %s for a subject id, and says how to give it", async (id) => {
    const subjects = ["a", id, "b"] as string[];
    const error = await errorOf("E_DATA", () => createDataset({ ...GOOD, subjects }));
    expect(error.message).toBe(
      'data: row 2: expected a subject id (a text that is not empty), found a number. Give ids as texts, such as "12".',
    );
    expect(String(Object.values(error.details))).not.toContain("777");
  });

  it.each([null, undefined, ""])("refuses the subject id %j, and shows no other", async (id) => {
    const subjects = ["secret@example.com", id, "other@example.com"] as string[];
    const error = await errorOf("E_DATA", () => createDataset({ ...GOOD, subjects }));
    expect(error.message).toBe("data: row 2: expected a subject id (a text that is not empty), found none.");
    expect(JSON.stringify(error.details)).not.toContain("@");
  });
});
