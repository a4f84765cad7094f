import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ClassEvaluation, evaluatePredictions, type RegressionEvaluation } from "./metrics.js";

/** Probabilities in twentieths tie often; the others hardly ever. */
const probability = fc.oneof(
  fc.integer({ min: 0, max: 20 }).map((n) => n / 20),
  fc.double({ min: 0, max: 1, noNaN: true }),
);
const rows = fc.array(fc.tuple(fc.constantFrom(-1, 1), probability), { minLength: 1, maxLength: 200 });
const threshold = fc.double({ min: 0.01, max: 0.99, noNaN: true });

type Rows = readonly (readonly [number, number])[];

function evaluate(found: Rows, cut = 0.5): ClassEvaluation {
  return evaluatePredictions({
    task: "binary",
    labelNames: ["no", "yes"],
    labels: found.map(([label]) => label),
    probabilities: found.map(([, p]) => p),
    threshold: cut,
  }) as ClassEvaluation;
}

/** The definition: all pairs. */
function aucByPairs(found: Rows): number | null {
  const scores = (label: number) => found.filter(([own]) => own === label).map(([, p]) => p);
  const [yes, no] = [scores(1), scores(-1)];
  if (yes.length === 0 || no.length === 0) return null;
  const wins = yes.flatMap((p) => no.map((q): number => (p > q ? 1 : p === q ? 0.5 : 0)));
  return wins.reduce((a, b) => a + b, 0) / wins.length;
}

/** The definition: one point a distinct score. */
function averagePrecisionByDefinition(found: Rows): number | null {
  const total = found.filter(([label]) => label === 1).length;
  if (total === 0 || total === found.length) return null;
  const levels = [...new Set(found.map(([, p]) => p))].sort((a, b) => b - a);
  let [sum, before] = [0, 0];
  for (const level of levels) {
    const above = found.filter(([, p]) => p >= level);
    const right = above.filter(([label]) => label === 1).length;
    sum += ((right - before) / total) * (right / above.length);
    before = right;
  }
  return sum;
}

const near = (a: number | null, b: number | null): void =>
  a === null || b === null ? expect(a).toBe(b) : expect(a).toBeCloseTo(b, 12);

describe("metrics, whatever the rows", () => {
  it("rank as all pairs do: AUC exact, average precision within 1e-12", () => {
    fc.assert(
      fc.property(rows, (found) => {
        expect(evaluate(found).auc).toBe(aucByPairs(found));
        near(evaluate(found).averagePrecision, averagePrecisionByDefinition(found));
      }),
    );
  });

  it("do not depend on the order of rows", () => {
    fc.assert(
      fc.property(rows, threshold, (found, cut) => {
        const [a, b] = [evaluate(found, cut), evaluate([...found].reverse(), cut)];
        const { logLoss, brier, calibration, ...exact } = a;
        expect(b).toMatchObject({ ...exact, notes: a.notes });
        near(logLoss, b.logLoss);
        near(brier, b.brier);
        expect(b.calibration).toEqual(calibration);
      }),
    );
  });

  it("swap with the names of the classes", () => {
    fc.assert(
      fc.property(rows, (found) => {
        const a = evaluate(found);
        const b = evaluate(found.map(([label, p]) => [-label, 1 - p]));
        // 1 - p may make a tie of what was none.
        const levels = new Set(found.map(([, p]) => p)).size;
        fc.pre(new Set(found.map(([, p]) => 1 - p)).size === levels);
        near(a.auc, b.auc);
        near(a.brier, b.brier);
        near(a.classes[0]!.averagePrecision, b.averagePrecision);
      }),
    );
  });

  it("fit together: matrix, classes, accuracy, baseline", () => {
    fc.assert(
      fc.property(rows, threshold, (found, cut) => {
        const { confusion, classes, accuracy, accuracyInterval, baseline, balancedAccuracy, rowCount } =
          evaluate(found, cut);
        const [[tn, fp], [fn, tp]] = confusion as [[number, number], [number, number]];
        expect(tn + fp + fn + tp).toBe(rowCount);
        expect(accuracy).toBe((tn + tp) / rowCount);
        expect(classes.map((c) => [c.rowCount, c.predictedCount])).toEqual([
          [tn + fp, tn + fn],
          [fn + tp, fp + tp],
        ]);
        expect(baseline.share).toBe(Math.max(tn + fp, fn + tp) / rowCount);
        const recalls = classes.map(({ recall }) => recall).filter((recall) => recall !== null);
        near(balancedAccuracy, recalls.reduce((sum, recall) => sum + recall, 0) / recalls.length);
        expect(recalls).toEqual([tn / (tn + fp), tp / (fn + tp)].filter((share) => !Number.isNaN(share)));
        const [low, high] = accuracyInterval;
        expect(0 <= low && low <= accuracy && accuracy <= high && high <= 1).toBe(true);
        for (const { precision, recall, f1 } of classes)
          if (precision !== null && recall !== null && precision + recall > 0)
            near(f1, (2 * precision * recall) / (precision + recall));
      }),
    );
  });

  it("bin every row once, in order, with a mean inside of its bin", () => {
    fc.assert(
      fc.property(rows, (found) => {
        const { bins, expectedError } = evaluate(found).calibration!;
        expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(found.length);
        expect(bins.length).toBeLessThanOrEqual(10);
        bins.forEach(({ predicted: [low, high], meanPredicted, observedShare, observed, count }, i) => {
          expect(low <= meanPredicted && meanPredicted <= high).toBe(true);
          expect(observed[0] <= observedShare && observedShare <= observed[1]).toBe(true);
          const inside = found.filter(([, p]) => low <= p && p <= high);
          expect(inside).toHaveLength(count);
          if (i > 0) expect(bins[i - 1]!.predicted[1]).toBeLessThan(low);
        });
        expect(expectedError >= 0 && expectedError <= 1).toBe(true);
      }),
    );
  });

  it("say it when a model is no better than the majority, and only then", () => {
    fc.assert(
      fc.property(rows, threshold, (found, cut) => {
        const { notes, accuracyInterval, baseline, classes, rowCount } = evaluate(found, cut);
        const has = (code: string): boolean => notes.some((note) => note.code === code);
        const isOne = classes.some((c) => c.rowCount === rowCount);
        expect(has("one-class-in-data")).toBe(isOne);
        expect(has("not-above-majority")).toBe(!isOne && accuracyInterval[0] <= baseline.share);
        expect(has("one-class-predicted")).toBe(!isOne && classes.some((c) => c.predictedCount === rowCount));
        for (const { text } of notes) expect(text).toMatch(/^[^a-z].*\.$/);
      }),
    );
  });

  it("of two classes are the same as of one output a class", () => {
    fc.assert(
      fc.property(rows, (found) => {
        // A row on the edge goes to the positive class of two, and to the first of several.
        fc.pre(found.every(([, p]) => Math.abs(p - 0.5) > 1e-9));
        const two = evaluate(found);
        const several = evaluatePredictions({
          task: "multiclass",
          labelNames: ["no", "yes"],
          labels: found.map(([label]) => Number(label === 1)),
          probabilities: found.flatMap(([, p]) => [1 - p, p]),
        }) as ClassEvaluation;
        expect(several).toMatchObject({
          accuracy: two.accuracy,
          balancedAccuracy: two.balancedAccuracy,
          confusion: two.confusion,
          baseline: two.baseline,
        });
        expect(several.classes[1]).toEqual(two.classes[1]);
        near(several.logLoss, two.logLoss);
        near(several.brier, 2 * (two.brier as number));
      }),
    );
  });
});

describe("regression, whatever the rows", () => {
  const value = fc.double({ min: -1e3, max: 1e3, noNaN: true });
  const pairs = fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 100 });
  const evaluateRegression = (found: Rows): RegressionEvaluation =>
    evaluatePredictions({
      task: "regression",
      labelNames: [],
      labels: found.map(([label]) => label),
      outputs: found.map(([, output]) => output),
    }) as RegressionEvaluation;

  it("MAE is at most RMSE; R2 compares RMSE with the baseline's", () => {
    fc.assert(
      fc.property(pairs, (found) => {
        const { r2, meanAbsoluteError, rootMeanSquaredError, baseline } = evaluateRegression(found);
        // Squares of less than 1e-162 are 0.
        expect(meanAbsoluteError).toBeLessThanOrEqual(rootMeanSquaredError * (1 + 1e-12) + 1e-160);
        expect(baseline.meanAbsoluteError).toBeLessThanOrEqual(
          baseline.rootMeanSquaredError * (1 + 1e-12) + 1e-160,
        );
        if (r2 === null || baseline.rootMeanSquaredError < 1e-6) return;
        const ratio = (rootMeanSquaredError / baseline.rootMeanSquaredError) ** 2;
        expect(Math.abs(r2 - (1 - ratio))).toBeLessThanOrEqual(1e-9 * (1 + ratio));
      }),
    );
  });

  it("predicting right is 1, predicting the mean is 0", () => {
    fc.assert(
      fc.property(pairs, (found) => {
        const { baseline, r2 } = evaluateRegression(found.map(([label]) => [label, label]));
        if (r2 === null || baseline.rootMeanSquaredError < 1e-6) return;
        expect(r2).toBe(1);
        expect(evaluateRegression(found.map(([label]) => [label, baseline.mean])).r2).toBe(0);
      }),
    );
  });
});
