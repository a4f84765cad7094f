import type { Objective } from "../objective/index.js";
import { pairsWidth, type SparseStorage } from "../records/sparse-rows.js";
import type { ProcessParameters } from "./kernel.js";
import type { PoolMemory } from "./pool-memory.js";
import { CONTEXT_BYTES, stepNumbers, writeContext } from "./wasm-context.js";
import {
  KEY_BYTES,
  layout,
  memoryOf,
  PANEL_ROWS,
  paddedColumns,
  panelsOf,
  SCRATCH_BYTES,
  type WasmMemory,
} from "./wasm-memory.js";
import { rowWidthOf } from "./weighting.js";

/** Entries are worked on in fours. */
const ENTRY_MULTIPLE = 4;
/** Weights are multiplied by their common factor at every so many steps; keep equal to SETTLED_EVERY in assembly/lazy.ts. */
const SETTLED_EVERY = 64;
/** What rows, lists of columns, which take a quarter as much, and weights may take, to leave room for the rest in 4 GiB. */
const MOST_NUMBERED_BYTES = 2 ** 32 - 2 ** 27;
/** Bytes that sums and weights may lie apart where batches are numbered: offsets from one to the other must show their sign. */
const MOST_APART = 2 ** 30;
/** Weights keep at least this share of themselves at a step whose decay goes into their scale: 64 steps stay far from where float64 ends. */
const LEAST_KEPT = 1 / 2;

export interface SparseShape extends SparseStorage {
  /** Slots that the memory holds at a time: whole batches, or a part of one. */
  readonly slotCount: number;
  readonly featureCount: number;
}

/** Processes over the same rows, and who steps them. */
export interface SparseTrials {
  readonly trials: number;
  /** Callers that may step at the same time, each one process at a time. */
  readonly workers: number;
  /** Whether other threads see the memory. */
  readonly isShared: boolean;
}

/** What a memory is for. */
export interface SparseUse {
  /** Rows that the staging area takes; default none. */
  readonly stagingRows?: number;
  /** Whether it is worth to list the columns of batches, as where rows stay for more than a visit; not where several callers read them. */
  readonly isListed?: boolean;
  /** Whether sums are to stand behind their weights, where decay is a factor and nothing is listed: for one caller, who has weights spread and closed up. */
  readonly isPaired?: boolean;
  /** Left out: one process, of one caller. */
  readonly shared?: SparseTrials;
}

/**
 * Whether a batch was planned to have room for no more entries than there are columns: then steps without noise touch its columns alone. Packed it takes no
 * more than an output's weights, unless longer rows have joined.
 */
export function isWideBatch(
  { featureCount, capacity, plannedCapacity = capacity }: Omit<SparseShape, "slotCount">,
  batchSize: number,
): boolean {
  return batchSize * plannedCapacity <= featureCount;
}

/** Groups of four rows that so many slots take: every batch begins one of its own. */
export function groupsOf(slotCount: number, batchSize: number): number {
  return slotCount < batchSize ? panelsOf(slotCount) : (slotCount / batchSize) * panelsOf(batchSize);
}

/** The memory of a process on sparse rows; packages/expunge/assembly/sparse.ts describes the layout. */
export interface SparseMemory
  extends PoolMemory,
    Pick<WasmMemory, "precision" | "labels" | "limits" | "gradientWeights" | "sampleWeights"> {
  /** As `Kernel.cutEvery`. */
  readonly cutEvery: number;
  /** Whether sums stand behind their weights while steps run. */
  readonly isPaired: boolean;
  readonly slotCount: number;
  readonly capacity: number;
  /** Words of a row: two for each entry that there is room for. */
  readonly rowWords: number;
  readonly rowsAddress: number;
  /** Offsets and numbers of the entries, in turn, as they are read. */
  readonly offsets: Uint32Array;
  readonly values: Float32Array;
  /** stagingRows rows as they come: pairs, and their sample weight where rows have one. */
  readonly staging: Float32Array;
  /** Entries of each row, a multiple of 4. */
  readonly counts: Int32Array;
  /** How many columns rows of each batch share, -1 for batches that are not numbered; none where none are to be. */
  readonly columnCounts: Int32Array;
  /** 8 times each of these columns, as many words for a batch as it has room for pairs of entries. */
  readonly columnLists: Uint32Array;
}

/** Words of a packed row: two for each entry that there is room for, in fours. */
export function rowWordsOf({ capacity }: Pick<SparseShape, "capacity">): number {
  return 2 * ENTRY_MULTIPLE * Math.ceil(capacity / ENTRY_MULTIPLE);
}

/** Bytes that are kept of a row besides its entries. */
export const NOTED_BYTES = 28;

/** @throws ExpungeError E_KERNEL where the rows do not fit in 4 GiB or the memory cannot be had */
export function allocateSparse(
  { slotCount, featureCount, capacity, plannedCapacity }: SparseShape,
  objective: Objective,
  parameters: ProcessParameters,
  { isListed = false, isPaired: mayPair = false, shared, stagingRows = 0 }: SparseUse = {},
): SparseMemory {
  const { outputCount } = objective;
  const { batchSize, weighting } = parameters;
  const columns = paddedColumns(featureCount);
  const panelsPerBatch = panelsOf(batchSize);
  const rowCount = groupsOf(slotCount, batchSize) * PANEL_ROWS;
  const rowWords = rowWordsOf({ capacity });
  const weightCount = outputCount * columns;
  const gradientWeightCount = weighting ? rowCount : 0;
  const sampleWeightCount = weighting?.samples ? rowCount : 0;
  const stagingCount = stagingRows * rowWidthOf(pairsWidth({ capacity }), weighting);
  const isWide = isWideBatch({ featureCount, capacity, plannedCapacity }, batchSize);
  const numbers = stepNumbers("float64", objective.spec, parameters);
  const isLazy = isWide && numbers.noiseStd === 0 && 1 - numbers.decay >= LEAST_KEPT;
  // A column that rows share takes two entries or more.
  const listWords = (panelsPerBatch * PANEL_ROWS * (rowWords / 2)) / 2;
  const numberedBytes = 5 * rowWords * rowCount + 16 * weightCount + 40 * rowCount;
  // Lists take no more than the columns as long as there is no more room than was planned.
  const hasRoom = isWideBatch({ featureCount, capacity }, batchSize);
  const isNumbered =
    isListed && isLazy && hasRoom && numberedBytes <= MOST_NUMBERED_BYTES && 8 * weightCount < MOST_APART;
  const isPaired = mayPair && isLazy && !isNumbered;
  const listCount = isNumbered ? slotCount / batchSize : 0;

  const { reserve, end } = layout();
  const { trials, workers, isShared } = shared ?? { trials: 1, workers: 1, isShared: false };
  const areas = Array.from({ length: workers }, () => ({
    context: reserve(CONTEXT_BYTES),
    scratch: reserve(SCRATCH_BYTES),
    outputs: reserve(8 * PANEL_ROWS * outputCount),
    gradient: reserve(isPaired ? 0 : 8 * weightCount),
  }));
  const control = reserve(shared ? 8 : 0);
  const keys = reserve(KEY_BYTES * trials);
  const weights = reserve((isPaired ? 16 : 8) * weightCount * trials);
  const labels = reserve(4 * rowCount);
  const limits = reserve(8 * rowCount);
  const gradientWeights = reserve(8 * gradientWeightCount);
  const sampleWeights = reserve(4 * sampleWeightCount);
  const lineCounts = reserve(4 * rowCount);
  const columnCounts = reserve(4 * listCount);
  const columnLists = reserve(4 * listWords * listCount);
  const columnMarks = reserve(isNumbered ? columns / 4 : 0);
  const staging = reserve(4 * stagingCount);
  const rows = reserve(4 * rowWords * rowCount);
  // The address behind the last entry must not be 2^32, which 32 bits wrap to 0: the last row would pass for an empty one.
  reserve(64);

  const memory = memoryOf(end(), isShared);
  const { buffer } = memory;
  const integers = {
    ...{ outputCount, featureCount, columns, panelsPerBatch, trials: 1, block: 0 },
    isLazy: isPaired ? 2 : isLazy ? 1 : 0,
    ...{ columnLists, columnListBytes: 4 * listWords, columnMarks },
    columnCounts: isNumbered ? columnCounts : 0,
    ...{ rows, labels, limits, weights, keys, lineCounts, starts: 4 * rowWords },
    gradientWeights: weighting ? gradientWeights : 0,
  };
  for (const { context, scratch, outputs, gradient } of areas) {
    const own = { ...integers, scratch, outputs, gradient };
    writeContext(new DataView(buffer, context, CONTEXT_BYTES), own, objective.spec, numbers);
  }
  return {
    ...{ memory, precision: "float64", noiseStd: numbers.noiseStd },
    cutEvery: isLazy ? SETTLED_EVERY : 1,
    isPaired,
    ...{ slotCount, capacity, columns, outputCount, featureCount, rowWords },
    labels: new Float32Array(buffer, labels, rowCount),
    limits: new Float64Array(buffer, limits, rowCount),
    gradientWeights: new Float64Array(buffer, gradientWeights, gradientWeightCount),
    sampleWeights: new Float32Array(buffer, sampleWeights, sampleWeightCount),
    weights: new Float64Array(buffer, weights, weightCount * trials),
    weightsAddress: weights,
    keys: new Uint8Array(buffer, keys, KEY_BYTES * trials),
    keysAddress: keys,
    control: new Int32Array(buffer, control, shared ? 2 : 0),
    workers: areas.map(({ context, scratch, gradient }) => ({
      context,
      gradient: new Float64Array(buffer, gradient, isPaired ? 0 : weightCount),
      parts: new Float32Array(),
      scratch: new Uint8Array(buffer, scratch, SCRATCH_BYTES),
    })),
    rowsAddress: rows,
    staging: new Float32Array(buffer, staging, stagingCount),
    offsets: new Uint32Array(buffer, rows, rowWords * rowCount),
    values: new Float32Array(buffer, rows, rowWords * rowCount),
    counts: new Int32Array(buffer, lineCounts, rowCount),
    columnCounts: new Int32Array(buffer, columnCounts, listCount).fill(-1),
    columnLists: new Uint32Array(buffer, columnLists, listWords * listCount),
  };
}
