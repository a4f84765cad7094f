import type { AsyncBuffer, ColumnMetaData, DecodedArray } from "hyparquet";
import { parquetHeader, readPage } from "hyparquet/src/column.js";
import { convert } from "hyparquet/src/convert.js";

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

  constructor(file: AsyncBuffer, columnCount: number) {
    this.file = file;
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
  let at = Number(meta.dictionary_page_offset || meta.data_page_offset);
  const last = at + Number(meta.total_compressed_size);
  while (at < last - 1) {
    const { header, length } = await readHeader(reader, at, last);
    const start = at + length;
    at = start + header.compressed_page_size;
    yield { header, start, end: at };
  }
}

async function readHeader(reader: ForwardReader, at: number, last: number) {
  for (let count = HEADER_BYTES; ; count *= 8) {
    const bytes = await reader.read(at, Math.min(last, at + count));
    const cursor = { view: viewOf(bytes), offset: 0 };
    try {
      return { header: parquetHeader(cursor), length: cursor.offset };
    } catch (error) {
      // Cut off, perhaps.
      if (at + count >= last) throw error;
    }
  }
}

/** Values of a column, a page at a time; null or undefined where there is none. */
async function* readPages(
  file: AsyncBuffer,
  { meta, decoder }: PagedColumn,
  columnCount: number,
): AsyncGenerator<DecodedArray> {
  const reader = new ForwardReader(file, columnCount);
  let dictionary: DecodedArray | undefined;
  for await (const { header, start, end } of findPages(reader, meta)) {
    const cursor = { view: viewOf(await reader.read(start, end)), offset: 0 };
    const { data } = readPage(cursor, header, decoder, dictionary, undefined, 0);
    if (data === undefined) continue;
    if (header.type === "DICTIONARY_PAGE") dictionary = convert(data, decoder);
    else yield data;
  }
}

/** The values of a column, any number at a time. */
class Taker {
  private readonly name: string;
  private readonly pages: AsyncGenerator<DecodedArray>;
  private page: DecodedArray = [];
  private at = 0;

  constructor(file: AsyncBuffer, column: PagedColumn, columnCount: number) {
    this.name = column.name;
    this.pages = readPages(file, column, columnCount);
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

interface Block {
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
): AsyncGenerator<Block> {
  const takers = columns.map((column) => new Taker(file, column, columns.length));
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
  const isText = meta.type === "BYTE_ARRAY" || meta.type === "FIXED_LEN_BYTE_ARRAY";
  for await (const { header } of findPages(new ForwardReader(file, MAX_COLUMNS), meta)) {
    const page = header.data_page_header ?? header.data_page_header_v2 ?? header.dictionary_page_header;
    const unpacked = Number(header.uncompressed_page_size);
    const ownsTexts =
      isText && !/DICTIONARY/.test(header.type === "DICTIONARY_PAGE" ? "" : (page?.encoding ?? ""));
    const decoded =
      (page?.num_values ?? 0) * (ownsTexts ? TEXT_BYTES : VALUE_BYTES) + (ownsTexts ? unpacked : 0);
    const bytes = header.compressed_page_size + unpacked + decoded;
    if (header.type === "DICTIONARY_PAGE") dictionary = bytes;
    else largest = Math.max(largest, bytes);
  }
  return dictionary + largest;
}

/** As if there were as many columns: headers are few bytes, far apart. */
const MAX_COLUMNS = READ_BYTES / MIN_READ_BYTES;

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
