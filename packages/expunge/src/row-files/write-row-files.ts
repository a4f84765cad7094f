import type { RowSource } from "../data/row-source.js";
import { throwIfAborted } from "../errors.js";
import { pairsWidth } from "../records/sparse-rows.js";
import { type OpenFile, openOwn, type RangeFile } from "./block-file.js";
import { type BucketPlan, planBuckets } from "./bucket-plan.js";
import { bucketPosition, fillBuckets } from "./fill-buckets.js";
import { BUCKETS_FILE, FEATURES_FILE, LABELS_FILE, requireLittleEndian, SPOOL_FILE } from "./layout.js";
import { withRowsLeft } from "./left-behind.js";
import {
  memoryLimitOf,
  orderRows,
  type RowFileOptions,
  type RowFileProgress,
  type WrittenRows,
} from "./options.js";
import { NamelessFiles, OwnFiles, type WriterFiles } from "./own-files.js";
import { type RecordBlock, RecordShape, readRecords } from "./records.js";
import { type RowFiles, rowFilesOf } from "./row-files.js";
import { readSpooled, spoolSparse } from "./sparse-spool.js";
import { spoolRows } from "./spool.js";
import { writeSlots } from "./write-slots.js";

/** Bytes read at once. */
const BLOCK_BYTES = 2 ** 22;

/**
 * Writes the rows of a source to `rows.f32` and `labels.f32` (see layout.ts) in the order of their slots, in memory that does not grow
 * with the features. Rows are spooled in the order of the source, distributed to buckets of slots that fit in memory, and each bucket
 * is put in order: long reads and writes only. While it works, the directory holds up to twice the bytes of the rows.
 *
 * Both files are durable when the promise resolves. The temporary ones hold rows, so they are overwritten before they are removed; on
 * failure and abort the results are, too; what could not be erased is named. What a killed writer left is erased by the next one in that directory, except
 * results.
 *
 * @throws ExpungeError whatever the source throws; E_DATA naming the file for a full disk or a file that is there already; E_OPTION;
 *         E_ABORTED
 */
export async function writeRowFiles(source: RowSource, options: RowFileOptions): Promise<WrittenRows> {
  const memoryBytes = memoryLimitOf(options) - BLOCK_BYTES;
  return writeRowFilesWithin({ memoryBytes, blockBytes: BLOCK_BYTES, openFile: openOwn }, source, options);
}

/** Rows in the order of their slots, and where each went. */
export interface SortedRows extends WrittenRows {
  /** Closing them erases them. */
  readonly rows: RowFiles;
}

/**
 * Sorts the rows of a source as `writeRowFiles` does, into files without names that live as long as they are open, and no longer than this process
 * (`openNameless`): others may work in the same directory, in whatever container.
 *
 * @throws ExpungeError as `writeRowFiles`; with `details.reason`, the system's own name for it, where it is the disk that is at fault
 */
export async function sortRows(source: RowSource, options: RowFileOptions): Promise<SortedRows> {
  requireLittleEndian();
  const limits = { memoryBytes: memoryLimitOf(options) - BLOCK_BYTES, blockBytes: BLOCK_BYTES };
  return sortRowsWithin({ ...limits, openFile: openOwn }, source, options);
}

/** `sortRows` within any limits. */
export async function sortRowsWithin(
  limits: WriterLimits,
  source: RowSource,
  options: RowFileOptions,
): Promise<SortedRows> {
  const files = new NamelessFiles(options.directory, limits.openFile);
  try {
    const { order, results, featureCount } = await writeAll(files, limits, source, options);
    const shape = { featureCount, slotCount: order.slotCount };
    return { ...order, rows: rowFilesOf(shape, results.features, results.labels) };
  } catch (error) {
    await files.discard();
    throw error;
  }
}

/** What tests make small, or break. */
export interface WriterLimits {
  /** For a bucket. */
  readonly memoryBytes: number;
  /** For reading. */
  readonly blockBytes: number;
  readonly openFile: OpenFile;
}

/** `writeRowFiles` within any limits. */
export async function writeRowFilesWithin(
  limits: WriterLimits,
  source: RowSource,
  options: RowFileOptions,
): Promise<WrittenRows> {
  requireLittleEndian();
  const files = new OwnFiles(options.directory, limits.openFile);
  await files.eraseLeftovers();
  try {
    const { order } = await writeAll(files, limits, source, options);
    await files.keep();
    return order;
  } catch (error) {
    throw withRowsLeft(error, options.directory, await files.discard());
  }
}

interface Results {
  readonly features: RangeFile;
  readonly labels: RangeFile;
}

async function writeAll(
  files: WriterFiles,
  limits: WriterLimits,
  source: RowSource,
  options: RowFileOptions,
): Promise<{ readonly order: WrittenRows; readonly results: Results; readonly featureCount: number }> {
  // First, so that files of these names are found before hours of work.
  const results = { features: await files.create(FEATURES_FILE), labels: await files.create(LABELS_FILE) };
  const spool = await files.create(SPOOL_FILE);
  const { shape, rowCount, read } = await spoolAny(source, spool, options);
  const order = orderRows(rowCount, options);
  const plan = planBuckets(order.slotCount, shape, limits.memoryBytes);
  const { signal } = options;
  const job: Job = { files, results, spool, readSpool: read, shape, order, plan, limits, options };
  const memory = new Uint32Array(plan.memoryWords);
  await (plan.bucketCount === 1 ? writeAtOnce(job, memory) : writeByBuckets(job, memory));
  throwIfAborted(signal);
  await files.sync([results.features, results.labels]);
  return { order, results, featureCount: shape.featureCount };
}

/** Rows in the order of their source, in a file, and what they become. */
interface Spool {
  readonly shape: RecordShape;
  readonly rowCount: number;
  readonly read: (blockBytes: number) => AsyncGenerator<RecordBlock>;
}

async function spoolAny(source: RowSource, file: RangeFile, options: RowFileOptions): Promise<Spool> {
  const { onSubject, signal, onProgress, storageOf } = options;
  const onRows = (rowsDone: number): void => onProgress?.({ stage: "reading", rowsDone, rowsTotal: null });
  const watching = { onSubject, signal, onRows };
  if (!source.isSparse) {
    const shape = new RecordShape(source.featureCount);
    const rowCount = await spoolRows(source, file, shape, watching);
    return { shape, rowCount, read: (blockBytes) => readRecords(file, 0, rowCount, shape, blockBytes) };
  }
  const spooled = await spoolSparse(source, file, watching);
  const { rowCount, mostEntries, hasWeights } = spooled;
  // Of no rows there is no longest; whoever orders them says so.
  const storage = rowCount > 0 ? storageOf?.({ rowCount, mostEntries }) : undefined;
  const width = storage ? pairsWidth(storage) : source.featureCount;
  const shape = new RecordShape(width + (hasWeights ? 1 : 0));
  return {
    shape,
    rowCount,
    read: (blockBytes) => readSpooled(file, spooled, { shape, storage }, blockBytes),
  };
}

interface Job {
  readonly files: WriterFiles;
  readonly results: Results;
  readonly spool: RangeFile;
  readonly readSpool: Spool["read"];
  readonly shape: RecordShape;
  readonly order: WrittenRows;
  readonly plan: BucketPlan;
  readonly limits: WriterLimits;
  readonly options: RowFileOptions;
}

async function writeAtOnce(job: Job, memory: Uint32Array): Promise<void> {
  const { files, results, spool, shape, order } = job;
  const { slotCount, slotOfRow } = order;
  const blocks = watched(job, "writing", job.readSpool(job.limits.blockBytes));
  const slotOf = (row: number): number => slotOfRow[row]!;
  await writeSlots(blocks, slotOf, { firstSlot: 0, slotCount }, results, shape, memory);
  await files.erase(spool);
}

async function writeByBuckets(job: Job, memory: Uint32Array): Promise<void> {
  const { files, results, spool, shape, order, plan } = job;
  const { slotCount, slotOfRow } = order;
  const buckets = await files.create(BUCKETS_FILE);
  const rows = watched(job, "sorting", job.readSpool(job.limits.blockBytes));
  const counts = await fillBuckets(rows, slotOfRow, buckets, plan, shape, memory);
  await files.erase(spool);
  const slotOf = (_: number, record: Uint32Array): number => record[shape.featureCount + 1]!;
  let rowsBefore = 0;
  for (const [bucket, count] of counts.entries()) {
    const firstSlot = bucket * plan.bucketSlots;
    const range = { firstSlot, slotCount: Math.min(plan.bucketSlots, slotCount - firstSlot) };
    const position = bucketPosition(bucket, plan, shape);
    const blocks = readRecords(buckets, position, count, shape, job.limits.blockBytes);
    await writeSlots(watched(job, "writing", blocks, rowsBefore), slotOf, range, results, shape, memory);
    rowsBefore += count;
  }
  await files.erase(buckets);
}

/** Blocks of records, heeding abort and telling progress. @param rowsBefore of the same stage */
async function* watched(
  { order, options: { signal, onProgress } }: Job,
  stage: RowFileProgress["stage"],
  blocks: AsyncIterable<RecordBlock>,
  rowsBefore = 0,
): AsyncGenerator<RecordBlock> {
  for await (const block of blocks) {
    throwIfAborted(signal);
    yield block;
    onProgress?.({ stage, rowsDone: rowsBefore + block.first + block.count, rowsTotal: order.rowCount });
  }
}
