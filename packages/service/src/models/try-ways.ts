import { desc, eq } from "drizzle-orm";
import { type ProcessKernel, runRelease, type Way } from "expunge/process";
import type { Database, Queries } from "../database/open-database.js";
import { models, releases } from "../database/tables.js";
import { type Score, scoreRelease } from "./evaluate-release.js";
import { kernelOf, slotsOf } from "./model-kernel.js";
import type { StoredProcess } from "./stored-process.js";

/** One way to serve a request in a model: more steps cost time and leave less noise. */
export interface TradeView {
  readonly steps: number;
  readonly gradientEvaluations: number;
  /** Expected duration of the steps, from a few of them; null where even those take too long to try. */
  readonly milliseconds: number | null;
  readonly noise: number;
  readonly epsilon: number;
  /** As `ReleaseView` scores releases; null without evaluation rows, against adaptive requesters, and where it takes too long to try. */
  readonly expectedScore: number | null;
  /** Whether the request will be served in this way. */
  readonly isChosen: boolean;
}

/** How long one preview may try things: it is a server that does, with other callers waiting. */
const MAX_MS = 1500;
/** Numbers in the rows that are timed, and steps that they are of at most; the rest follows from them. */
const TIMED_NUMBERS = 2 ** 22;
const MAX_TIMED_STEPS = 16;
const TRIALS = 3;

/** What is left of the time of one preview, for all its models together. */
export class TrialTime {
  private readonly end = performance.now() + MAX_MS;

  get leftMs(): number {
    return this.end - performance.now();
  }
}

/** Of the newest release, as releases are scored. */
export async function scoreNow(queries: Queries, modelId: string): Promise<number | null> {
  const [newest] = await queries
    .select({ accuracy: releases.accuracy, rootMeanSquaredError: releases.rootMeanSquaredError })
    .from(releases)
    .where(eq(releases.modelId, modelId))
    .orderBy(desc(releases.version))
    .limit(1);
  return newest ? numberOf(newest) : null;
}

const numberOf = ({ accuracy, rootMeanSquaredError }: Omit<Score, "evaluation">): number | null =>
  accuracy ?? rootMeanSquaredError;

/**
 * Ways to serve a request with how long each takes and, where the model is scored and time allows, what it would do to the score. The steps run on copies
 * that are thrown away, with noise of their own.
 */
export async function tryWays(
  database: Database,
  process: StoredProcess,
  slots: Uint32Array,
  ways: readonly Way[],
  time: TrialTime,
): Promise<TradeView[]> {
  const { plan } = process;
  const { batchSize } = plan.process;
  const isScored = await mayScore(database.queries, process);
  const kernel = await kernelOf(process, slotsOf(database, process), process);
  try {
    for (const slot of slots) kernel.writeSlot(slot, null);
    const stepMs = await timeStep(kernel, process, time);
    const trades: TradeView[] = [];
    for (const { steps, std, left, epsilon, isChosen } of ways) {
      const milliseconds = stepMs === null ? null : steps * stepMs;
      const isQuick = milliseconds !== null && TRIALS * milliseconds < time.leftMs;
      const expectedScore =
        isScored && isQuick ? await expectScore(database, kernel, process, { steps, std }, time) : null;
      trades.push({
        steps,
        gradientEvaluations: steps * batchSize,
        milliseconds,
        noise: left,
        epsilon,
        expectedScore,
        isChosen,
      });
    }
    return trades;
  } finally {
    kernel.dispose();
  }
}

/** Against adaptive requesters a score of weights that were never released would be a release more, which no limit counts. */
async function mayScore(queries: Queries, { modelId, plan }: StoredProcess): Promise<boolean> {
  if (plan.requesters === "adaptive") return false;
  const [model] = await queries
    .select({ evaluationDatasetId: models.evaluationDatasetId })
    .from(models)
    .where(eq(models.id, modelId));
  return typeof model?.evaluationDatasetId === "string";
}

/** Milliseconds of one step; null where one alone may take too long. */
export async function timeStep(
  kernel: ProcessKernel,
  { plan, timeline, weights }: StoredProcess,
  time: TrialTime,
): Promise<number | null> {
  const numbers = plan.process.batchSize * plan.featureCount * plan.outputCount;
  if (time.leftMs <= 0 || numbers > TIMED_NUMBERS) return null;
  const steps = Math.min(MAX_TIMED_STEPS, Math.floor(TIMED_NUMBERS / numbers));
  const release = { firstStep: timeline.steps + 1, steps, std: 0 };
  const start = performance.now();
  await runRelease(kernel, plan, weights, release, { kind: "system" }, "forget", {});
  return (performance.now() - start) / steps;
}

/** Mean score over a few trials; null where there is nothing to judge by, and where that takes too long. */
async function expectScore(
  database: Database,
  kernel: ProcessKernel,
  process: StoredProcess,
  { steps, std }: Pick<Way, "steps" | "std">,
  time: TrialTime,
): Promise<number | null> {
  const { modelId, plan, timeline } = process;
  const release = { firstStep: timeline.steps + 1, steps, std };
  let sum = 0;
  for (let trial = 0; trial < TRIALS; trial++) {
    // Noise of its own: a preview must not foretell the noise of the request itself.
    const weights = await runRelease(
      kernel,
      plan,
      process.weights,
      release,
      { kind: "system" },
      "forget",
      {},
    );
    const score = numberOf(await scoreRelease(database, modelId, { ...process, weights }, time));
    if (score === null) return null;
    sum += score;
  }
  return sum / TRIALS;
}
