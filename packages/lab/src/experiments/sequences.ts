import {
  baselines,
  type DeletedSlots,
  type Effort,
  EMPTY_HISTORY,
  mergeDeletedSlots,
  muFromEpsilonDelta,
  type ProcessConstants,
  paper,
  releaseWithNoise,
  stepsToUnlearn,
  type Target,
  withDeleted,
  withRelease,
} from "expunge/accounting";
import type { BatchOrder } from "./batch-orders.js";
import type { Event } from "./simulate.js";

export interface SequenceQuestion extends Target {
  readonly process: ProcessConstants;
  readonly sigma: number;
  /** Steps of learning before the first request. */
  readonly learnSteps: number;
}

/** Steps that our accountant asks of each of a sequence of requests, given whose rows they are and where those lie. */
export function timelineSteps(
  question: SequenceQuestion,
  order: BatchOrder,
  requests: readonly (readonly number[])[],
): readonly number[] {
  const { process, sigma, epsilon, delta, learnSteps } = question;
  let deleted: readonly DeletedSlots[] = [];
  let steps = learnSteps;
  return requests.map((rows) => {
    const added = rows.map((row) => ({ batch: order.batchOf(row), count: 1, through: steps }));
    deleted = mergeDeletedSlots([...deleted, ...added]);
    const answer = stepsToUnlearn({ process, sigma, epsilon, delta, deleted, steps });
    if (answer === null) throw new RangeError(`No number of steps meets epsilon = ${epsilon}.`);
    steps += answer.steps;
    return answer.steps;
  });
}

/** Steps of each of a sequence of requests, and the noise of its release, where noise comes on release. */
export function onReleaseSteps(
  { process, epsilon, delta, learnSteps }: Omit<SequenceQuestion, "sigma">,
  order: BatchOrder,
  requests: readonly (readonly number[])[],
  effort: Effort,
): readonly { readonly steps: number; readonly std: number }[] {
  const target = { mu: muFromEpsilonDelta(epsilon, delta), maxSteps: 2 ** 40, effort };
  let history = EMPTY_HISTORY;
  let steps = learnSteps;
  return requests.map((rows) => {
    const deleted = rows.map((row) => ({ batch: order.batchOf(row), count: 1 }));
    history = withDeleted(process, "on-release", history, deleted, steps);
    const release = releaseWithNoise(process, history, steps, target);
    if (release === null) throw new RangeError(`No number of steps meets epsilon = ${epsilon}.`);
    steps += release.steps;
    const { std } = release;
    if (release.steps > 0) history = withRelease(history, { steps, shift: 0, std });
    return { steps: release.steps, std };
  });
}

/** Epochs that the paper's accountant asks of each of `requests` requests for one row. */
export function paperEpochs(
  { process, sigma, epsilon, delta }: SequenceQuestion,
  requests: number,
): readonly number[] {
  return paper.sequentialEpochs({ process, sigma, epsilon, delta, requests });
}

/**
 * Epochs as in the published lists: with the older distance Z = 2 eta M / (b (1 - c)), and the form of the later requests for the
 * first one too.
 */
export function olderPaperEpochs(
  { process, sigma, epsilon, delta }: SequenceQuestion,
  requests: number,
): readonly number[] {
  const { contraction, batchCount, batchSize, lipschitz, eta } = process;
  const logInverse = Math.log(1 / delta);
  const largest = (Math.sqrt(logInverse + epsilon) - Math.sqrt(logInverse)) ** 2 * 2 * eta * sigma ** 2;
  const distance = (2 * eta * lipschitz) / (batchSize * (1 - contraction));
  const factor = (epochs: number): number =>
    (1 - contraction ** 2) / Math.expm1(-2 * epochs * batchCount * Math.log(contraction));
  let current = distance;
  return Array.from({ length: requests }, () => {
    let epochs = 1;
    while (current ** 2 * factor(epochs) > largest) epochs += 1;
    current = contraction ** (epochs * batchCount) * current + distance;
    return epochs;
  });
}

/** Full-batch steps of Descent-to-Delete with a private state, each request's. */
export function descentIterations(
  { process, epsilon, delta }: SequenceQuestion,
  options: { readonly dimension: number; readonly requests: number; readonly factor: number },
): readonly number[] {
  const { dimension, requests, factor } = options;
  return Array.from({ length: requests }, (_, i) =>
    Math.ceil(
      baselines.descentToDeleteIterations({ process, epsilon, delta, dimension, request: i + 1, factor }),
    ),
  );
}

/** Full-batch steps of Langevin unlearning for `requests` requests of `records` rows; shorter where no number of steps will do. */
export function langevinSteps(
  { process, sigma, epsilon, delta }: SequenceQuestion,
  records: number,
  requests: number,
): readonly number[] {
  const steps: number[] = [];
  while (steps.length < requests) {
    const question = { process, sigma, delta, eta: process.eta, records, epsilon };
    const needed = baselines.langevinStepsToUnlearn(question, steps);
    if (needed === null) break;
    steps.push(needed);
  }
  return steps;
}

/** The first rows to ask for deletion, `size` a request. */
export function firstRequests(order: BatchOrder, requests: number, size = 1): readonly (readonly number[])[] {
  return Array.from({ length: requests }, (_, i) =>
    Array.from(order.requesters.subarray(i * size, (i + 1) * size)),
  );
}

export interface SequenceEvents {
  readonly learnSteps: number;
  readonly requests: readonly (readonly number[])[];
  /** Steps run for each request. */
  readonly steps: readonly number[];
  /** Numbers of rows removed after which accuracy is measured; 0: after learning. */
  readonly measureAt: readonly number[];
  /** Numbers of rows removed after which the steps so far are kept. */
  readonly noteAt: readonly number[];
  /** Noise on the weights when they are released after a request (or after learning: 0). */
  readonly outputStd?: (request: number) => number;
}

/** Learning, then request after request: "accuracy, 20" is measured and "steps, 20" kept once 20 rows are gone. */
export function sequenceEvents(sequence: SequenceEvents): readonly Event[] {
  const { learnSteps, requests, steps, measureAt, noteAt, outputStd = () => 0 } = sequence;
  const events: Event[] = [{ kind: "run", steps: learnSteps }];
  let rows = 0;
  let total = 0;
  const report = (request: number): void => {
    const outputNoise = outputStd(request);
    if (measureAt.includes(rows))
      events.push({ kind: "measure", name: `accuracy, ${rows}`, outputStd: outputNoise });
    if (noteAt.includes(rows)) events.push({ kind: "note", name: `steps, ${rows}`, value: total });
  };
  report(0);
  requests.slice(0, steps.length).forEach((request, i) => {
    const taken = steps[i]!;
    events.push({ kind: "remove", rows: request }, { kind: "run", steps: taken });
    rows += request.length;
    total += taken;
    report(i + 1);
  });
  return events;
}
