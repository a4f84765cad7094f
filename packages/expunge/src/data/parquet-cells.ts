import type { FileMetaData, ParquetParsers, SchemaElement, SchemaTree } from "hyparquet";
import { SIGNIFICAND_BITS } from "./exact-id.js";
import type { Cell } from "./table.js";

/** Turns a value as hyparquet gives it into a cell. */
export type CellOf = (value: unknown) => Cell;

/**
 * Reading of dates, times and texts that loses nothing: hyparquet's own cuts times to milliseconds, and reads bytes that are not UTF-8,
 * and a byte-order mark, as if they were something else. Two ids would become one.
 */
export const EXACT_PARSERS: Partial<ParquetParsers> = {
  timestampFromMilliseconds: (value) => momentText(BigInt(value), 0),
  timestampFromMicroseconds: (value) => momentText(BigInt(value), 3),
  timestampFromNanoseconds: (value) => momentText(BigInt(value), 6),
  dateFromDays: (days) => {
    const date = new Date(days * 86_400_000);
    return Number.isNaN(date.getTime()) ? `day ${days} from 1970-01-01` : date.toISOString().slice(0, 10);
  },
  stringFromBytes: (bytes) => bytes && exactText(bytes),
};

/**
 * The metadata with what hyparquet converts inexactly, or not at all, left unconverted: decimals (it multiplies doubles), intervals, BSON.
 * `cellReader` takes the tree of the metadata as they were.
 */
export function withoutConversions(metadata: FileMetaData): FileMetaData {
  const schema = metadata.schema.map((element) => {
    if (!isDecimal(element) && element.converted_type !== "INTERVAL" && element.converted_type !== "BSON")
      return element;
    const { converted_type: _converted, logical_type: _logical, ...rest } = element;
    return rest;
  });
  return { ...metadata, schema };
}

/** How the values of a column, read with `EXACT_PARSERS`, become cells. */
export function cellReader({ element }: SchemaTree): CellOf {
  if (isDecimal(element)) {
    const scale = scaleOf(element);
    return (value) => (value === null || value === undefined ? null : decimalCell(unscaled(value), scale));
  }
  return element.type === "BYTE_ARRAY"
    ? (value) => (value instanceof Uint8Array ? exactText(value) : cellOf(value))
    : cellOf;
}

/** Of a column of binary floating-point numbers; null for any other column. */
export function significandBitsOf({ element }: SchemaTree): number | null {
  if (element.type === "DOUBLE") return SIGNIFICAND_BITS.double;
  if (element.type === "FLOAT") return SIGNIFICAND_BITS.single;
  return element.logical_type?.type === "FLOAT16" ? SIGNIFICAND_BITS.half : null;
}

function cellOf(value: unknown): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === "number" || typeof value === "string") return value;
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function isDecimal({ converted_type, logical_type }: SchemaElement): boolean {
  return converted_type === "DECIMAL" || logical_type?.type === "DECIMAL";
}

function scaleOf({ scale, logical_type }: SchemaElement): number {
  const digits = scale ?? (logical_type?.type === "DECIMAL" ? logical_type.scale : 0);
  if (digits >= 0 && digits <= 1000) return digits;
  throw new Error(`a decimal of ${digits} digits behind the point`);
}

/** As many as any system writes, twice over: the time that it takes to write a number out grows with the square of its length. */
const MAX_DECIMAL_BYTES = 64;

/** The whole number that stands for a decimal: INT32, INT64, or bytes in two's complement, the highest first. */
function unscaled(value: unknown): bigint {
  if (!(value instanceof Uint8Array)) return BigInt(value as number | bigint);
  if (value.length === 0) return 0n;
  if (value.length > MAX_DECIMAL_BYTES) throw new Error(`a decimal of ${value.length} bytes`);
  return BigInt.asIntN(value.length * 8, BigInt(`0x${Buffer.from(value).toString("hex")}`));
}

/** Decimals of at most so many digits are told apart by doubles, and read back from them as they were. */
const MAX_DOUBLE_DIGITS = 15;

/** A number where a double and its text are exact, else the decimal's own text; no zeros at the end of a fraction. */
function decimalCell(value: bigint, scale: number): Cell {
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, "0");
  const whole = digits.slice(0, digits.length - scale);
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, "");
  const text = `${value < 0n ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
  const number = Number(text);
  return digits.length <= MAX_DOUBLE_DIGITS && String(number) === text ? number : text;
}

/** An ISO text in UTC with as many decimals as the moment has, at least three. @param finer digits of the unit beyond milliseconds */
function momentText(value: bigint, finer: number): string {
  const unit = 10n ** BigInt(finer);
  const rest = ((value % unit) + unit) % unit;
  const date = new Date(Number((value - rest) / unit));
  if (Number.isNaN(date.getTime())) return `${value} * 10^-${finer + 3} s from 1970-01-01`;
  const decimals = rest === 0n ? "" : String(rest).padStart(finer, "0");
  return `${date.toISOString().slice(0, -1)}${decimals}Z`;
}

// A mark at the beginning belongs to the text: without it two ids would be one.
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Bytes as text where they are UTF-8. Others are no text: each byte becomes a lone surrogate, U+DC00 and the byte, which no text holds, so
 * that different bytes stay different, and an id of this kind can be refused.
 */
function exactText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    // Bytes in pairs, the second of them 0xdc, are these characters in UTF-16.
    const pairs = Buffer.alloc(2 * bytes.length, 0xdc);
    for (let i = 0; i < bytes.length; i++) pairs[2 * i] = bytes[i]!;
    return pairs.toString("utf16le");
  }
}
