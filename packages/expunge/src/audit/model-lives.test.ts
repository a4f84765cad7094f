import { describe, expect, it } from "vitest";
import { createDataset } from "../data/create-dataset.js";
import type { Dataset } from "../data/dataset.js";
import { fit } from "../unlearner/fit.js";
import type { Model } from "../unlearner/model.js";
import type { FitOptions } from "../unlearner/options.js";
import { auditSamples } from "./index.js";

/*
 * Joins, corrections and deletions on trial, by the road that users take. Both worlds run the same program: in the other one those who leave are
 * rows of zeros from their first step, and a corrected row is the new one from the start. Steps, noise and slots depend on no row, so that both have
 * the same law of schedules. All rows push one way at their bound and a batch is the whole table.
 */

const ROWS = 12;
const RUNS = 900;
const FEWER = 300;
/** The noise is the operating system's, different every time: a right build must hardly ever fail. */
const CONFIDENCE = 0.9999;
const common: FitOptions = { epsilon: 2.5, delta: 1e-3, clip: 0.05, batchSize: ROWS, epochs: 6, l2: 0.3 };
const POLICIES = [
  ["at every step", { ...common, sigma: 0.0025 }],
  ["on release", { ...common, maxNoise: 0.004 }],
] as const satisfies readonly (readonly [string, FitOptions])[];

function rowsOf(pushes: readonly number[]): Dataset {
  const labels = Float32Array.from(pushes, (_, row) => (row % 2 === 0 ? 1 : -1));
  const features = labels.map((label, row) => label * (pushes[row] as number));
  return createDataset({
    features,
    labels,
    featureCount: 1,
    task: "binary",
    scaling: "clip",
    allowOneClass: true,
  });
}

interface Run {
  readonly weight: number;
  readonly mu: number;
  readonly steps: number;
}

type Life = (isThere: boolean, options: FitOptions) => Promise<Run>;

async function trained(pushes: readonly number[], options: FitOptions): Promise<Model> {
  return fit(rowsOf([...pushes, ...Array.from({ length: ROWS - pushes.length }, () => 1)]), options);
}

function endOf(model: Model, mu: number): Run {
  const [weight] = model.weights;
  const { steps } = model.timeline;
  model.dispose();
  return { weight: weight as number, mu, steps };
}

/** One row is corrected from one bound to the other. */
const corrected: Life = async (isThere, options) => {
  const model = await trained([isThere ? 1 : -1], options);
  const { model: next, proof } = await model.correct({ rows: [0], to: rowsOf([-1]) });
  return endOf(next, proof?.mu as number);
};

/** A deletes, B joins its slot and leaves, C comes and is corrected; batches are added on the way. */
const eventful: Life = async (isThere, options) => {
  const push = isThere ? 1 : 0;
  let model = await trained([push], options);
  ({ model } = await model.forget({ rows: [0] }));
  const b = await model.learn(rowsOf([push]), { steps: 2 });
  ({ model } = await b.model.forget({ rows: b.rows }));
  const c = await model.learn(rowsOf([isThere ? 1 : -1, 1, push]), { steps: 3 });
  ({ model } = await c.model.correct({ rows: [c.rows[0] as number], to: rowsOf([-1]) }));
  const { model: last, proof } = await model.forget({ rows: [c.rows[2] as number] });
  return endOf(last, proof?.mu as number);
};

/** Slots are drawn anew in every run, so that mu differs a little: the mixture keeps to the largest. */
async function auditOf(life: Life, options: FitOptions, runs: number) {
  const [here, there]: [number[], number[]] = [[], []];
  let mu = 0;
  for (let i = 0; i < runs; i++) {
    const [p, q] = [await life(true, options), await life(false, options)];
    mu = Math.max(mu, p.mu, q.mu);
    here.push(p.weight);
    there.push(q.weight);
  }
  const samples = {
    unlearned: here.map((weight) => Float64Array.of(weight)),
    retrained: there.map((weight) => Float64Array.of(weight)),
  };
  const { epsilon = 1, delta = 1e-3 } = options;
  const certified = { mu, epsilon, delta };
  return {
    mu,
    estimate: distance(here, there),
    result: auditSamples({ ...samples, certified, confidence: CONFIDENCE }),
  };
}

/** Difference of means over the pooled deviation. */
function distance(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;
  const [left, right] = [mean(a), mean(b)];
  const variance = (mean(a.map((x) => (x - left) ** 2)) + mean(b.map((x) => (x - right) ** 2))) / 2;
  return Math.abs(left - right) / Math.sqrt(variance);
}

describe.each(POLICIES)("lives on trial, noise %s", { timeout: 600_000 }, (_, options) => {
  it("a correction is no further from the corrected row having been there than its certificate says, and not much nearer", async () => {
    const { mu, estimate } = await auditOf(corrected, options, RUNS);
    // Seven deviations on either side. Counted as a deletion, it would be certified at half.
    expect(estimate).toBeGreaterThan(0.7 * mu);
    expect(estimate).toBeLessThan(1.3 * mu);
  });

  it("an eventful life is within its last certificate", async () => {
    const { result } = await auditOf(eventful, options, FEWER);
    expect(result.verdict).toBe("consistent");
  });
});
