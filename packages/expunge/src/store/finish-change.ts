import { dirname, join } from "node:path";
import { ExpungeError } from "../errors.js";
import { slotCountOf } from "../records/training-plan.js";
import { rowWidthAt } from "../unlearner/process-kernel.js";
import { OWNER_BYTES } from "../unlearner/subject-index.js";
import { type DurableFiles, eraseDurably, type Patch, patchesOf } from "./durable-files.js";
import {
  bytesOf,
  certificatePath,
  FILES,
  FOLDERS,
  GENERATION_FILES,
  generationPath,
  isRowsFile,
  readFloats,
  rowsFile,
} from "./layout.js";
import type { Joined, ModelRecord } from "./model-schema.js";
import { rowsBefore, slotsBefore } from "./newest-rows.js";
import { enterRequest } from "./register.js";

/** Slots that a change writes to, and what each holds from then on: features and then label, one behind the other; null for nothing. */
interface WrittenSlots {
  readonly slots: ArrayLike<number>;
  readonly contents: Float32Array | null;
}

/** Whether something is left to be done for a generation in force. @param names of its files */
export function isUnfinished(names: readonly string[]): boolean {
  return names.includes(GENERATION_FILES.certificate) || names.includes(GENERATION_FILES.newcomers);
}

/**
 * Does what follows the switch to a generation: overwrites the rows that its request removes, writes those that joined, enters the request in the
 * register, and moves the certificate to the others. That the certificate and the file of newcomers are gone says that all this is done. Safe to
 * repeat, and nothing to do where it is done.
 */
export async function finishChange(
  files: DurableFiles,
  directory: string,
  generation: number,
  record: ModelRecord,
  slotOfRow: Uint32Array,
): Promise<void> {
  const home = generationPath(directory, generation);
  const names = await files.list(home);
  await eraseOtherRows(files, directory, record);
  if (isUnfinished(names)) {
    const { joined, removal } = record;
    if (joined !== undefined) await addRows(files, directory, home, record, joined);
    if (removal !== null) {
      if (joined === undefined) await emptySlots(files, directory, home, record, removal.rows, slotOfRow);
      await eraseOwners(files, directory, record, removal.rows);
      await enterRequest(files, directory, record, removal);
      if (names.includes(GENERATION_FILES.certificate)) await moveCertificate(files, directory, home, record);
    }
    if (joined !== undefined) await retireNewcomers(files, home);
  }
  // Erased under another name: zeros in it must never be taken for rows.
  const retired = join(home, GENERATION_FILES.retired);
  if ((await files.list(home)).includes(GENERATION_FILES.retired)) await eraseDurably(files, retired);
}

/** What is said where a change is in force and could not be finished. */
export function unfinishedError({ removal, timeline }: ModelRecord, error: Error): ExpungeError {
  const certificateId = removal && timeline.certificateId;
  const what = certificateId === null ? "The lesson" : "The request";
  const named = certificateId === null ? "" : ` (certificate ${certificateId})`;
  return new ExpungeError(
    "E_ERASE",
    `${what} is in force${named}, but the files could not be brought up to it: ${error.message}. Opening the model again finishes that.`,
    { certificateId },
  );
}

/** Erases files of rows that are not in force: one with less room, or one with more whose change came to nothing. */
async function eraseOtherRows(files: DurableFiles, directory: string, record: ModelRecord): Promise<void> {
  const own = rowsFile(record);
  for (const name of await files.list(directory))
    if (isRowsFile(name) && name !== own) await eraseDurably(files, join(directory, name));
}

/** Erases every generation but the one in force: the one before it, and those that never came into force, with their certificates. */
export async function eraseOtherGenerations(
  files: DurableFiles,
  directory: string,
  generation: number,
): Promise<void> {
  for (const name of await otherGenerations(files, directory, generation))
    await eraseDurably(files, join(directory, FOLDERS.generations, name));
}

/** Generations that are not in force. While a change is unfinished the one before it is there: it goes last. */
export async function otherGenerations(
  files: DurableFiles,
  directory: string,
  generation: number,
): Promise<string[]> {
  const names = await files.list(join(directory, FOLDERS.generations));
  return names.filter((name) => /^\d+$/.test(name) && name !== String(generation));
}

async function moveCertificate(
  files: DurableFiles,
  directory: string,
  home: string,
  { timeline }: ModelRecord,
): Promise<void> {
  const path = certificatePath(directory, timeline.certificateId as string);
  await files.rename(join(home, GENERATION_FILES.certificate), path);
  await files.sync(dirname(path));
  await files.sync(home);
}

async function retireNewcomers(files: DurableFiles, home: string): Promise<void> {
  await files.rename(join(home, GENERATION_FILES.newcomers), join(home, GENERATION_FILES.retired));
  await files.sync(home);
}

/** Rows removed leave their slots empty, or to the records that replace them. */
async function emptySlots(
  files: DurableFiles,
  directory: string,
  home: string,
  record: ModelRecord,
  rows: Uint32Array,
  slotOfRow: Uint32Array,
): Promise<void> {
  // Opening has checked that there are these rows.
  const slots = rows.map((row) => slotOfRow[row] as number);
  const width = rowWidthAt(record) + 1;
  const contents =
    record.plan.process.deletion === "replace"
      ? await readFloats(files, join(home, GENERATION_FILES.replacements), rows.length * width)
      : null;
  await overwriteSlots(files, directory, record, { slots, contents });
}

/** Everything that is kept by row or by slot gets what belongs to the newcomers, behind the others. */
async function addRows(
  files: DurableFiles,
  directory: string,
  home: string,
  record: ModelRecord,
  { slots, owners, step }: Joined,
): Promise<void> {
  const { plan } = record;
  const width = rowWidthAt(record);
  const path = join(home, GENERATION_FILES.newcomers);
  const contents = await readFloats(files, path, slots.length * (width + 1));
  const lastSlot = slotCountOf(record) - 1;
  // The files reach to the end of new batches; what lies between is zeros.
  if (lastSlot >= slotsBefore(record) && !slots.includes(lastSlot))
    await overwriteSlots(files, directory, record, { slots: [lastSlot], contents: null });
  await overwriteSlots(files, directory, record, { slots, contents });
  const before = rowsBefore(record);
  const append = (name: string, offset: number, data: Uint8Array): Promise<void> =>
    files.overwrite(join(directory, name), [{ offset, data }]);
  await append(FILES.order, before * 4, bytesOf(slots));
  await append(FILES.forgottenRows, before * 4, new Uint8Array(slots.length * 4));
  if (record.hasOwners) await append(FILES.owners, before * OWNER_BYTES, owners);
  if (!(await files.list(directory)).includes(FILES.joined)) {
    await files.write(join(directory, FILES.joined), new Uint8Array(0));
    await files.sync(directory);
  }
  const steps = new Uint32Array(slots.length).fill(step);
  await append(FILES.joined, (before - plan.process.rowCount) * 4, bytesOf(steps));
}

async function overwriteSlots(
  files: DurableFiles,
  directory: string,
  record: ModelRecord,
  { slots, contents }: WrittenSlots,
): Promise<void> {
  const rowWidth = rowWidthAt(record);
  const width = rowWidth + 1;
  const nothing = new Float32Array(width);
  const contentOf = (i: number): Float32Array => contents?.subarray(i * width, (i + 1) * width) ?? nothing;
  const slotAt = (i: number): number => slots[i] as number;
  // In the order of the file, where neighbours are written together.
  const bySlot = Uint32Array.from({ length: slots.length }, (_, i) => i).sort(
    (a, b) => slotAt(a) - slotAt(b),
  );
  const overwrite = (name: string, of: (i: number) => Patch): Promise<void> =>
    files.overwrite(join(directory, name), patchesOf(bySlot, of));
  await overwrite(rowsFile(record), (i) => ({
    offset: slotAt(i) * rowWidth * 4,
    data: bytesOf(contentOf(i).subarray(0, rowWidth)),
  }));
  await overwrite(FILES.labels, (i) => ({
    offset: slotAt(i) * 4,
    data: bytesOf(contentOf(i).subarray(rowWidth)),
  }));
}

async function eraseOwners(
  files: DurableFiles,
  directory: string,
  { hasOwners }: ModelRecord,
  rows: Uint32Array,
): Promise<void> {
  if (!hasOwners) return;
  const nobody = new Uint8Array(OWNER_BYTES);
  await files.overwrite(
    join(directory, FILES.owners),
    patchesOf(rows, (row) => ({ offset: row * OWNER_BYTES, data: nobody })),
  );
}
