import { describe, expect, it } from "vitest";
import { createDataset } from "../data/create-dataset.js";
import { type ClassEvaluation, evaluateModel, evaluatePredictions, type Predictions } from "./metrics.js";
import { predict, score } from "./predict.js";

const logit = (p: number): number => Math.log(p / (1 - p));

function binary(rows: readonly (readonly [label: number, probability: number])[], threshold?: number) {
  return evaluatePredictions({
    task: "binary",
    labelNames: ["no", "yes"],
    labels: rows.map(([label]) => label),
    outputs: rows.map(([, probability]) => logit(probability)),
    probabilities: rows.map(([, probability]) => probability),
    ...(threshold === undefined ? {} : { threshold }),
  }) as ClassEvaluation;
}

const codes = ({ notes }: Pick<ClassEvaluation, "notes">): string[] => notes.map(({ code }) => code);
const repeat = <T>(count: number, item: T): T[] => Array.from({ length: count }, () => item);

/** By hand: TN 2, FP 1, FN 1, TP 2; one tie (0.6) across the classes. */
const SIX = [
  [-1, 0.1],
  [-1, 0.2],
  [-1, 0.6],
  [1, 0.4],
  [1, 0.6],
  [1, 0.9],
] as const;

describe("evaluatePredictions, two classes by hand", () => {
  const found = binary(SIX);

  it("counts", () => {
    expect(found.confusion).toEqual([
      [2, 1],
      [1, 2],
    ]);
    expect(found).toMatchObject({
      task: "binary",
      rowCount: 6,
      average: "positive",
      threshold: 0.5,
      baseline: { label: "no", share: 0.5 },
    });
    expect(found.accuracy).toBeCloseTo(2 / 3, 15);
    expect(found.balancedAccuracy).toBeCloseTo(2 / 3, 15);
    expect(found.precision).toBeCloseTo(2 / 3, 15);
    expect(found.recall).toBeCloseTo(2 / 3, 15);
    expect(found.f1).toBeCloseTo(2 / 3, 15);
    expect(found.classes[0]).toMatchObject({ label: "no", rowCount: 3, predictedCount: 3 });
  });

  it("ranks: of nine pairs seven are right, one is a tie, one is wrong", () => {
    expect(found.auc).toBeCloseTo(7.5 / 9, 15);
    // From the top: 0.9 (1 of 1), 0.6 (2 of 3), 0.4 (3 of 4), each a third of the recall.
    expect(found.averagePrecision).toBeCloseTo((1 + 2 / 3 + 3 / 4) / 3, 15);
    // The other way round: 0.1, 0.2 (1, 1), 0.6 (3 of 5).
    expect(found.classes[0]).toMatchObject({
      averagePrecision: expect.closeTo((1 + 1 + 3 / 5) / 3, 15),
      auc: found.auc,
    });
  });

  it("judges probabilities", () => {
    const log = [0.9, 0.8, 0.4, 0.4, 0.6, 0.9].reduce((sum, p) => sum - Math.log(p), 0) / 6;
    expect(found.logLoss).toBeCloseTo(log, 15);
    expect(found.brier).toBeCloseTo((0.01 + 0.04 + 0.36 + 0.36 + 0.16 + 0.01) / 6, 15);
    const { bins, expectedError, of } = found.calibration!;
    expect(of).toBe("positive");
    expect(
      bins.map(({ count, meanPredicted, observedShare }) => [meanPredicted, observedShare, count]),
    ).toEqual([
      [0.1, 0, 1],
      [0.2, 0, 1],
      [0.4, 1, 1],
      [0.6, 0.5, 2],
      [0.9, 1, 1],
    ]);
    expect(expectedError).toBeCloseTo((0.1 + 0.2 + 0.6 + 2 * 0.1 + 0.1) / 6, 15);
  });

  it("moves with the threshold, and takes a row on it for positive", () => {
    const strict = binary(SIX, 0.7);
    expect(strict.confusion).toEqual([
      [3, 0],
      [2, 1],
    ]);
    expect(strict).toMatchObject({ threshold: 0.7, precision: 1, recall: 1 / 3, f1: 0.5, auc: found.auc });
    expect(
      binary(
        [
          [1, 0.5],
          [-1, 0.4],
        ],
        0.5,
      ).accuracy,
    ).toBe(1);
  });

  it("needs no outputs", () => {
    const [labels, probabilities] = [SIX.map(([label]) => label), SIX.map(([, p]) => p)];
    const bare = evaluatePredictions({ task: "binary", labelNames: ["no", "yes"], labels, probabilities });
    expect(bare).toEqual(found);
  });

  it("without probabilities (a hinge) judges decisions and ranks only", () => {
    const outputs = SIX.map(([, p]) => logit(p));
    const labels = SIX.map(([label]) => label);
    const bare = evaluatePredictions({ task: "binary", labelNames: ["no", "yes"], labels, outputs });
    expect(bare).toMatchObject({ logLoss: null, brier: null, calibration: null, threshold: null });
    expect(bare).toMatchObject({ accuracy: found.accuracy, auc: found.auc, confusion: found.confusion });
  });

  it("keeps the log loss of a certain error finite", () => {
    const { logLoss } = evaluatePredictions({
      task: "binary",
      labelNames: ["no", "yes"],
      labels: [1],
      probabilities: [0],
    }) as ClassEvaluation;
    expect(logLoss).toBeCloseTo(52 * Math.LN2, 12);
  });

  it("gives Wilson's interval of the accuracy: 81 of 263 is 0.255 to 0.366", () => {
    // Newcombe 1998, Table I, method 3.
    const rows = [...repeat(81, [1, 0.9] as const), ...repeat(182, [-1, 0.9] as const)];
    const [low, high] = binary(rows).accuracyInterval;
    expect([low.toFixed(4), high.toFixed(4)]).toEqual(["0.2553", "0.3662"]);
    expect(binary(repeat(4, [1, 0.9] as const)).accuracyInterval[1]).toBe(1);
  });

  it("is frozen to its depth, and plain JSON", () => {
    expect(JSON.parse(JSON.stringify(found))).toEqual(found);
    const check = (value: unknown): void => {
      if (typeof value !== "object" || value === null) return;
      expect(Object.isFrozen(value)).toBe(true);
      Object.values(value).forEach(check);
    };
    check(found);
  });
});

describe("calibration bins", () => {
  it("hold a tenth each where no probabilities are equal", () => {
    for (const count of [10, 95, 100, 1001]) {
      const rows = Array.from({ length: count }, (_, i) => [i % 2 ? 1 : -1, (i + 1) / (count + 1)] as const);
      const { bins } = binary(rows).calibration!;
      const sizes = bins.map((bin) => bin.count);
      expect(bins).toHaveLength(10);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    }
  });

  it("never tear equal probabilities apart, nor leave a crumb behind them", () => {
    const rows = [
      ...repeat(598, [1, 0.3] as const),
      ...Array.from({ length: 402 }, (_, i) => [1, 0.5 + i / 1000] as const),
    ];
    const sizes = binary(rows).calibration!.bins.map((bin) => bin.count);
    expect(sizes[0]).toBe(598);
    expect(Math.min(...sizes)).toBeGreaterThan(75);
    const two = binary([...repeat(97, [1, 0.3] as const), ...repeat(3, [1, 0.9] as const)]).calibration!;
    expect(two.bins.map((bin) => bin.count)).toEqual([100]);
  });
});

describe("evaluatePredictions, several classes by hand", () => {
  // true: a a b b c c; said: a b b b c a
  const labels = [0, 0, 1, 1, 2, 2];
  const probabilities = [
    ...[0.6, 0.3, 0.1],
    ...[0.2, 0.5, 0.3],
    ...[0.1, 0.8, 0.1],
    ...[0.3, 0.4, 0.3],
    ...[0.1, 0.2, 0.7],
    ...[0.5, 0.1, 0.4],
  ];
  const found = evaluatePredictions({
    task: "multiclass",
    labelNames: ["a", "b", "c"],
    labels,
    probabilities,
  }) as ClassEvaluation;

  it("counts", () => {
    expect(found.confusion).toEqual([
      [1, 1, 0],
      [0, 2, 0],
      [1, 0, 1],
    ]);
    expect(found.accuracy).toBeCloseTo(4 / 6, 15);
    expect(found.balancedAccuracy).toBeCloseTo((0.5 + 1 + 0.5) / 3, 15);
    expect(found.classes.map(({ precision }) => precision)).toEqual([1 / 2, 2 / 3, 1]);
    expect(found.precision).toBeCloseTo((1 / 2 + 2 / 3 + 1) / 3, 15);
    expect(found.f1).toBeCloseTo((2 / 4 + 4 / 5 + 2 / 3) / 3, 15);
    expect(found).toMatchObject({ average: "macro", threshold: null });
  });

  it("ranks every class against the rest", () => {
    // a: 0.6 and 0.2 against 0.1 0.3 0.1 0.5: 4 + 2 of 8; b: 0.8, 0.4 against 0.3 0.5 0.2 0.1: 4 + 3; c: 0.7, 0.4 against 0.1 0.3 0.1 0.3: all.
    expect(found.classes.map(({ auc }) => auc)).toEqual([6 / 8, 7 / 8, 1]);
    expect(found.auc).toBeCloseTo((6 / 8 + 7 / 8 + 1) / 3, 15);
  });

  it("judges probabilities: of what is true, of all, and of what was said", () => {
    const log = [0.6, 0.2, 0.8, 0.4, 0.7, 0.4].reduce((sum, p) => sum - Math.log(p), 0) / 6;
    expect(found.logLoss).toBeCloseTo(log, 15);
    const brier = [0.26, 0.98, 0.06, 0.54, 0.14, 0.62].reduce((a, b) => a + b, 0) / 6;
    expect(found.brier).toBeCloseTo(brier, 14);
    const { of, bins } = found.calibration!;
    expect(of).toBe("predicted");
    expect(bins.map(({ meanPredicted, observedShare }) => [meanPredicted, observedShare])).toEqual([
      [0.4, 1],
      [0.5, 0],
      [0.6, 1],
      [0.7, 1],
      [0.8, 1],
    ]);
  });

  it("does not need every class to occur", () => {
    const part = evaluatePredictions({
      task: "multiclass",
      labelNames: ["a", "b", "c"],
      labels: [0, 1],
      probabilities: [0.6, 0.3, 0.1, 0.2, 0.5, 0.3],
    }) as ClassEvaluation;
    expect(part).toMatchObject({ accuracy: 1, balancedAccuracy: 1, precision: 1, recall: 1, auc: 1 });
    expect(part.classes[2]).toMatchObject({
      rowCount: 0,
      precision: null,
      recall: null,
      f1: null,
      auc: null,
    });
    expect(codes(part)).toContain("absent-class");
  });

  it("draws no confusion matrix of a thousand classes", () => {
    const count = 1000;
    const wide = evaluatePredictions({
      task: "multiclass",
      labelNames: Array.from({ length: count }, (_, i) => `c${i}`),
      labels: [0, 999],
      outputs: Float64Array.from({ length: 2 * count }, (_, i) => Number(i === 0 || i === 2 * count - 1)),
    }) as ClassEvaluation;
    expect(wide).toMatchObject({ accuracy: 1, confusion: null });
  });
});

describe("evaluatePredictions, files of one class", () => {
  it.each([
    [1, "yes", 0.75],
    [-1, "no", 0.25],
  ])("all %i", (label, name, accuracy) => {
    const found = binary([
      [label, 0.9],
      [label, 0.8],
      [label, 0.7],
      [label, 0.2],
    ]);
    expect(found).toMatchObject({
      accuracy,
      balancedAccuracy: accuracy,
      baseline: { label: name, share: 1 },
      auc: null,
      averagePrecision: null,
      recall: label === 1 ? 0.75 : null,
    });
    expect(found.logLoss).toBeGreaterThan(0);
    expect(codes(found)).toEqual(expect.arrayContaining(["one-class-in-data", "few-rows-of-class"]));
    // Being right of every row is no failure here.
    expect(codes(found)).not.toContain("not-above-majority");
    expect(codes(binary(repeat(50, [label, 0.9] as const)))).not.toContain("one-class-predicted");
  });

  it("of several", () => {
    const found = evaluatePredictions({
      task: "multiclass",
      labelNames: ["a", "b", "c"],
      labels: [1, 1],
      probabilities: [0.6, 0.3, 0.1, 0.2, 0.5, 0.3],
    });
    expect(found).toMatchObject({ accuracy: 0.5, balancedAccuracy: 0.5, auc: null, averagePrecision: null });
    expect(found.notes[0]).toMatchObject({
      code: "one-class-in-data",
      text: expect.stringMatching(/All 2 rows are "b"/),
    });
  });
});

describe("notes", () => {
  const noes = (count: number, p: number) => repeat(count, [-1, p] as const);
  const yeses = (count: number, p: number) => repeat(count, [1, p] as const);

  it("none for a model that is good", () => {
    expect(
      binary([...noes(95, 0.05), ...yeses(5, 0.05), ...yeses(95, 0.95), ...noes(5, 0.95)]).notes,
    ).toEqual([]);
  });

  it("one class for all, whose scores say nothing: a better model is needed", () => {
    const found = binary([...noes(60, 0.4), ...yeses(40, 0.4)]);
    expect(codes(found)).toEqual(["one-class-predicted", "not-above-majority"]);
    expect(found.notes[0]).toMatchObject({
      text: 'The model calls every row "no", though 40 of 100 are not.',
      help: expect.stringMatching(/l2.*epochs.*noise/),
    });
    expect(found.notes[1]).toMatchObject({
      text: expect.stringMatching(/no better than .*0\.6\.$/),
      help: null,
    });
  });

  it("one class for all, whose scores rank: another threshold would do", () => {
    const found = binary([...noes(60, 0.2), ...yeses(40, 0.4)]);
    expect(found.notes[0]).toMatchObject({
      code: "one-class-predicted",
      help: expect.stringMatching(/AUC 1\)\. Choose another probability .*\(threshold\).*class weights/),
    });
    expect(binary([...noes(60, 0.2), ...yeses(40, 0.4)], 0.3).accuracy).toBe(1);
  });

  it("speak of no threshold where there is none", () => {
    const rows = repeat(100, 0).concat(repeat(4, 1));
    const { notes } = evaluatePredictions({
      task: "multiclass",
      labelNames: ["a", "b", "c"],
      labels: rows,
      probabilities: rows.flatMap((label) => (label === 0 ? [0.9, 0.05, 0.05] : [0.6, 0.3, 0.1])),
    });
    expect(notes.map(({ code }) => code)).toEqual(
      expect.arrayContaining(["one-class-predicted", "imbalance"]),
    );
    for (const { help } of notes) expect(help ?? "").not.toMatch(/threshold/);
  });

  it("accuracy below the majority", () => {
    const found = binary([...noes(40, 0.4), ...noes(35, 0.6), ...yeses(25, 0.6)]);
    expect(codes(found)).toContain("not-above-majority");
    expect(found.notes[0]).toMatchObject({
      text: 'Accuracy is 0.65, below what calling every row "no" gets: 0.75.',
    });
  });

  it("accuracy above the majority by what may be chance", () => {
    // As a newcomer's coin flips came out: 540 of 1,000 right, where the majority has 522.
    const found = binary([...noes(282, 0.4), ...noes(240, 0.6), ...yeses(258, 0.6), ...yeses(220, 0.4)]);
    expect(found).toMatchObject({ accuracy: 0.54, baseline: { share: 0.522 } });
    expect(found.notes.find(({ code }) => code === "not-above-majority")?.text).toBe(
      'Accuracy is 0.54 (95% interval 0.509 to 0.5707), which may be no better than what calling every row "no" gets: 0.522.',
    );
    const more = (count: number): number => 100 * count;
    const sure = [
      ...noes(more(282), 0.4),
      ...noes(more(240), 0.6),
      ...yeses(more(258), 0.6),
      ...yeses(more(220), 0.4),
    ];
    expect(codes(binary(sure))).not.toContain("not-above-majority");
  });

  it("imbalance from 20 to 1 on, and few rows below 25", () => {
    expect(codes(binary([...noes(500, 0.04), ...yeses(25, 0.9)]))).toEqual(["imbalance"]);
    expect(codes(binary([...noes(499, 0.04), ...yeses(25, 0.9)]))).toEqual([]);
    const few = binary([...noes(100, 0.04), ...yeses(24, 0.96)]);
    expect(few.notes).toEqual([
      expect.objectContaining({ code: "few-rows-of-class", text: expect.stringContaining('"yes" (24)') }),
    ]);
  });

  it("probabilities that are off, where it is no chance", () => {
    const off = binary([...noes(300, 0.3), ...yeses(300, 0.7)]);
    expect(codes(off)).toEqual(["miscalibrated"]);
    expect(off.notes[0]).toMatchObject({ text: expect.stringMatching(/off by 0\.3 on average/) });
    // Rows chosen by their label say nothing of it.
    expect(codes(binary(noes(300, 0.3)))).toEqual(["one-class-in-data"]);
    // The same error on two rows may be chance.
    expect(codes(binary([...noes(1, 0.3), ...yeses(1, 0.7)]))).not.toContain("miscalibrated");
  });
});

describe("evaluatePredictions, regression by hand", () => {
  const regression = (labels: readonly number[], outputs: readonly number[]) =>
    evaluatePredictions({ task: "regression", labelNames: [], labels, outputs });

  it("measures errors beside those of the mean", () => {
    const found = regression([1, 2, 3, 6], [1, 3, 3, 4]);
    expect(found).toEqual({
      task: "regression",
      rowCount: 4,
      r2: 1 - 5 / 14,
      meanAbsoluteError: 0.75,
      rootMeanSquaredError: Math.sqrt(5 / 4),
      baseline: { mean: 3, meanAbsoluteError: 1.5, rootMeanSquaredError: Math.sqrt(14 / 4) },
      notes: [],
    });
    expect(Object.isFrozen(found)).toBe(true);
  });

  it("says where it is no better than the mean, or where nothing is to be explained", () => {
    expect(regression([1, 3], [2, 2])).toMatchObject({ r2: 0, notes: [{ code: "not-above-mean" }] });
    expect(regression([0.1, 0.1, 0.1], [0, 0, 0])).toMatchObject({
      r2: null,
      notes: [{ code: "constant-labels" }],
    });
  });
});

describe("evaluatePredictions refuses", () => {
  const good: Predictions = { task: "binary", labelNames: ["no", "yes"], labels: [1, -1], outputs: [1, -1] };
  const several: Predictions = { ...good, task: "multiclass", labels: [0, 1], outputs: [1, 0, 0, 1] };
  it.each<[string, Predictions, RegExp]>([
    ["no rows", { ...good, labels: [], outputs: [] }, /at least one row/],
    ["a short list", { ...good, outputs: [1] }, /outputs.length = 1 to be 2/],
    ["a label that is none", { ...good, labels: [1, 0] }, /labels\[1\] = 0 to be -1 or \+1/],
    ["a class the model does not know", { ...several, labels: [0, 2] }, /labels\[1\] = 2 .*from 0 to 1/],
    ["a model that ran away", { ...good, outputs: [1, Number.NaN] }, /outputs\[1\] = NaN to be finite/],
    ["no predictions", { ...good, outputs: null }, /outputs or probabilities/],
    ["what is no probability", { ...good, probabilities: [0.5, 1.5] }, /probabilities\[1\] = 1.5/],
    ["a threshold of 1", { ...good, probabilities: [0.5, 0.5], threshold: 1 }, /threshold = 1 in \(0, 1\)/],
    ["a threshold of no probability", { ...good, threshold: 0.5 }, /without probabilities/],
    [
      "a threshold of several classes",
      { ...several, probabilities: [1, 0, 0, 1], threshold: 0.5 },
      /multiclass/,
    ],
  ])("%s", (_, predictions, message) => {
    expect(() => evaluatePredictions(predictions)).toThrow(message);
  });
});

describe("evaluateModel", () => {
  const dataset = createDataset({
    features: [[0.5], [-0.5], [0.9], [-0.1]],
    labels: [1, -1, 1, 1],
    task: "binary",
    labelNames: ["no", "yes"],
  });
  const state = {
    plan: { objective: { kind: "logistic" }, featureCount: 1, outputCount: 1 },
    weights: Float64Array.of(4),
    description: { ...dataset, rowCount: 4 },
  } as unknown as Parameters<typeof evaluateModel>[0];

  it("agrees with predict and score", () => {
    const found = evaluateModel(state, dataset) as ClassEvaluation;
    expect(found.accuracy).toBe(score(state, dataset));
    expect(found.classes[1]).toMatchObject({
      predictedCount: predict(state, dataset).filter((label) => label === 1).length,
    });
    expect(found.auc).toBe(1);
    expect(evaluateModel(state, dataset, { threshold: 0.4 })).toMatchObject({ accuracy: 1, threshold: 0.4 });
  });

  it("refuses labels of another task, and a threshold where there is none to choose", () => {
    const other = createDataset({ features: [[1], [0.5]], labels: [0, 1], task: "multiclass" });
    expect(() => evaluateModel(state, other)).toThrow(/expected labels of task binary, found multiclass/);
    const hinge = {
      ...state,
      plan: { ...state.plan, objective: { kind: "smoothedHinge", width: 1 } },
    } as typeof state;
    expect(() => evaluateModel(hinge, dataset, { threshold: 0.4 })).toThrow(/objective logistic/);
    expect(evaluateModel(hinge, dataset)).toMatchObject({ threshold: null, logLoss: null });
  });
});
