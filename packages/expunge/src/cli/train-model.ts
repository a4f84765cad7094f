import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import {
  describeLabels,
  LabelCounts,
  LookAlikes,
  lookAlikeNotes,
  OddCells,
  type RowSource,
} from "../data/index.js";
import { ExpungeError } from "../errors.js";
import { given } from "../given.js";
import { type FitToDirectoryOptions, fitToDirectory } from "../store/fit-to-directory.js";
import { saveModel } from "../store/stored-model.js";
import { DEFAULT_TARGET } from "../unlearner/defaults.js";
import { fit } from "../unlearner/fit.js";
import type { Evaluation } from "../unlearner/metrics.js";
import type { Model } from "../unlearner/model.js";
import type { FitOptions } from "../unlearner/options.js";
import { type QuickTrial, quickTrial } from "../unlearner/quick-trial.js";
import { type DataOptions, loadData, loadSource } from "./load-data.js";
import { SCHEMA_FILE } from "./load-schema.js";
import { count, figure, type Output } from "./output.js";

export interface TrainArguments
  extends DataOptions,
    Pick<FitOptions, "delta" | "rowsPerRequest" | "adaptiveEpsilon"> {
  readonly out: string;
  readonly trial?: boolean;
  readonly memoryLimit?: number;
}

export interface Trained {
  /** Saved; it can still predict. */
  readonly model: Model;
  readonly seconds: number;
  /** On the training rows; null where they were never all in memory. */
  readonly evaluation: Evaluation | null;
  readonly trial: QuickTrial | null;
  readonly notes: readonly string[];
}

type Run = Pick<FitToDirectoryOptions, "signal" | "onProgress">;

/** Reads all rows, trains and saves. @throws as `fit` */
export async function trainInMemory(
  path: string,
  options: TrainArguments,
  fitOptions: FitOptions,
  output: Output,
  run: Run,
): Promise<Trained> {
  const oddCells = new OddCells();
  const dataset = await loadData(path, options, "train", oddCells);
  const labels = describeLabels(dataset);
  output.note(labels.text);
  const notes = [
    ...labels.notes,
    ...oddCells.notes(),
    ...lookAlikeNotes(dataset.subjects, dataset.subjectForm),
    ...notesFor(dataset.rowCount, dataset.subjects !== null, options, mostRowsOf(dataset.subjects)),
  ];
  for (const text of notes) output.note(`note: ${text}`);
  const trial = options.trial ? await quickTrial(dataset, fitOptions) : null;
  const start = performance.now();
  const model = await fit(dataset, { ...fitOptions, ...run });
  const seconds = (performance.now() - start) / 1000;
  await saveModel(model, options.out);
  await keepSchema(options);
  const evaluation = model.evaluate(dataset);
  model.dispose();
  return { model, seconds, evaluation, trial, notes };
}

/** Sorts the rows into batch order on disk and trains on them there. @throws as `fitToDirectory` */
export async function trainOnDisk(
  path: string,
  options: TrainArguments,
  fitOptions: FitOptions,
  output: Output,
  run: Run,
): Promise<Trained> {
  if (options.trial)
    throw new ExpungeError("E_OPTION", "--trial holds all rows in memory: leave it out with --memory-limit.");
  const oddCells = new OddCells();
  const read = await loadSource(path, options, oddCells);
  const lookAlikes = new LookAlikes();
  const labels = new LabelCounts(read);
  const source = watched(read, lookAlikes, labels, output);
  const start = performance.now();
  const { memoryLimit } = options;
  const limit = given({ memoryLimit });
  const stored = await fitToDirectory(source, options.out, { ...fitOptions, ...limit, ...run });
  const seconds = (performance.now() - start) / 1000;
  const { model } = stored;
  await stored.close();
  await keepSchema(options);
  const notes = [
    ...labels.notes(),
    ...oddCells.notes(),
    ...lookAlikes.notes(source.subjectForm ?? "none"),
    ...notesFor(model.description.rowCount, model.state.index.hasOwners, options, 1),
  ];
  for (const text of notes) output.note(`note: ${text}`);
  return { model, seconds, evaluation: null, trial: null, notes };
}

/** A source whose labels are counted and whose owners are compared as they pass, once; what was understood is said at the end. */
function watched(source: RowSource, lookAlikes: LookAlikes, labels: LabelCounts, output: Output): RowSource {
  return {
    ...source,
    async *chunks() {
      let row = 0;
      for await (const chunk of source.chunks()) {
        for (const subject of chunk.subjects ?? []) lookAlikes.add(subject, ++row);
        labels.add(chunk.labels);
        yield chunk;
      }
      output.note(labels.describe());
    },
  };
}

async function keepSchema({ schema, out }: TrainArguments): Promise<void> {
  if (schema !== undefined) await copyFile(schema, join(out, SCHEMA_FILE));
}

/** Rows of whoever has the most. */
function mostRowsOf(subjects: readonly (string | null)[] | null): number {
  const counts = new Map<string, number>();
  let most = 1;
  for (const subject of subjects ?? []) {
    if (subject === null) continue;
    const rows = (counts.get(subject) ?? 0) + 1;
    counts.set(subject, rows);
    most = Math.max(most, rows);
  }
  return most;
}

function notesFor(
  rowCount: number,
  hasSubjects: boolean,
  { delta = DEFAULT_TARGET.delta, rowsPerRequest = 1, adaptiveEpsilon }: TrainArguments,
  mostRows: number,
): string[] {
  return [
    ...(adaptiveEpsilon !== undefined && mostRows > rowsPerRequest
      ? [
          `One owner has ${mostRows} rows; adaptiveEpsilon covers ${count(rowsPerRequest, "row")} (--rows-per-request ${mostRows}).`,
        ]
      : []),
    ...(delta > 1 / rowCount
      ? [`delta = ${delta} is more than 1 / rows = ${figure(1 / rowCount)}: a weak promise.`]
      : []),
    ...(hasSubjects
      ? []
      : ["These rows have no owners: they can be forgotten by row number only, counted from 0."]),
  ];
}
