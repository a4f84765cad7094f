import { execFile } from "node:child_process";
import {
  type FileHandle,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { build } from "rolldown";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { errorOf } from "../../testing/files.js";
import { createDataset } from "../data/create-dataset.js";
import type { Dataset } from "../data/dataset.js";
import { type RowSource, sourceOf } from "../data/row-source.js";
import { type OpenFile, openOwn } from "./block-file.js";
import { BUCKETS_FILE, FEATURES_FILE, LABELS_FILE, SPOOL_FILE } from "./layout.js";
import type { RowFileOptions, RowFileProgress, WrittenRows } from "./options.js";
import { sortRowsWithin, type WriterLimits, writeRowFiles, writeRowFilesWithin } from "./write-row-files.js";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "expunge-row-files-"));
});
afterAll(() => rm(root, { recursive: true }));

const newDirectory = (): Promise<string> => mkdtemp(join(root, "rows-"));

function datasetOf(rowCount: number, featureCount: number, hasOwners = false): Dataset {
  return createDataset({
    features: Float64Array.from({ length: rowCount * featureCount }, (_, i) => Math.sin(1 + i * 1.7)),
    featureCount,
    labels: Array.from({ length: rowCount }, (_, i) => i + 0.5),
    task: "regression",
    subjects: hasOwners ? Array.from({ length: rowCount }, (_, i) => `s${i}`) : null,
  });
}

/** The same rows in chunks of so many. */
function inChunks(dataset: Dataset, chunkRows: number): RowSource {
  const { rowCount, featureCount, features, labels, subjects } = dataset;
  async function* chunks() {
    for (let row = 0; row < rowCount; row += chunkRows) {
      const end = Math.min(row + chunkRows, rowCount);
      yield {
        features: features.subarray(row * featureCount, end * featureCount),
        labels: labels.subarray(row, end),
        subjects: subjects?.slice(row, end) ?? null,
      };
    }
  }
  return { ...sourceOf(dataset), chunks };
}

/** Row r to slot (r * step + 1) mod slotCount, where step has no factor in common with it. */
function orderFor(slotCount: number): (rowCount: number) => Uint32Array {
  const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));
  let step = 7;
  while (gcd(step, slotCount) > 1) step++;
  return (rowCount) => Uint32Array.from({ length: rowCount }, (_, row) => (row * step + 1) % slotCount);
}

function optionsFor(directory: string, slotCount: number): RowFileOptions {
  return { directory, slotCountOf: () => slotCount, orderOf: orderFor(slotCount) };
}

async function numbersOf(directory: string, name: string): Promise<Float32Array> {
  const bytes = await readFile(join(directory, name));
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

async function expectRows(directory: string, dataset: Dataset, written: WrittenRows): Promise<void> {
  const { rowCount, featureCount } = dataset;
  const { slotCount, slotOfRow } = written;
  const features = new Float32Array(slotCount * featureCount);
  const labels = new Float32Array(slotCount);
  expect(slotOfRow.length).toBe(rowCount);
  for (const [row, slot] of slotOfRow.entries()) {
    features.set(
      dataset.features.subarray(row * featureCount, (row + 1) * featureCount),
      slot * featureCount,
    );
    labels[slot] = dataset.labels[row]!;
  }
  expect(await numbersOf(directory, FEATURES_FILE)).toEqual(features);
  expect(await numbersOf(directory, LABELS_FILE)).toEqual(labels);
  expect((await readdir(directory)).sort()).toEqual([LABELS_FILE, FEATURES_FILE]);
}

const small = (memoryBytes: number, openFile: OpenFile = openOwn): WriterLimits => ({
  memoryBytes,
  blockBytes: 100,
  openFile,
});

describe("writeRowFiles", () => {
  it("writes every row to its slot, bit for bit, zeros elsewhere, whatever the shapes and the memory", async () => {
    const cases = fc.record({
      rowCount: fc.integer({ min: 1, max: 70 }),
      featureCount: fc.integer({ min: 1, max: 12 }),
      emptySlots: fc.integer({ min: 0, max: 9 }),
      chunkRows: fc.integer({ min: 1, max: 30 }),
      memoryBytes: fc.oneof(fc.integer({ min: 1, max: 4000 }), fc.constant(2 ** 20)),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ rowCount, featureCount, emptySlots, chunkRows, memoryBytes }) => {
        const dataset = datasetOf(rowCount, featureCount);
        const directory = await newDirectory();
        const options = optionsFor(directory, rowCount + emptySlots);
        const source = inChunks(dataset, chunkRows);
        await expectRows(directory, dataset, await writeRowFilesWithin(small(memoryBytes), source, options));
      }),
      { numRuns: 150 },
    );
  });

  it("does so within the usual limits, and tells owners and progress in order", async () => {
    const dataset = datasetOf(5000, 30, true);
    const directory = await newDirectory();
    const owners: string[] = [];
    const seen: RowFileProgress[] = [];
    const written = await writeRowFiles(inChunks(dataset, 700), {
      ...optionsFor(directory, 5003),
      onSubject: (row, subject) => void (owners[row] = subject),
      onProgress: (progress) => seen.push(progress),
    });
    expect(written).toMatchObject({ rowCount: 5000, slotCount: 5003 });
    await expectRows(directory, dataset, written);
    expect(owners).toEqual(dataset.subjects);
    expect(seen[0]).toEqual({ stage: "reading", rowsDone: 700, rowsTotal: null });
    expect(seen.at(-1)).toEqual({ stage: "writing", rowsDone: 5000, rowsTotal: 5000 });
  });

  it("tells of every stage, up to all rows, where there are many buckets", async () => {
    const directory = await newDirectory();
    const last = new Map<string, number>();
    await writeRowFilesWithin(small(600), inChunks(datasetOf(50, 4), 8), {
      ...optionsFor(directory, 60),
      onProgress: ({ stage, rowsDone }) => last.set(stage, rowsDone),
    });
    expect([...last]).toEqual([
      ["reading", 50],
      ["sorting", 50],
      ["writing", 50],
    ]);
  });

  it("refuses too little memory and orders that would lose a row, and leaves nothing", async () => {
    const source = sourceOf(datasetOf(4, 2));
    const directory = await newDirectory();
    const options = optionsFor(directory, 4);
    const refused: [Partial<RowFileOptions>, RegExp][] = [
      [{ memoryLimit: 2 ** 24 - 1 }, /memoryLimit = 16777215 to be at least 16777216 bytes/],
      [{ slotCountOf: () => 3 }, /slotCount = 3 in \[4, 2\^32\], with 4 rows/],
      [{ orderOf: () => Uint32Array.of(0, 1, 2) }, /slotOfRow.length = 3 to be 4/],
      [{ orderOf: () => Uint32Array.of(0, 1, 4, 3) }, /slotOfRow\[2\] = 4 below 4/],
      [{ orderOf: () => Uint32Array.of(0, 1, 2, 1) }, /slotOfRow\[3\] = 1 to be no other row's slot/],
    ];
    for (const [change, message] of refused) {
      const error = await errorOf("E_OPTION", () => writeRowFiles(source, { ...options, ...change }));
      expect(error.message).toMatch(message);
      expect(await readdir(directory)).toEqual([]);
    }
  });

  it("leaves files alone that are there already, and follows no link", async () => {
    const directory = await newDirectory();
    await writeFile(join(directory, LABELS_FILE), "somebody's");
    const write = (): Promise<WrittenRows> =>
      writeRowFiles(sourceOf(datasetOf(4, 2)), optionsFor(directory, 4));
    expect((await errorOf("E_DATA", write)).message).toMatch(
      /Cannot write .*labels\.f32: it is there already/,
    );
    expect(await readdir(directory)).toEqual([LABELS_FILE]);
    expect(await readFile(join(directory, LABELS_FILE), "utf8")).toBe("somebody's");
    await rm(join(directory, LABELS_FILE));
    const elsewhere = join(await newDirectory(), "target");
    await writeFile(elsewhere, "mine");
    await symlink(elsewhere, join(directory, SPOOL_FILE));
    await write();
    expect(await readFile(elsewhere, "utf8")).toBe("mine");
  });

  it("erases what a killed writer left", async () => {
    const directory = await newDirectory();
    for (const name of [SPOOL_FILE, BUCKETS_FILE]) await writeFile(join(directory, name), "rows");
    const dataset = datasetOf(9, 3);
    await expectRows(directory, dataset, await writeRowFiles(sourceOf(dataset), optionsFor(directory, 9)));
  });

  it("says where rows may be left that it could not erase", async () => {
    const directory = await newDirectory();
    const source = sourceOf(datasetOf(4, 2));
    const spool = join(directory, SPOOL_FILE);
    const broken: RowSource = {
      ...source,
      async *chunks() {
        yield* source.chunks();
        // What has the spool's name by now is not a file that could be overwritten.
        await rm(spool);
        await mkdir(spool);
        throw new Error("the line went dead");
      },
    };
    const { message } = await writeRowFiles(broken, optionsFor(directory, 4)).catch((error) => error);
    expect(message).toMatch(/^the line went dead\. Rows may be left in .*rows\.f32\.spool/);
  });

  it("names a directory that is not there", async () => {
    const options = optionsFor(join(root, "nowhere"), 4);
    const error = await errorOf("E_DATA", () => writeRowFiles(sourceOf(datasetOf(4, 2)), options));
    expect(error.message).toMatch(/Cannot write .*nowhere.rows\.f32: there is no such directory/);
  });
});

describe("sortRows", () => {
  it("gives the rows that writeRowFiles writes, in files that nobody else can find", async () => {
    for (const memoryBytes of [600, 2 ** 20]) {
      const dataset = datasetOf(50, 4);
      const directory = await newDirectory();
      const options = optionsFor(directory, 60);
      const { rows, ...written } = await sortRowsWithin(small(memoryBytes), inChunks(dataset, 8), options);
      expect(await readdir(directory)).toEqual([]);
      const found = { features: new Float32Array(60 * 4), labels: new Float32Array(60) };
      await rows.read(0, found.features, found.labels);
      await rows.close();
      expect(await writeRowFilesWithin(small(2 ** 20), inChunks(dataset, 8), options)).toEqual(written);
      expect(await numbersOf(directory, FEATURES_FILE)).toEqual(found.features);
      expect(await numbersOf(directory, LABELS_FILE)).toEqual(found.labels);
    }
  });

  it("says so for a full disk at any write, and leaves nothing open", async () => {
    const directory = await newDirectory();
    for (let n = 0; ; n++) {
      const opened: FileHandle[] = [];
      const full = fullAfter(n);
      const openFile: OpenFile = async (path, flags) => {
        const handle = await full.openFile(path, flags);
        opened.push(handle);
        return handle;
      };
      const run = sortRowsWithin(
        small(600, openFile),
        inChunks(datasetOf(50, 4), 8),
        optionsFor(directory, 60),
      );
      const outcome: unknown = await run.then(
        ({ rows }) => rows.close(),
        (error) => error,
      );
      for (const { fd } of opened) expect(fd).toBe(-1);
      if (outcome === undefined) break;
      expect(outcome).toMatchObject({ code: "E_DATA", details: { reason: "ENOSPC" } });
    }
  });
});

/** Opens files of which the n-th write (from 0) and all later ones find the disk full. */
function fullAfter(writeCount: number): { openFile: OpenFile; writes: () => number } {
  let writes = 0;
  const full = (): Promise<never> =>
    Promise.reject(Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" }));
  const openFile: OpenFile = async (path, flags) => {
    const handle = await openOwn(path, flags);
    return new Proxy(handle, {
      get(target, name) {
        if (name === "write" && writes++ >= writeCount) return full;
        const value = Reflect.get(target, name) as unknown;
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  };
  return { openFile, writes: () => writes };
}

describe("a writer that fails", () => {
  it.each([
    ["one bucket", 2 ** 20],
    ["many buckets", 600],
  ])("at any write for a full disk says so and leaves nothing: %s", async (_, memoryBytes) => {
    const dataset = datasetOf(50, 4);
    const directory = await newDirectory();
    const named = new Set<string>();
    for (let n = 0; ; n++) {
      const { openFile, writes } = fullAfter(n);
      const run = writeRowFilesWithin(
        small(memoryBytes, openFile),
        inChunks(dataset, 8),
        optionsFor(directory, 60),
      );
      const outcome: unknown = await run.then(
        () => null,
        (error) => error,
      );
      if (outcome === null) {
        expect(writes()).toBe(n);
        break;
      }
      expect(outcome).toMatchObject({ code: "E_DATA", details: { reason: "ENOSPC" } });
      expect((outcome as Error).message).toMatch(/Cannot write .*: there is no room left on the disk/);
      named.add(basename((outcome as { details: { file: string } }).details.file));
      expect(await readdir(directory)).toEqual([]);
    }
    expect(named).toEqual(
      new Set([SPOOL_FILE, FEATURES_FILE, LABELS_FILE, ...(memoryBytes === 600 ? [BUCKETS_FILE] : [])]),
    );
  });

  it("for an abort at any moment leaves nothing", async () => {
    const dataset = datasetOf(50, 4);
    const directory = await newDirectory();
    let aborted = 0;
    for (let n = 0; ; n++) {
      const controller = new AbortController();
      let calls = 0;
      const onProgress = (): void => {
        if (calls++ === n) controller.abort();
      };
      const options = { ...optionsFor(directory, 60), signal: controller.signal, onProgress };
      const run = writeRowFilesWithin(small(600), inChunks(dataset, 8), options);
      if (
        await run.then(
          () => calls <= n,
          () => false,
        )
      )
        break;
      await expect(run).rejects.toMatchObject({ code: "E_ABORTED" });
      expect(await readdir(directory)).toEqual([]);
      aborted++;
    }
    expect(aborted).toBeGreaterThan(20);
  });

  it("for a bad row in the source passes that error on and leaves nothing", async () => {
    const directory = await newDirectory();
    const good = inChunks(datasetOf(50, 4), 8);
    async function* chunks() {
      yield* good.chunks();
      throw new Error("row 51 is bad");
    }
    const run = writeRowFiles({ ...good, chunks }, optionsFor(directory, 60));
    await expect(run).rejects.toThrow("row 51 is bad");
    expect(await readdir(directory)).toEqual([]);
  });
});

describe("what a writer removes", () => {
  it.each(["finishes", "fails"])("holds nothing but zeros when it %s", async (outcome) => {
    const watched = new Map<string, FileHandle>();
    // A handle of our own outlives the name and shows the bytes that were left on the disk.
    const openFile: OpenFile = async (path, flags) => {
      const handle = await openOwn(path, flags);
      watched.set(basename(path), await open(path, "r"));
      return handle;
    };
    const directory = await newDirectory();
    const run = writeRowFilesWithin(small(600, openFile), inChunks(datasetOf(50, 4), 8), {
      ...optionsFor(directory, 60),
      onProgress: ({ stage, rowsDone }) => {
        if (outcome === "fails" && stage === "writing" && rowsDone > 40) throw new Error("stop");
      },
    });
    await run.catch((error: Error) => expect(error.message).toBe("stop"));
    const removed = [SPOOL_FILE, BUCKETS_FILE, ...(outcome === "fails" ? [FEATURES_FILE, LABELS_FILE] : [])];
    for (const name of removed) {
      const bytes = await watched.get(name)?.readFile();
      expect(bytes?.length, name).toBeGreaterThan(100);
      expect(
        bytes?.every((byte) => byte === 0),
        name,
      ).toBe(true);
    }
    for (const handle of watched.values()) await handle.close();
  });
});

describe("memory", () => {
  it("grows by less than 100 MB over 200 MB of rows from a .npy file, in a process of its own", async () => {
    const child = join(root, "write-big-file.mjs");
    await build({
      input: join(import.meta.dirname, "../../testing/write-big-file.ts"),
      platform: "node",
      logLevel: "silent",
      output: { file: child, codeSplitting: false },
    });
    const { stdout } = await promisify(execFile)(process.execPath, [child, await newDirectory()]);
    const { grownBytes, rowBytes } = JSON.parse(stdout) as { grownBytes: number; rowBytes: number };
    expect(rowBytes).toBeGreaterThan(200e6);
    expect(grownBytes).toBeLessThan(100e6);
  });
});
