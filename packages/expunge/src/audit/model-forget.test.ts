import { describe, expect, it } from "vitest";
import { gridFor } from "../accounting/grid.js";
import { createDataset } from "../data/create-dataset.js";
import { releaseOnGrid } from "../engine/index.js";
import { fit } from "../unlearner/fit.js";
import type { FitOptions } from "../unlearner/options.js";
import { type AuditResult, auditSamples } from "./index.js";

/*
 * `runAudit` drives the pool of trials. Here the road that users take is on trial: `fit`, `Model.forget`, noise from the operating system. All
 * rows push one way at their bound and a batch is the whole table, so that the law is Gaussian, the same in every run, and nearly as far
 * from retraining as is certified.
 */

const ROWS = 12;
const RUNS = 2500;
/** The noise is the operating system's, different every time: a right build must hardly ever fail. */
const CONFIDENCE = 0.9999;
const common: FitOptions = { epsilon: 2.5, delta: 1e-3, clip: 0.05, batchSize: ROWS, epochs: 6, l2: 0.3 };
const POLICIES = [
  ["at every step", { ...common, sigma: 0.0025 }],
  ["on release", { ...common, maxNoise: 0.004 }],
] as const satisfies readonly (readonly [string, FitOptions])[];

/** Row 0 is there, or its slot is empty from the start. */
function rowsWith(first: number) {
  const labels = Float32Array.from({ length: ROWS }, (_, row) => (row % 2 === 0 ? 1 : -1));
  const features = labels.map((label, row) => (row === 0 ? first : label));
  return createDataset({ features, labels, featureCount: 1, task: "binary", scaling: "clip" });
}

interface Run {
  readonly weights: Float64Array;
  readonly mu: number;
  readonly steps: number;
  readonly noise: number;
}

async function unlearned(options: FitOptions, isReleased: boolean): Promise<Run> {
  const trained = await fit(rowsWith(1), options);
  const { model, proof, steps, noise } = await trained.forget({ rows: [0] });
  // A build that is broken: what is handed out is the model as it was before.
  const weights = Float64Array.from((isReleased ? model : trained).weights);
  trained.dispose();
  return { weights, mu: proof?.mu as number, steps, noise };
}

/** With noise on release a model that nobody asked to forget has none: its last step's is added here, from the same source. */
async function retrained(
  options: FitOptions,
  { steps, noise }: Pick<Run, "steps" | "noise">,
): Promise<Float64Array> {
  const { epochs = 0 } = options;
  const model = await fit(rowsWith(0), { ...options, epochs: epochs + steps });
  const weights = Float64Array.from(model.weights);
  model.dispose();
  if (model.plan.noise.kind === "every-step") return weights;
  const { radius } = model.plan.process;
  releaseOnGrid(weights, { noiseStd: noise, grid: gridFor(noise, radius), radius }, 1, { kind: "system" });
  return weights;
}

/** Difference of means over the pooled deviation: mu, for Gaussian laws of one deviation; its own deviation is about sqrt(2 / RUNS). */
function estimateOf(left: readonly Float64Array[], right: readonly Float64Array[]): number {
  const momentsOf = (runs: readonly Float64Array[]): { mean: number; variance: number } => {
    const values = runs.map(([value]) => value!);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length };
  };
  const [a, b] = [momentsOf(left), momentsOf(right)];
  return Math.abs(a.mean - b.mean) / Math.sqrt((a.variance + b.variance) / 2);
}

async function auditOf(
  options: FitOptions,
  isReleased: boolean,
): Promise<{ mu: number; estimate: number; result: AuditResult }> {
  const samples = { unlearned: [] as Float64Array[], retrained: [] as Float64Array[] };
  let mu = 0;
  for (let i = 0; i < RUNS; i++) {
    const run = await unlearned(options, isReleased);
    mu = run.mu;
    samples.unlearned.push(run.weights);
    samples.retrained.push(await retrained(options, run));
  }
  const { epsilon = 1, delta = 1e-3 } = options;
  const certified = { mu, epsilon, delta };
  const estimate = estimateOf(samples.unlearned, samples.retrained);
  return { mu, estimate, result: auditSamples({ ...samples, certified, confidence: CONFIDENCE }) };
}

describe.each(POLICIES)("Model.forget on trial, noise %s", (_, options) => {
  it("is no further from retraining than its certificate says, and not much nearer", async () => {
    const { mu, estimate, result } = await auditOf(options, true);
    expect(result.verdict).toBe("consistent");
    // Five deviations and more on either side.
    expect(estimate).toBeGreaterThan(0.7 * mu);
    expect(estimate).toBeLessThan(1.3 * mu);
  });

  it("is caught where the model as it was before is handed out", async () => {
    const audit = auditOf(options, false);
    // Without noise there is no law to speak of.
    if (options === POLICIES[1][1]) await expect(audit).rejects.toThrow(/only 1 of 2500 differ/);
    else expect((await audit).result.verdict).toBe("violated");
  });
});
