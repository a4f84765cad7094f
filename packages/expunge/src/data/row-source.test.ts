import { truncate, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { errorOf, temporaryFiles } from "../../testing/files.js";
import { npyFile } from "../../testing/numpy-files.js";
import { parquetFile } from "../../testing/parquet-files.js";
import { createDataset } from "./create-dataset.js";
import type { Dataset } from "./dataset.js";
import { readNumeric, streamNumeric } from "./read-numeric.js";
import { readTable, streamTable } from "./read-table.js";
import { chunkRowsOf, collectRows, type RowChunk, type RowSource, sourceOf } from "./row-source.js";
import { parseSchema } from "./schema.js";

const file = temporaryFiles();

async function chunksOf(source: RowSource): Promise<RowChunk[]> {
  const chunks: RowChunk[] = [];
  for await (const chunk of source.chunks()) chunks.push(chunk);
  return chunks;
}

/** Numbers that are not all of the same size; the same for the same seed. */
function numbers(count: number, seed = 1): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => Math.sin(seed + i * 1.7) * 10 ** ((i % 5) - 2));
}

const signs = (count: number): Float64Array =>
  Float64Array.from({ length: count }, (_, i) => (i % 3 ? 1 : -1));

/** Bit for bit; Vitest takes seconds over a million numbers. */
function expectSame(found: Dataset, expected: Dataset): void {
  for (const part of ["features", "labels"] as const)
    expect(Buffer.from(found[part].buffer).equals(Buffer.from(expected[part].buffer)), part).toBe(true);
  const rest = { features: null, labels: null, subjects: null };
  expect({ ...found, ...rest }).toEqual({ ...expected, ...rest });
  expect(found.subjects?.join()).toBe(expected.subjects?.join());
}

describe("sourceOf", () => {
  it("gives a data set's rows in chunks that share its memory, and collectRows gives it back", async () => {
    const [rows, width] = [3 * chunkRowsOf(40) + 7, 40];
    const subjects = Array.from({ length: rows }, (_, i) => `s${i % 11}`);
    const dataset = createDataset({
      features: numbers(rows * width),
      featureCount: width,
      labels: signs(rows),
      task: "binary",
      subjects,
      intercept: 1,
    });
    const source = sourceOf(dataset);
    const chunks = await chunksOf(source);
    expect(chunks.length).toBeGreaterThan(3);
    expect(chunks.every(({ features }) => features.buffer === dataset.features.buffer)).toBe(true);
    expectSame(await collectRows(source), dataset);
    expectSame(await collectRows(source), dataset);
  });
});

describe("chunkRowsOf", () => {
  it("is some MiB, at least a row, and not endlessly many narrow ones", () => {
    expect([1, 500, 2 ** 19, 2 ** 22].map(chunkRowsOf)).toEqual([2 ** 15, 1048, 1, 1]);
  });
});

describe("streamNumeric", () => {
  it("gives what createDataset makes of the same numbers, for any shape, width and order", async () => {
    const shapes = fc.record({
      rows: fc.integer({ min: 2, max: 60 }),
      columns: fc.integer({ min: 1, max: 9 }),
      isWide: fc.boolean(),
      isFortran: fc.boolean(),
      intercept: fc.constantFrom(0, 0.5),
      hasOwners: fc.boolean(),
      seed: fc.integer({ min: 1, max: 1000 }),
    });
    await fc.assert(
      fc.asyncProperty(shapes, async ({ rows, columns, isWide, isFortran, intercept, hasOwners, seed }) => {
        const all = numbers(rows * columns, seed);
        const features = isWide ? all : Float32Array.from(all);
        const stored = features.map(
          (_, i) => features[isFortran ? (i % rows) * columns + Math.floor(i / rows) : i]!,
        );
        const path = await file("x.npy", npyFile(stored, `${rows}, ${columns}`, isFortran));
        const labels = join(dirname(path), "y.npy");
        await writeFile(labels, npyFile(signs(rows), `${rows},`));
        const subjects = hasOwners ? Array.from({ length: rows }, (_, i) => `s${i % 3}`) : null;
        const source = await streamNumeric(path, { labels, intercept, ...(subjects ? { subjects } : {}) });
        const expected = createDataset({
          features,
          featureCount: columns,
          labels: signs(rows),
          task: "binary",
          scaling: "l2",
          intercept,
          subjects,
        });
        expectSame(await collectRows(source), expected);
      }),
      { numRuns: 60 },
    );
  });

  it.each([false, true])("reads across blocks and chunks, Fortran order: %s", async (isFortran) => {
    const [rows, columns] = [90_000, 100];
    const at = (row: number, column: number): number => ((row * 7 + column * 13) % 101) - 50.5;
    const features = new Float32Array(rows * columns);
    for (let i = 0; i < features.length; i++)
      features[i] = isFortran ? at(i % rows, Math.floor(i / rows)) : at(Math.floor(i / columns), i % columns);
    const path = await file("x.npy", npyFile(features, `${rows}, ${columns}`, isFortran));
    const labels = await file(
      "y.npy",
      npyFile(
        Int32Array.from({ length: rows }, (_, i) => i % 4),
        `${rows},`,
      ),
    );
    const source = await streamNumeric(path, { labels });
    expect(source).toMatchObject({ task: "multiclass", labelNames: ["0", "1", "2", "3"], featureCount: 100 });
    let row = 0;
    for (const chunk of await chunksOf(source)) {
      const raw = Array.from({ length: columns }, (_, k) => at(row, k));
      const norm = Math.hypot(...raw);
      expect(chunk.features[3]).toBeCloseTo(raw[3]! / norm, 6);
      expect(chunk.labels[0]).toBe(row % 4);
      row += chunk.labels.length;
    }
    expect(row).toBe(rows);
  });

  it("names file, row and column of a number that is none, far into the file", async () => {
    const [rows, columns] = [60_000, 20];
    const features = new Float32Array(rows * columns).fill(1);
    features[50_000 * columns + 4] = Number.NaN;
    const path = await file("x.npy", npyFile(features, `${rows}, ${columns}`));
    const labels = await file("y.npy", npyFile(signs(rows), `${rows},`));
    const source = await streamNumeric(path, { labels });
    const error = await errorOf("E_DATA", () => chunksOf(source));
    expect(error.message).toBe(`${path}: row 50001, column 5: expected a finite number, found NaN.`);
  });

  it("judges at the end what the whole tells: no rows, one class, labels for another task", async () => {
    const path = await file("x.npy", npyFile(Float32Array.of(1, 2), "2, 1"));
    const ones = await file("y.npy", npyFile(Float32Array.of(1, 1), "2,"));
    const source = await streamNumeric(path, { labels: ones, task: "binary" });
    expect((await errorOf("E_DATA", () => chunksOf(source))).message).toMatch(
      /at least two classes, found only 1/,
    );
    const empty = await file("x.npy", npyFile(new Float32Array(), "0, 3"));
    const none = await file("y.npy", npyFile(new Float32Array(), "0,"));
    const nothing = await streamNumeric(empty, { labels: none });
    expect((await errorOf("E_DATA", () => chunksOf(nothing))).message).toMatch(
      /at least one row, found none/,
    );
    const half = await file("y.npy", npyFile(Float64Array.of(0, 0.5), "2,"));
    const classes = await streamNumeric(path, { labels: half, task: "multiclass" });
    expect((await errorOf("E_DATA", () => chunksOf(classes))).message).toMatch(
      /row 2: expected a label that is one of 0, found 0\.5/,
    );
  });

  it("refuses a file that is cut, changes or goes away between being opened and being read", async () => {
    const features = numbers(300_000);
    const path = await file("x.npy", npyFile(features, "100000, 3"));
    const labels = await file("y.npy", npyFile(signs(100_000), "100000,"));
    const source = await streamNumeric(path, { labels });
    await writeFile(path, npyFile(features, "100000, 3").subarray(0, 1_000_000));
    expect((await errorOf("E_DATA", () => chunksOf(source))).message).toMatch(/2400000 bytes of data/);
    await writeFile(path, npyFile(features.subarray(0, 200_000), "100000, 2"));
    expect((await errorOf("E_DATA", () => chunksOf(source))).message).toMatch(
      /shape \(100000, 3\) as before/,
    );
    await writeFile(path, npyFile(features, "100000, 3"));
    const cut = (async () => {
      for await (const _ of source.chunks()) await truncate(path, 1000);
    })();
    expect((await errorOf("E_DATA", () => cut)).message).toMatch(/x\.npy: expected \d+ bytes from byte \d+/);
    expect((await errorOf("E_DATA", () => readNumeric(`${path}x`, { labels }))).message).toMatch(
      /there is no such file/,
    );
  });

  it("wants an owner for every row", async () => {
    const path = await file("x.npy", npyFile(Float32Array.of(1, 2), "2, 1"));
    const labels = await file("y.npy", npyFile(Float32Array.of(1, -1), "2,"));
    await errorOf("E_DATA", () => streamNumeric(path, { labels, subjects: ["a"] }));
    const source = await streamNumeric(path, { labels, subjects: ["a", ""] });
    expect((await errorOf("E_DATA", () => chunksOf(source))).message).toMatch(/row 2: expected a subject id/);
  });
});

const SCHEMA = parseSchema({
  version: 1,
  task: "binary",
  label: { column: "y", positive: ["1"], negative: ["0"] },
  subject: "who",
  columns: [
    { name: "a", kind: "numeric", centre: 0, scale: 1, missing: "error" },
    { name: "b", kind: "categorical", categories: ["u", "v"], unknown: "error", missing: "error" },
  ],
  missingMarks: [""],
  scaling: "l2",
  intercept: 1,
});

describe("streamTable", () => {
  it("gives what createDataset makes of the encoded rows, again and again, across chunks", async () => {
    const rows = chunkRowsOf(4) + 3;
    const lines = Array.from(
      { length: rows },
      (_, i) => `p${i % 97},${(i % 13) - 6.25},${"uv"[i % 2]},${i % 2}`,
    );
    const path = await file("t.csv", `who,a,b,y\n${lines.join("\n")}\n`);
    const source = await streamTable(path, SCHEMA);
    const chunks = await chunksOf(source);
    expect(chunks.map(({ labels }) => labels.length)).toEqual([rows - 3, 3]);
    const expected = createDataset({
      features: Array.from({ length: rows }, (_, i) => [(i % 13) - 6.25, 1 - (i % 2), i % 2]),
      labels: Array.from({ length: rows }, (_, i) => (i % 2 ? 1 : -1)),
      subjects: Array.from({ length: rows }, (_, i) => `p${i % 97}`),
      task: "binary",
      scaling: "l2",
      intercept: 1,
      labelNames: source.labelNames,
      featureNames: source.featureNames,
      schemaDigest: source.schemaDigest,
    });
    expectSame(await collectRows(source), expected);
    expectSame(await readTable(path, SCHEMA), expected);
  });

  it("reads Parquet, too", async () => {
    const path = await file("t.parquet", parquetFile("lists"));
    const schema = parseSchema({
      version: 1,
      task: "binary",
      label: { column: "y", positive: ["yes"], negative: ["no"] },
      subject: null,
      columns: [
        { name: "x", kind: "numeric", centre: 0, scale: 4, missing: "error" },
        { name: "tags", kind: "ignored" },
      ],
      missingMarks: [],
      scaling: "clip",
      intercept: 0,
    });
    const chunks = await chunksOf(await streamTable(path, schema));
    expect(chunks).toEqual([
      { features: Float32Array.of(0.25, 0.5), labels: Float32Array.of(1, -1), subjects: null },
    ]);
  });

  it("names file, row and line; finds other columns before the first row and a single class behind the last", async () => {
    const bad = await file("t.csv", "who,a,b,y\np,1,u,1\n\nq,x,u,0\n");
    const source = await streamTable(bad, SCHEMA);
    expect((await errorOf("E_DATA", () => chunksOf(source))).message).toBe(
      `${bad}: row 2 (line 4), column "a": expected a finite number, found "x".`,
    );
    const odd = await file("t.csv", "who,a,c,y\np,1,u,1\n");
    await errorOf("E_SCHEMA", () => streamTable(odd, SCHEMA));
    const single = await streamTable(await file("t.csv", "who,a,b,y\np,1,u,1\n"), SCHEMA);
    expect((await errorOf("E_DATA", () => chunksOf(single))).message).toMatch(/at least two classes/);
  });
});
