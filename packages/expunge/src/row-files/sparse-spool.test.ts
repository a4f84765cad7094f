import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { generator } from "../../testing/kernels.js";
import { createDataset } from "../data/create-dataset.js";
import { type Dataset, denseRows } from "../data/dataset.js";
import { type RowSource, sourceOf } from "../data/row-source.js";
import { mostEntries, type SparseStorage, sliceSparse, writePairs } from "../records/sparse-rows.js";
import { type OpenFile, openOwn } from "./block-file.js";
import { FEATURES_FILE, LABELS_FILE } from "./layout.js";
import type { RowFileOptions } from "./options.js";
import { sortRowsWithin, writeRowFilesWithin } from "./write-row-files.js";

/* Sparse rows on their way to their slots: no row is lost, none is left behind. */

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "expunge-sparse-spool-"));
});
afterAll(() => rm(root, { recursive: true }));

const newDirectory = (): Promise<string> => mkdtemp(join(root, "rows-"));

/** Rows of 0 to `most` entries. */
function datasetOf(rowCount: number, featureCount: number, most: number, isWeighted: boolean): Dataset {
  const random = generator(rowCount + 31 * most);
  const [starts, columns, values]: [number[], number[], number[]] = [[0], [], []];
  for (let row = 0; row < rowCount; row++) {
    const own = new Set<number>();
    const count = Math.floor((most + 1) * random());
    while (own.size < Math.min(count, featureCount)) own.add(Math.floor(featureCount * random()));
    for (const column of [...own].sort((a, b) => a - b)) {
      columns.push(column);
      values.push(random() + 0.1);
    }
    starts.push(columns.length);
  }
  const labels = Array.from({ length: rowCount }, (_, row) => row + 0.5);
  return createDataset({
    ...({ featureCount, labels, task: "regression", scaling: "clip" } as const),
    features: { starts, columns, values },
    subjects: labels.map((_, row) => `s${row}`),
    ...(isWeighted ? { sampleWeights: labels.map((_, row) => 1 / (row + 2)) } : {}),
  });
}

/** The same rows in chunks of so many. */
function inChunks(dataset: Dataset, chunkRows: number): RowSource {
  const { rowCount, sparse, labels, subjects, sampleWeights } = dataset;
  async function* chunks() {
    for (let row = 0; row < rowCount; row += chunkRows) {
      const end = Math.min(row + chunkRows, rowCount);
      yield {
        features: new Float32Array(0),
        sparse: sliceSparse(sparse!, row, end),
        labels: labels.subarray(row, end),
        subjects: subjects?.slice(row, end) ?? null,
        ...(sampleWeights ? { sampleWeights: sampleWeights.subarray(row, end) } : {}),
      };
    }
  }
  return { ...sourceOf(dataset), chunks };
}

function optionsFor(
  directory: string,
  slotCount: number,
  storage: SparseStorage | undefined,
): RowFileOptions {
  return {
    directory,
    storageOf: () => storage,
    slotCountOf: () => slotCount,
    // Backwards, from the end.
    orderOf: (rowCount) => Uint32Array.from({ length: rowCount }, (_, row) => slotCount - 1 - row),
  };
}

/** What files hold of rows in the order of `optionsFor`. */
function expectedOf(dataset: Dataset, slotCount: number, storage: SparseStorage | undefined) {
  const { rowCount, featureCount, sparse, sampleWeights } = dataset;
  const rowWidth = storage ? 2 * storage.capacity : featureCount;
  const width = rowWidth + (sampleWeights ? 1 : 0);
  const features = new Float32Array(slotCount * width);
  const labels = new Float32Array(slotCount);
  for (let row = 0; row < rowCount; row++) {
    const slot = slotCount - 1 - row;
    const into = features.subarray(slot * width, slot * width + rowWidth);
    if (storage) writePairs(sparse!, row, into);
    else into.set(denseRows(dataset, row, row + 1));
    if (sampleWeights) features[slot * width + rowWidth] = sampleWeights[row]!;
    labels[slot] = dataset.labels[row]!;
  }
  return { features, labels, width };
}

async function numbersOf(directory: string, name: string): Promise<Float32Array> {
  const bytes = await readFile(join(directory, name));
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

describe("sparse rows in files", () => {
  it("go to their slots in pairs, or with all their numbers, bit for bit, whatever the shapes and the memory", async () => {
    const cases = fc.record({
      rowCount: fc.integer({ min: 1, max: 70 }),
      featureCount: fc.integer({ min: 1, max: 40 }),
      most: fc.integer({ min: 0, max: 9 }),
      room: fc.integer({ min: 0, max: 4 }),
      isSparse: fc.boolean(),
      isWeighted: fc.boolean(),
      emptySlots: fc.integer({ min: 0, max: 9 }),
      chunkRows: fc.integer({ min: 1, max: 30 }),
      memoryBytes: fc.oneof(fc.integer({ min: 1, max: 4000 }), fc.constant(2 ** 20)),
      blockBytes: fc.integer({ min: 1, max: 2000 }),
    });
    const property = fc.asyncProperty(cases, async (given) => {
      const { rowCount, featureCount, most, room, isSparse, isWeighted, chunkRows } = given;
      const dataset = datasetOf(rowCount, featureCount, most, isWeighted);
      const slotCount = rowCount + given.emptySlots;
      const storage = isSparse ? { capacity: Math.max(1, mostEntries(dataset.sparse!)) + room } : undefined;
      const directory = await newDirectory();
      const limits = { ...given, openFile: openOwn };
      const source = inChunks(dataset, chunkRows);
      const owners: string[] = [];
      await writeRowFilesWithin(limits, source, {
        ...optionsFor(directory, slotCount, storage),
        onSubject: (row, subject) => void (owners[row] = subject),
      });
      const expected = expectedOf(dataset, slotCount, storage);
      expect(await numbersOf(directory, FEATURES_FILE)).toEqual(expected.features);
      expect(await numbersOf(directory, LABELS_FILE)).toEqual(expected.labels);
      expect(owners).toEqual(dataset.subjects);
      expect((await readdir(directory)).sort()).toEqual([LABELS_FILE, FEATURES_FILE]);
      const { rows } = await sortRowsWithin(limits, source, optionsFor(directory, slotCount, storage));
      expect(rows.featureCount).toBe(expected.width);
      const found = new Float32Array(slotCount * expected.width);
      await rows.read(0, found, new Float32Array(slotCount));
      expect(found).toEqual(expected.features);
      await rows.close();
      await rm(directory, { recursive: true });
    });
    await fc.assert(property, { numRuns: 60 });
  });

  it("are stored by the longest of them, which is told before anything else is asked", async () => {
    const asked: unknown[] = [];
    const directory = await newDirectory();
    const dataset = datasetOf(30, 40, 9, false);
    await writeRowFilesWithin(
      { memoryBytes: 500, blockBytes: 100, openFile: openOwn },
      inChunks(dataset, 7),
      {
        ...optionsFor(directory, 30, undefined),
        storageOf: (rows) => void asked.push(rows),
        slotCountOf: (rowCount) => asked.push(rowCount) && rowCount,
      },
    );
    expect(asked).toEqual([{ rowCount: 30, mostEntries: mostEntries(dataset.sparse!) }, 30]);
  });

  it("are refused where there is not room for the longest, and nothing is left", async () => {
    const directory = await newDirectory();
    const dataset = datasetOf(30, 40, 9, false);
    const limits = { memoryBytes: 500, blockBytes: 100, openFile: openOwn };
    const options = optionsFor(directory, 30, { capacity: 5 });
    await expect(writeRowFilesWithin(limits, inChunks(dataset, 7), options)).rejects.toThrow(
      /at most 5 numbers other than 0, for which there is room, found one of 9/,
    );
    expect(await readdir(directory)).toEqual([]);
  });

  it.each([2 ** 20, 600])(
    "leave nothing where the disk is full at any write, or an abort comes at any time: %i bytes",
    async (memoryBytes) => {
      const dataset = datasetOf(50, 40, 9, true);
      const directory = await newDirectory();
      const options = optionsFor(directory, 60, { capacity: 16 });
      const runs = { full: 0, aborted: 0 };
      for (let left = 0, isOver = false; !isOver; left++) {
        const limits = { memoryBytes, blockBytes: 300, openFile: fullAfter(left) };
        const outcome: unknown = await writeRowFilesWithin(limits, inChunks(dataset, 8), options).catch(
          (error: unknown) => error,
        );
        isOver = !(outcome instanceof Error);
        if (isOver) break;
        expect(outcome).toMatchObject({ code: "E_DATA", details: { reason: "ENOSPC" } });
        expect(await readdir(directory)).toEqual([]);
        runs.full++;
      }
      await rm(directory, { recursive: true });
      for (let at = 1, isOver = false; !isOver; at++) {
        const own = await newDirectory();
        const controller = new AbortController();
        let seen = 0;
        const limits = { memoryBytes, blockBytes: 300, openFile: openOwn };
        const outcome: unknown = await writeRowFilesWithin(limits, inChunks(dataset, 8), {
          ...options,
          directory: own,
          signal: controller.signal,
          onProgress: () => void (++seen === at && controller.abort()),
        }).catch((error: unknown) => error);
        isOver = !(outcome instanceof Error);
        if (isOver) break;
        expect(outcome).toMatchObject({ code: "E_ABORTED" });
        expect(await readdir(own)).toEqual([]);
        runs.aborted++;
      }
      expect(Math.min(runs.full, runs.aborted)).toBeGreaterThan(5);
    },
  );
});

/** Files of which the n-th write (from 0) and all later ones find the disk full. */
function fullAfter(writeCount: number): OpenFile {
  let writes = 0;
  const full = (): Promise<never> =>
    Promise.reject(Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" }));
  return async (path, flags) => {
    const handle = await openOwn(path, flags);
    return new Proxy(handle, {
      get(target, name) {
        if (name === "write" && writes++ >= writeCount) return full;
        const value = Reflect.get(target, name) as unknown;
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  };
}
