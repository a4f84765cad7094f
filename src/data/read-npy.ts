import { unzipSync } from "fflate";
import { ExpungeError } from "../errors.js";
import { bytesOf } from "./read-bytes.js";

/** A NumPy array as numbers, row-major whatever its order on disk. 64-bit integers must be safe integers. */
export interface NpyArray {
  readonly shape: readonly number[];
  readonly data:
    | Float32Array
    | Float64Array
    | Int32Array
    | Uint32Array
    | Int16Array
    | Uint16Array
    | Int8Array
    | Uint8Array;
}

/**
 * Reads a .npy file: float16, float32, float64, integers of 8 to 64 bits and booleans, of either byte order, C or Fortran order.
 *
 * Source: numpy.lib.format, versions 1.0 to 3.0.
 * @param source a path, or the bytes
 * @throws ExpungeError E_DATA naming the file, what was found and what was expected
 */
export async function readNpy(source: string | Uint8Array): Promise<NpyArray> {
  const { bytes, name } = await bytesOf(source, ".npy");
  return parseNpy(bytes, name);
}

/** Reads every array of a .npz file, by name without ".npy". @throws ExpungeError E_DATA */
export async function readNpz(source: string | Uint8Array): Promise<ReadonlyMap<string, NpyArray>> {
  const { bytes, name } = await bytesOf(source, ".npz");
  let entries: Record<string, Uint8Array>;
  try {
    entries = unzipSync(bytes);
  } catch (error) {
    throw new ExpungeError("E_DATA", `${name}: expected a .npz (zip) file: ${(error as Error).message}.`, {
      file: name,
    });
  }
  return new Map(
    Object.entries(entries).map(([entry, data]) => [
      entry.replace(/\.npy$/, ""),
      parseNpy(data, `${name}/${entry}`),
    ]),
  );
}

function parseNpy(bytes: Uint8Array, name: string): NpyArray {
  const fail = (expected: string, found: unknown): ExpungeError =>
    new ExpungeError("E_DATA", `${name}: expected ${expected}, found ${String(found)}.`, {
      file: name,
      expected,
      found,
    });
  const magic = String.fromCharCode(...bytes.subarray(0, 6));
  if (magic !== "\x93NUMPY")
    throw fail("a .npy file", `${bytes.length} bytes that begin ${[...bytes.subarray(0, 6)].join(" ")}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const major = bytes[6];
  if (major < 1 || major > 3) throw fail("format version 1 to 3", major);
  const lengthBytes = major === 1 ? 2 : 4;
  const headerLength =
    bytes.length < 12 ? 0 : major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const start = 8 + lengthBytes + headerLength;
  if (bytes.length < start) throw fail(`a header of ${start} bytes`, `${bytes.length} bytes`);
  const header = new TextDecoder(major === 3 ? "utf-8" : "latin1").decode(
    bytes.subarray(8 + lengthBytes, start),
  );
  const descr = /'descr':\s*'([^']*)'/.exec(header)?.[1];
  const isFortran = /'fortran_order':\s*True/.test(header);
  const shapeText = /'shape':\s*\(([^)]*)\)/.exec(header)?.[1];
  if (descr === undefined || shapeText === undefined)
    throw fail("a header with descr and shape", header.trim().slice(0, 80));
  const shape = shapeText
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map(Number);
  const [, order, kind, width] = /^([<>|=])([fiub])(\d+)$/.exec(descr) ?? [];
  const type = kind === undefined ? undefined : NPY_TYPES[`${kind}${width}`];
  if (type === undefined)
    throw fail("float16/32/64, an integer of 8 to 64 bits or a boolean", `dtype ${descr}`);
  const count = shape.reduce((a, b) => a * b, 1);
  if (bytes.length - start !== count * type.bytes) {
    throw fail(
      `${count * type.bytes} bytes of data for shape (${shape.join(", ")})`,
      `${bytes.length - start}`,
    );
  }
  const data = type.make(count);
  const isLittle = order !== ">";
  for (let i = 0; i < count; i++) {
    const value = type.read(view, start + i * type.bytes, isLittle);
    data[isFortran ? rowMajorIndex(i, shape) : i] = value;
    if (type.isWide && !Number.isSafeInteger(value))
      throw fail("integers that a double holds exactly", `${value} at ${i}`);
  }
  return { shape, data };
}

interface NpyType {
  readonly bytes: number;
  readonly isWide?: boolean;
  readonly make: (count: number) => NpyArray["data"];
  readonly read: (view: DataView, at: number, isLittle: boolean) => number;
}

const NPY_TYPES: Readonly<Record<string, NpyType>> = {
  f2: { bytes: 2, make: (n) => new Float32Array(n), read: (v, at, le) => halfToNumber(v.getUint16(at, le)) },
  f4: { bytes: 4, make: (n) => new Float32Array(n), read: (v, at, le) => v.getFloat32(at, le) },
  f8: { bytes: 8, make: (n) => new Float64Array(n), read: (v, at, le) => v.getFloat64(at, le) },
  i1: { bytes: 1, make: (n) => new Int8Array(n), read: (v, at) => v.getInt8(at) },
  i2: { bytes: 2, make: (n) => new Int16Array(n), read: (v, at, le) => v.getInt16(at, le) },
  i4: { bytes: 4, make: (n) => new Int32Array(n), read: (v, at, le) => v.getInt32(at, le) },
  i8: {
    bytes: 8,
    isWide: true,
    make: (n) => new Float64Array(n),
    read: (v, at, le) => Number(v.getBigInt64(at, le)),
  },
  u1: { bytes: 1, make: (n) => new Uint8Array(n), read: (v, at) => v.getUint8(at) },
  u2: { bytes: 2, make: (n) => new Uint16Array(n), read: (v, at, le) => v.getUint16(at, le) },
  u4: { bytes: 4, make: (n) => new Uint32Array(n), read: (v, at, le) => v.getUint32(at, le) },
  u8: {
    bytes: 8,
    isWide: true,
    make: (n) => new Float64Array(n),
    read: (v, at, le) => Number(v.getBigUint64(at, le)),
  },
  b1: { bytes: 1, make: (n) => new Uint8Array(n), read: (v, at) => v.getUint8(at) },
};

/** IEEE 754 binary16. */
function halfToNumber(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Where element i of a column-major array stands in row-major order. */
function rowMajorIndex(i: number, shape: readonly number[]): number {
  let rest = i;
  let index = 0;
  let stride = shape.reduce((a, b) => a * b, 1);
  for (const size of shape) {
    stride /= size;
    index += (rest % size) * stride;
    rest = Math.floor(rest / size);
  }
  return index;
}
