import type { AsyncBuffer, ColumnMetaData, DecodedArray } from "hyparquet";
import { parquetHeader, readPage } from "hyparquet/src/column.js";
import { convert } from "hyparquet/src/convert.js";
import { decompressPage } from "hyparquet/src/datapage.js";
import { countOf, requireSaneValues } from "./parquet-encodings.js";
import { countThriftValues } from "./parquet-thrift.js";

/** One column of a row group that holds single values. */
export interface PagedColumn {
  readonly name: string;
  readonly meta: ColumnMetaData;
  readonly decoder: Parameters<typeof readPage>[2];
}

/** Bytes read at once, of all columns together. */
const READ_BYTES = 2 ** 24;
const MIN_READ_BYTES = 2 ** 14;
const MAX_READ_BYTES = 2 ** 20;
/** A page's header is some tens of bytes; it may hold the least and the largest value, texts of any length. */
const HEADER_BYTES = 2 ** 10;

type PageHeader = ReturnType<typeof parquetHeader>;

/** A page as it lies in the file: its header, and where its data begin and end. */
interface Page {
  readonly header: PageHeader;
  readonly start: number;
  readonly end: number;
}

/** Reads a file forwards, some hundred KiB at a time. */
class ForwardReader {
  private readonly file: AsyncBuffer;
  private readonly readBytes: number;
  private bytes = new Uint8Array();
  private start = 0;
  readonly byteLength: number;

  constructor(file: AsyncBuffer, columnCount: number) {
    this.file = file;
    this.byteLength = file.byteLength;
    this.readBytes = Math.max(MIN_READ_BYTES, Math.min(MAX_READ_BYTES, Math.floor(READ_BYTES / columnCount)));
  }

  /** The bytes from `start` to `end`, of which at least the first is before the file's end. */
  async read(start: number, end: number): Promise<Uint8Array> {
    if (start < this.start || end > this.start + this.bytes.length) {
      const last = Math.min(this.file.byteLength, Math.max(end, start + this.readBytes));
      this.bytes = new Uint8Array(await this.file.slice(start, last));
      this.start = start;
    }
    return this.bytes.subarray(start - this.start, end - this.start);
  }
}

/** The pages of a column in order, its dictionary first where it has one. Nothing but their headers is read. */
async function* findPages(reader: ForwardReader, meta: ColumnMetaData): AsyncGenerator<Page> {
  let at = countOf(meta.dictionary_page_offset || meta.data_page_offset, reader.byteLength);
  const last = at + countOf(meta.total_compressed_size, reader.byteLength - at);
  while (at < last - 1) {
    const { header, length } = await readHeader(reader, at, last);
    const start = at + length;
    at = start + countOf(header.compressed_page_size, last - start);
    countOf(header.uncompressed_page_size);
    yield { header, start, end: at };
  }
}

async function readHeader(reader: ForwardReader, at: number, last: number) {
  for (let count = HEADER_BYTES; ; count *= 8) {
    const bytes = await reader.read(at, Math.min(last, at + count));
    const cursor = { view: viewOf(bytes), offset: 0 };
    try {
      countThriftValues(bytes, 0);
      return { header: parquetHeader(cursor), length: cursor.offset };
    } catch (error) {
      // Cut off, perhaps.
      if (at + count >= last) throw error;
    }
  }
}

/** Bytes that pages may take which are in memory at the same time, those of all columns. */
export class PageRoom {
  private readonly limit: number;
  private taken = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** @throws Error where there is not so much left */
  take(bytes: number): void {
    this.taken += bytes;
    if (this.taken > this.limit)
      throw new Error(`its pages take more than ${this.limit} bytes while they are read`);
  }

  give(bytes: number): void {
    this.taken -= bytes;
  }

  get left(): number {
    return this.limit - this.taken;
  }
}

/** Values of a column, a page at a time; null or undefined where there is none. */
async function* readPages(
  file: AsyncBuffer,
  column: PagedColumn,
  columnCount: number,
  room: PageRoom,
): AsyncGenerator<DecodedArray> {
  const { meta, decoder } = column;
  const reader = new ForwardReader(file, columnCount);
  let dictionary: DecodedArray | undefined;
  let dictionaryBytes = 0;
  for await (const { header, start, end } of findPages(reader, meta)) {
    const bytes = pageBytesOf(header, meta);
    room.take(bytes);
    const page = unpacked(await reader.read(start, end), header, column);
    requireSaneValues(page.bytes, header, decoder, room.left);
    const cursor = { view: viewOf(page.bytes), offset: 0 };
    const { data } = readPage(cursor, page.header, page.decoder, dictionary, undefined, 0);
    if (header.type === "DICTIONARY_PAGE") {
      room.give(dictionaryBytes);
      dictionaryBytes = bytes;
      if (data !== undefined) dictionary = convert(data, decoder);
      continue;
    }
    if (data !== undefined) yield data;
    room.give(bytes);
  }
  room.give(dictionaryBytes);
}

/** A page as if it had never been packed. */
function unpacked(packed: Uint8Array, header: PageHeader, { decoder }: PagedColumn) {
  const { codec, compressors } = decoder;
  const { data_page_header_v2: v2 } = header;
  const levels =
    v2 === undefined
      ? 0
      : countOf(v2.repetition_levels_byte_length, packed.length) +
        countOf(v2.definition_levels_byte_length, packed.length);
  const isPacked = codec !== "UNCOMPRESSED" && v2?.is_compressed !== false;
  const values = isPacked
    ? decompressPage(
        packed.subarray(levels),
        countOf(Number(header.uncompressed_page_size) - levels),
        codec,
        compressors,
      )
    : packed.subarray(levels);
  const bytes = levels === 0 ? values : new Uint8Array(Buffer.concat([packed.subarray(0, levels), values]));
  return {
    bytes,
    header: {
      ...header,
      compressed_page_size: bytes.length,
      uncompressed_page_size: bytes.length,
      ...(v2 === undefined ? {} : { data_page_header_v2: { ...v2, is_compressed: false } }),
    },
    decoder: { ...decoder, codec: "UNCOMPRESSED" as const },
  };
}

/** The values of a column, any number at a time. */
class Taker {
  private readonly name: string;
  private readonly pages: AsyncGenerator<DecodedArray>;
  private page: DecodedArray = [];
  private at = 0;

  constructor(file: AsyncBuffer, column: PagedColumn, columnCount: number, room: PageRoom) {
    this.name = column.name;
    this.pages = readPages(file, column, columnCount, room);
  }

  /** @throws Error where fewer are left */
  async take(count: number): Promise<readonly unknown[]> {
    const taken: unknown[] = [];
    while (taken.length < count) {
      if (this.at === this.page.length) {
        const { value, done } = await this.pages.next();
        if (done) throw new Error(`column "${this.name}" has fewer values than there are rows`);
        this.page = value;
        this.at = 0;
        continue;
      }
      const end = Math.min(this.page.length, this.at + count - taken.length);
      for (; this.at < end; this.at++) taken.push(this.page[this.at]);
    }
    return taken;
  }
}

/** Rows side by side. */
export interface Block {
  readonly rowCount: number;
  /** One list a column. */
  readonly values: readonly (readonly unknown[])[];
}

/**
 * Columns of a row group side by side, `blockRows` rows at a time, fewer at the end. Memory is that of one page of each column.
 *
 * @throws Error for a damaged file
 */
export async function* readColumns(
  file: AsyncBuffer,
  columns: readonly PagedColumn[],
  groupRows: number,
  blockRows: number,
  room: PageRoom,
): AsyncGenerator<Block> {
  const takers = columns.map((column) => new Taker(file, column, columns.length, room));
  for (let start = 0; start < groupRows; start += blockRows) {
    const rowCount = Math.min(blockRows, groupRows - start);
    const values: (readonly unknown[])[] = [];
    for (const taker of takers) values.push(await taker.take(rowCount));
    yield { rowCount, values };
  }
}

/** Bytes of a decoded number or a reference to a dictionary, and of its place in a list; of a text besides its own bytes. */
const VALUE_BYTES = 16;
const TEXT_BYTES = 40;

/** About how many bytes the largest page of a column takes while it is read: packed, unpacked and decoded. Headers alone are read. */
export async function largestPageBytes(file: AsyncBuffer, { meta }: PagedColumn): Promise<number> {
  let largest = 0;
  let dictionary = 0;
  for await (const { header } of findPages(new ForwardReader(file, MAX_COLUMNS), meta)) {
    const bytes = pageBytesOf(header, meta);
    if (header.type === "DICTIONARY_PAGE") dictionary = bytes;
    else largest = Math.max(largest, bytes);
  }
  return dictionary + largest;
}

function pageBytesOf(header: PageHeader, { type }: ColumnMetaData): number {
  const page = header.data_page_header ?? header.data_page_header_v2 ?? header.dictionary_page_header;
  const unpacked = Number(header.uncompressed_page_size);
  const isText = type === "BYTE_ARRAY" || type === "FIXED_LEN_BYTE_ARRAY";
  const ownsTexts =
    isText && !/DICTIONARY/.test(header.type === "DICTIONARY_PAGE" ? "" : (page?.encoding ?? ""));
  const decoded =
    countOf(page?.num_values ?? 0) * (ownsTexts ? TEXT_BYTES : VALUE_BYTES) + (ownsTexts ? unpacked : 0);
  return header.compressed_page_size + unpacked + decoded;
}

/** As if there were as many columns: headers are few bytes, far apart. */
const MAX_COLUMNS = READ_BYTES / MIN_READ_BYTES;

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
