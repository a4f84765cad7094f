import {
  type AsyncBuffer,
  type Compressors,
  type FileMetaData,
  parquetSchema,
  type RowGroup,
  type SchemaTree,
} from "hyparquet";
import { DEFAULT_PARSERS } from "hyparquet/src/convert.js";
import { compressors } from "hyparquet-compressors";
import { ExpungeError } from "../errors.js";
import { type ByteSource, nameOf } from "./byte-source.js";
import { cellReader, EXACT_PARSERS, significandBitsOf, withoutConversions } from "./parquet-cells.js";
import { countOf } from "./parquet-encodings.js";
import { bufferOf, readFooter } from "./parquet-file.js";
import { type Block, largestPageBytes, type PagedColumn, PageRoom, readColumns } from "./parquet-pages.js";
import { requireDistinct, type TableReader, type TableRow } from "./table.js";

const BATCH_ROWS = 1024;
/** Where nobody says: beyond it V8 may not survive a page, whose values it keeps in one list. */
const DEFAULT_MEMORY_LIMIT = 2 ** 30;

/** How a Parquet file is opened. */
export interface ParquetOptions {
  /**
   * Bytes that pages may take while they are read. A file of larger ones is refused before any of it is read; without a limit, where one is
   * come upon that takes more than 1 GiB.
   */
  readonly memoryLimit?: number;
}

/**
 * Streams a Parquet file, a page of each column at a time. Nothing is rounded: numbers stay numbers; 64-bit integers beyond
 * 2^53 and decimals of more than 15 digits become texts; dates and times ISO texts (in UTC) with all their decimals; booleans "true" and
 * "false"; bytes of a fixed length hex, others the text that they are in UTF-8. Nulls are missing.
 *
 * @throws ExpungeError E_DATA for a file that cannot be read or is no Parquet, or duplicate column names; E_OPTION for a memory limit
 *         that its pages are above. While rows are read, too.
 */
export async function openParquet(
  source: string | ByteSource,
  options: ParquetOptions = {},
): Promise<TableReader> {
  const explain = (error: Error): never => {
    if (error instanceof ExpungeError) throw error;
    const file = nameOf(source);
    throw new ExpungeError("E_DATA", `Cannot read ${file} as Parquet: ${error.message}.`, { file });
  };
  // Of a damaged file hyparquet may say anything, in any error.
  const table = await openUnexplained(source, options).catch(explain);
  async function* explained(): AsyncGenerator<readonly TableRow[]> {
    const rows = table.batches[Symbol.asyncIterator]();
    for (;;) {
      const { value, done } = await rows.next().catch(explain);
      if (done) return;
      yield value;
    }
  }
  return { ...table, batches: explained() };
}

async function openUnexplained(
  source: string | ByteSource,
  { memoryLimit }: ParquetOptions,
): Promise<TableReader> {
  const path = nameOf(source);
  const file = await bufferOf(source);
  const metadata = await readFooter(file, DEFAULT_MEMORY_LIMIT);
  const fields = parquetSchema(metadata).children;
  const columns = fields.map(({ element }) => element.name);
  requireDistinct(path, columns);
  const nested = new Set(fields.filter(isNested).map(({ element }) => element.name));
  const floats = new Map(
    fields.flatMap((field) => {
      const bits = significandBitsOf(field);
      return bits === null ? [] : [[field.element.name, bits]];
    }),
  );
  const plain = fields.filter((field) => !isNested(field));
  const groups = await groupsOf(metadata, plain);
  if (memoryLimit !== undefined)
    for (const { paged } of groups) await requirePagesWithin(memoryLimit, path, file, paged);

  async function* batches(): AsyncGenerator<readonly TableRow[]> {
    const places = new Map(plain.map((field, i) => [field, i]));
    const readers = fields.map((field) => ({ at: places.get(field) ?? -1, cellOf: cellReader(field) }));
    let row = 0;
    const rowOf = ({ values }: Block, i: number): TableRow => ({
      // Of lists and records there are no values.
      cells: readers.map(({ at, cellOf }) => cellOf(values[at]?.[i])),
      row: ++row,
      line: null,
    });
    for (const { rowCount, paged } of groups) {
      const room = new PageRoom(memoryLimit ?? DEFAULT_MEMORY_LIMIT);
      for await (const block of readColumns(file, paged, rowCount, BATCH_ROWS, room))
        yield Array.from({ length: block.rowCount }, (_, i) => rowOf(block, i));
    }
  }
  return { source: path, columns, nested, floats, batches: batches() };
}

interface Group {
  readonly rowCount: number;
  readonly paged: readonly PagedColumn[];
}

/** Row groups with those columns that hold single values. @throws Error */
async function groupsOf(metadata: FileMetaData, plain: readonly SchemaTree[]): Promise<readonly Group[]> {
  const tree = parquetSchema(withoutConversions(metadata));
  const names = new Set(plain.map(({ element }) => element.name));
  const columns = tree.children.filter(({ element }) => names.has(element.name));
  return metadata.row_groups.map((group) => ({
    rowCount: countOf(group.num_rows),
    paged: pagedColumns(group, tree, columns),
  }));
}

const PAGE_PARSERS = { ...DEFAULT_PARSERS, ...EXACT_PARSERS };

/** @param tree without what hyparquet would round, and of it the columns that are read */
function pagedColumns(group: RowGroup, tree: SchemaTree, columns: readonly SchemaTree[]): PagedColumn[] {
  const chunks = new Map(group.columns.map((chunk) => [chunk.meta_data?.path_in_schema[0], chunk]));
  return columns.map((field) => {
    const { name } = field.element;
    const chunk = chunks.get(name);
    if (chunk?.meta_data === undefined || chunk.file_path !== undefined)
      throw new Error(`column "${name}" is not in the file itself`);
    const { type, codec } = chunk.meta_data;
    return {
      name,
      meta: chunk.meta_data,
      decoder: {
        pathInSchema: [name],
        type,
        codec,
        element: field.element,
        schemaPath: [tree, field],
        parsers: PAGE_PARSERS,
        compressors: pageDecompressors,
        utf8: false,
      },
    };
  });
}

/** @throws ExpungeError E_OPTION with the figure */
async function requirePagesWithin(
  memoryLimit: number,
  path: string,
  file: AsyncBuffer,
  columns: readonly PagedColumn[],
): Promise<void> {
  let bytes = 0;
  for (const column of columns) bytes += await largestPageBytes(file, column);
  if (bytes <= memoryLimit) return;
  const [needed, limit] = [bytes, memoryLimit].map((size) => `${Math.ceil(size / 2 ** 20)}MB`);
  throw new ExpungeError(
    "E_OPTION",
    `${path}: the pages of its columns take about ${needed} while they are read, and the memory limit is ${limit}. Give a limit of ${needed} or more, or write the file with smaller pages.`,
    { field: "memoryLimit", found: memoryLimit, expected: bytes },
  );
}

/** A page without values is no bytes at all, which is no stream to any decompressor. */
const pageDecompressors: Compressors = Object.fromEntries(
  Object.entries(compressors).map(([codec, decompress]) => [
    codec,
    (input: Uint8Array, length: number) => (length === 0 ? new Uint8Array() : decompress(input, length)),
  ]),
);

function isNested({ children, element }: SchemaTree): boolean {
  return (
    children.length > 0 ||
    element.repetition_type === "REPEATED" ||
    element.converted_type === "JSON" ||
    element.converted_type === "BSON"
  );
}
