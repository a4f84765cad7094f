import { unzipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { parseNpy } from "../data/parse-npy.js";
import { parseNpyIds } from "../data/parse-npy-ids.js";
import { encodeNpy, encodeNpz, NPY_HEADER_BYTES } from "./npy.js";

describe("encodeNpy", () => {
  it.each([
    ["float32", Float32Array.of(1.5, -0, 3e38, 1e-45, 5, 6)],
    ["float64", Float64Array.of(Math.PI, -0, 1e308, 5e-324, 5, 6)],
  ])("gives back %s of any shape, bit for bit", (_, data) => {
    for (const shape of [[6], [2, 3], [3, 2, 1]]) {
      const bytes = encodeNpy({ shape, data });
      expect(bytes.length).toBe(NPY_HEADER_BYTES + data.byteLength);
      expect(parseNpy(bytes, "x")).toEqual({ shape, data });
    }
  });

  it("gives back whole numbers, texts of any script, scalars, and nothing", () => {
    const numbers = BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n, 0n);
    expect(parseNpyIds(encodeNpy({ shape: [3], data: numbers }), "x")).toEqual([
      "-9223372036854775808",
      "9223372036854775807",
      "0",
    ]);
    const texts = ["a", "größer als 5", "数", "\u{1f600}!"];
    expect(parseNpyIds(encodeNpy({ shape: [4], data: texts }), "x")).toEqual(texts);
    expect(parseNpy(encodeNpy({ shape: [], data: Float64Array.of(7) }), "x")).toMatchObject({ shape: [] });
    expect(parseNpy(encodeNpy({ shape: [0, 4], data: new Float32Array() }), "x").shape).toEqual([0, 4]);
  });
});

it("encodeNpz gives the same bytes for the same arrays, and the arrays back", () => {
  const arrays = { a: { shape: [2], data: Float64Array.of(1, 2) }, b: { shape: [], data: ["x"] } };
  const bytes = encodeNpz(arrays);
  expect(encodeNpz(arrays)).toEqual(bytes);
  const files = unzipSync(bytes);
  expect(Object.keys(files)).toEqual(["a.npy", "b.npy"]);
  expect(parseNpy(files["a.npy"] as Uint8Array, "a").data).toEqual(Float64Array.of(1, 2));
});
