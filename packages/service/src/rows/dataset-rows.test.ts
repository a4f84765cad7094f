import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SPARSE_COLUMNS, sparseRows } from "../../testing/sparse-rows.js";
import {
  bytesOfPage,
  type DatasetRows,
  joinRows,
  pickRows,
  rowsOfPage,
  shapeOfDataset,
  sliceRows,
  withoutRows,
} from "./dataset-rows.js";
import { bytesOfRows } from "./page-bytes.js";

const shapeFor = (pageForm: "sparse" | null, hasSampleWeights: boolean) =>
  shapeOfDataset("d", { featureCount: SPARSE_COLUMNS + 1, hasSampleWeights }, { pageRows: 4, pageForm });

const rowsOf = (rowCount: number, seed: number, isSparse: boolean, isWeighted: boolean): DatasetRows => {
  const made = sparseRows(rowCount, seed, { isWeighted });
  const { features, sparse, labels, sampleWeights } = isSparse ? made.sparse : made.dense;
  return { features, ...(sparse ? { sparse } : {}), labels, ...(sampleWeights ? { sampleWeights } : {}) };
};

/** Of typed arrays the bytes: those of pages are views. */
const bytesIn = (shape: ReturnType<typeof shapeFor>, rows: DatasetRows): Buffer =>
  Buffer.from(bytesOfPage(shape, rows));

describe.each([
  ["sparse", false],
  ["sparse", true],
  [null, false],
  [null, true],
] as const)("pages of a data set, form %s, weighted %s", (pageForm, isWeighted) => {
  const shape = shapeFor(pageForm, isWeighted);
  const isSparse = pageForm === "sparse";

  it("give the rows that were written, slices, parts and picks of them", () => {
    const property = fc.property(
      fc.integer({ min: 2, max: 9 }),
      fc.integer({ min: 0, max: 99 }),
      fc.tuple(fc.nat(8), fc.nat(8)),
      (rowCount, seed, [a, b]) => {
        const rows = rowsOf(rowCount, seed, isSparse, isWeighted);
        const page = bytesOfPage(shape, rows);
        const read = rowsOfPage(shape, page);
        expect(bytesIn(shape, read).equals(Buffer.from(page))).toBe(true);
        expect(Object.keys(read).sort()).toEqual(Object.keys(rows).sort());
        expect([...read.labels]).toEqual([...rows.labels]);
        const from = Math.min(a, b, rowCount - 1);
        const to = Math.max(from + 1, Math.min(Math.max(a, b), rowCount));
        const numbers = Array.from({ length: to - from }, (_, i) => from + i);
        const picked = bytesIn(shape, pickRows(shape, read, numbers));
        expect(bytesIn(shape, sliceRows(shape, read, from, to)).equals(picked)).toBe(true);
        const parts = [
          ...(from > 0 ? [sliceRows(shape, read, 0, from)] : []),
          sliceRows(shape, read, from, rowCount),
        ];
        expect(bytesIn(shape, joinRows(shape, parts)).equals(Buffer.from(page))).toBe(true);
      },
    );
    fc.assert(property, { numRuns: 40 });
  });

  it("without some rows have empty ones in their places, and nothing of theirs", () => {
    const property = fc.property(
      fc.integer({ min: 2, max: 9 }),
      fc.uniqueArray(fc.nat(8)),
      (rowCount, numbers) => {
        const rows = rowsOf(rowCount, 3, isSparse, isWeighted);
        const gone = new Set(numbers.filter((row) => row < rowCount));
        const kept = rowsOfPage(
          shape,
          bytesOfPage(
            shape,
            withoutRows(shape, rows, (row) => gone.has(row)),
          ),
        );
        expect(kept.labels).toHaveLength(rowCount);
        for (let row = 0; row < rowCount; row++) {
          const own = pickRows(shape, kept, [row]);
          if (!gone.has(row)) {
            expect(bytesIn(shape, own).equals(bytesIn(shape, pickRows(shape, rows, [row])))).toBe(true);
            continue;
          }
          expect(own.labels[0]).toBe(0);
          expect(own.sampleWeights?.[0] ?? 0).toBe(0);
          expect(own.sparse?.columns.length ?? 0).toBe(0);
          expect(own.features.every((x) => x === 0)).toBe(true);
        }
      },
    );
    fc.assert(property, { numRuns: 40 });
  });
});

describe("pages of rows with all their numbers", () => {
  it("are those that there were before there was another form", () => {
    const { features, labels, sampleWeights } = sparseRows(3, 1, { isWeighted: true }).dense;
    const plain = shapeFor(null, false);
    expect(bytesOfPage(plain, { features, labels })).toEqual(bytesOfRows({ features, labels }));
    const width = SPARSE_COLUMNS + 2;
    const stored = new Float32Array(3 * width);
    for (let row = 0; row < 3; row++) {
      stored.set(features.subarray(row * (width - 1), (row + 1) * (width - 1)), row * width);
      stored[row * width + width - 1] = sampleWeights![row]!;
    }
    const bytes = Buffer.from(
      bytesOfPage(shapeFor(null, true), { features, labels, sampleWeights: sampleWeights! }),
    );
    expect(bytes.equals(Buffer.from(bytesOfRows({ features: stored, labels })))).toBe(true);
  });
});

describe("pages of sparse rows", () => {
  it("of the wrong size are refused", () => {
    const shape = shapeFor("sparse", false);
    const bytes = bytesOfPage(shape, rowsOf(3, 1, true, false));
    for (const size of [0, 4, bytes.length - 4])
      expect(() => rowsOfPage(shape, bytes.subarray(0, size))).toThrow(
        /damaged: a page is of the wrong size/,
      );
  });
});
