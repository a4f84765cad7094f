import { join } from "node:path";
import fc from "fast-check";
import { zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { errorOf, realData, temporaryFiles } from "../../testing/files.js";
import { NUMPY_FILES, numpyFile } from "../../testing/numpy-files.js";
import { readNpy, readNpz } from "./read-npy.js";

const file = temporaryFiles();
const DTYPES = (Object.keys(NUMPY_FILES) as (keyof typeof NUMPY_FILES)[]).filter((name) =>
  /^[<>|]/.test(name),
);

/** A version 1 file with any header text. */
function npy(header: string, body: Uint8Array = new Uint8Array()): Uint8Array {
  const text = Buffer.from(`${header}\n`, "latin1");
  return Uint8Array.from([
    0x93,
    ...Buffer.from("NUMPY"),
    1,
    0,
    text.length & 255,
    text.length >> 8,
    ...text,
    ...body,
  ]);
}

describe("readNpy", () => {
  it.each(DTYPES)("reads %s as NumPy wrote it", async (name) => {
    const { shape, data } = await readNpy(numpyFile(name));
    expect(shape).toEqual([2, 3]);
    expect([...data]).toEqual(name === "|b1" ? [0, 1, 1, 1, 1, 1] : [0, 1, 2, 3, 4, 5]);
  });

  it("brings Fortran order to row-major, in two dimensions and three", async () => {
    expect([...(await readNpy(numpyFile("fortran"))).data]).toEqual([0, 1, 2, 3, 4, 5]);
    const cube = await readNpy(numpyFile("cube"));
    expect(cube.shape).toEqual([2, 3, 4]);
    expect([...cube.data]).toEqual(Array.from({ length: 24 }, (_, i) => i));
  });

  it("reads format versions 2 and 3, vectors and scalars", async () => {
    expect([...(await readNpy(numpyFile("version2"))).data]).toEqual([0, 1, 2, 3, 4, 5]);
    expect([...(await readNpy(numpyFile("version3"))).data]).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await readNpy(numpyFile("vector"))).toEqual({ shape: [2], data: Float64Array.of(1.5, -2.25) });
    expect(await readNpy(numpyFile("scalar"))).toEqual({ shape: [], data: Float64Array.of(7) });
  });

  it("reads halves exactly: normal, subnormal, infinite, NaN", async () => {
    const { data } = await readNpy(numpyFile("halves"));
    const expected = [1, -2, 65504, 2 ** -24, 2 ** -14, 0.333251953125, Infinity, -Infinity, NaN, -0];
    expect([...data]).toEqual(expected);
  });

  it("reads bytes that begin inside a larger buffer, and files", async () => {
    const bytes = numpyFile("<f4");
    const within = new Uint8Array(bytes.length + 3);
    within.set(bytes, 3);
    expect([...(await readNpy(within.subarray(3))).data]).toEqual([0, 1, 2, 3, 4, 5]);
    expect([...(await readNpy(await file("x.npy", bytes))).data]).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it.each([
    ["object", /found dtype '\|O'.*pickled Python code/],
    ["records", /found records/],
    ["text", /found dtype '<U2'/],
    ["complex", /found dtype '<c16'/],
    ["wide", /integer that a double holds exactly at element 0, found 9007199254740992/],
  ] as const)("refuses %s", async (name, message) => {
    expect((await errorOf("E_DATA", () => readNpy(numpyFile(name)))).message).toMatch(message);
  });

  it("refuses every truncation and bytes too many", async () => {
    const bytes = numpyFile("<i2");
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: bytes.length - 1 }), async (length) => {
        await errorOf("E_DATA", () => readNpy(bytes.slice(0, length)));
      }),
    );
    const error = await errorOf("E_DATA", () => readNpy(Uint8Array.from([...bytes, 0])));
    expect(error.message).toBe(".npy bytes: expected 12 bytes of data for shape (2, 3), found 13.");
  });

  it.each([
    ["no fortran_order", "{'descr': '<f4', 'shape': (1,), }", /header with descr, fortran_order and shape/],
    [
      "a shape that is none",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }",
      /whole numbers, found \(-1,\)/,
    ],
    ["a size that is none", "{'descr': '<f3', 'fortran_order': False, 'shape': (1,), }", /found dtype '<f3'/],
  ])("refuses a header with %s", async (_, header, message) => {
    expect((await errorOf("E_DATA", () => readNpy(npy(header)))).message).toMatch(message);
  });

  it("takes Python 2's long shapes, and refuses version 4", async () => {
    const old = npy("{'descr': '|u1', 'fortran_order': False, 'shape': (2L,), }", Uint8Array.of(4, 5));
    expect([...(await readNpy(old)).data]).toEqual([4, 5]);
    old[6] = 4;
    expect((await errorOf("E_DATA", () => readNpy(old))).message).toMatch(/version 1 to 3, found 4/);
  });

  it("never throws anything but E_DATA on arbitrary damage", async () => {
    const bytes = numpyFile("fortran");
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: bytes.length - 1 }),
        fc.integer({ min: 0, max: 255 }),
        async (at, to) => {
          const damaged = Uint8Array.from(bytes);
          damaged[at] = to;
          await readNpy(damaged).catch((error) => expect(error.code).toBe("E_DATA"));
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("readNpz", () => {
  it("reads deflated and stored archives by name", async () => {
    const deflated = await readNpz(numpyFile("npz"));
    expect([...deflated.keys()]).toEqual(["X", "y"]);
    expect(deflated.get("X")?.shape).toEqual([2, 3]);
    expect([...(deflated.get("y")?.data ?? [])]).toEqual([0, 1]);
    expect([...(await readNpz(numpyFile("npzStored"))).keys()]).toEqual(["features", "labels"]);
  });

  it("names the archive and the entry that is bad", async () => {
    const path = await file("x.npz", zipSync({ "a.npy": Uint8Array.of(1, 2, 3) }));
    expect((await errorOf("E_DATA", () => readNpz(path))).message).toBe(
      `${path}/a.npy: expected a .npy file, found bytes that begin 1 2 3.`,
    );
    expect((await errorOf("E_DATA", () => readNpz(Uint8Array.of(1, 2)))).message).toMatch(
      /expected a .npz \(zip\) file/,
    );
  });
});

const real = realData("cifar10-squeezenet");
describe.skipIf(real === null)("the CIFAR-10 features", () => {
  it("are 10,000 x 512 halves of norm 41 to 119, labels -1 and +1", async () => {
    const { shape, data } = await readNpy(join(real as string, "train-features.npy"));
    expect(shape).toEqual([10_000, 512]);
    let [low, high] = [Infinity, 0];
    for (let i = 0; i < 10_000; i++) {
      const norm = Math.hypot(...data.subarray(i * 512, (i + 1) * 512));
      low = Math.min(low, norm);
      high = Math.max(high, norm);
    }
    expect(Math.round(low)).toBe(41);
    expect(Math.round(high)).toBe(119);
    const labels = await readNpy(join(real as string, "train-labels.npy"));
    expect(new Set(labels.data)).toEqual(new Set([1, -1]));
  });
});
