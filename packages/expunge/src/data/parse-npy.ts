import { cellError, dataError } from "./data-error.js";

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
 * Parses the bytes of a .npy file: float16, float32, float64, integers of 8 to 64 bits and booleans, of either byte order, C or
 * Fortran order. Nothing of Node's is needed.
 *
 * Source: numpy.lib.format, versions 1.0 to 3.0.
 * @throws ExpungeError E_DATA naming the file, what was found and what was expected
 */
export function parseNpy(bytes: Uint8Array, name: string): NpyArray {
  const header = readNpyHeader(bytes, name);
  const { shape, start, isFortran } = header;
  requireNpySize(header, bytes.length, name);
  const data = makeNumbers(header, countOf(shape));
  decodeNumbers(
    header,
    bytes.subarray(start),
    0,
    name,
    data,
    isFortran ? (i) => rowMajorIndex(i, shape) : null,
  );
  return { shape, data };
}

/** @throws ExpungeError E_DATA for a file that is shorter or longer than its header says */
export function requireNpySize({ type, shape, start }: NpyHeader, fileBytes: number, name: string): void {
  const expected = countOf(shape) * type.bytes;
  if (fileBytes - start === expected) return;
  const text = `${expected} bytes of data for shape (${shape.join(", ")})`;
  throw dataError({ file: name }, text, String(fileBytes - start));
}

/** Room for numbers as this file holds them. */
export function makeNumbers({ type }: NpyHeader, count: number): NpyArray["data"] {
  return type.make(count);
}

/**
 * Decodes elements that lie one behind the other in the file.
 *
 * @param first   number of the first one in the file, for errors
 * @param indexOf where the i-th of them goes; null for one behind the other
 * @throws ExpungeError E_DATA for a 64-bit integer that a double does not hold exactly
 */
export function decodeNumbers(
  { type, isLittle }: NpyHeader,
  bytes: Uint8Array,
  first: number,
  name: string,
  into: NpyArray["data"],
  indexOf: ((i: number) => number) | null,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = bytes.length / type.bytes;
  for (let i = 0; i < count; i++) {
    const value = type.read(view, i * type.bytes, isLittle);
    if (type.isWide && !Number.isSafeInteger(value))
      throw cellError(
        { file: name },
        `an integer that a double holds exactly at element ${first + i}`,
        value,
      );
    into[indexOf === null ? i : indexOf(i)] = value;
  }
}

function countOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

export interface NpyHeader {
  readonly type: NpyType;
  readonly isLittle: boolean;
  readonly isFortran: boolean;
  readonly shape: readonly number[];
  /** Where the numbers begin, in bytes. */
  readonly start: number;
}

/** @param bytes begin with the whole header @throws ExpungeError E_DATA */
export function readNpyHeader(bytes: Uint8Array, name: string): NpyHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const file = { file: name };
  if (String.fromCharCode(...bytes.subarray(0, 6)) !== "\x93NUMPY") {
    const begin =
      bytes.length === 0 ? "an empty file" : `bytes that begin ${[...bytes.subarray(0, 6)].join(" ")}`;
    throw dataError(file, "a .npy file", begin);
  }
  if (bytes.length < 12) throw dataError(file, "a .npy header", `only ${bytes.length} bytes`);
  const major = view.getUint8(6);
  if (major < 1 || major > 3) throw dataError(file, ".npy format version 1 to 3", String(major));
  const begin = major === 1 ? 10 : 12;
  const start = begin + (major === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (bytes.length < start) throw dataError(file, `a .npy header of ${start} bytes`, `${bytes.length} bytes`);
  const header = new TextDecoder(major === 3 ? "utf-8" : "latin1").decode(bytes.subarray(begin, start));
  const descr = /'descr':\s*('[^']*'|\[)/.exec(header)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(header)?.[1];
  const shapeText = /'shape':\s*\(([^)]*)\)/.exec(header)?.[1];
  if (descr === undefined || order === undefined || shapeText === undefined)
    throw cellError(file, "a .npy header with descr, fortran_order and shape", header.trim());
  const parts = shapeText.split(",").map((part) => part.trim());
  // Python 2 wrote long integers as 3L.
  const shape = parts.filter((part) => part !== "").map((part) => Number(part.replace(/L$/, "")));
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0))
    throw dataError(file, "a shape of whole numbers", `(${shapeText})`);
  const [, byteOrder, kind, width] = /^'([<>|=])([fiub])(\d+)'$/.exec(descr) ?? [];
  const type = kind === undefined ? undefined : NPY_TYPES[`${kind}${width}`];
  if (type === undefined) {
    const found = descr === "[" ? "records (a structured dtype)" : `dtype ${descr}`;
    const hint = descr === "'|O'" ? " Object arrays hold pickled Python code, which is never run." : "";
    throw dataError(file, "float16/32/64, an integer of 8 to 64 bits or a boolean", found, hint);
  }
  return { type, isLittle: byteOrder !== ">", isFortran: order === "True", shape, start };
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
  let stride = countOf(shape);
  for (const size of shape) {
    stride /= size;
    index += (rest % size) * stride;
    rest = Math.floor(rest / size);
  }
  return index;
}
