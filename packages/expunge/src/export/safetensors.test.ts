import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ExpungeError } from "../errors.js";
import { duplicateJsonKey } from "../records/json-duplicates.js";
import { decodeSafetensors, encodeSafetensors, type Tensor } from "./safetensors.js";

const WEIGHTS: Tensor = { dtype: "F64", shape: [2, 2], data: Float64Array.of(1, -2, Math.PI, 5e-324) };
const ORDER: Tensor = { dtype: "U8", shape: [3], data: Uint8Array.of(7, 0, 255) };

/** A file with the given header text and data, to be as wrong as a test wants. */
function file(header: string, dataBytes = 0, headerLength?: number): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength ?? text.length), true);
  bytes.set(text, 8);
  return bytes;
}

function entry(offsets: [number, number], shape = [1], dtype = "F32"): string {
  return JSON.stringify({ dtype, shape, data_offsets: offsets });
}

describe("encodeSafetensors", () => {
  it("gives the bytes of the format description", () => {
    const bytes = encodeSafetensors({ w: { dtype: "F32", shape: [1], data: Float32Array.of(1) } });
    const header = '{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}  ';
    expect(header.length % 8).toBe(0);
    expect(new DataView(bytes.buffer).getBigUint64(0, true)).toBe(BigInt(header.length));
    expect(new TextDecoder().decode(bytes.subarray(8, 8 + header.length))).toBe(header);
    expect([...bytes.subarray(8 + header.length)]).toEqual([0, 0, 0x80, 0x3f]);
  });

  it("gives the same bytes whatever the order of tensors and metadata, and aligns every tensor", () => {
    const one = encodeSafetensors({ 10: ORDER, 9: WEIGHTS, a: ORDER }, { b: "2", a: "1" });
    const two = encodeSafetensors({ a: ORDER, 9: WEIGHTS, 10: ORDER }, { a: "1", b: "2" });
    expect(one).toEqual(two);
    const header = new TextDecoder().decode(one).slice(8);
    expect(header.startsWith('{"__metadata__":{"a":"1","b":"2"},"10":{"dtype":"U8"')).toBe(true);
    expect(header).toContain('"9":{"dtype":"F64","shape":[2,2],"data_offsets":[0,32]}');
  });

  it.each([
    ["data of another type", { x: { ...WEIGHTS, dtype: "F32" } }, "Float64Array"],
    ["too few elements", { x: { ...WEIGHTS, shape: [2, 3] } }, "6 elements, found 4"],
    ["a negative size", { x: { ...WEIGHTS, shape: [-2, -2] } }, "[-2,-2]"],
    ["an unknown dtype", { x: { ...WEIGHTS, dtype: "F16" } }, '"F16"'],
    ["the metadata's name", { __metadata__: WEIGHTS }, "__metadata__"],
  ])("refuses %s", (_, tensors, words) => {
    expectModelError(() => encodeSafetensors(tensors as unknown as Record<string, Tensor>), words);
  });
});

describe("decodeSafetensors", () => {
  it("gives back what was encoded, bit for bit, from any alignment", () => {
    const data = {
      f64: Float64Array,
      f32: Float32Array,
      i64: BigInt64Array,
      i16: Int16Array,
      u8: Uint8Array,
    };
    const tensor = fc
      .tuple(
        fc.constantFrom(...(Object.keys(data) as (keyof typeof data)[])),
        fc.uint8Array({ maxLength: 64 }),
      )
      .map(([kind, bytes]): Tensor => {
        const count = Math.floor(bytes.length / data[kind].BYTES_PER_ELEMENT);
        const array = new data[kind](bytes.slice(0, count * data[kind].BYTES_PER_ELEMENT).buffer);
        return { dtype: kind.toUpperCase() as Tensor["dtype"], shape: [count], data: array };
      });
    const name = fc.string({ unit: "binary", minLength: 1 }).filter((text) => text !== "__metadata__");
    fc.assert(
      fc.property(
        fc.dictionary(name, tensor),
        fc.dictionary(fc.string(), fc.string()),
        (tensors, metadata) => {
          const bytes = encodeSafetensors(tensors, metadata);
          const shifted = new Uint8Array(bytes.length + 3);
          shifted.set(bytes, 3);
          const back = decodeSafetensors(shifted.subarray(3));
          expect({ ...back.metadata }).toEqual({ ...metadata });
          expect(Object.keys(back.tensors).sort()).toEqual(Object.keys(tensors).sort());
          for (const key of Object.keys(tensors)) {
            expect(back.tensors[key]!.dtype).toBe(tensors[key]!.dtype);
            expect(new Uint8Array(back.tensors[key]!.data.buffer)).toEqual(
              new Uint8Array(tensors[key]!.data.buffer),
            );
          }
        },
      ),
    );
  });

  it("reads what lies in a Buffer that shares its memory with others", () => {
    const data = Float64Array.of(1, -2, 3);
    const bytes = encodeSafetensors({ weights: { dtype: "F64", shape: [3], data } });
    const pool = Buffer.alloc(bytes.length + 64, 0xff);
    pool.set(bytes, 40);
    const { weights } = decodeSafetensors(pool.subarray(40, 40 + bytes.length)).tensors;
    expect(weights?.data).toEqual(data);
  });

  it("reads scalars, empty tensors and an empty file", () => {
    const scalar: Tensor = { dtype: "I32", shape: [], data: Int32Array.of(-5) };
    const empty: Tensor = { dtype: "F64", shape: [0, 4], data: new Float64Array(0) };
    const back = decodeSafetensors(encodeSafetensors({ scalar, empty }));
    expect(back.tensors.scalar).toEqual(scalar);
    expect(back.tensors.empty).toEqual(empty);
    expect(decodeSafetensors(encodeSafetensors({})).tensors).toEqual({});
  });

  it.each<[string, Uint8Array, string]>([
    ["a file shorter than its length field", new Uint8Array(7), "at least 8 bytes, found 7"],
    ["a header longer than the file", file("{}", 0, 3), "header length = 3 in [2, 2]"],
    ["a header length near 2^64", file("{}", 0, -1), "18446744073709551615"],
    ["a header that is no object", file("[]"), 'begin with "{"'],
    ["a header behind a byte order mark", file("\ufeff{}"), 'begin with "{"'],
    ["a header that is no JSON", file("{nope}"), "JSON"],
    ["a header that is no UTF-8", Uint8Array.of(3, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0xff, 0x7d), "UTF-8"],
    ["a name given twice", file(`{"a":${entry([0, 4])},"\\u0061":${entry([4, 8])}}`, 8), '"a" twice'],
    ["an offset field given twice", file(`{"a":{"dtype":"U8","dtype":"U8"}}`), '"dtype" twice'],
    ["an unknown dtype", file(`{"a":${entry([0, 2], [1], "BF16")}}`, 2), '"BF16"'],
    [
      "a dtype that is a method of objects",
      file(`{"a":${entry([0, 2], [1], "constructor")}}`, 2),
      "constructor",
    ],
    ["a range beyond the data", file(`{"a":${entry([0, 4])}}`, 3), "[0, 4] within [0, 3]"],
    ["a range that runs backwards", file(`{"a":${entry([4, 0])}}`, 4), "[4, 0]"],
    ["a range that is too long for its shape", file(`{"a":${entry([0, 8])}}`, 8), "take 4 bytes, found 8"],
    ["overlapping ranges", file(`{"a":${entry([0, 8], [2])},"b":${entry([4, 8])}}`, 8), "overlaps"],
    ["two names for one range", file(`{"a":${entry([0, 4])},"b":${entry([0, 4])}}`, 4), "overlaps"],
    ["a gap between ranges", file(`{"a":${entry([0, 4])},"b":${entry([8, 12])}}`, 12), "gap"],
    ["bytes behind the last tensor", file(`{"a":${entry([0, 4])}}`, 5), "4 bytes of data, found 5"],
    ["a fraction as a size", file(`{"a":${entry([0, 4], [0.5])}}`, 4), "[0.5]"],
    ["a shape whose product overflows", file(`{"a":${entry([0, 4], [2 ** 40, 2 ** 40])}}`, 4), "countable"],
    ["an unknown field", file('{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0],"x":1}}'), '"x"'],
    ["a tensor that is null", file('{"a":null}'), "null"],
    ["metadata that is no text", file('{"__metadata__":{"a":1}}'), "strings to strings"],
  ])("refuses %s", (_, bytes, words) => {
    expectModelError(() => decodeSafetensors(bytes), words);
  });

  it("throws nothing but E_MODEL on damaged files", () => {
    const whole = encodeSafetensors({ WEIGHTS, ORDER }, { note: "x" });
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length), (at, value, length) => {
        const damaged = whole.slice(0, length);
        if (at < length) damaged[at] = value;
        try {
          decodeSafetensors(damaged);
        } catch (error) {
          expect(error).toBeInstanceOf(ExpungeError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe("duplicateJsonKey", () => {
  it.each([
    ['{"a":1,"b":{"a":2},"c":[{"a":1},{"a":1}]}', null],
    ['{"a":"\\"b\\":","b":"a","c":["a","a"]}', null],
    ['{"x":{"a":1, "b":2, "a" : 3}}', "a"],
    ['{"":1,"":2}', ""],
  ])("%s: %j", (json, key) => {
    expect(duplicateJsonKey(json)).toBe(key);
  });
});

function expectModelError(act: () => unknown, words: string): void {
  let thrown: unknown;
  try {
    act();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(ExpungeError);
  expect((thrown as ExpungeError).code).toBe("E_MODEL");
  expect((thrown as ExpungeError).message).toContain(words);
}
