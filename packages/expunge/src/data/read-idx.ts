import { gunzipSync } from "node:zlib";
import type { ExpungeError } from "../errors.js";
import { dataError } from "./data-error.js";
import { bytesOf, isGzip } from "./read-bytes.js";

/** An idx file: the shape and the numbers, row-major. */
export interface IdxArray {
  readonly shape: readonly number[];
  readonly data: Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;
}

/** idx type codes: name, bytes per number, reader. Source: the format's description on the MNIST page. */
const IDX_TYPES = {
  8: { bytes: 1, make: (n: number) => new Uint8Array(n), read: (v: DataView, at: number) => v.getUint8(at) },
  9: { bytes: 1, make: (n: number) => new Int8Array(n), read: (v: DataView, at: number) => v.getInt8(at) },
  11: { bytes: 2, make: (n: number) => new Int16Array(n), read: (v: DataView, at: number) => v.getInt16(at) },
  12: { bytes: 4, make: (n: number) => new Int32Array(n), read: (v: DataView, at: number) => v.getInt32(at) },
  13: {
    bytes: 4,
    make: (n: number) => new Float32Array(n),
    read: (v: DataView, at: number) => v.getFloat32(at),
  },
  14: {
    bytes: 8,
    make: (n: number) => new Float64Array(n),
    read: (v: DataView, at: number) => v.getFloat64(at),
  },
} as const;

/**
 * Reads an idx file (MNIST's format), gzipped or not.
 *
 * @param source a path, or the bytes
 * @throws ExpungeError E_DATA naming the file, what was found and what was expected
 */
export async function readIdx(source: string | Uint8Array): Promise<IdxArray> {
  const { bytes: raw, name } = await bytesOf(source, "idx");
  const bytes = isGzip(raw) ? gunzip(raw, name) : raw;
  const fail = (expected: string, found: string): ExpungeError => dataError({ file: name }, expected, found);
  if (bytes.length < 4 || bytes[0] !== 0 || bytes[1] !== 0) {
    throw fail(
      "an idx file (two zero bytes first)",
      `${bytes.length} bytes that begin ${[...bytes.slice(0, 4)].join(" ")}`,
    );
  }
  const type = IDX_TYPES[bytes[2] as keyof typeof IDX_TYPES];
  if (type === undefined) throw fail("an idx type code (8, 9, 11 to 14)", String(bytes[2]));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const rank = view.getUint8(3);
  const header = 4 + 4 * rank;
  if (bytes.length < header) throw fail(`a header of ${header} bytes`, `${bytes.length} bytes`);
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  const count = shape.reduce((a, b) => a * b, 1);
  if (bytes.length !== header + count * type.bytes) {
    throw fail(
      `${header + count * type.bytes} bytes for shape ${shape.join(" x ")}`,
      `${bytes.length} bytes`,
    );
  }
  // Nearly every idx file is one of bytes.
  if (bytes[2] === 8) return { shape, data: bytes.slice(header) };
  const data = type.make(count);
  for (let i = 0; i < count; i++) data[i] = type.read(view, header + i * type.bytes);
  return { shape, data };
}

function gunzip(raw: Uint8Array, name: string): Uint8Array {
  try {
    return new Uint8Array(gunzipSync(raw));
  } catch (error) {
    throw dataError({ file: name }, "a whole gzip file", `a damaged one (${(error as Error).message})`);
  }
}
