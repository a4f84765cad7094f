import { join } from "node:path";
import { ExpungeError } from "../errors.js";
import { KEY_BYTES } from "../unlearner/key-table.js";
import { type Keeper, Model } from "../unlearner/model.js";
import type { ModelState } from "../unlearner/model-state.js";
import { readRows } from "../unlearner/read-rows.js";
import { type DurableFiles, eraseDurably, nodeFiles, writeWhole } from "./durable-files.js";
import { eraseOtherGenerations, finishChange, isUnfinished } from "./finish-change.js";
import { type Change, readRecord, readState, writeGeneration } from "./generation.js";
import { bytesOf, FILES, FOLDERS, generationPath, readOr } from "./layout.js";
import type { ModelRecord } from "./model-schema.js";
import { slotsBefore } from "./newest-rows.js";
import { DEFAULT_MEMORY_LIMIT, type OpenedKernel, openKernel, openRows } from "./open-kernel.js";
import { writeRegister } from "./register.js";

/**
 * Writes a model to a new directory, where alone it goes on from then.
 * @throws ExpungeError E_MODEL where something is there already, E_SUPERSEDED for a model that cannot go on by itself
 */
export async function writeModelDirectory(
  model: Model,
  directory: string,
  files: DurableFiles = nodeFiles,
): Promise<void> {
  model.requireOwn();
  await makeModelDirectory(directory, files);
  const { state } = model;
  const { features, labels } = await readRows(model);
  await files.write(join(directory, FILES.rows), bytesOf(features));
  await files.write(join(directory, FILES.labels), bytesOf(labels));
  await writeFirstGeneration(state, directory, files);
  model.handOver();
}

/** @throws ExpungeError E_MODEL where something is there already */
export async function makeModelDirectory(directory: string, files: DurableFiles): Promise<void> {
  const found = await files.list(directory).catch(() => []);
  if (found.some((name) => name !== "lock"))
    throw new ExpungeError("E_MODEL", `${directory} is not empty; give a new directory for the model.`);
  for (const folder of Object.values(FOLDERS)) await files.makeDirectory(join(directory, folder));
  await files.sync(join(directory, ".."));
}

/** All but the rows; then makes the model visible. */
export async function writeFirstGeneration(
  state: ModelState,
  directory: string,
  files: DurableFiles,
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
  await switchTo(files, directory, 1);
  return record;
}

/** Where a model's rows are while its directory is open. */
export interface KeptRows extends Omit<OpenedKernel, "kernel"> {
  readonly memoryLimit: number;
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
  await (await openRows(directory, record, isHalfDone ? slotsBefore(record) : undefined)).close();
  const state = await readState(files, directory, home, record);
  await finishChange(files, directory, generation, record, state.slotOfRow);
  await eraseOtherGenerations(files, directory, generation);
  const { kernel, ...opened } = await openKernel(directory, state, memoryLimit);
  const model = Model.begin(state, kernel);
  return { model, keeper: model.entrust(), generation, record, rows: { ...opened, memoryLimit } };
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
  { certificate, changed }: Omit<Change, "rowsBefore">,
  directory: string,
  generation: number,
  before: ModelRecord,
  files: DurableFiles = nodeFiles,
): Promise<ModelRecord> {
  const next = generation + 1;
  const forgotten = certificate === null ? 0 : state.forgotten.newestSubjects().length / KEY_BYTES;
  try {
    const change = { certificate, changed, rowsBefore: before.description.rowCount };
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

function switchTo(files: DurableFiles, directory: string, generation: number): Promise<void> {
  const path = join(directory, FILES.current);
  return writeWhole(path, (temporary) => files.write(temporary, `${generation}\n`), files);
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
