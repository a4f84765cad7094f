import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  clipDerivative,
  isLabel,
  labelRange,
  type Objective,
  type ObjectiveSpec,
  objectiveFrom,
} from "./index.js";

const SPECS: ObjectiveSpec[] = [
  { kind: "logistic" },
  { kind: "logistic", offset: -2.5 },
  { kind: "softmax", classCount: 2 },
  { kind: "softmax", classCount: 7 },
  { kind: "smoothedHinge", width: 0.5 },
  { kind: "smoothedHinge", width: 3 },
  { kind: "huberRegression", threshold: 0.4 },
  { kind: "huberRegression", threshold: 5 },
];

/** A row in the unit ball, a label and two weight vectors, all from one random seed. */
interface Sample {
  row: number[];
  rowNorm: number;
  label: number;
  x: number[];
  y: number[];
}

const FEATURES = 5;

function samples(objective: Objective): fc.Arbitrary<Sample> {
  const number = (bound: number) =>
    fc.double({ min: -bound, max: bound, noNaN: true, noDefaultInfinity: true });
  const weights = fc
    .tuple(
      fc.array(number(1), {
        minLength: FEATURES * objective.outputCount,
        maxLength: FEATURES * objective.outputCount,
      }),
      fc.constantFrom(0.1, 1, 10, 100),
    )
    .map(([w, scale]) => w.map((v) => v * scale));
  const label =
    objective.task === "binary"
      ? fc.constantFrom(-1, 1)
      : objective.task === "multiclass"
        ? fc.integer({ min: 0, max: objective.outputCount - 1 })
        : number(10);
  return fc
    .record({
      raw: fc.array(number(1), { minLength: FEATURES, maxLength: FEATURES }),
      length: fc.constantFrom(1, 1, 0.5, 0.01),
      label,
      x: weights,
      y: weights,
    })
    .map(({ raw, length, label, x, y }) => {
      const norm = Math.hypot(...raw);
      const row = norm < 1e-3 ? raw.map(() => 0) : raw.map((v) => (v / norm) * length);
      return { row, rowNorm: Math.hypot(...row), label, x, y };
    });
}

function outputsOf(objective: Objective, x: number[], row: number[]): number[] {
  return Array.from({ length: objective.outputCount }, (_, j) =>
    row.reduce((sum, v, i) => sum + v * x[j * FEATURES + i]!, 0),
  );
}

function gradientOf(
  objective: Objective,
  x: number[],
  { row, label, rowNorm }: Sample,
  clip?: number,
): number[] {
  const derivative = new Float64Array(objective.outputCount);
  objective.derivative(outputsOf(objective, x, row), label, derivative);
  if (clip !== undefined) derivative[0] = clipDerivative(derivative[0]!, clip, rowNorm);
  return Array.from(derivative).flatMap((d) => row.map((v) => d * v));
}

const difference = (a: number[], b: number[]) => a.map((v, i) => v - b[i]!);
const norm = (a: number[]) => Math.hypot(...a);
const dot = (a: number[], b: number[]) => a.reduce((sum, v, i) => sum + v * b[i]!, 0);

describe.each(SPECS)("objective %o", (spec) => {
  const objective = objectiveFrom(spec);
  const check = (property: (sample: Sample) => void) =>
    fc.assert(fc.property(samples(objective), property), { numRuns: 500, seed: 8439 });

  it("has the derivative that finite differences show, within smoothness times the step", () => {
    const h = 1e-5;
    check((sample) => {
      const outputs = outputsOf(objective, sample.x, sample.row);
      const derivative = new Float64Array(objective.outputCount);
      objective.derivative(outputs, sample.label, derivative);
      for (let j = 0; j < objective.outputCount; j++) {
        const shifted = (by: number) => outputs.map((o, i) => (i === j ? o + by : o));
        const up = objective.loss(shifted(h), sample.label);
        const down = objective.loss(shifted(-h), sample.label);
        const slope = (up - down) / (2 * h);
        // A loss of size v carries an error of about v 2^-53 / h, a kink of the derivative one of smoothness * h.
        const allowed = objective.smoothness * h + (1 + Math.abs(up)) * 1e-10;
        expect(Math.abs(slope - derivative[j]!)).toBeLessThanOrEqual(allowed);
      }
    });
  });

  it("keeps the gradient within lipschitz and its change within smoothness", () => {
    check((sample) => {
      const gx = gradientOf(objective, sample.x, sample);
      const gy = gradientOf(objective, sample.y, sample);
      expect(norm(gx)).toBeLessThanOrEqual(objective.lipschitz * (1 + 1e-12));
      const allowed = objective.smoothness * norm(difference(sample.x, sample.y));
      expect(norm(difference(gx, gy))).toBeLessThanOrEqual(allowed * (1 + 1e-9) + 1e-12);
    });
  });

  it("is convex: the gradient is monotone and the loss lies above its tangents", () => {
    check((sample) => {
      const { x, y, row, label } = sample;
      const gx = gradientOf(objective, x, sample);
      const gy = gradientOf(objective, y, sample);
      expect(dot(difference(gx, gy), difference(x, y))).toBeGreaterThanOrEqual(-1e-9);
      const lossAtX = objective.loss(outputsOf(objective, x, row), label);
      const lossAtY = objective.loss(outputsOf(objective, y, row), label);
      const tangent = lossAtX + dot(gx, difference(y, x));
      expect(lossAtY - tangent).toBeGreaterThanOrEqual(-1e-9 * (1 + Math.abs(tangent)));
    });
  });

  it("stays finite at outputs of 1e5", () => {
    const derivative = new Float64Array(objective.outputCount);
    for (const size of [-1e5, -800, 800, 1e5]) {
      const outputs = Array.from({ length: objective.outputCount }, (_, j) => (j === 0 ? size : -size));
      expect(objective.loss(outputs, 1)).toBeGreaterThanOrEqual(0);
      expect(objective.loss(outputs, 1)).toBeLessThan(Number.POSITIVE_INFINITY);
      objective.derivative(outputs, 1, derivative);
      expect(derivative.every(Number.isFinite)).toBe(true);
    }
  });

  if (objective.clippable) {
    it("clipped at M < lipschitz it is monotone, no steeper, and within M", () => {
      const clip = objective.lipschitz / 3;
      check((sample) => {
        const gx = gradientOf(objective, sample.x, sample, clip);
        const gy = gradientOf(objective, sample.y, sample, clip);
        expect(norm(gx)).toBeLessThanOrEqual(clip * (1 + 1e-12));
        const change = difference(gx, gy);
        const apart = difference(sample.x, sample.y);
        expect(dot(change, apart)).toBeGreaterThanOrEqual(-1e-12);
        expect(norm(change)).toBeLessThanOrEqual(objective.smoothness * norm(apart) * (1 + 1e-9) + 1e-12);
      });
    });
  }
});

describe("softmax", () => {
  it("of two classes is logistic regression on the difference of the outputs", () => {
    const two = objectiveFrom({ kind: "softmax", classCount: 2 });
    const logistic = objectiveFrom({ kind: "logistic" });
    for (const o of [-30, -1, 0, 0.3, 40]) expect(two.loss([0, o], 1)).toBeCloseTo(logistic.loss([o], 1), 12);
  });

  it("may not be clipped: clipping it breaks monotonicity", () => {
    expect(objectiveFrom({ kind: "softmax", classCount: 3 }).clippable).toBe(false);
  });
});

describe("labels", () => {
  it.each([
    [{ kind: "logistic" } as const, [-1, 1], [0, 2, Number.NaN]],
    [{ kind: "softmax", classCount: 3 } as const, [0, 1, 2], [-1, 3, 0.5, Number.NaN]],
    [
      { kind: "huberRegression", threshold: 1 } as const,
      [-7.5, 0, 1e9],
      [Number.NaN, Number.POSITIVE_INFINITY],
    ],
  ])("of %o", (spec, good, bad) => {
    const objective = objectiveFrom(spec);
    for (const label of good) expect(isLabel(objective, label)).toBe(true);
    for (const label of bad) expect(isLabel(objective, label)).toBe(false);
    expect(labelRange(objective)).toMatch(/^to be /);
  });
});

describe("objectiveFrom", () => {
  it.each([
    [null],
    ["logistic"],
    [{}],
    [{ kind: "svm" }],
    [{ kind: "softmax" }],
    [{ kind: "softmax", classCount: 1 }],
    [{ kind: "softmax", classCount: 2.5 }],
    [{ kind: "softmax", classCount: 10_001 }],
    [{ kind: "smoothedHinge", width: 0 }],
    [{ kind: "smoothedHinge", width: "1" }],
    [{ kind: "huberRegression", threshold: Number.NaN }],
    [{ kind: "huberRegression", threshold: Number.POSITIVE_INFINITY }],
  ])("refuses %o with E_OPTION", (spec) => {
    expect(() => objectiveFrom(spec as never)).toThrow(expect.objectContaining({ code: "E_OPTION" }));
  });

  it("returns frozen data and keeps the spec", () => {
    const objective = objectiveFrom({ kind: "smoothedHinge", width: 2 });
    expect(objective.spec).toEqual({ kind: "smoothedHinge", width: 2 });
    expect(Object.isFrozen(objective)).toBe(true);
  });
});
