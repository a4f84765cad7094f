import type { ProcessConstants } from "expunge/accounting";
import type { Dataset } from "expunge/data";
import type { PackedRows } from "expunge/engine";
import { type SeededRandom, seededRandom } from "../report/seeded-random.js";

/** One batch order, and all that is drawn with it; the same seed gives the same. */
export interface BatchOrder {
  readonly index: number;
  readonly slotOfRow: Uint32Array;
  /** All rows in a random order of their own: the first to ask for deletion comes first. */
  readonly requesters: Uint32Array;
  /** A row of the batch that is visited at step `step` (1-based). */
  rowVisitedAt(step: number): number;
  /** 0-based batch of a row. */
  batchOf(row: number): number;
}

export function drawBatchOrder(process: ProcessConstants, seed: string, index: number): BatchOrder {
  const { rowCount, batchSize, batchCount } = process;
  const slotOfRow = shuffled(rowCount, randomFor(`${seed}/order ${index}`));
  const rowOfSlot = new Uint32Array(rowCount);
  slotOfRow.forEach((slot, row) => {
    rowOfSlot[slot] = row;
  });
  return {
    index,
    slotOfRow,
    requesters: shuffled(rowCount, randomFor(`${seed}/requesters ${index}`)),
    rowVisitedAt: (step) => rowOfSlot[((step - 1) % batchCount) * batchSize]!,
    batchOf: (row) => Math.floor(slotOfRow[row]! / batchSize),
  };
}

/** Room for the rows of a data set in batches; slots that no row takes stay empty. */
export function roomFor({ featureCount }: Dataset, { batchCount, batchSize }: ProcessConstants): PackedRows {
  const slotCount = batchCount * batchSize;
  const features = new Float32Array(slotCount * featureCount);
  return { slotCount, featureCount, features, labels: new Float32Array(slotCount) };
}

/** Lays all rows out in batch order, over those of an earlier order. */
export function packInOrder(
  { features, labels, featureCount }: Dataset,
  { slotOfRow }: BatchOrder,
  room: PackedRows,
): void {
  slotOfRow.forEach((slot, row) => {
    const values = features.subarray(row * featureCount, (row + 1) * featureCount);
    room.features.set(values, slot * featureCount);
    room.labels[slot] = labels[row]!;
  });
}

/** What takes a deleted row's place in the authors' program: a random unit vector with a random label. */
export function randomRecord(
  featureCount: number,
  random: SeededRandom,
): { readonly features: Float32Array; readonly label: number } {
  const values = Float64Array.from({ length: featureCount }, () => random.normal());
  // A hair inside the unit ball, so that rounding to float32 cannot leave it.
  const scale = (1 - 1e-6) / Math.hypot(...values);
  return {
    features: Float32Array.from(values, (value) => value * scale),
    label: random.chance(0.5) ? 1 : -1,
  };
}

/** Random numbers from a text (FNV-1a). Nothing secret hangs on them: every run of an experiment is meant to be repeatable. */
export function randomFor(seed: string): SeededRandom {
  let hash = 0x811c9dc5;
  for (const letter of seed) hash = Math.imul(hash ^ (letter.codePointAt(0) as number), 0x01000193);
  return seededRandom(hash);
}

function shuffled(count: number, random: SeededRandom): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = random.integer(0, i);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
