import { join } from "node:path";
import { ExpungeError } from "../errors.js";
import type { DurableFiles } from "./durable-files.js";

/**
 * A model on disk:
 *
 *   current                      name of the generation in force; replaced in one step, and nothing else makes a model visible
 *   generations/<n>/model.json   plan, timeline, what is forgotten, what to erase
 *   generations/<n>/weights.safetensors
 *   generations/<n>/replacements.f32   new contents of replaced slots (deletion "replace" only)
 *   certificates/<id>.json       DSSE envelopes
 *   rows.f32, labels.f32         training rows by slot; a forgotten row's bytes are overwritten
 *   order.u32                    slotOfRow
 *   owners.bin                   32-byte keyed owner digests by row, zeros once forgotten
 *   secret                       32 bytes: the key of those digests and of the salts
 *
 * A request writes a new generation beside the old, switches `current`, then erases: rows first, the old generation last. Whatever
 * moment it stops at, opening finds the old model or the new one, whole, and finishes the erasing.
 */
export const FILES = {
  current: "current",
  rows: "rows.f32",
  labels: "labels.f32",
  order: "order.u32",
  owners: "owners.bin",
  secret: "secret",
} as const;

/** @throws ExpungeError E_MODEL naming the file */
export async function readOr(files: DurableFiles, path: string): Promise<Uint8Array> {
  return files.read(path).catch((error: NodeJS.ErrnoException) => {
    throw new ExpungeError(
      "E_MODEL",
      `Cannot read ${path}: ${error.code === "ENOENT" ? "it is missing" : error.message}. Is this a model directory?`,
    );
  });
}

/** A file of float32 numbers, little-endian. @throws ExpungeError E_MODEL where it does not hold `count` of them */
export async function readFloats(files: DurableFiles, path: string, count: number): Promise<Float32Array> {
  const bytes = await readOr(files, path);
  if (bytes.length !== count * 4)
    throw new ExpungeError("E_MODEL", `${path}: expected ${count * 4} bytes, found ${bytes.length}.`);
  return bytes.byteOffset % 4 === 0
    ? new Float32Array(bytes.buffer, bytes.byteOffset, count)
    : new Float32Array(bytes.slice().buffer);
}

export function certificatePath(directory: string, id: string): string {
  return join(directory, "certificates", `${id}.json`);
}

export function generationPath(directory: string, generation: number): string {
  return join(directory, "generations", String(generation));
}

export function bytesOf(array: Float32Array | Uint32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
