import { unzipSync } from "fflate";
import { dataError } from "./data-error.js";
import { type NpyArray, parseNpy } from "./parse-npy.js";
import { parseNpyIds } from "./parse-npy-ids.js";
import { bytesOf } from "./read-bytes.js";

export type { NpyArray } from "./parse-npy.js";

/**
 * Reads a .npy file; see `parseNpy` for what is understood.
 *
 * @param source a path, or the bytes
 * @throws ExpungeError E_DATA naming the file, what was found and what was expected
 */
export async function readNpy(source: string | Uint8Array): Promise<NpyArray> {
  const { bytes, name } = await bytesOf(source, ".npy");
  return parseNpy(bytes, name);
}

/** Reads every array of a .npz file (stored or deflated), by name without ".npy". @throws ExpungeError E_DATA */
export async function readNpz(source: string | Uint8Array): Promise<ReadonlyMap<string, NpyArray>> {
  const { bytes, name } = await bytesOf(source, ".npz");
  const entries = unzip(bytes, name);
  return new Map([...entries].map(([entry, data]) => [entry, parseNpy(data, `${name}/${entry}.npy`)]));
}

/** Names of arrays of a .npz that hold the owners of rows. */
const OWNER_ARRAYS = ["subject", "subjects", "owner", "owners"] as const;

/** A .npz with whose rows they are, where an array `subject` (or `subjects`, `owner`, `owners`) says so. @throws ExpungeError E_DATA */
export async function readOwnedNpz(
  path: string,
): Promise<{ readonly arrays: ReadonlyMap<string, NpyArray>; readonly subjects: readonly string[] | null }> {
  const { bytes, name } = await bytesOf(path, ".npz");
  const entries = unzip(bytes, name);
  const owners = OWNER_ARRAYS.find((entry) => entries.has(entry));
  const numbers = [...entries].filter(([entry]) => entry !== owners);
  const place = (entry: string): string => `${name}/${entry}.npy`;
  return {
    arrays: new Map(numbers.map(([entry, data]) => [entry, parseNpy(data, place(entry))])),
    subjects: owners === undefined ? null : parseNpyIds(entries.get(owners) as Uint8Array, place(owners)),
  };
}

function unzip(bytes: Uint8Array, name: string): ReadonlyMap<string, Uint8Array> {
  let entries: Record<string, Uint8Array>;
  try {
    entries = unzipSync(bytes);
  } catch (error) {
    throw dataError({ file: name }, "a .npz (zip) file", `something else (${(error as Error).message})`);
  }
  return new Map(Object.entries(entries).map(([entry, data]) => [entry.replace(/\.npy$/, ""), data]));
}
