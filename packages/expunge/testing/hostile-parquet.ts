/* Parquet files that were made to harm whoever reads them. */

const MAGIC = Buffer.from("PAR1");

/** A file with a footer of these bytes behind its pages. */
export function parquetOf(footer: Uint8Array, pages: Uint8Array = new Uint8Array()): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  return Buffer.concat([MAGIC, pages, footer, length, MAGIC]);
}

/** An unsigned number as Thrift's compact protocol writes it. */
export function varInt(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return [...bytes, rest];
}

const int = (value: number): number[] => varInt(value < 0 ? -2 * value - 1 : 2 * value);
const text = (value: string): number[] => [...varInt(value.length), ...Buffer.from(value)];

/** What a table says of itself. */
export interface Shape {
  readonly rows: number;
  readonly pageValues: number;
  /** 2 RLE_DICTIONARY's 8, 5 DELTA_BINARY_PACKED, 7 DELTA_BYTE_ARRAY: the numbers of Parquet's Encoding. */
  readonly encoding: number;
  /** 1 INT32, 6 BYTE_ARRAY. */
  readonly type: number;
  readonly data: readonly number[];
  readonly packedBytes?: number;
  readonly chunkBytes?: number;
}

/** A table of two required columns, "x" and "y", of one and the same page, which says whatever it is told. */
export function twoColumns(shape: Shape): Buffer {
  const { rows, pageValues, encoding, type, data, packedBytes = data.length } = shape;
  const header = [
    ...[0x15, 0, 0x15, ...int(data.length), 0x15, ...int(packedBytes)],
    ...[0x2c, 0x15, ...int(pageValues), 0x15, ...int(encoding), 0x15, ...int(3), 0x15, ...int(3), 0, 0],
  ];
  const page = Uint8Array.from([...header, ...data]);
  const chunkBytes = shape.chunkBytes ?? page.length;
  const metaOf = (name: string): number[] => [
    ...[0x1c, 0x15, ...int(type), 0x19, 0x15, ...int(encoding), 0x19, 0x18, ...text(name), 0x15, 0],
    ...[0x16, ...int(rows), 0x16, ...int(page.length), 0x16, ...int(chunkBytes), 0x26, ...int(4), 0, 0],
  ];
  const columns = ["x", "y"].flatMap((name) => [0x26, 0, ...metaOf(name)]);
  const group = [0x19, 0x2c, ...columns, 0x16, ...int(page.length), 0x16, ...int(rows), 0];
  const schema = [
    ...[0x19, 0x3c, 0x48, ...text("root"), 0x15, ...int(2), 0],
    ...["x", "y"].flatMap((name) => [0x15, ...int(type), 0x25, 0, 0x18, ...text(name), 0]),
  ];
  const footer = [0x15, ...int(1), ...schema, 0x16, ...int(rows), 0x19, 0x1c, ...group, 0];
  return parquetOf(Uint8Array.from(footer), page);
}

const lists = (depth: number, size: number): number[] =>
  Array.from({ length: depth }, () => [0xf9, ...varInt(size)]).flat();

/** By what they do to a reader that believes them. */
export const HOSTILE: Readonly<Record<string, Buffer>> = {
  "lists that say they are long": parquetOf(Uint8Array.from([0x19, ...lists(30, 2 ** 25 - 1)])),
  "lists in lists": parquetOf(Uint8Array.from([0x19, ...Array<number>(200_000).fill(0x19), 0])),
  "records in records": parquetOf(new Uint8Array(200_000).fill(0x1c)),
  "a number without an end": parquetOf(Uint8Array.from([0x16, ...Array<number>(2 ** 20).fill(0xff), 0, 0])),
  "a run of 2^30 values": twoColumns({
    ...{ rows: 4, pageValues: 4, encoding: 8, type: 1 },
    data: [1, ...varInt(2 ** 31), 1],
  }),
  "2^30 values in a page": twoColumns({
    ...{ rows: 2 ** 30, pageValues: 2 ** 30, encoding: 8, type: 1 },
    data: [1, ...varInt(2 ** 31), 1],
  }),
  "2^40 rows": twoColumns({ rows: 2 ** 40, pageValues: 4, encoding: 8, type: 1, data: [0] }),
  "pages that go back": twoColumns({
    ...{ rows: 9, pageValues: 1, encoding: 0, type: 1, chunkBytes: 1000 },
    ...{ data: [1, 0, 0, 0], packedBytes: -20 },
  }),
  "a chunk beyond the file": twoColumns({
    ...{ rows: 9, pageValues: 1, encoding: 0, type: 1, data: [1, 0, 0, 0], chunkBytes: 2 ** 50 },
  }),
  "blocks of no parts": twoColumns({
    ...{ rows: 1000, pageValues: 1000, encoding: 5, type: 1 },
    data: [...varInt(128), 0, ...varInt(1000), 0, ...Array<number>(500).fill(0)],
  }),
  "parts that go back": twoColumns({
    ...{ rows: 1000, pageValues: 1000, encoding: 5, type: 1 },
    data: [...varInt(128), ...varInt(2 ** 32 - 3), ...varInt(1000), 0, ...Array<number>(50).fill(0)],
  }),
  "texts that begin with 2^30 others": twoColumns({
    ...{ rows: 2, pageValues: 2, encoding: 7, type: 6 },
    data: [128, 1, 4, 2, ...int(2 ** 30), ...int(2 ** 30), 0, 0, 0, 0].concat([
      128, 1, 4, 2, 0, 0, 0, 0, 0, 0,
    ]),
  }),
};
