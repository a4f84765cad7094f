import { ExpungeError } from "../errors.js";
import { duplicateJsonKey } from "../records/json-duplicates.js";
import {
  bytesFromData,
  dataFromBytes,
  dtypeBytes,
  isDataOf,
  requireDtype,
  type TensorData,
  type TensorDtype,
} from "./safetensors-dtype.js";

export type { TensorData, TensorDtype } from "./safetensors-dtype.js";

/** A named array of numbers, row-major. `shape` [] is a scalar: one element. */
export interface Tensor {
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
  /** product(shape) elements, in the typed array that the dtype names. */
  readonly data: TensorData;
}

/** The contents of a safetensors file: arrays by name, and its text metadata. */
export interface SafetensorsFile {
  readonly tensors: Readonly<Record<string, Tensor>>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Headers beyond this are refused, as the reference implementation does. */
const MAX_HEADER_BYTES = 100_000_000;
const METADATA_KEY = "__metadata__";

/**
 * Tensors as one safetensors file:
 *
 *   8 bytes  u64, little-endian: header length
 *   header   JSON {name: {dtype, shape, data_offsets: [begin, end)}, __metadata__?: {string: string}}
 *   data     the tensors, one behind the other without gaps, little-endian
 *
 * The same tensors give the same bytes, in whatever order they come: names sorted, wider elements first in the data (so
 * that every tensor is aligned in the file), and the header padded with spaces to a multiple of 8 bytes.
 *
 * Source: the safetensors format description, github.com/huggingface/safetensors, README, "Format".
 * @throws ExpungeError E_MODEL where dtype, shape and data of a tensor do not fit each other
 */
export function encodeSafetensors(
  tensors: Readonly<Record<string, Tensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const names = Object.keys(tensors).sort();
  for (const name of names) requireTensor(name, tensors[name]!);
  const layout = names.toSorted((a, b) => dtypeBytes(tensors[b]!.dtype) - dtypeBytes(tensors[a]!.dtype));
  const begins = new Map<string, number>();
  let dataBytes = 0;
  for (const name of layout) {
    begins.set(name, dataBytes);
    dataBytes += tensors[name]!.data.byteLength;
  }
  const header = headerBytes(names, tensors, begins, metadata);
  const file = new Uint8Array(8 + header.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
  file.set(header, 8);
  for (const name of names)
    file.set(bytesFromData(tensors[name]!.data), 8 + header.length + begins.get(name)!);
  return file;
}

/**
 * Reads a safetensors file and trusts nothing in it: the header's length, its JSON, every dtype, shape and range, names
 * given twice, and that the ranges tile the data without gap or overlap up to the last byte.
 *
 * @returns tensors over fresh memory, and the metadata
 * @throws ExpungeError E_MODEL naming what was found and what was expected
 */
export function decodeSafetensors(bytes: Uint8Array): SafetensorsFile {
  const headerLength = readHeaderLength(bytes);
  const header = parseHeader(bytes.subarray(8, 8 + headerLength));
  const data = bytes.subarray(8 + headerLength);
  const ranges: Range[] = [];
  let metadata: Readonly<Record<string, string>> = Object.freeze({});
  for (const [name, entry] of Object.entries(header)) {
    if (name === METADATA_KEY) metadata = Object.freeze(requireMetadata(entry));
    else ranges.push(rangeFrom(name, entry, data.length));
  }
  requireTiling(ranges, data.length);
  const tensors = ranges.map(({ name, dtype, shape, begin, end }): [string, Tensor] => [
    name,
    Object.freeze({ dtype, shape, data: dataFromBytes(dtype, data.subarray(begin, end)) }),
  ]);
  return Object.freeze({ tensors: Object.freeze(Object.fromEntries(tensors)), metadata });
}

interface Range {
  readonly name: string;
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

function requireTensor(name: string, { dtype, shape, data }: Tensor): void {
  if (name === METADATA_KEY) throw broken(`Expected a tensor name other than ${METADATA_KEY}.`, { name });
  requireDtype(name, dtype);
  if (!isDataOf(dtype, data)) {
    const found = (data as object | null)?.constructor?.name ?? String(data);
    throw broken(`Expected data of tensor ${quote(name)} = ${found} to be the typed array of ${dtype}.`, {
      name,
      found,
    });
  }
  const count = elementCount(name, requireShape(name, shape));
  if (count !== data.length) {
    throw broken(
      `Expected tensor ${quote(name)} of shape [${shape}] to hold ${count} elements, found ${data.length}.`,
      {
        name,
        expected: count,
        found: data.length,
      },
    );
  }
}

/** JSON written key by key: a JavaScript object would move names such as "0" to the front. */
function headerBytes(
  names: readonly string[],
  tensors: Readonly<Record<string, Tensor>>,
  begins: ReadonlyMap<string, number>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const fields: string[] = [];
  const metadataKeys = Object.keys(metadata).sort();
  if (metadataKeys.length > 0) {
    const pairs = metadataKeys.map((key) => `${quote(key)}:${quote(String(metadata[key]))}`);
    fields.push(`${quote(METADATA_KEY)}:{${pairs.join(",")}}`);
  }
  for (const name of names) {
    const { dtype, shape, data } = tensors[name]!;
    const begin = begins.get(name)!;
    fields.push(
      `${quote(name)}:{"dtype":"${dtype}","shape":[${shape.join(",")}],"data_offsets":[${begin},${begin + data.byteLength}]}`,
    );
  }
  const json = new TextEncoder().encode(`{${fields.join(",")}}`);
  const padded = new Uint8Array(Math.ceil(json.length / 8) * 8).fill(0x20);
  padded.set(json);
  return padded;
}

function readHeaderLength(bytes: Uint8Array): number {
  if (bytes.length < 8) throw broken(`Expected a file of at least 8 bytes, found ${bytes.length}.`);
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  const most = Math.min(bytes.length - 8, MAX_HEADER_BYTES);
  if (length < 2n || length > BigInt(most)) {
    throw broken(`Expected header length = ${length} in [2, ${most}].`, { found: String(length), most });
  }
  return Number(length);
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  // A byte order mark would be dropped in silence; the format wants "{" as the first byte.
  if (bytes[0] !== 0x7b) throw broken(`Expected the header to begin with "{", found byte ${bytes[0]}.`);
  let text: string;
  let header: Record<string, unknown>;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    header = JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    throw broken(`Expected the header to be JSON in UTF-8, found: ${(error as Error).message}.`);
  }
  const twice = duplicateJsonKey(text);
  if (twice !== null)
    throw broken(`Expected every name in the header once, found ${quote(twice)} twice.`, { name: twice });
  return header;
}

function requireMetadata(entry: unknown): Record<string, string> {
  if (isObject(entry) && Object.values(entry).every((value) => typeof value === "string")) {
    return entry as Record<string, string>;
  }
  throw broken(`Expected ${METADATA_KEY} to map strings to strings, found ${quote(entry)}.`, {
    found: entry,
  });
}

function rangeFrom(name: string, entry: unknown, dataBytes: number): Range {
  if (!isObject(entry))
    throw broken(`Expected tensor ${quote(name)} to be an object, found ${quote(entry)}.`, { name });
  const unknown = Object.keys(entry).find((key) => !["dtype", "shape", "data_offsets"].includes(key));
  if (unknown !== undefined) {
    throw broken(
      `Expected tensor ${quote(name)} to have dtype, shape and data_offsets only, found ${quote(unknown)}.`,
      {
        name,
      },
    );
  }
  const dtype = requireDtype(name, entry.dtype);
  const shape = requireShape(name, entry.shape);
  const count = elementCount(name, shape);
  const offsets = entry.data_offsets;
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    throw broken(
      `Expected data_offsets of tensor ${quote(name)} to be [begin, end], found ${quote(offsets)}.`,
      { name },
    );
  }
  const [begin, end] = offsets as [number, number];
  if (begin > end || end > dataBytes) {
    throw broken(
      `Expected data_offsets of tensor ${quote(name)} = [${begin}, ${end}] within [0, ${dataBytes}].`,
      {
        name,
        found: offsets,
        expected: [0, dataBytes],
      },
    );
  }
  const expected = count * dtypeBytes(dtype);
  if (end - begin !== expected) {
    throw broken(
      `Expected tensor ${quote(name)}, ${dtype} of shape [${shape}], to take ${expected} bytes, found ${end - begin}.`,
      {
        name,
        found: end - begin,
        expected,
      },
    );
  }
  return { name, dtype, shape: Object.freeze(shape), begin, end };
}

function requireTiling(ranges: readonly Range[], dataBytes: number): void {
  let position = 0;
  // Empty tensors share a begin with their neighbour and must come before it.
  for (const { name, begin, end } of ranges.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== position) {
      const fault = begin < position ? "overlaps the tensor before it" : "leaves a gap";
      throw broken(
        `Expected tensor ${quote(name)} to begin at byte ${position} of the data, found ${begin}: it ${fault}.`,
        {
          name,
          found: begin,
          expected: position,
        },
      );
    }
    position = end;
  }
  if (position !== dataBytes) {
    throw broken(`Expected ${position} bytes of data, found ${dataBytes}.`, {
      found: dataBytes,
      expected: position,
    });
  }
}

function requireShape(name: string, shape: unknown): readonly number[] {
  if (Array.isArray(shape) && shape.every(isCount)) return shape;
  throw broken(`Expected shape of tensor ${quote(name)} to be a list of counts, found ${quote(shape)}.`, {
    name,
  });
}

function elementCount(name: string, shape: readonly number[]): number {
  const count = shape.reduce((product, size) => product * size, 1);
  if (Number.isSafeInteger(count)) return count;
  throw broken(`Expected shape [${shape}] of tensor ${quote(name)} to be countable.`, { name });
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && !Object.is(value, -0);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function quote(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}

function broken(message: string, details: Record<string, unknown> = {}): ExpungeError {
  return new ExpungeError("E_MODEL", message, details);
}
