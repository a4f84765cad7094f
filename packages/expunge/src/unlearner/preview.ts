import type { Dataset } from "../data/dataset.js";
import { given } from "../given.js";
import type { Holds } from "../records/certificate.js";
import { batchCountOf, type Standing } from "../records/training-plan.js";
import { holdsOf } from "./asked.js";
import { type Correction, joinedOfSlots } from "./forget.js";
import { kernelWithCapacity } from "./kernel-with.js";
import { type ModelState, slotsOf } from "./model-state.js";
import { score } from "./predict.js";
import type { ProcessKernel } from "./process-kernel.js";
import type { ResolvedRequest } from "./request.js";
import { type Asked, costOf, type RequestCost, releaseFor } from "./request-cost.js";
import { runRelease } from "./run-release.js";
import { readSlots, writeSlots } from "./unlearn-slots.js";

/** One way to serve a request: more steps cost time and leave less noise. */
export interface Trade {
  readonly steps: number;
  readonly gradientEvaluations: number;
  /** Expected duration of the steps, from a trial of them. */
  readonly milliseconds: number;
  /** Standard deviation of all noise left in the score of a row of norm 1. */
  readonly noise: number;
  readonly epsilon: number;
  /**
   * Mean score on the data given over a few trials that are thrown away; null where no data was given. Corrected rows that are longer than there is room
   * for stay out of the trials of a model whose rows are read as they are visited.
   */
  readonly expectedScore: number | null;
  /** Whether `forget` without further options does this. */
  readonly isChosen: boolean;
}

/** What a request would cost and prove; nothing has been done. */
export interface Preview {
  readonly rowCount: number;
  /** Rows named that were forgotten before, under certificates that stand. */
  readonly earlierCertificates: readonly string[];
  /** Positions of unknown ids that would be skipped. */
  readonly unknown: readonly number[];
  readonly steps: number;
  readonly gradientEvaluations: number;
  readonly milliseconds: number;
  readonly noise: number;
  readonly epsilon: number;
  readonly delta: number;
  readonly mu: number;
  /** What the certificate would prove, and against whom; null where nothing would be removed or the run is seeded. */
  readonly holds: Holds | null;
  /** Steps and gradient evaluations of training again from scratch, for comparison. */
  readonly retrainSteps: number;
  readonly retrainGradientEvaluations: number;
  /** The score now, on the data given; null where no data was given. */
  readonly score: number | null;
  /** Mean change of the score; null where no data was given. */
  readonly expectedScoreChange: number | null;
  /** Ways to serve the request, by ascending steps; with noise at every step there is one. */
  readonly trades: readonly Trade[];
}

export interface PreviewOptions extends Asked {
  /** Data to measure the change of the score on. */
  readonly evaluateOn?: Dataset;
}

const TRIALS = 3;

/** Shares of the chosen steps that a preview shows beside them. */
const OTHER_SHARES = [0.25, 0.5, 2];

/** @throws ExpungeError E_INFEASIBLE */
export async function previewRequest(
  state: ModelState,
  kernel: ProcessKernel,
  request: ResolvedRequest,
  options: PreviewOptions,
  correction?: Correction,
): Promise<Preview> {
  const { plan } = state;
  const { batchSize } = plan.process;
  const { evaluateOn, target } = options;
  const cost =
    request.rows.length === 0
      ? null
      : costOf(state, slotsOf(state, request.rows), options, {
          ...given({ joinedOf: joinedOfSlots(state, request.rows) }),
          isCorrection: correction !== undefined,
        });
  const before = evaluateOn ? score(state, evaluateOn) : null;
  const trades = cost === null ? [] : await tradesOf(state, kernel, request, cost, options, correction);
  const chosen = trades.find(({ isChosen }) => isChosen);
  const retrainSteps = plan.epochs * batchCountOf(state);
  const expected = chosen?.expectedScore ?? null;
  return Object.freeze({
    rowCount: request.rows.length,
    earlierCertificates: request.earlier,
    unknown: request.unknown,
    steps: chosen?.steps ?? 0,
    gradientEvaluations: chosen?.gradientEvaluations ?? 0,
    milliseconds: chosen?.milliseconds ?? 0,
    noise: chosen?.noise ?? 0,
    epsilon: cost?.proof.epsilon ?? 0,
    delta: target.delta,
    mu: cost?.proof.mu ?? 0,
    holds: cost === null ? null : holdsOf(plan, cost.proof),
    retrainSteps,
    retrainGradientEvaluations: retrainSteps * batchSize,
    score: before,
    expectedScoreChange: before === null || expected === null ? null : expected - before,
    trades: Object.freeze(trades),
  });
}

/** The chosen way and, where there is a choice, a few others, each tried on copies of the weights while the rows are out of the kernel. */
async function tradesOf(
  state: ModelState,
  kernel: ProcessKernel,
  { rows }: ResolvedRequest,
  cost: RequestCost,
  options: PreviewOptions,
  correction: Correction | undefined,
): Promise<Trade[]> {
  const slots = slotsOf(state, correction?.rows ?? rows);
  const trial = await trialKernel(state, kernel, correction);
  const kept = trial.isOwn ? null : await readSlots(state, kernel, slots);
  try {
    writeSlots(trial.kernel, { slots, contents: trial.contents });
    const trades: Trade[] = [];
    for (const way of waysOf(state, cost, options))
      trades.push(await tryOut(state, trial.kernel, way, options));
    return trades;
  } finally {
    if (kept === null) trial.kernel.dispose();
    else writeSlots(kernel, kept);
  }
}

/** What ways are tried on. */
interface TrialKernel {
  readonly kernel: ProcessKernel;
  /** Whether it was made for the trial. */
  readonly isOwn: boolean;
  /** What takes the places of the rows; null for nothing. */
  readonly contents: Float32Array | null;
}

/** Where corrected rows are longer than there is room for, a kernel with that room, in memory, as the correction itself makes one. */
async function trialKernel(
  state: ModelState,
  kernel: ProcessKernel,
  correction: Correction | undefined,
): Promise<TrialKernel> {
  const { contents, wider } = correction ?? { contents: null, wider: state };
  if (wider === state) return { kernel, isOwn: false, contents };
  // Rows that are read as they are visited are not stored anew for a trial: the longer ones stay out of it.
  if ("resize" in kernel) return { kernel, isOwn: false, contents: null };
  return { kernel: await kernelWithCapacity(state, wider, kernel), isOwn: true, contents };
}

/** One way to serve a request, before it is tried. */
export interface Way {
  readonly steps: number;
  readonly std: number;
  readonly left: number;
  readonly epsilon: number;
  readonly isChosen: boolean;
}

/** The chosen way and, where there is a choice, a few others, by ascending steps. */
export function waysOf(state: Standing, { release, history, proof }: RequestCost, { target }: Asked): Way[] {
  const chosen: Way = { ...release, epsilon: proof.epsilon, isChosen: true };
  if (state.plan.noise.kind === "every-step" || release.steps === 0) return [chosen];
  const others = OTHER_SHARES.map((share) => Math.round(share * release.steps)).filter(
    (steps, i, all) =>
      steps >= 1 && steps <= state.plan.maxSteps && steps !== release.steps && all.indexOf(steps) === i,
  );
  const ways = others.flatMap((steps) => {
    const found = releaseFor(state, history, { target, effort: { steps } }, state.plan.maxSteps);
    return found === null ? [] : [{ ...found, epsilon: target.epsilon, isChosen: false }];
  });
  return [...ways, chosen].sort((a, b) => a.steps - b.steps);
}

/** Runs one way a few times. */
async function tryOut(
  state: ModelState,
  kernel: ProcessKernel,
  { steps, std, left, epsilon, isChosen }: Way,
  { evaluateOn }: PreviewOptions,
): Promise<Trade> {
  let milliseconds = Number.POSITIVE_INFINITY;
  let sum = 0;
  const release = { firstStep: state.timeline.steps + 1, steps, std };
  for (let trial = 0; trial < TRIALS; trial++) {
    const start = performance.now();
    // Noise of its own: a preview must not foretell the noise of the request itself, even in a seeded run.
    const weights = await runRelease(
      kernel,
      state.plan,
      state.weights,
      release,
      { kind: "system" },
      "forget",
      {},
    );
    milliseconds = Math.min(milliseconds, performance.now() - start);
    if (evaluateOn) sum += score({ ...state, weights }, evaluateOn);
  }
  return Object.freeze({
    steps,
    gradientEvaluations: steps * state.plan.process.batchSize,
    milliseconds,
    noise: left,
    epsilon,
    expectedScore: evaluateOn ? sum / TRIALS : null,
    isChosen,
  });
}
