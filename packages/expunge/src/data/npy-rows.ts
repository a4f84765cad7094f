import { type FileHandle, open } from "node:fs/promises";
import { dataError } from "./data-error.js";
import {
  decodeNumbers,
  makeNumbers,
  type NpyArray,
  type NpyHeader,
  readNpyHeader,
  requireNpySize,
} from "./parse-npy.js";
import { readFirstBytes, unreadable } from "./read-bytes.js";

/** A NumPy array of one dimension or two, read some rows at a time. */
export interface NpyRows {
  readonly shape: readonly number[];
  /** Rows that are read well at once. */
  readonly blockRows: number;
  /** `count` rows from row `first` (from 0), row-major; in a vector every number is a row. @throws ExpungeError E_DATA */
  read(first: number, count: number): Promise<NpyArray["data"]>;
  close(): Promise<void>;
}

/** NumPy pads headers to 64 bytes and refuses those above 10,000 characters. */
const MAX_HEADER_BYTES = 2 ** 17;
const BLOCK_BYTES = 2 ** 21;
/** Column-major: as many reads a block as there are columns, each the longer the larger the block. */
const FORTRAN_BLOCK_BYTES = 2 ** 25;

/**
 * Opens a .npy file for reading by rows; see `parseNpy` for what is understood. Memory is that of a block.
 *
 * @throws ExpungeError E_DATA naming the file, what was found and what was expected
 */
export async function openNpyRows(path: string): Promise<NpyRows> {
  const header = readNpyHeader(await readFirstBytes(path, MAX_HEADER_BYTES), path);
  const file = await open(path).catch((error) => {
    throw unreadable(path, error);
  });
  try {
    requireNpySize(header, (await file.stat()).size, path);
  } catch (error) {
    await file.close();
    throw error;
  }
  return fileRows(path, file, header);
}

/** The same for an array in memory. */
export function npyRowsOf({ shape, data }: NpyArray): NpyRows {
  const width = widthOf(shape);
  return {
    shape,
    blockRows: Math.max(1, shape[0] ?? 1),
    read: async (first, count) => data.subarray(first * width, (first + count) * width),
    close: async () => {},
  };
}

function fileRows(path: string, file: FileHandle, header: NpyHeader): NpyRows {
  const { shape, type, start, isFortran } = header;
  const width = widthOf(shape);
  const [rowCount = 1] = shape;
  const isStrided = isFortran && width > 1;
  const blockBytes = isStrided ? FORTRAN_BLOCK_BYTES : BLOCK_BYTES;
  let scratch = new Uint8Array();

  /** Decodes `count` elements from number `first` of the file. */
  async function decode(first: number, count: number, into: NpyArray["data"], column: number | null) {
    const byteCount = count * type.bytes;
    if (scratch.length < byteCount) scratch = new Uint8Array(byteCount);
    const bytes = scratch.subarray(0, byteCount);
    await fill(path, file, bytes, start + first * type.bytes);
    decodeNumbers(header, bytes, first, path, into, column === null ? null : (i) => i * width + column);
  }

  return {
    shape,
    blockRows: Math.max(1, Math.floor(blockBytes / (width * type.bytes))),
    async read(first, count) {
      const data = makeNumbers(header, count * width);
      if (!isStrided) await decode(first * width, count * width, data, null);
      else for (let k = 0; k < width; k++) await decode(k * rowCount + first, count, data, k);
      return data;
    },
    close: () => file.close(),
  };
}

/** Reads until `bytes` are full. */
async function fill(path: string, file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesRead } = await file
      .read(bytes, done, bytes.length - done, position + done)
      .catch((error) => {
        throw unreadable(path, error);
      });
    if (bytesRead === 0)
      throw dataError({ file: path }, `${bytes.length} bytes from byte ${position}`, `only ${done}`);
    done += bytesRead;
  }
}

/** Numbers a row. */
function widthOf(shape: readonly number[]): number {
  return shape.slice(1).reduce((a, b) => a * b, 1);
}
