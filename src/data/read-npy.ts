import { unzipSync } from "fflate";
import { dataError } from "./data-error.js";
import { type NpyArray, parseNpy } from "./parse-npy.js";
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
  let entries: Record<string, Uint8Array>;
  try {
    entries = unzipSync(bytes);
  } catch (error) {
    throw dataError({ file: name }, "a .npz (zip) file", `something else (${(error as Error).message})`);
  }
  return new Map(
    Object.entries(entries).map(([entry, data]) => [
      entry.replace(/\.npy$/, ""),
      parseNpy(data, `${name}/${entry}`),
    ]),
  );
}
