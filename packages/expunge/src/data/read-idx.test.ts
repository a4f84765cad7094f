import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { errorOf, temporaryFiles } from "../../testing/files.js";
import { readIdx } from "./read-idx.js";

const file = temporaryFiles();

function idx(code: number, shape: readonly number[], body: Uint8Array): Uint8Array {
  const header = new DataView(new ArrayBuffer(4 + 4 * shape.length));
  header.setUint8(2, code);
  header.setUint8(3, shape.length);
  shape.forEach((size, i) => {
    header.setUint32(4 + 4 * i, size);
  });
  return Uint8Array.from([...new Uint8Array(header.buffer), ...body]);
}

function bigEndian(
  values: readonly number[],
  bytes: number,
  write: (v: DataView, at: number, x: number) => void,
) {
  const view = new DataView(new ArrayBuffer(values.length * bytes));
  values.forEach((value, i) => {
    write(view, i * bytes, value);
  });
  return new Uint8Array(view.buffer);
}

const VALUES = [0, 1, 2, 100, 5, 127];
const INT16 = bigEndian(VALUES, 2, (v, at, x) => v.setInt16(at, x));
const TYPES: readonly [string, number, Uint8Array][] = [
  ["u8", 8, Uint8Array.from(VALUES)],
  ["i8", 9, Uint8Array.from(VALUES)],
  ["i16", 11, INT16],
  ["i32", 12, bigEndian(VALUES, 4, (v, at, x) => v.setInt32(at, x))],
  ["f32", 13, bigEndian(VALUES, 4, (v, at, x) => v.setFloat32(at, x))],
  ["f64", 14, bigEndian(VALUES, 8, (v, at, x) => v.setFloat64(at, x))],
];

describe("readIdx", () => {
  it.each(TYPES)("reads %s from bytes, a file, and gzip", async (_, code, body) => {
    const bytes = idx(code, [2, 3], body);
    for (const source of [
      bytes,
      await file("a", bytes),
      new Uint8Array(gzipSync(bytes)),
      await file("a.gz", gzipSync(bytes)),
    ]) {
      const { shape, data } = await readIdx(source);
      expect(shape).toEqual([2, 3]);
      expect([...data]).toEqual(VALUES);
    }
  });

  it("refuses every truncation, and bytes too many", async () => {
    const bytes = idx(11, [2, 3], INT16);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: bytes.length - 1 }), async (length) => {
        await errorOf("E_DATA", () => readIdx(bytes.slice(0, length)));
      }),
    );
    const error = await errorOf("E_DATA", () => readIdx(Uint8Array.from([...bytes, 0])));
    expect(error.message).toMatch(/expected 24 bytes for shape 2 x 3, found 25 bytes/);
  });

  it("refuses another type code, another format, a damaged gzip, and says which file", async () => {
    expect((await errorOf("E_DATA", () => readIdx(idx(10, [0], new Uint8Array())))).message).toMatch(
      /type code.*found 10/,
    );
    const path = await file("text.idx", "hello");
    const error = await errorOf("E_DATA", () => readIdx(path));
    expect(error.message).toContain(path);
    expect(error.message).toMatch(/two zero bytes first.*104 101 108 108/);
    const zipped = gzipSync(idx(8, [3], Uint8Array.of(1, 2, 3)));
    expect((await errorOf("E_DATA", () => readIdx(zipped.subarray(0, 20)))).message).toMatch(
      /whole gzip file/,
    );
    expect((await errorOf("E_DATA", () => readIdx("/no/such/file"))).message).toBe(
      "Cannot read /no/such/file: there is no such file.",
    );
  });
});
