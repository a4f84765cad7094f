import { gridFor } from "../accounting/grid.js";
import { type NoiseOrigin, releaseOnGrid } from "../engine/index.js";
import type { TrainingPlan } from "../records/training-plan.js";
import type { ProcessKernel } from "./process-kernel.js";
import { type Progress, runSteps, type WatchedRun } from "./run-steps.js";

/** Steps to a release, and the noise of the last of them; a release without noise is not on a grid. */
export interface ReleaseSteps {
  readonly firstStep: number;
  readonly steps: number;
  /** Standard deviation of the noise on each weight, 0 for none. */
  readonly std: number;
}

/**
 * Runs the steps to a release: all but the last as the plan noises them, the last without noise and then onto a grid (docs/theory.md, "The
 * step that is released"). Training, forgetting and previewing all go through here.
 *
 * @returns the new weights; those given are left alone, whatever happens
 * @throws ExpungeError E_ABORTED, E_KERNEL
 */
export async function runRelease(
  kernel: ProcessKernel,
  plan: Pick<TrainingPlan, "noise" | "process">,
  weights: Float64Array,
  { firstStep, steps, std }: ReleaseSteps,
  origin: NoiseOrigin,
  stage: Progress["stage"],
  run: WatchedRun,
): Promise<Float64Array> {
  if (steps === 0) return Float64Array.from(weights);
  const between = plan.noise.kind === "every-step" ? origin : null;
  const { onProgress, onSlice, signal } = run;
  const counted: WatchedRun = {
    ...(signal ? { signal } : {}),
    ...(onSlice ? { onSlice } : {}),
    ...(onProgress ? { onProgress: (progress) => onProgress({ ...progress, stepsTotal: steps }) } : {}),
  };
  const reached = await runSteps(kernel, weights, firstStep, steps - 1, between, stage, counted);
  const last = firstStep + steps - 1;
  await kernel.advance(reached, last, 1, null);
  if (std > 0) {
    const { radius } = plan.process;
    releaseOnGrid(reached, { noiseStd: std, grid: gridFor(std, radius), radius }, last, origin);
  }
  onProgress?.({ stage, stepsDone: steps, stepsTotal: steps });
  return reached;
}
