import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { ExpungeError } from "../errors.js";
import { createDataset } from "./create-dataset.js";
import type { Dataset } from "./dataset.js";

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
  13: { bytes: 4, make: (n: number) => new Float32Array(n), read: (v: DataView, at: number) => v.getFloat32(at) },
  14: { bytes: 8, make: (n: number) => new Float64Array(n), read: (v: DataView, at: number) => v.getFloat64(at) },
} as const;

/**
 * Reads an idx file (MNIST's format), gzipped or not.
 *
 * @param source a path, or the bytes
 * @throws ExpungeError E_DATA naming the file, what was found and what was expected
 */
export async function readIdx(source: string | Uint8Array): Promise<IdxArray> {
  const name = typeof source === "string" ? source : "idx bytes";
  const raw = typeof source === "string" ? await readBytes(source) : source;
  const bytes = raw[0] === 0x1f && raw[1] === 0x8b ? gunzip(raw, name) : raw;
  const fail = (expected: string, found: unknown): ExpungeError =>
    new ExpungeError("E_DATA", `${name}: expected ${expected}, found ${String(found)}.`, { file: name, expected, found });
  if (bytes.length < 4 || bytes[0] !== 0 || bytes[1] !== 0) {
    throw fail("an idx file (two zero bytes first)", `${bytes.length} bytes that begin ${[...bytes.slice(0, 4)].join(" ")}`);
  }
  const type = IDX_TYPES[bytes[2] as keyof typeof IDX_TYPES];
  if (type === undefined) throw fail("an idx type code (8, 9, 11 to 14)", bytes[2]);
  const rank = bytes[3];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = 4 + 4 * rank;
  if (bytes.length < header) throw fail(`a header of ${header} bytes`, `${bytes.length} bytes`);
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  const count = shape.reduce((a, b) => a * b, 1);
  if (bytes.length !== header + count * type.bytes) {
    throw fail(`${header + count * type.bytes} bytes for shape ${shape.join(" x ")}`, `${bytes.length} bytes`);
  }
  const data = type.make(count);
  for (let i = 0; i < count; i++) data[i] = type.read(view, header + i * type.bytes);
  return { shape, data };
}

function gunzip(raw: Uint8Array, name: string): Uint8Array {
  try {
    return new Uint8Array(gunzipSync(raw));
  } catch (error) {
    throw new ExpungeError("E_DATA", `${name}: expected a whole gzip file: ${(error as Error).message}.`, { file: name });
  }
}

async function readBytes(path: string): Promise<Uint8Array> {
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new ExpungeError("E_DATA", `Cannot read ${path}: ${error.code === "ENOENT" ? "there is no such file" : error.message}.`, { file: path });
  });
}

export interface MnistOptions {
  /** Digits to keep, in the order of the rows: all of the first, then of the second... Two make a binary set (first -1, second +1). */
  readonly digits?: readonly number[];
  /** Keep at most this many training rows. */
  readonly maxTrainRows?: number;
}

/**
 * Reads MNIST as the paper does: pixels / 255 - 0.5, rows scaled to norm 1, no intercept, rows grouped by digit in the order given.
 *
 * @param folder holds the four idx files under their usual names, gzipped or not
 * @throws ExpungeError E_DATA, E_OPTION
 */
export async function readMnist(folder: string, options: MnistOptions = {}): Promise<{ readonly train: Dataset; readonly test: Dataset }> {
  const { digits = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], maxTrainRows = Number.POSITIVE_INFINITY } = options;
  const isDigitList = digits.length >= 2 && new Set(digits).size === digits.length && digits.every((d) => Number.isInteger(d) && d >= 0 && d <= 9);
  if (!isDigitList) throw new ExpungeError("E_OPTION", `Expected digits = ${digits.join()} to be at least two different digits.`);
  const train = await readPart(folder, "train", digits, maxTrainRows);
  return { train, test: await readPart(folder, "t10k", digits, Number.POSITIVE_INFINITY) };
}

async function readPart(folder: string, part: "train" | "t10k", digits: readonly number[], maxRows: number): Promise<Dataset> {
  const images = await readIdx(find(folder, `${part}-images-idx3-ubyte`, `${part}-images.idx3-ubyte`));
  const labels = await readIdx(find(folder, `${part}-labels-idx1-ubyte`, `${part}-labels.idx1-ubyte`));
  const [count, height, width] = images.shape;
  if (images.shape.length !== 3 || labels.shape[0] !== count) {
    throw new ExpungeError("E_DATA", `${folder}: expected as many labels as images, found ${labels.shape[0]} for ${images.shape.join(" x ")}.`);
  }
  const rows = digits.flatMap((digit) => [...labels.data].flatMap((label, i) => (label === digit ? [i] : []))).slice(0, maxRows);
  const featureCount = height * width;
  const features = new Float64Array(rows.length * featureCount);
  rows.forEach((row, i) => {
    for (let k = 0; k < featureCount; k++) features[i * featureCount + k] = images.data[row * featureCount + k] / 255 - 0.5;
  });
  const isBinary = digits.length === 2;
  return createDataset({
    features,
    featureCount,
    labels: rows.map((row) => (isBinary ? (labels.data[row] === digits[0] ? -1 : 1) : digits.indexOf(labels.data[row]))),
    task: isBinary ? "binary" : "multiclass",
    labelNames: digits.map(String),
    scaling: "l2",
    source: `${folder} (${part})`,
  });
}

function find(folder: string, ...names: readonly string[]): string {
  const candidates = names.flatMap((name) => [name, `${name}.gz`]).map((name) => join(folder, name));
  const found = candidates.find((path) => existsSync(path));
  if (found) return found;
  throw new ExpungeError("E_DATA", `${folder}: expected ${names[0]} (or .gz); it is not there.`, { file: candidates[0] });
}
