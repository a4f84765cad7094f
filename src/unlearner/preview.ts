import type { Target } from "../accounting/unlearning.js";
import type { Dataset } from "../data/dataset.js";
import { costOf } from "./feasibility.js";
import { type ModelState, slotsOf } from "./model-state.js";
import { score } from "./predict.js";
import type { ProcessKernel } from "./process-kernel.js";
import type { ResolvedRequest } from "./request.js";

/** What a request would cost and prove; nothing has been done. */
export interface Preview {
  readonly rowCount: number;
  /** Rows named that were forgotten before, under certificates that stand. */
  readonly earlierCertificates: readonly string[];
  readonly steps: number;
  readonly gradientEvaluations: number;
  /** Expected duration of the steps, from a trial of a few of them. */
  readonly milliseconds: number;
  readonly epsilon: number;
  readonly delta: number;
  readonly mu: number;
  /** Steps and gradient evaluations of retraining from scratch, for comparison. */
  readonly retrainSteps: number;
  readonly retrainGradientEvaluations: number;
  /** Mean change of the score on the data given over a few trials that are thrown away; null where no data was given. */
  readonly expectedScoreChange: number | null;
}

export interface PreviewOptions {
  readonly target: Target;
  /** Data to measure the change of the score on. */
  readonly evaluateOn?: Dataset;
}

const TRIALS = 3;

/** @throws ExpungeError E_INFEASIBLE */
export async function previewRequest(
  state: ModelState,
  kernel: ProcessKernel,
  request: ResolvedRequest,
  options: PreviewOptions,
): Promise<Preview> {
  const { plan, timeline } = state;
  const { batchSize, batchCount } = plan.process;
  const cost = request.rows.length === 0 ? null : costOf(state, slotsOf(state, request.rows), options.target);
  const steps = cost?.steps ?? 0;
  const trial = cost === null ? null : await tryRequest(state, kernel, request, steps, options.evaluateOn);
  const retrainSteps = Math.max(timeline.steps, plan.epochs * batchCount);
  return Object.freeze({
    rowCount: request.rows.length,
    earlierCertificates: request.earlier,
    steps,
    gradientEvaluations: steps * batchSize,
    milliseconds: trial?.milliseconds ?? 0,
    epsilon: cost?.claim.epsilon ?? 0,
    delta: options.target.delta,
    mu: cost?.claim.mu ?? 0,
    retrainSteps,
    retrainGradientEvaluations: retrainSteps * batchSize,
    expectedScoreChange: trial?.scoreChange ?? null,
  });
}

/** Runs the request a few times on copies of the weights, the rows out of the kernel meanwhile, and puts everything back. */
async function tryRequest(
  state: ModelState,
  kernel: ProcessKernel,
  { rows }: ResolvedRequest,
  steps: number,
  evaluateOn: Dataset | undefined,
): Promise<{ readonly milliseconds: number; readonly scoreChange: number | null }> {
  const slots = slotsOf(state, rows);
  const kept: Awaited<ReturnType<ProcessKernel["readSlot"]>>[] = [];
  for (const slot of slots) kept.push(await kernel.readSlot(slot));
  try {
    for (const slot of slots) kernel.writeSlot(slot, null);
    const before = evaluateOn ? score(state, evaluateOn) : 0;
    let milliseconds = Number.POSITIVE_INFINITY;
    let change = 0;
    for (let trial = 0; trial < TRIALS; trial++) {
      const weights = Float64Array.from(state.weights);
      const start = performance.now();
      // Noise of its own: a preview must not foretell the noise of the request itself, even in a seeded run.
      await kernel.advance(weights, state.timeline.steps + 1, steps, { kind: "system" });
      milliseconds = Math.min(milliseconds, performance.now() - start);
      if (evaluateOn) change += (score({ ...state, weights }, evaluateOn) - before) / TRIALS;
    }
    return { milliseconds, scoreChange: evaluateOn ? change : null };
  } finally {
    slots.forEach((slot, i) => {
      kernel.writeSlot(slot, kept[i]);
    });
  }
}
