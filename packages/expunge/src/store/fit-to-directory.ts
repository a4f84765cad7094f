import { countLabels } from "../data/count-labels.js";
import { factsOf } from "../data/dataset.js";
import { requireOwnerCount } from "../data/row-owners.js";
import type { RowChunk, RowSource } from "../data/row-source.js";
import { storedRows } from "../data/sample-weights.js";
import { mappedSource } from "../features/index.js";
import { randomBytes } from "../records/bytes.js";
import type { FeatureMap } from "../records/feature-map.js";
import type { TrainingPlan } from "../records/training-plan.js";
import { type RowFileProgress, writeRowFiles } from "../row-files/index.js";
import { featureMapFrom, mapShapeFrom } from "../unlearner/feature-options.js";
import { drawOrder, type Prepared, train } from "../unlearner/fit.js";
import { type FitOptions, makeTrainingPlan } from "../unlearner/options.js";
import type { Progress, RunOptions } from "../unlearner/run-steps.js";
import { OwnerList, SubjectIndex } from "../unlearner/subject-index.js";
import { trainedTimeline } from "../unlearner/timeline.js";
import { type DurableFiles, nodeFiles } from "./durable-files.js";
import { writeFirstGeneration } from "./model-directory.js";
import { eraseAttempt, makeModelDirectory } from "./new-directory.js";
import { DEFAULT_MEMORY_LIMIT, openKernel } from "./open-kernel.js";
import { StoredModel } from "./stored-model.js";

export interface FitToDirectoryOptions extends FitOptions, Omit<RunOptions, "onProgress"> {
  /**
   * Bytes that rows may take in memory, at least 32 MiB; default 1 GiB. Besides them there are 4 bytes a row for the batch order, 36 more
   * where rows have owners, and the program itself.
   */
  readonly memoryLimit?: number;
  /** Reading and ordering the rows, then training. */
  readonly onProgress?: (progress: RowFileProgress | Progress) => void;
}

/**
 * Trains a model on rows that need not fit in memory, straight into a new model directory: the rows are put in batch order on disk, and
 * read in that order, the next ones on their way while a batch is worked on. What becomes visible is the trained model or nothing.
 *
 * @returns the model, its directory locked: `close` it when done
 * @throws as `fit`; ExpungeError E_MODEL where something is in the directory already, E_LOCKED, E_DATA
 */
export async function fitToDirectory(
  source: RowSource,
  directory: string,
  options: FitToDirectoryOptions,
  files: DurableFiles = nodeFiles,
): Promise<StoredModel> {
  const { memoryLimit = DEFAULT_MEMORY_LIMIT, signal, onProgress, ...fitOptions } = options;
  const run: RunOptions = { ...(signal ? { signal } : {}), ...(onProgress ? { onProgress } : {}) };
  const lock = await makeModelDirectory(directory, files);
  try {
    const prepared = await prepare(source, directory, fitOptions, memoryLimit, { signal, onProgress });
    const standing = { plan: prepared.plan, timeline: trainedTimeline(prepared.plan, 0) };
    const { kernel, ...opened } = await openKernel(directory, standing, memoryLimit);
    try {
      const model = await train(prepared, kernel, run);
      const keeper = model.entrust();
      const record = await writeFirstGeneration(model.state, directory, files);
      const rows = { ...opened, memoryLimit, rowsOf: undefined };
      return StoredModel.keep(directory, { model, keeper, generation: 1, record, rows }, lock, files);
    } catch (error) {
      kernel.dispose();
      await opened.release();
      throw error;
    }
  } catch (error) {
    const failure = await eraseAttempt(directory, files, error);
    await lock.release();
    throw failure;
  }
}

/** Puts the rows in order on disk and draws up everything else that training needs. */
async function prepare(
  source: RowSource,
  directory: string,
  options: FitOptions,
  memoryLimit: number,
  run: {
    readonly signal: AbortSignal | undefined;
    readonly onProgress: ((progress: RowFileProgress) => void) | undefined;
  },
): Promise<Prepared> {
  const secret = randomBytes(32);
  const owners = new OwnerList(secret, source.subjectForm);
  let hasOwners = false;
  const labelCounts = source.labelNames.map(() => 0);
  let plan: TrainingPlan | undefined;
  let bandwidth: number | null = null;
  let mostEntries: number | undefined;
  const planOf = (rowCount: number): TrainingPlan => {
    plan ??= makeTrainingPlan({ ...factsOf(source), rowCount, labelCounts, bandwidth, mostEntries }, options);
    return plan;
  };
  const read = mapped(counting(source, labelCounts), options, (map) => {
    bandwidth = map.bandwidth;
  });
  const { slotOfRow, rowCount } = await writeRowFiles(storedRows(read), {
    directory,
    memoryLimit: Math.max(32 * 2 ** 20, Math.floor(memoryLimit / 2)),
    storageOf(rows) {
      mostEntries = rows.mostEntries;
      return planOf(rows.rowCount).sparse;
    },
    slotCountOf: (count) => planOf(count).process.batchCount * planOf(count).process.batchSize,
    orderOf: (count) => drawOrder(planOf(count)),
    onSubject: (_row, subject) => {
      hasOwners = true;
      owners.add(subject);
    },
    ...(run.signal ? { signal: run.signal } : {}),
    ...(run.onProgress ? { onProgress: run.onProgress } : {}),
  });
  if (hasOwners) requireOwnerCount(owners.count, rowCount, "source");
  const index = SubjectIndex.fromOwners(secret, hasOwners ? owners.finish() : null, source.subjectForm);
  return { plan: planOf(rowCount), facts: factsOf(source), slotOfRow, index };
}

/** The rows of a source as a plan's map makes them, which is drawn up when the first of them are there. */
function mapped(source: RowSource, options: FitOptions, onMap: (map: FeatureMap) => void): RowSource {
  const shape = mapShapeFrom(source, options);
  if (shape === undefined) return source;
  const { featureCount } = source;
  let map: FeatureMap | undefined;
  return mappedSource(source, shape, (features) => {
    map ??= featureMapFrom({ featureCount, features }, options) as FeatureMap;
    onMap(map);
    return map;
  });
}

/** The rows of a source, whose labels are counted as they are read. */
function counting(source: RowSource, counts: number[]): RowSource {
  async function* chunks(): AsyncGenerator<RowChunk> {
    for await (const chunk of source.chunks()) {
      countLabels(source, chunk.labels, counts);
      yield chunk;
    }
  }
  return { ...source, chunks };
}
