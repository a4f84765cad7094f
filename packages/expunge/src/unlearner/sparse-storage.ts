import type { KernelName } from "../accounting/choices.js";
import type { Dataset } from "../data/dataset.js";
import { mostEntries as mostEntriesOf, pairsWidth } from "../records/sparse-rows.js";
import type { TrainingPlan } from "../records/training-plan.js";

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
  const capacity = 2 ** Math.ceil(Math.log2(Math.max(1, HEADROOM * mostEntries)));
  const isShort = pairsWidth({ capacity }) <= MOST_SHARE * featureCount;
  return { isRowFormFromData: true, ...(isShort ? { sparse: Object.freeze({ capacity }) } : {}) };
}
