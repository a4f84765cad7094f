import { dataError } from "./data-error.js";
import { exactId, SIGNIFICAND_BITS } from "./exact-id.js";
import { parseNpy, readNpyHeader } from "./parse-npy.js";

/**
 * Ids from the bytes of a .npy vector: texts (dtype U), byte strings that are UTF-8 (dtype S), or whole numbers, 64-bit ones whole.
 *
 * @throws ExpungeError E_DATA for anything else, naming the row, never the id
 */
export function parseNpyIds(bytes: Uint8Array, name: string): readonly string[] {
  const header = headerOf(bytes);
  const found = /'descr':\s*'([<>|=])([USiu])(\d+)'/.exec(header.text);
  const shape = /'shape':\s*\(\s*(\d+)\s*,?\s*\)/.exec(header.text);
  const isText = found?.[2] === "U" || found?.[2] === "S";
  if (header.text.includes("'|O'") || (isText && shape === null))
    throw dataError({ file: name }, IDS, isText ? "texts of another shape" : "Python objects", HINT);
  if (found === null || shape === null) return numberIds(bytes, name);
  const [, order, kind, width] = found;
  const size = Number(width);
  const count = Number(shape[1]);
  const itemBytes = kind === "U" ? 4 * size : size;
  const data = bytes.subarray(header.start);
  if (data.length !== count * itemBytes)
    throw dataError({ file: name }, `${count * itemBytes} bytes of ids`, String(data.length));
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const isLittle = order !== ">";
  if ((kind === "i" || kind === "u") && size !== 8) return numberIds(bytes, name);
  const read = (at: number): string => {
    if (kind === "U") return wideText(view, at, size, isLittle);
    if (kind === "S") return byteText(data.subarray(at, at + size));
    return String(kind === "i" ? view.getBigInt64(at, isLittle) : view.getBigUint64(at, isLittle));
  };
  return Array.from({ length: count }, (_, i) =>
    exactId(read(i * itemBytes), null, "none", () => ({ file: name, row: i + 1 })),
  );
}

const IDS = "ids of shape (rows): texts, bytes in UTF-8 or whole numbers";
const HINT = " Save them as numpy.array(ids, dtype=str).";

/** Ids of narrower integers, or of floating-point numbers that are whole. */
function numberIds(bytes: Uint8Array, name: string): readonly string[] {
  const { shape, data } = parseNpy(bytes, name);
  if (shape.length !== 1) throw dataError({ file: name }, IDS, `shape (${shape.join(", ")})`);
  const { bytes: width } = readNpyHeader(bytes, name).type;
  const significandBits =
    data instanceof Float32Array
      ? width === 2
        ? SIGNIFICAND_BITS.half
        : SIGNIFICAND_BITS.single
      : SIGNIFICAND_BITS.double;
  return Array.from(data, (id, i) =>
    exactId(id, significandBits, "none", () => ({ file: name, row: i + 1 })),
  );
}

/** Text of a .npy header, and where it ends; `parseNpy` checks what this does not. */
function headerOf(bytes: Uint8Array): { readonly text: string; readonly start: number } {
  if (bytes.length < 12) return { text: "", start: 0 };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const begin = bytes[6] === 1 ? 10 : 12;
  const start = begin + (begin === 10 ? view.getUint16(8, true) : view.getUint32(8, true));
  return { text: new TextDecoder().decode(bytes.subarray(begin, start)), start };
}

/** NumPy pads texts with zeros. */
function wideText(view: DataView, at: number, size: number, isLittle: boolean): string {
  const points = Array.from({ length: size }, (_, k) => view.getUint32(at + 4 * k, isLittle));
  while (points.at(-1) === 0) points.pop();
  return points.map((point) => (point <= 0x10ffff ? String.fromCodePoint(point) : "\udfff")).join("");
}

function byteText(bytes: Uint8Array): string {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.subarray(0, end));
  } catch {
    // As the Parquet reader marks bytes that are no text: refused as an id.
    return "\udfff";
  }
}
