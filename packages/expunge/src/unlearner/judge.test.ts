import fc from "fast-check";
import { expect, it } from "vitest";
import type { Task } from "../objective/objective.js";
import { isPoor, judge } from "./judge.js";
import { type Evaluation, evaluatePredictions } from "./metrics.js";

const NAMES = ["a", "b", "c"];

/** What the notes of all measures say of the same answers: the first that says that the model is of little use. */
const codeOf = ({ notes }: Evaluation) => notes.find(({ code }) => isPoor(code))?.code ?? null;

const pairs = <T>(value: fc.Arbitrary<T>) =>
  fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 120 });

it("says of classes what the notes of an evaluation say", () => {
  const found = new Set<string | null>();
  const check = (task: Task, answers: readonly (readonly [number, number])[], count: number): void => {
    const labelNames = NAMES.slice(0, count);
    const [labels, predicted] = [answers.map(([label]) => label), answers.map(([, said]) => said)];
    const outputs =
      task === "binary"
        ? predicted
        : predicted.flatMap((said) => labelNames.map((_, j) => Number(said === j)));
    const judged = judge({ task, labelNames, labels, predicted });
    const evaluation = evaluatePredictions({ task, labelNames, labels, outputs });
    if (evaluation.task === "regression") throw new Error("Expected classes.");
    found.add(judged.code);
    expect(judged.code).toBe(codeOf(evaluation));
    expect(judged.baseline).toEqual(evaluation.baseline);
    const only = evaluation.classes.find(({ predictedCount }) => predictedCount === labels.length);
    expect(judged.only).toBe(only?.label ?? null);
  };
  const mostlyRight = fc.array(fc.tuple(fc.constantFrom(-1, 1), fc.integer({ min: 0, max: 9 })), {
    minLength: 1,
    maxLength: 120,
  });
  fc.assert(fc.property(pairs(fc.constantFrom(-1, 1)), (answers) => check("binary", answers, 2)));
  fc.assert(
    fc.property(mostlyRight, (rows) =>
      check(
        "binary",
        rows.map(([label, luck]) => [label, luck === 0 ? -label : label]),
        2,
      ),
    ),
  );
  fc.assert(fc.property(pairs(fc.integer({ min: 0, max: 2 })), (answers) => check("multiclass", answers, 3)));
  const same = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(same, (labels) =>
      check(
        "multiclass",
        labels.map((label) => [label, 1]),
        3,
      ),
    ),
  );
  expect(found).toEqual(new Set([null, "one-class-predicted", "not-above-majority"]));
});

it("says of values what the notes of an evaluation say", () => {
  const value = fc.double({ min: -5, max: 5, noNaN: true });
  fc.assert(
    fc.property(pairs(value), (answers) => {
      const [labels, predicted] = [answers.map(([label]) => label), answers.map(([, said]) => said)];
      const evaluation = evaluatePredictions({
        task: "regression",
        labelNames: [],
        labels,
        outputs: predicted,
      });
      expect(judge({ task: "regression", labelNames: [], labels, predicted })).toEqual({
        ...{ code: codeOf(evaluation), only: null, baseline: null },
      });
    }),
  );
});
