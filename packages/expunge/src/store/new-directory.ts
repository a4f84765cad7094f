import { realpath, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { ExpungeError } from "../errors.js";
import { nullWhere } from "../row-files/erase-file.js";
import { BUCKETS_FILE, SPOOL_FILE } from "../row-files/layout.js";
import { withRowsLeft } from "../row-files/left-behind.js";
import { type DirectoryLock, isLockFile, lockDirectory } from "./directory-lock.js";
import type { DurableFiles } from "./durable-files.js";
import { FILES, FOLDERS } from "./layout.js";

/**
 * Makes the folders of a new model directory, which is its maker's until the lock is let go of. What a maker who was killed has left there, alone, is erased;
 * anything else stays as it was.
 *
 * @throws ExpungeError E_MODEL where something is there already, E_LOCKED where somebody else makes or has one there, E_ERASE for rows of an unfinished model
 * that could not be erased; a file system error as it came
 */
export async function makeModelDirectory(directory: string, files: DurableFiles): Promise<DirectoryLock> {
  const missing = await missingLevels(directory);
  await files.makeDirectory(directory);
  // Whoever works on a model there is not held up by this.
  await requireFree(directory, files);
  const lock = await lockDirectory(directory);
  try {
    // Of two makers one would else take away what the other one has begun.
    await requireFree(directory, files);
    await eraseUnfinished(directory, files);
    await makeFolders(directory, files, missing);
    return lock;
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/**
 * Checks that a new model may have a directory: that there is nothing in it, or only what a maker who was killed has left.
 *
 * @throws ExpungeError E_MODEL where something else is there; a file system error as it came: of a directory that cannot be listed nothing is known
 */
export async function requireFree(directory: string, files: DurableFiles): Promise<void> {
  const names = (await files.list(directory)).filter((name) => !isLockFile(name));
  if (names.length === 0 || (await isUnfinishedModel(directory, names, files))) return;
  const rows = names.includes(FILES.current) ? [] : names.filter((name) => ROW_FILES.includes(name));
  const hint =
    rows.length === 0
      ? ""
      : ` Rows of an unfinished model seem to lie there (${rows.join(", ")}): look at what is beside them, then erase them.`;
  throw new ExpungeError("E_MODEL", `${directory} is not empty; give a new directory for the model.${hint}`);
}

const ROW_FILES: readonly string[] = [FILES.rows, FILES.labels, SPOOL_FILE, BUCKETS_FILE];

const NEW_CURRENT = `${FILES.current}.new`;

/** All that a maker writes to a new directory before the model is visible. */
const OWN_NAMES: readonly string[] = [
  ...Object.values(FILES).filter((name) => name !== FILES.current),
  NEW_CURRENT,
  ...[SPOOL_FILE, BUCKETS_FILE],
  ...Object.values(FOLDERS),
];

/** Whether all that a directory holds is what a maker wrote there who was killed before anybody could open the model. */
async function isUnfinishedModel(
  directory: string,
  names: readonly string[],
  files: DurableFiles,
): Promise<boolean> {
  // A whole model lies beside `current.new`: whoever wrote it may have been told that it is in force.
  if (names.some((name) => !OWN_NAMES.includes(name) || name === NEW_CURRENT)) return false;
  const inFolder = async (folder: string): Promise<readonly string[]> =>
    names.includes(folder) ? files.list(join(directory, folder)) : [];
  const [generations, certificates] = [
    await inFolder(FOLDERS.generations),
    await inFolder(FOLDERS.certificates),
  ];
  // The folders come first. A model that has lived, and lost its `current`, is not a new one.
  const hasFolder = names.includes(FOLDERS.generations) || names.includes(FOLDERS.certificates);
  return hasFolder && certificates.length === 0 && generations.every((name) => name === "1");
}

async function eraseUnfinished(directory: string, files: DurableFiles): Promise<void> {
  if ((await files.list(directory)).every(isLockFile)) return;
  const left = await eraseOwn(directory, files);
  if (left.length > 0)
    throw new ExpungeError(
      "E_ERASE",
      `Rows of an unfinished model lie in ${directory}, which could not be erased (${left[0]}): remove it.`,
    );
}

/** @param made levels of the path that were not there before */
async function makeFolders(directory: string, files: DurableFiles, made: readonly string[]): Promise<void> {
  try {
    for (const folder of Object.values(FOLDERS)) await files.makeDirectory(join(directory, folder));
    // A name is in the directory above it; that of a link's target is elsewhere.
    for (const level of made.length === 0 ? [directory] : made)
      await files.sync(dirname(await realpath(level)));
  } catch (error) {
    throw await eraseAttempt(directory, files, error);
  }
}

/** Levels of a path that are not there, from the topmost on. */
async function missingLevels(path: string): Promise<readonly string[]> {
  const missing: string[] = [];
  for (let level = resolve(path); !(await isThere(level)); level = dirname(level)) missing.unshift(level);
  return missing;
}

async function isThere(path: string): Promise<boolean> {
  const info = await stat(path).catch(nullWhere("ENOENT"));
  return info !== null;
}

/**
 * Nobody has seen the model: its rows must not stay behind either. The caller holds the lock of the directory.
 *
 * @param error why the model is not to be there
 * @returns that error; where something stayed, one that names the directory
 */
export async function eraseAttempt(directory: string, files: DurableFiles, error: unknown): Promise<unknown> {
  return withRowsLeft(error, directory, await eraseOwn(directory, files));
}

/** Erases what a maker has written. @returns what could not be erased, and why */
async function eraseOwn(directory: string, files: DurableFiles): Promise<readonly string[]> {
  const left: string[] = [];
  for (const name of [FILES.current, ...OWN_NAMES])
    await files.erase(join(directory, name)).catch(({ message }: Error) => {
      left.push(`${name}: ${message}`);
    });
  await files.sync(directory).catch(() => {});
  return left;
}
