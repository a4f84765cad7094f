import type { parquetHeader, readPage } from "hyparquet/src/column.js";
import { deltaBinaryUnpack } from "hyparquet/src/delta.js";

/* Looks over the values of a page, unpacked but not decoded: hyparquet writes as many as a run says that it holds, wherever that leads. */

type PageHeader = ReturnType<typeof parquetHeader>;
type Decoder = Parameters<typeof readPage>[2];

interface Facts {
  /** Those that are there: not nulls. */
  readonly values: number;
  readonly encoding: string | undefined;
  /** Where the values begin. */
  readonly start: number;
}

/**
 * @param bytes of a page, unpacked
 * @param most  bytes that its values may take once they are decoded
 * @throws Error for runs, lengths or counts that no reader survives
 */
export function requireSaneValues(
  bytes: Uint8Array,
  header: PageHeader,
  decoder: Decoder,
  most: number,
): void {
  if (header.type === "DICTIONARY_PAGE") return;
  const facts = header.type === "DATA_PAGE" ? factsOf(bytes, header, decoder) : factsOfV2(bytes, header);
  const { values, encoding, start } = facts;
  if (values === 0) return;
  const rest = bytes.subarray(start);
  if (encoding === "RLE_DICTIONARY" || encoding === "PLAIN_DICTIONARY")
    requireRuns(rest.subarray(1), rest[0] ?? 0, values);
  else if (encoding === "RLE") requireRuns(rest.subarray(4), 1, values);
  else if (encoding === "BYTE_STREAM_SPLIT") countOf(values * widthOf(decoder), rest.length);
  else if (encoding === "DELTA_BINARY_PACKED" || encoding === "DELTA_LENGTH_BYTE_ARRAY")
    requireDeltas(rest, 0, values);
  else if (encoding === "DELTA_BYTE_ARRAY") requireTexts(rest, values, most);
}

function factsOf(bytes: Uint8Array, { data_page_header: page }: PageHeader, { element }: Decoder): Facts {
  const count = countOf(page?.num_values);
  const encoding = page?.encoding;
  if (element.repetition_type === "REQUIRED") return { values: count, encoding, start: 0 };
  const start = 4 + countOf(viewOf(bytes).getUint32(0, true), bytes.length - 4);
  return { values: requireRuns(bytes.subarray(4, start), 1, count), encoding, start };
}

function factsOfV2(bytes: Uint8Array, { data_page_header_v2: page }: PageHeader): Facts {
  const count = countOf(page?.num_values);
  const nulls = countOf(page?.num_nulls, count);
  const repetition = countOf(page?.repetition_levels_byte_length, bytes.length);
  const definition = countOf(page?.definition_levels_byte_length, bytes.length - repetition);
  const start = repetition + definition;
  if (definition > 0) requireRuns(bytes.subarray(repetition, start), 1, count);
  return { values: count - nulls, encoding: page?.encoding, start };
}

/** @throws Error for what is no count, or above the most that there can be */
export function countOf(value: number | bigint | undefined, most = Number.MAX_SAFE_INTEGER): number {
  const count = Number(value);
  if (Number.isSafeInteger(count) && count >= 0 && count <= most) return count;
  throw new Error(`parquet count invalid: ${String(value)}`);
}

function widthOf({ type, element }: Decoder): number {
  if (type === "FIXED_LEN_BYTE_ARRAY") return countOf(element.type_length);
  return type === "FLOAT" || type === "INT32" ? 4 : 8;
}

/** Packed bits come in groups of so many. */
const GROUP = 8;

/** Runs of the hybrid of run lengths and packed bits. @returns how many are odd: of definition levels, the values that are there */
function requireRuns(bytes: Uint8Array, width: number, values: number): number {
  if (width > 32) throw new Error(`parquet bit width invalid: ${width}`);
  const cursor = { bytes, at: 0 };
  let odd = 0;
  for (let seen = 0; seen < values; ) {
    const head = readVarInt(cursor);
    const isPacked = head % 2 === 1;
    const runs = Math.floor(head / 2);
    const count = isPacked ? runs * GROUP : runs;
    const runBytes = isPacked ? runs * width : Math.ceil(width / 8);
    const left = values - seen;
    // Writers fill up a last group, and some of them more than one.
    if (isPacked ? runBytes > bytes.length || (width === 0 && count > left + GROUP) : count > left)
      throw new Error(`parquet run of ${count} where ${left} values are left`);
    if (width === 1)
      odd += isPacked ? oddBits(bytes, cursor.at, Math.min(count, left)) : (bytes[cursor.at]! & 1) * count;
    seen += count;
    cursor.at += runBytes;
  }
  return odd;
}

function oddBits(bytes: Uint8Array, start: number, count: number): number {
  let odd = 0;
  for (let i = 0; i < count; i++) odd += ((bytes[start + (i >> 3)] ?? 0) >> (i & 7)) & 1;
  return odd;
}

interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

function readVarInt(cursor: Cursor): number {
  let value = 0;
  for (let i = 0; i < 10; i++) {
    const byte = cursor.bytes[cursor.at++];
    if (byte === undefined) throw new Error("parquet values end early");
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return value;
  }
  throw new Error("parquet number of more than ten bytes");
}

/** More in a block or fewer in a part of it has no writer. */
const MAX_BLOCK = 2 ** 20;

/** Blocks of differences. @returns where they end */
function requireDeltas(bytes: Uint8Array, start: number, values: number): number {
  const cursor = { bytes, at: start };
  const blockSize = countOf(readVarInt(cursor), MAX_BLOCK);
  const parts = readVarInt(cursor);
  if (!(parts > 0 && blockSize % (parts * GROUP) === 0 && blockSize > 0))
    throw new Error(`parquet block of ${blockSize} values in ${parts} parts`);
  readVarInt(cursor);
  readVarInt(cursor);
  const partValues = blockSize / parts;
  for (let seen = 1; seen < values; ) {
    readVarInt(cursor);
    const widths = bytes.subarray(cursor.at, cursor.at + parts);
    cursor.at += parts;
    for (let part = 0; part < parts && seen < values; part++, seen += partValues) {
      const width = widths[part] ?? 65;
      if (width > 64) throw new Error("parquet bit width invalid");
      cursor.at += (partValues * width) / 8;
    }
  }
  return cursor.at;
}

/** Texts that begin as the one before: a few bytes may stand for any number of them. */
function requireTexts(bytes: Uint8Array, values: number, most: number): void {
  const suffixesAt = requireDeltas(bytes, 0, values);
  requireDeltas(bytes, suffixesAt, values);
  const cursor = { view: viewOf(bytes), offset: 0 };
  const prefixes = new Int32Array(values);
  const suffixes = new Int32Array(values);
  deltaBinaryUnpack(cursor, values, prefixes);
  deltaBinaryUnpack(cursor, values, suffixes);
  let total = 0;
  for (let i = 0, before = 0; i < values; i++) {
    const prefix = countOf(prefixes[i], before);
    before = prefix + countOf(suffixes[i], bytes.length);
    total += before;
  }
  countOf(total, most);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
