import { createHash } from "node:crypto";
import { syntheticDataset } from "../../../test/synthetic.js";
import type { Dataset } from "../src/data/dataset.js";
import { slotCountOf } from "../src/records/training-plan.js";
import type { StoredModel } from "../src/store/stored-model.js";
import type { Model } from "../src/unlearner/model.js";
import { rowBytes, signer } from "./model-directories.js";

/** Everything that a model is, but for what it says of certificates, whose ids are random. */
export async function insideOf(model: Model) {
  const { weights, slotOfRow, joinedOfRow, forgotten, description } = model.state;
  const { certificateId: _, ...timeline } = model.timeline;
  const slots = [];
  for (let slot = 0; slot < slotCountOf(model); slot++) slots.push(await model.readSlot(slot));
  const gone = [...forgotten.rows()].sort((a, b) => a - b);
  return { weights, slotOfRow, joinedOfRow, description, timeline, slots, gone };
}

/** The same with a digest of the rows in place of them: thousands of numbers take long to compare. */
export async function pictureOf(model: Model) {
  const { slots, ...rest } = await insideOf(model);
  const digest = createHash("sha256");
  for (const { features, label } of slots)
    digest.update(new Uint8Array(Float32Array.of(...features, label).buffer));
  return { ...rest, rows: digest.digest("hex") };
}

export type Picture = Awaited<ReturnType<typeof pictureOf>>;

/** Rows of other people than those of `dataset`, or of those named. */
export function arrivals(rowCount: number, seed: number, subjects?: readonly string[]): Dataset {
  const drawn = syntheticDataset({ rowCount, seed });
  return { ...drawn, subjects: subjects ?? drawn.subjects?.map((id) => `${seed}-${id}`) ?? null };
}

export const withoutOwners = (rows: Dataset): Dataset => ({ ...rows, subjects: null });

/** A row as it lies on disk. */
export function bytesOfRow({ features, featureCount }: Dataset, row: number): Buffer {
  return Buffer.from(features.slice(row * featureCount, (row + 1) * featureCount).buffer);
}

/** One change of a kept model, the rows that it takes from the disk and those that it leaves there for good. */
interface KnownChange {
  readonly change: (kept: StoredModel) => Promise<unknown>;
  readonly gone?: readonly Buffer[];
  readonly there?: readonly Buffer[];
}

const first = arrivals(3, 5);
const to = withoutOwners(arrivals(2, 6));
const second = arrivals(2, 7);

/** A life of a model of `dataset`, whose cycle is full: it grows, and later newcomers find free slots. */
export const changes: readonly KnownChange[] = [
  {
    change: (kept) => kept.learn(first, { steps: 3 }),
    there: [bytesOfRow(first, 1), bytesOfRow(first, 2)],
  },
  { change: (kept) => kept.forget({ rows: [3, 120] }, { signer }), gone: [rowBytes(3)] },
  {
    change: (kept) => kept.correct({ rows: [9, 5], to }, { signer }),
    gone: [rowBytes(9), rowBytes(5)],
    there: [bytesOfRow(to, 0), bytesOfRow(to, 1)],
  },
  { change: (kept) => kept.learn(second, { steps: 2 }), there: [bytesOfRow(second, 0)] },
];
