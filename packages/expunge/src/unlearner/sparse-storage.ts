import type { KernelName } from "../accounting/choices.js";
import type { Dataset } from "../data/dataset.js";
import { isWideBatch } from "../engine/sparse-memory.js";
import { ExpungeError } from "../errors.js";
import { mostEntries as mostEntriesOf, pairsWidth, type SparseStorage } from "../records/sparse-rows.js";
import type { Standing, TrainingPlan } from "../records/training-plan.js";

/** Room for longer rows that join or are corrected to, as a share of the longest row there is. */
const HEADROOM = 1.25;
/** A stored row takes at most this share of what it takes with all its numbers; beyond, these are no slower. */
const MOST_SHARE = 1 / 2;

/** How a plan stores rows, and whether that follows from them. */
type RowStorage = Pick<TrainingPlan, "sparse" | "isRowFormFromData">;

/** Rows, sparse or not; `mostEntries` where they are sparse and not here. */
type Rows = Partial<Pick<Dataset, "sparse">> &
  Pick<Dataset, "featureCount"> & { readonly mostEntries?: number | undefined };

/**
 * How a plan stores rows: sparse where they came so and it pays; with all their numbers elsewhere. A kernel other than float64, mapped rows and
 * replaced records, which are random vectors, need all of them. The room for a row is a power of two, so that it says little of any row.
 */
export function rowStorageFor(
  { sparse, featureCount, mostEntries = sparse && mostEntriesOf(sparse) }: Rows,
  { kernel, features, process }: Pick<TrainingPlan, "features" | "process"> & { readonly kernel: KernelName },
): RowStorage {
  if (mostEntries === undefined || kernel !== "float64" || features || process.deletion === "replace")
    return {};
  const capacity = capacityFor(mostEntries);
  const isShort = pairsWidth({ capacity }) <= MOST_SHARE * featureCount;
  return { isRowFormFromData: true, ...(isShort ? { sparse: Object.freeze({ capacity }) } : {}) };
}

function capacityFor(mostEntries: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, HEADROOM * mostEntries)));
}

/** How a model's rows are stored by now; undefined where all their numbers are held. */
export function storageAt({ plan: { sparse }, timeline: { capacity } }: Stored): SparseStorage | undefined {
  if (sparse === undefined || capacity === undefined) return sparse;
  return { capacity, plannedCapacity: sparse.capacity };
}

/** What of a model decides how its rows are stored. */
export interface Stored {
  readonly plan: Pick<TrainingPlan, "sparse">;
  readonly timeline: Pick<Standing["timeline"], "capacity">;
}

/** Numbers of a batch that kernels hold whole whatever the limit of memory, a few times over: 512 MiB. */
const MOST_BATCH_NUMBERS = 2 ** 27;

/**
 * A model as it stands, with room for so long a row. Where there is too little, a stored row gets room for at least twice as many numbers, so that all rows
 * are seldom stored anew. Steps are computed as before.
 *
 * @throws ExpungeError E_DATA where a batch of rows with so much room could not be held
 */
export function withCapacityFor<T extends Standing>(standing: T, mostEntries: number): T {
  const storage = storageAt(standing);
  if (storage === undefined || mostEntries <= storage.capacity) return standing;
  const { featureCount, process } = standing.plan;
  const capacity = Math.min(featureCount, capacityFor(mostEntries));
  const isHeldWhole = isWideBatch({ featureCount, ...storage }, process.batchSize);
  if (isHeldWhole && process.batchSize * pairsWidth({ capacity }) > MOST_BATCH_NUMBERS)
    throw new ExpungeError(
      "E_DATA",
      `Expected rows of fewer numbers other than 0, found one of ${mostEntries}: a batch of ${process.batchSize} rows with room for it would be too large to be held.`,
      { found: mostEntries },
    );
  return { ...standing, timeline: Object.freeze({ ...standing.timeline, capacity }) };
}

/** Numbers other than 0 of the longest row. */
export function longestOf({ sparse, features, featureCount, rowCount }: Dataset): number {
  if (sparse) return mostEntriesOf(sparse);
  let longest = 0;
  for (let row = 0; row < rowCount; row++) {
    let count = 0;
    for (let i = row * featureCount; i < (row + 1) * featureCount; i++) if (features[i] !== 0) count++;
    longest = Math.max(longest, count);
  }
  return longest;
}
