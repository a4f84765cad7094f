import { join } from "node:path";
import { ExpungeError } from "../errors.js";

/**
 * slotCount x featureCount float32, little-endian, row-major, by slot; a slot without a row is zeros. A sample weight counts as one feature more
 * in this folder; so does each number of the pairs that sparse rows are stored as (records/sparse-rows.ts).
 */
export const FEATURES_FILE = "rows.f32";
/** slotCount float32, little-endian, by slot; 0 where there is no row. */
export const LABELS_FILE = "labels.f32";
/** Only while the others are written: rows in the order of their source, then by buckets. */
export const SPOOL_FILE = "rows.f32.spool";
export const BUCKETS_FILE = "rows.f32.buckets";

export function pathsOf(
  directory: string,
  file: string = FEATURES_FILE,
): { readonly features: string; readonly labels: string } {
  return { features: join(directory, file), labels: join(directory, LABELS_FILE) };
}

/** The bytes of numbers, which are shared, not copied. */
export function bytesOf(numbers: Float32Array | Uint32Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

/** The files are little-endian, and so is every platform in common use; on another one, wrong numbers must not pass. */
export function requireLittleEndian(): void {
  if (new Uint8Array(Uint16Array.of(1).buffer)[0] === 1) return;
  throw new ExpungeError("E_DATA", "Expected a little-endian processor: row files are little-endian.");
}
