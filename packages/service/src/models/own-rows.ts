import type { DataDescription, TrainingPlan } from "expunge";
import { featuresOfStored } from "expunge/data";
import type { SlotSource } from "expunge/engine";
import {
  contentsAt,
  labelsFrom,
  modelOutputs,
  rowWidthAt,
  type SlotRecords,
  type Standing,
  sparseOfPairs,
  storageAt,
} from "expunge/process";
import type { ModelSlots } from "./model-kernel.js";
import type { StoredProcess } from "./stored-process.js";

/** A release, and the slots that it was made of. */
export interface OwnRows {
  readonly standing: Standing;
  readonly weights: Float64Array;
  readonly description: DataDescription;
  /** The slots before it. */
  readonly source: SlotSource;
  /** What it changed in them; null where they are as they were. */
  readonly changed: SlotRecords | null;
  /** Slots that there are from now on, at least as many as before. */
  readonly slotCount: number;
  /** Slots that are read at once. */
  readonly pageSlots: number;
}

/**
 * The slots of a model whose next release is not stored yet.
 *
 * @param slots with the room that the release gives its rows: those that its steps have just read
 * @param wider the model with that room; itself where there was enough
 */
export function ownRowsOf(
  { source, readSoon }: ModelSlots,
  { pageSlots, description }: StoredProcess,
  wider: StoredProcess,
  next: Pick<OwnRows, "weights" | "changed" | "slotCount">,
): OwnRows {
  const shape = { standing: wider, pageSlots, slotCount: next.slotCount };
  readSoon(pagesLookedAt(shape, rowWidthAt(wider)).map((page) => page * pageSlots));
  return { ...shape, ...next, description, source };
}

/** Labels as the model learns them, and what it says of their rows in the same coding. */
interface Answers {
  readonly labels: Float64Array;
  readonly predicted: Float64Array;
}

/** Rows that are looked at, at the most; of their numbers 4 MiB, and what takes some 20 ms to multiply. */
const MOST_ROWS = 2 ** 14;
const MOST_NUMBERS = 2 ** 20;
const MOST_PRODUCTS = 2 ** 24;
/** However wide they are. */
const LEAST_ROWS = 2 ** 8;

/**
 * What a release says of its own rows: of all where they are few, else of some pages of slots, spread evenly. The order of slots is random, and which
 * are looked at does not depend on what they hold. Empty ones do not count.
 */
export async function answersOfSlots(rows: OwnRows): Promise<Answers> {
  const width = rows.source.featureCount;
  const pages = pagesLookedAt(rows, width);
  const features = new Float32Array(pages.length * rows.pageSlots * width);
  const labels = new Float32Array(pages.length * rows.pageSlots);
  for (const [i, page] of pages.entries()) {
    const first = page * rows.pageSlots;
    const count = Math.min(rows.pageSlots, rows.source.slotCount - first);
    const at = i * rows.pageSlots;
    if (count > 0)
      await rows.source.read(
        first,
        features.subarray(at * width, (at + count) * width),
        labels.subarray(at, at + count),
      );
  }
  overlay(rows, pages, features, labels);
  return answersOf(rows, features, labels);
}

/** Numbers of pages, ascending. */
export function pagesLookedAt(
  { standing, slotCount, pageSlots }: Pick<OwnRows, "standing" | "slotCount" | "pageSlots">,
  width: number,
): readonly number[] {
  const products = standing.plan.featureCount * standing.plan.outputCount;
  const most = Math.min(MOST_ROWS, MOST_NUMBERS / width, MOST_PRODUCTS / products);
  const pageCount = Math.ceil(slotCount / pageSlots);
  const wanted = Math.min(pageCount, Math.ceil(Math.max(LEAST_ROWS, most) / pageSlots));
  return Array.from({ length: wanted }, (_, i) => Math.floor((i * pageCount) / wanted));
}

/** Puts what slots hold from now on over what they held. */
function overlay(
  { changed, pageSlots, source }: OwnRows,
  pages: readonly number[],
  features: Float32Array,
  labels: Float32Array,
): void {
  if (changed === null) return;
  const width = source.featureCount;
  const placeOf = new Map(pages.map((page, i) => [page, i]));
  for (const [i, slot] of changed.slots.entries()) {
    const place = placeOf.get(Math.floor(slot / pageSlots));
    if (place === undefined) continue;
    const at = place * pageSlots + (slot % pageSlots);
    const record = contentsAt(changed, i);
    features.subarray(at * width, (at + 1) * width).fill(0);
    if (record !== null) features.set(record.features, at * width);
    labels[at] = record?.label ?? 0;
  }
}

function answersOf(
  { standing, weights, description, source }: OwnRows,
  features: Float32Array,
  labels: Float32Array,
): Answers {
  const width = source.featureCount;
  const rowCount = labels.length;
  // Rows lie in slots mapped, and their labels in the units that the model learns in.
  const { features: _, ...plan } = standing.plan;
  const state = {
    plan: plan as TrainingPlan,
    weights,
    description: { ...description, labelScaling: undefined },
  };
  const { scaling, schemaDigest } = description;
  const facts = { scaling, schemaDigest, rowCount, featureCount: plan.featureCount };
  const outputs = modelOutputs(state, { ...facts, ...scaledRows(standing, features, width) });
  return withoutEmpty(features, width, { labels, predicted: labelsFrom(state, outputs) });
}

/** What is said of slots that hold a row. */
function withoutEmpty(
  features: Float32Array,
  width: number,
  all: { readonly labels: Float32Array; readonly predicted: Float64Array },
): Answers {
  const held = {
    labels: new Float64Array(all.labels.length),
    predicted: new Float64Array(all.labels.length),
  };
  let count = 0;
  for (let row = 0; row < all.labels.length; row++) {
    if (isEmpty(features, row * width, (row + 1) * width)) continue;
    held.labels[count] = all.labels[row]!;
    held.predicted[count++] = all.predicted[row]!;
  }
  return { labels: held.labels.subarray(0, count), predicted: held.predicted.subarray(0, count) };
}

function isEmpty(features: Float32Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (features[at] !== 0) return false;
  return true;
}

function scaledRows(standing: Standing, stored: Float32Array, width: number) {
  const storage = storageAt(standing);
  if (storage) return { features: new Float32Array(0), sparse: sparseOfPairs(stored, width, storage) };
  const { featureCount } = standing.plan;
  return { features: featuresOfStored(stored, { featureCount, hasSampleWeights: width > featureCount }) };
}
