import { noiseStdFromSigma, type ProcessConstants } from "expunge/accounting";
import type { Dataset } from "expunge/data";
import { createTrialPool, type NoiseOrigin, noiseKeyFromSeed, type PackedRows } from "expunge/engine";
import { throwIfAborted } from "expunge/internal";
import {
  type BatchOrder,
  drawBatchOrder,
  packInOrder,
  randomFor,
  randomRecord,
  roomFor,
} from "./batch-orders.js";
import { type CellResult, figureOf } from "./outcome.js";

/** What happens in a run, in order. */
export type Event =
  | { readonly kind: "run"; readonly steps: number }
  /** Puts noise on the weights, and goes on from there. */
  | { readonly kind: "release"; readonly std: number }
  | { readonly kind: "remove"; readonly rows: readonly number[] }
  /** Takes the test accuracy under this name, of weights with this much Gaussian noise on them (default none). */
  | { readonly kind: "measure"; readonly name: string; readonly outputStd?: number }
  /** Keeps a number that belongs to this order. */
  | { readonly kind: "note"; readonly name: string; readonly value: number };

export interface Simulation {
  readonly train: Dataset;
  readonly test: Dataset;
  readonly process: ProcessConstants;
  /** Of every step; 0 for none. */
  readonly sigma: number;
  /** Whether the schedule has releases with noise. */
  readonly hasReleases?: boolean;
  readonly trials: number;
  /** Batch orders that the trials are spread over, at most; the authors draw a new one for every trial. */
  readonly orders: number;
  /** Fixes noise, replacements and noise on release. */
  readonly seed: string;
  /** Fixes batch orders and who asks for deletion: shared by runs that are to be compared. */
  readonly orderSeed: string;
  /**
   * Share of the weights' norm by which steps that are left out may still be felt: two runs with the same noise come closer by c
   * with every step, so that only the last log(share) / log(c) before a measurement count. 0 runs every step.
   */
  readonly memory: number;
  readonly schedule: (order: BatchOrder) => readonly Event[];
  readonly signal?: AbortSignal;
}

/**
 * Runs a schedule of learning and deletions in many trials over several batch orders, each with noise of its own, and measures
 * accuracy. Unlike `Trials` it takes any number of steps for a request, which other methods than ours need.
 *
 * @throws ExpungeError E_ABORTED, E_WORKER
 */
export async function simulate(simulation: Simulation): Promise<CellResult> {
  const { process, trials, sigma, hasReleases = false } = simulation;
  const isNoisy = sigma > 0 || hasReleases;
  // Without noise the trials of one order are all the same; with one batch the order changes nothing.
  const orders = process.batchCount === 1 ? 1 : Math.min(trials, simulation.orders);
  const found = new Map<string, number[][]>();
  const room = roomFor(simulation.train, process);
  for (let index = 0; index < orders; index++) {
    const share = Math.floor(((index + 1) * trials) / orders) - Math.floor((index * trials) / orders);
    const accuracies = await runOrder(simulation, room, index, isNoisy ? share : 1, share);
    for (const [name, values] of accuracies) found.set(name, [...(found.get(name) ?? []), values]);
  }
  return Object.fromEntries([...found].map(([name, groups]) => [name, figureOf(groups)]));
}

/** A ball that no weights leave, where the process has none. */
const FAR = 2 ** 20;

/** Steps before a measurement that are run. */
export function stepsRemembered({ contraction }: ProcessConstants, memory: number): number {
  if (memory <= 0 || contraction >= 1) return Number.POSITIVE_INFINITY;
  return Math.ceil(Math.log(memory) / Math.log(contraction));
}

async function runOrder(
  simulation: Simulation,
  room: PackedRows,
  index: number,
  trials: number,
  releases: number,
): Promise<Map<string, number[]>> {
  const { train, test, process, sigma, seed, signal } = simulation;
  const order = drawBatchOrder(process, simulation.orderSeed, index);
  packInOrder(train, order, room);
  const pool = await createTrialPool(
    room,
    {
      objective: { kind: "logistic" },
      batchSize: process.batchSize,
      clip: process.lipschitz,
      l2: process.strongConvexity,
      eta: process.eta,
      noiseStd: noiseStdFromSigma(process, sigma),
      radius: Math.min(process.radius, FAR),
    },
    { kernel: "float32", trials },
  );
  const noise: NoiseOrigin = { kind: "seed", key: noiseKeyFromSeed(`${seed}/noise ${index}`) };
  const replacement = randomFor(`${seed}/replacements ${index}`);
  const output = randomFor(`${seed}/output ${index}`);
  const found = new Map<string, number[]>();
  try {
    let step = 0;
    for (const { event, skipped } of withSkips(simulation, order)) {
      throwIfAborted(signal);
      if (event.kind === "run") {
        const first = step + skipped + 1;
        step += event.steps;
        const origin = sigma > 0 ? noise : null;
        if (step >= first) await pool.advance(first, step - first + 1, origin, signal ? { signal } : {});
      } else if (event.kind === "release") {
        if (event.std > 0) pool.release(step, event.std, noise);
      } else if (event.kind === "remove") {
        for (const row of event.rows) {
          const isReplaced = process.deletion === "replace";
          const record = isReplaced ? randomRecord(train.featureCount, replacement) : null;
          pool.writeSlot(order.slotOfRow[row]!, record);
        }
      } else if (event.kind === "note") {
        found.set(event.name, [event.value]);
      } else {
        const { outputStd = 0 } = event;
        const count = outputStd > 0 ? releases : trials;
        const weights = (trial: number): Float64Array => pool.weights(trial % trials);
        const released = (trial: number): Float64Array =>
          weights(trial).map((weight) => weight + (outputStd > 0 ? outputStd * output.normal() : 0));
        found.set(
          event.name,
          Array.from({ length: count }, (_, trial) => accuracyOf(released(trial), test)),
        );
      }
    }
  } finally {
    pool.dispose();
  }
  return found;
}

/** Events with the steps at each one's beginning that no later measurement remembers. */
function withSkips(
  { process, memory, schedule }: Simulation,
  order: BatchOrder,
): { readonly event: Event; readonly skipped: number }[] {
  const remembered = stepsRemembered(process, memory);
  let toMeasure = Number.POSITIVE_INFINITY;
  const planned = schedule(order).map((event) => ({ event, skipped: 0 }));
  for (const entry of planned.reverse()) {
    if (entry.event.kind === "measure") toMeasure = 0;
    if (entry.event.kind !== "run") continue;
    const kept = Math.max(0, Math.min(entry.event.steps, remembered - toMeasure));
    entry.skipped = entry.event.steps - kept;
    toMeasure += entry.event.steps;
  }
  return planned.reverse();
}

/** Share of rows of a binary set that linear weights predict right. */
export function accuracyOf(
  weights: Float64Array,
  { features, labels, featureCount, rowCount }: Dataset,
): number {
  let right = 0;
  for (let row = 0; row < rowCount; row++) {
    const start = row * featureCount;
    // Two sums side by side, since each waits for its last addition.
    let even = 0;
    let odd = 0;
    let k = 0;
    for (; k + 1 < featureCount; k += 2) {
      even += features[start + k]! * weights[k]!;
      odd += features[start + k + 1]! * weights[k + 1]!;
    }
    if (k < featureCount) even += features[start + k]! * weights[k]!;
    if (even + odd >= 0 === labels[row]! > 0) right++;
  }
  return right / rowCount;
}
