import { join } from "node:path";
import { ExpungeError } from "../errors.js";
import type { DurableFiles } from "./durable-files.js";

/**
 * A model on disk, format version 2. Nothing that a request writes or reads grows with the requests before it.
 *
 *   current                      name of the generation in force; replaced in one step, and nothing else makes a model visible
 *   generations/<n>/model.json   plan, timeline, and what the newest request removes or which rows joined: enough to do all that follows the
 *                                switch once more
 *   generations/<n>/weights.safetensors   float64
 *   generations/<n>/replacements.f32      new contents of replaced slots (deletion "replace" only)
 *   generations/<n>/newcomers.f32         rows that join with this generation, corrected ones too, until they are in the files by slot
 *   generations/<n>/certificate.json      the newest request's, until that request is finished
 *   certificates/<id>.json       DSSE envelopes of finished requests
 *   certificates.log             16 bytes a request, in order: its certificate's id
 *   forgotten.u32                number of the request that removed a row, from 1, by row; 0 while the row is there
 *   forgotten-subjects.bin       36 bytes a forgotten subject: the 32-byte key, and the number of the request
 *   rows.f32, labels.f32         training rows by slot (row-files/layout.ts), each with its sample weight behind it where it has one; a forgotten row's bytes
 *                                are overwritten
 *   rows.<n>.f32                 in place of rows.f32 where generation n gave sparse rows more room: all of them, written before it
 *   order.u32                    slotOfRow
 *   joined.u32                   steps run before each row joined that was not there from the start, in order; only where rows joined
 *   owners.bin                   32-byte keyed owner digests by row, zeros once forgotten
 *   secret                       32 bytes: the key of those digests and of the salts
 *
 * A request or a lesson writes a new generation beside the old and switches `current`. Then it is finished: rows are overwritten, those that
 * joined are put behind the others in all files by row, what is forgotten is entered in the register (the certificates' log and the two files of
 * what is forgotten), the certificate is moved to the others, the old generation is erased. Whatever moment it stops at, opening finds the old
 * model or the new one, whole, and finishes the new one: a certificate or newcomers that still lie in the generation say that this is to be done.
 *
 * Where a row comes that is longer than there is room for, all rows are written anew into a file of their own, durably, before any step is run; the generation
 * that brings the row says which it is. So the file counts once `current` says so, and not before. The other one is erased: the older by whoever finishes the
 * change, one that never came into force by whoever opens the directory next.
 *
 * All numbers are little-endian.
 */
export const FILES = {
  current: "current",
  rows: "rows.f32",
  labels: "labels.f32",
  order: "order.u32",
  joined: "joined.u32",
  owners: "owners.bin",
  secret: "secret",
  log: "certificates.log",
  forgottenRows: "forgotten.u32",
  forgottenSubjects: "forgotten-subjects.bin",
} as const;

/** The file of rows of a generation. */
export function rowsFile({ rowsOf }: { readonly rowsOf?: number | undefined }): string {
  return rowsOf === undefined ? FILES.rows : `rows.${rowsOf}.f32`;
}

/** Whether a file is one of rows, in force or not. */
export function isRowsFile(name: string): boolean {
  return /^rows(\.\d+)?\.f32$/.test(name);
}

export const FOLDERS = { generations: "generations", certificates: "certificates" } as const;

/** Files of a generation. */
export const GENERATION_FILES = {
  model: "model.json",
  weights: "weights.safetensors",
  replacements: "replacements.f32",
  newcomers: "newcomers.f32",
  /** Newcomers that are in the files by slot, on their way to be erased. */
  retired: "newcomers.old",
  certificate: "certificate.json",
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

/** A file of 32-bit words. @throws ExpungeError E_MODEL where it does not hold `count` of them */
export async function readWords(files: DurableFiles, path: string, count: number): Promise<Uint32Array> {
  const bytes = await readOr(files, path);
  if (bytes.length !== count * 4)
    throw new ExpungeError("E_MODEL", `${path}: expected ${count * 4} bytes, found ${bytes.length}.`);
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Uint32Array(aligned.buffer, aligned.byteOffset, count);
}

/** A file of float32 numbers. @throws ExpungeError E_MODEL where it does not hold `count` of them */
export async function readFloats(files: DurableFiles, path: string, count: number): Promise<Float32Array> {
  const words = await readWords(files, path, count);
  return new Float32Array(words.buffer, words.byteOffset, count);
}

export function certificatePath(directory: string, id: string): string {
  return join(directory, FOLDERS.certificates, `${id}.json`);
}

export function generationPath(directory: string, generation: number): string {
  return join(directory, FOLDERS.generations, String(generation));
}

export function bytesOf(array: Float32Array | Uint32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
