import { describe, expect, it } from "vitest";
import { seededNormals } from "../../../../test/synthetic.js";
import { createDataset, type DatasetInput } from "../data/create-dataset.js";
import { fit } from "./fit.js";
import { labelsFor, strangersAmong } from "./known-labels.js";

const normal = seededNormals(1);
const features = Array.from({ length: 200 }, () => [normal(), normal()] as const);
const signs = features.map(([x, y]) => (x + y > 0 ? 1 : 0));
const kinds = features.map(([x, y]) => (x > 0.4 ? 9 : y > 0 ? 5 : 0));

function rows(labels: readonly number[], more: Partial<DatasetInput> = {}) {
  const input = { features: features.slice(0, labels.length), labels, intercept: 1 };
  return createDataset({ ...input, allowOneClass: true, ...more });
}

describe("rows to judge a model by", () => {
  it("count by the names of their classes, however they number them", async () => {
    const model = await fit(rows(kinds));
    expect(model.description.labelNames).toEqual(["0", "5", "9"]);
    const score = model.score(rows(kinds));
    const predicted = model.predict(features);
    expect(model.predictNames(features)).toEqual(Array.from(predicted, (k) => ["0", "5", "9"][k]));
    expect(score).toBeGreaterThan(0.8);
    const two = kinds.flatMap((kind, i) => (kind === 5 ? [] : [i]));
    const some = rows(
      two.map((i) => kinds[i]!),
      { features: two.map((i) => features[i]!), task: "multiclass" },
    );
    const right = two.filter((i) => model.predict([features[i]!])[0] === (kinds[i] === 9 ? 2 : 0)).length;
    expect(some.labelNames).toHaveLength(10);
    expect(model.score(some)).toBe(right / two.length);
    expect(model.evaluate(some)).toMatchObject({ accuracy: right / two.length });
    expect(model.loss(some)).toBeLessThan(1);
    expect(model.score(rows(kinds, { task: "multiclass" }))).toBe(score);
  });

  it("are refused where a class is none of the model's: 0 and 1 are not 1 and 2", async () => {
    const model = await fit(rows(signs.map((sign) => sign + 1)));
    const names = model.predictNames(features, { threshold: 0.7 });
    const predicted = model.predict(features, { threshold: 0.7 });
    expect(names).toEqual(Array.from(predicted, (label) => (label > 0 ? "2" : "1")));
    const strange = rows(signs);
    for (const judge of ["score", "evaluate", "loss"] as const)
      expect(() => model[judge](strange)).toThrow(
        /^Row \d+: expected a label that the model knows \(1, 2\), found 0\.$/,
      );
    await expect(model.preview({ rows: [0] }, { evaluateOn: strange })).rejects.toMatchObject({
      code: "E_DATA",
    });
    const others = rows(kinds.map((kind) => (kind === 5 ? 7 : kind)));
    await expect(fit(rows(kinds)).then((three) => three.score(others))).rejects.toMatchObject({
      code: "E_DATA",
      details: { found: "7" },
    });
    expect(() => model.score(rows(kinds))).toThrow(/labels of task binary, found multiclass/);
  });

  it.each([
    ["the same", ["no", "yes"], ["no", "yes"], [-1, 1]],
    ["the other way round", ["no", "yes"], ["yes", "no"], [1, -1]],
    ["codes for words", ["no", "yes"], ["-1", "+1"], [-1, 1]],
    ["bits for words", ["no", "yes"], ["0", "1"], [-1, 1]],
    ["words for codes", ["-1", "+1"], ["no", "yes"], [-1, 1]],
    ["bits for codes", ["-1", "+1"], ["0", "1"], [-1, 1]],
    ["codes for bits", ["0", "1"], ["-1", "+1"], [-1, 1]],
    ["another spelling", ["1", "2"], ["1.0", "2.0"], [-1, 1]],
  ] as const)("of two classes: %s", (_, known, labelNames, expected) => {
    const judged = { task: "binary", labelNames, labels: Float32Array.of(-1, 1) } as const;
    expect([...Array.from(labelsFor({ task: "binary", labelNames: known }, judged))]).toEqual(expected);
    expect(strangersAmong({ task: "binary", labelNames: known }, labelNames)).toEqual([]);
  });

  it.each([
    ["multiclass", ["a", "b", "c"], ["2"], [2], []],
    ["multiclass", ["a", "b", "c"], ["0", "2"], [0, 2], []],
    ["multiclass", ["a", "b", "c"], ["0", "3"], [0, Number.NaN], ["3"]],
    ["multiclass", ["0", "5", "9"], ["0", "9"], [0, 2], []],
    ["multiclass", ["0", "5", "9"], ["2"], [Number.NaN], ["2"]],
    ["binary", ["no", "yes"], ["-1", "0"], [-1, Number.NaN], ["0"]],
    ["binary", ["no", "yes"], ["1", "2"], [1, Number.NaN], ["2"]],
    ["binary", ["-1", "+1"], ["not 5", "5"], [Number.NaN, Number.NaN], ["not 5", "5"]],
    ["binary", ["5", "9"], ["not 5", "5"], [Number.NaN, -1], ["not 5"]],
  ] as const)(
    "of %s, classes %j: those of a file, %j, are %j",
    (task, labelNames, names, codes, strangers) => {
      const known = { task, labelNames };
      expect(strangersAmong(known, names)).toEqual(strangers);
      names.forEach((_, i) => {
        const labels = Float32Array.of(task === "binary" ? 2 * i - 1 : i);
        const of = () => [...Array.from(labelsFor(known, { task, labelNames: names, labels }))];
        if (Number.isNaN(codes[i])) expect(of).toThrow(/that the model knows/);
        else expect(of()).toEqual([codes[i]]);
      });
    },
  );

  it("have no names in a regression", async () => {
    const model = await fit(rows(features.map(([x, y]) => x + y / 7)));
    expect(() => model.predictNames(features)).toThrow(/regression predicts values, which have no names/);
  });

  it("name those that the model does not know", () => {
    expect(strangersAmong({ task: "binary", labelNames: ["1", "2"] }, ["0", "1"])).toEqual(["0"]);
    expect(strangersAmong({ task: "multiclass", labelNames: ["a", "b"] }, ["0", "1", "2"])).toEqual(["2"]);
  });
});
