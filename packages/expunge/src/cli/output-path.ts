import { constants } from "node:fs";
import { access, mkdir, stat, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { ExpungeError } from "../errors.js";
import { nodeFiles, writeWhole } from "../store/durable-files.js";
import { requireFree } from "../store/new-directory.js";

/** Checks, before any work is done, that a file can be written at a path. @throws ExpungeError E_OPTION */
export async function requireWritableFile(path: string): Promise<void> {
  const info = await stat(path).catch(() => null);
  if (info?.isDirectory()) throw new ExpungeError("E_OPTION", `Cannot write ${path}: it is a directory.`);
  await requireWritableParent(path);
}

/** Checks, before any work is done, that a model can be saved at a path. @throws ExpungeError E_MODEL, E_OPTION */
export async function requireNewDirectory(path: string): Promise<void> {
  const info = await stat(path).catch(() => null);
  if (info !== null && !info.isDirectory())
    throw new ExpungeError("E_MODEL", `${path} is a file; give a new directory for the model.`);
  if (info !== null) await requireFree(path, nodeFiles);
  await requireWritableParent(path);
}

/**
 * Writes a file so that nobody ever finds half of it (`writeWhole`). Folders above it are made.
 *
 * @param write gets the path to write to
 */
export async function writeOutput<T>(path: string, write: (temporary: string) => Promise<T>): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  return writeWhole(path, write);
}

/** Writes to a path as it is, which may be a pipe or a device, too. Folders above it are made. */
export async function writeInPlace(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}

/**
 * The format that a file's name asks for by its ending.
 *
 * @param flag    the option that gave the name
 * @param endings of each format, in lower case, the usual one first
 * @throws ExpungeError E_OPTION for any other ending
 */
export function formatOfName<Format extends string>(
  flag: string,
  path: string,
  endings: Readonly<Record<Format, readonly string[]>>,
): Format {
  const formats = Object.entries<readonly string[]>(endings);
  const found = formats.find(([, list]) => list.some((ending) => path.toLowerCase().endsWith(ending)));
  if (found !== undefined) return found[0] as Format;
  const usual = formats.map(([, [first]]) => first).join(" or ");
  throw new ExpungeError("E_OPTION", `Expected ${flag} ${path} to end in ${usual}.`);
}

/** The nearest folder above that exists must take new entries. */
async function requireWritableParent(path: string): Promise<void> {
  let folder = dirname(resolve(path));
  while ((await stat(folder).catch(() => null)) === null) folder = dirname(folder);
  const info = await stat(folder);
  const isWritable = await access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
  if (info.isDirectory() && isWritable) return;
  throw new ExpungeError(
    "E_OPTION",
    `Cannot write ${path}: ${folder} ${info.isDirectory() ? "may not be written to" : "is no directory"}.`,
  );
}
