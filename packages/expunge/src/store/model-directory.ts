import { join } from "node:path";
import { ExpungeError } from "../errors.js";
import { KEY_BYTES } from "../unlearner/key-table.js";
import { type Keeper, Model } from "../unlearner/model.js";
import type { ModelState } from "../unlearner/model-state.js";
import { readRows } from "../unlearner/read-rows.js";
import { type DurableFiles, eraseDurably, nodeFiles, writeWhole } from "./durable-files.js";
import { eraseOtherGenerations, finishChange, isUnfinished, otherGenerations } from "./finish-change.js";
import { type Change, readRecord, readState, writeGeneration } from "./generation.js";
import { bytesOf, FILES, generationPath, readOr } from "./layout.js";
import type { ModelRecord } from "./model-schema.js";
import { eraseAttempt, makeModelDirectory } from "./new-directory.js";
import { slotsBefore } from "./newest-rows.js";
import { DEFAULT_MEMORY_LIMIT, type OpenedKernel, openKernel, openRows } from "./open-kernel.js";
import { writeRegister } from "./register.js";

/**
 * Saves a model to a new directory, which alone goes on with it. On failure, but E_ERASE, the model stands as it was and nothing is left there, or the
 * error names the directory.
 *
 * @throws ExpungeError E_MODEL where something is there already, E_SUPERSEDED for a model that cannot go on by itself, E_LOCKED for one that is at
 * work and where somebody else makes a model there, E_ERASE where the directory goes on although a file operation failed; a file system error as it came
 */
export async function writeModelDirectory(
  model: Model,
  directory: string,
  files: DurableFiles = nodeFiles,
): Promise<void> {
  model.requireOwn();
  const lock = await makeModelDirectory(directory, files);
  try {
    await fillModelDirectory(model, directory, files);
  } finally {
    // Where it stays, opening the directory says so; what became of the model does not depend on it.
    await lock.release().catch(() => {});
  }
}

async function fillModelDirectory(model: Model, directory: string, files: DurableFiles): Promise<void> {
  let takeBack: (() => void) | null = null;
  try {
    const { state } = model;
    const { features, labels } = await readRows(model);
    await files.write(join(directory, FILES.rows), bytesOf(features));
    await files.write(join(directory, FILES.labels), bytesOf(labels));
    await writeFirstGeneration(state, directory, files, () => {
      // Before anybody can open it: two that go on from one state are worse than none.
      takeBack = model.handOver();
    });
  } catch (error) {
    // Before the model is handed over nobody can see it, whether or not the disk can be read.
    if (takeBack !== null && (await mayBeVisible(directory, files)))
      throw new ExpungeError(
        "E_ERASE",
        `The model is in ${directory}, but the disk failed while that was made durable: ${(error as Error).message}. Open it there: it goes on nowhere else.`,
      );
    const failure = await eraseAttempt(directory, files, error);
    (takeBack as (() => void) | null)?.();
    throw failure;
  }
}

/** Whether a model that was being saved can be opened. */
function mayBeVisible(directory: string, files: DurableFiles): Promise<boolean> {
  return files.list(directory).then(
    (names) => names.includes(FILES.current),
    () => true,
  );
}

/** All but the rows; then makes the model visible. @param beforeSwitch the last moment at which nobody can open it; where it throws nobody ever can */
export async function writeFirstGeneration(
  state: ModelState,
  directory: string,
  files: DurableFiles,
  beforeSwitch: () => void = () => {},
): Promise<ModelRecord> {
  const { index, forgotten, slotOfRow, joinedOfRow } = state;
  const entries = forgotten.entries();
  await files.write(join(directory, FILES.order), bytesOf(slotOfRow));
  await files.write(join(directory, FILES.owners), index.exportOwners(forgotten));
  if (joinedOfRow) {
    const steps = joinedOfRow.subarray(state.plan.process.rowCount);
    await files.write(join(directory, FILES.joined), bytesOf(steps));
  }
  await files.write(join(directory, FILES.secret), index.exportSecret());
  await writeRegister(files, directory, slotOfRow.length, entries);
  const record = await writeGeneration(files, directory, 1, state, [...entries.subjects].length, null);
  await files.sync(directory);
  await switchTo(files, directory, 1, beforeSwitch);
  return record;
}

/** Where a model's rows are while its directory is open. */
export interface KeptRows extends Omit<OpenedKernel, "kernel"> {
  readonly memoryLimit: number;
  /** The generation that their file is of, where they were given more room. */
  readonly rowsOf: number | undefined;
}

/** A model that its directory alone goes on with, and the generation it was read from. */
export interface OpenedModel {
  readonly model: Model;
  readonly keeper: Keeper;
  readonly generation: number;
  readonly record: ModelRecord;
  /** How its rows are kept within the limit of memory. */
  readonly rows: KeptRows;
}

/**
 * Reads the model in force, finishing an interrupted request. The caller holds the directory's lock.
 *
 * @throws ExpungeError E_MODEL naming the file and what is wrong with it
 */
export async function readModelDirectory(
  directory: string,
  files: DurableFiles = nodeFiles,
  memoryLimit: number = DEFAULT_MEMORY_LIMIT,
): Promise<OpenedModel> {
  const generation = await readCurrent(files, directory);
  const home = generationPath(directory, generation);
  const record = await readRecord(files, home);
  // Everything is looked at before anything is overwritten: a damaged directory stays as it was found.
  const isHalfDone = record.joined !== undefined && isUnfinished(await files.list(home));
  const { isReadOnly } = files;
  await (
    await openRows(directory, { ...record, isReadOnly }, isHalfDone ? slotsBefore(record) : undefined)
  ).close();
  const state = await readState(files, directory, home, record);
  // Whoever switched may have been killed before that was durable: were the switch lost with the power, the old model's rows would be overwritten.
  if ((await otherGenerations(files, directory, generation)).length > 0) await files.sync(directory);
  await finishChange(files, directory, generation, record, state.slotOfRow);
  await eraseOtherGenerations(files, directory, generation);
  const { rowsOf } = record;
  const { kernel, ...opened } = await openKernel(directory, { ...state, rowsOf, isReadOnly }, memoryLimit);
  const model = Model.begin(state, kernel);
  const rows = { ...opened, memoryLimit, rowsOf };
  return { model, keeper: model.entrust(), generation, record, rows };
}

/**
 * Makes a change durable and visible; on failure before the switch the old model stays in force.
 *
 * @param state  of the changed model
 * @param before the record of the generation in force
 * @returns the record of the next generation, which is still to be finished
 */
export async function commitChange(
  state: ModelState,
  { certificate, changed, rowsOf }: Omit<Change, "rowsBefore">,
  directory: string,
  generation: number,
  before: ModelRecord,
  files: DurableFiles = nodeFiles,
): Promise<ModelRecord> {
  const next = generation + 1;
  const forgotten = certificate === null ? 0 : state.forgotten.newestSubjects().length / KEY_BYTES;
  try {
    const change = { certificate, changed, rowsOf, rowsBefore: before.description.rowCount };
    const subjectCount = before.forgottenSubjectCount + forgotten;
    const record = await writeGeneration(files, directory, next, state, subjectCount, change);
    await switchTo(files, directory, next);
    return record;
  } catch (error) {
    // The switch itself may have happened although its fsync failed: then the new generation is in force and must stay.
    if ((await readCurrent(files, directory).catch(() => next)) === next)
      throw new ExpungeError(
        "E_ERASE",
        `The change may be in force, but the disk failed while it was made durable: ${(error as Error).message}. Open the model again.`,
      );
    await eraseDurably(files, generationPath(directory, next)).catch(() => {});
    throw error;
  }
}

function switchTo(
  files: DurableFiles,
  directory: string,
  generation: number,
  beforeSwitch?: () => void,
): Promise<void> {
  const path = join(directory, FILES.current);
  return writeWhole(path, (temporary) => files.write(temporary, `${generation}\n`), files, beforeSwitch);
}

async function readCurrent(files: DurableFiles, directory: string): Promise<number> {
  const path = join(directory, FILES.current);
  const text = new TextDecoder().decode(await readOr(files, path));
  const generation = Number(text);
  if (Number.isSafeInteger(generation) && generation >= 1) return generation;
  throw new ExpungeError(
    "E_MODEL",
    `${path}: expected the number of a generation, found ${JSON.stringify(text.slice(0, 40))}.`,
  );
}
