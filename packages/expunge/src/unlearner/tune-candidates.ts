import { ExpungeError } from "../errors.js";
import type { TrainingPlan } from "../records/training-plan.js";
import { MIN_TIME_CONSTANTS, REQUESTS_PER_TRAINING } from "./defaults.js";
import { type FitOptions, makeTrainingPlan, type Planned } from "./options.js";
import { costOf } from "./request-cost.js";
import { trainedTimeline } from "./timeline.js";

/** What a search chooses. */
export interface Searched {
  readonly l2: number;
  readonly batchSize: number;
  readonly epochs: number;
}

/** A plan to try: what it is and what it costs, all from public facts. */
export interface Candidate extends Searched {
  /** Steps of training. */
  readonly steps: number;
  /** Steps of the first request, its row in the worst place. */
  readonly stepsPerRequest: number;
  readonly eta: number;
  readonly isDefault: boolean;
}

/** Multiples of the default; the nearest first. */
const L2_MULTIPLES = [1, 3, 1 / 3, 10, 30];
const BATCH_MULTIPLES = [1, 1 / 4, 4, 1 / 16];
/** Training in lengths of a request: as by default, and half of it. */
const TRAINING_LENGTHS = [REQUESTS_PER_TRAINING, REQUESTS_PER_TRAINING / 2];
/** The batch visited last pulls a score by about sqrt(eta / (2 b)): a quarter here. docs/defaults.md, "Reasons". */
const MIN_BATCH_IN_ETAS = 8;

/**
 * A logarithmic grid about the defaults, the nearest to them first: l2 from a third to thirty times, batches from a sixteenth to four times, training as
 * long as three requests and half of it. The default itself is the first.
 *
 * @param options of `fit`, without what is searched
 * @throws as `makeTrainingPlan`; ExpungeError E_INFEASIBLE where no candidate's request can be certified
 */
export function candidatesFor(planned: Planned, options: FitOptions): readonly Candidate[] {
  const defaults = makeTrainingPlan(planned, options);
  const { process } = defaults;
  const found = new Map<string, { readonly distance: number; readonly candidate: Candidate }>();
  const add = (candidate: Candidate | null, distance: number): void => {
    if (candidate === null) return;
    const key = `${candidate.l2}/${candidate.batchSize}/${candidate.epochs}`;
    const known = found.get(key);
    if (known === undefined || known.distance > distance) found.set(key, { distance, candidate });
  };
  add(asCandidate(defaults, true), -1);
  L2_MULTIPLES.forEach((l2Multiple, i) => {
    const l2 = process.strongConvexity * l2Multiple;
    batchSizes(defaults).forEach((batchSize, j) => {
      const tried = { ...options, l2, batchSize };
      const long = longTraining(planned, tried);
      TRAINING_LENGTHS.forEach((requests, k) => {
        if (i + j + k > 0 && long !== null) add(ofLength(planned, tried, long, requests), i + j + k);
      });
    });
  });
  const sorted = [...found.values()].sort((a, b) => a.distance - b.distance);
  if (sorted.length > 0) return sorted.map(({ candidate }) => candidate);
  throw new ExpungeError(
    "E_INFEASIBLE",
    `No plan near the defaults can certify a request at epsilon = ${defaults.target.epsilon}, delta = ${defaults.target.delta} within the steps of retraining: ask for a larger epsilon, or allow more noise (maxNoise = ${defaults.noise.kind === "on-release" ? defaults.noise.most : "none"}).`,
  );
}

function batchSizes({ process }: TrainingPlan): readonly number[] {
  const { batchSize, rowCount, eta } = process;
  const least = Math.min(rowCount, batchSize, Math.ceil(MIN_BATCH_IN_ETAS * eta));
  const sizes = BATCH_MULTIPLES.map((multiple) =>
    Math.min(rowCount, Math.max(least, Math.round(batchSize * multiple))),
  );
  return [...new Set(sizes)];
}

/**
 * A plan so long that the limit on steps does not bite, which tells what a request takes: that hardly depends on how long training took. null where a
 * request cannot be certified.
 */
function longTraining(planned: Planned, options: FitOptions): Candidate | null {
  return asCandidate(makeTrainingPlan(planned, { ...options, epochs: LONG_EPOCHS }), false);
}

/** The plan whose training takes as long as so many requests; null where a request cannot be certified. */
function ofLength(
  planned: Planned,
  options: FitOptions,
  long: Candidate,
  requests: number,
): Candidate | null {
  const { stepsPerRequest, eta, l2 } = long;
  const time = Math.max(stepsPerRequest, MIN_TIME_CONSTANTS / REQUESTS_PER_TRAINING / (eta * l2));
  const batchCount = long.steps / LONG_EPOCHS;
  const epochs = Math.max(1, Math.ceil((requests * time) / batchCount));
  return asCandidate(makeTrainingPlan(planned, { ...options, epochs }), false);
}

const LONG_EPOCHS = 2 ** 24;

/** What a plan costs; null where its request cannot be certified within the steps of training. */
function asCandidate(plan: TrainingPlan, isDefault: boolean): Candidate | null {
  const { process, epochs } = plan;
  const { strongConvexity: l2, batchSize, batchCount, eta } = process;
  const steps = epochs * batchCount;
  const lastSlot = (batchCount - 1) * batchSize;
  try {
    const standing = { plan, timeline: trainedTimeline(plan, steps) };
    const { release } = costOf(standing, [lastSlot], { target: plan.target });
    return { l2, batchSize, epochs, steps, stepsPerRequest: release.steps, eta, isDefault };
  } catch (error) {
    if (error instanceof ExpungeError && error.code === "E_INFEASIBLE") return null;
    throw error;
  }
}

/**
 * The same plan for another number of rows: as much regularisation over all rows (n l2), as many rows a batch (all where it was all), training for as many
 * time constants 1 / (eta l2), eta = 1 / L as before.
 */
export function scaledTo(
  { l2, batchSize, steps, eta }: Pick<Candidate, "l2" | "batchSize" | "steps" | "eta">,
  from: number,
  rowCount: number,
): Searched {
  const scaled = (l2 * from) / rowCount;
  const scaledEta = 1 / (1 / eta - l2 + scaled);
  const size = batchSize === from ? rowCount : Math.min(batchSize, rowCount);
  const wanted = (steps * eta * l2) / (scaledEta * scaled);
  const epochs = Math.max(1, Math.ceil(wanted / Math.ceil(rowCount / size)));
  return { l2: scaled, batchSize: size, epochs };
}
