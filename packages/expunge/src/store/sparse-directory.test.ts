import { existsSync, readdirSync, readlinkSync } from "node:fs";
import { cp, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { generator } from "../../testing/kernels.js";
import { insideOf, pictureOf } from "../../testing/model-changes.js";
import { allBytes, alterRecord } from "../../testing/model-directories.js";
import { type Death, mortalFiles, openInterrupted } from "../../testing/mortal-files.js";
import { createSigner } from "../certificate/dsse.js";
import { verify } from "../certificate/verify.js";
import { createDataset } from "../data/create-dataset.js";
import type { Dataset } from "../data/dataset.js";
import { type RowSource, sourceOf } from "../data/row-source.js";
import { selectRows } from "../data/split-dataset.js";
import { fit } from "../unlearner/fit.js";
import { fitToDirectory } from "./fit-to-directory.js";
import { bytesInMemory } from "./open-kernel.js";
import { loadModel, type StoredModel, saveModel } from "./stored-model.js";

/* Directories of sparse rows that are more than the limit of memory: the process of those that are held, bit for bit. */

const MIB = 2 ** 20;
const COLUMNS = 9000;
const signer = createSigner(new Uint8Array(32).fill(3));
let root: string;
let count = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "expunge-sparse-directory-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const newPath = (): string => join(root, String(count++));

/** Rows of 1 to `most` entries, two of each owner. */
function rowsOf(rowCount: number, seed: number, most = 40, isWeighted = true): Dataset {
  const random = generator(seed);
  const [starts, columns, values]: [number[], number[], number[]] = [[0], [], []];
  const labels: number[] = Array.from({ length: rowCount }, () => (random() < 0.5 ? -1 : 1));
  // Of both classes, however few there are.
  labels[1] = -labels[0]!;
  for (const [row, label] of labels.entries()) {
    const own = new Set([label < 0 ? 7 : 11]);
    const length = row % 50 === 3 ? most : 1 + Math.floor((most - 1) * random());
    while (own.size < length) own.add(Math.floor(COLUMNS * random()));
    for (const column of [...own].sort((a, b) => a - b)) {
      columns.push(column);
      values.push(random() + 0.25);
    }
    starts.push(columns.length);
  }
  return createDataset({
    ...({ featureCount: COLUMNS, labels, task: "binary", scaling: "clip", intercept: 0.5 } as const),
    features: { starts, columns, values },
    subjects: labels.map((_, row) => `${seed}-${row >> 1}`),
    ...(isWeighted ? { sampleWeights: labels.map(() => 0.1 + 0.9 * random()) } : {}),
  });
}

/** By the changes of the life below. */
const CAPACITIES = [64, 64, 64, 64, 128, 512, 512, 512];

const OPTIONS = { batchSize: 128, epochs: 3, l2: 0.05, maxNoise: 0.5, seed: "sparse" } as const;

/** Files of a directory that this process has open; null where the system does not tell. */
function openFiles(directory: string): string[] | null {
  if (!existsSync("/proc/self/fd")) return null;
  const linkOf = (fd: string): string => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return "";
    }
  };
  return readdirSync("/proc/self/fd")
    .map(linkOf)
    .filter((path) => dirname(path) === directory)
    .map((path) => basename(path));
}

async function closing<T>(stored: StoredModel, use: (stored: StoredModel) => Promise<T>): Promise<T> {
  try {
    return await use(stored);
  } finally {
    await stored.close();
  }
}

/** The bytes of all rows; there is one file of them. */
async function rowsIn(directory: string): Promise<Buffer> {
  const names = (await readdir(directory)).filter((name) => name.startsWith("rows."));
  expect(names).toHaveLength(1);
  return readFile(join(directory, names[0] as string));
}

describe("a directory of sparse rows beyond the limit of memory", () => {
  it.each<[string, object]>([
    ["noise on release, columns looked up", { batchSize: 16 }],
    ["noise on release, columns swept", { batchSize: 1500 }],
    ["noise at every step", { sigma: 0.01, maxNoise: undefined }],
  ])(
    "is made from a source, forgets, learns and corrects as one in memory, bit for bit: %s",
    async (_, over) => {
      const { maxNoise, ...options } = { ...OPTIONS, ...over };
      const given = maxNoise === undefined ? options : { ...options, maxNoise };
      const dataset = rowsOf(3000, 2);
      const held = newPath();
      await saveModel(await fit(dataset, given), held);
      const streamed = newPath();
      const source = sourceOf(dataset);
      expect(source.isSparse).toBe(true);
      await (await fitToDirectory(source, streamed, { ...given, memoryLimit: MIB })).close();
      expect((await rowsIn(streamed)).equals(await rowsIn(held))).toBe(true);

      const more = rowsOf(100, 3, 50);
      const to = { ...rowsOf(2, 5, 30), subjects: null };
      const longer = { ...selectRows(rowsOf(4, 6, 400), [3, 0]), subjects: null };
      const changes: ((stored: StoredModel) => Promise<unknown>)[] = [
        (stored) => stored.forget({ subjects: ["2-3", "2-1499"] }, { signer }),
        (stored) => stored.learn(more, {}),
        (stored) => stored.correct({ rows: [40, 3030], to }, { signer }),
        (stored) => stored.forget({ rows: [3031] }, { signer }),
        // Longer rows than there is room for.
        (stored) => stored.learn(rowsOf(5, 8, 70), { epochs: 1 }),
        (stored) => stored.correct({ rows: [41, 3005], to: longer }, { signer }),
        (stored) => stored.forget({ rows: [3107] }, { signer }),
        (stored) => stored.learn(rowsOf(3, 9, 50), { epochs: 1 }),
      ];
      const open = async (directory: string, memoryLimit: number, change?: (typeof changes)[number]) =>
        closing(await loadModel(directory, { memoryLimit }), async (stored) => {
          expect(stored.model.plan.sparse).toEqual({ capacity: 64 });
          expect(bytesInMemory(stored.model.state) > memoryLimit).toBe(memoryLimit === MIB);
          await change?.(stored);
          return stored.model.weights.slice();
        });
      expect(await open(streamed, MIB)).toEqual(await open(held, 2 ** 30));
      for (const [i, change] of changes.entries()) {
        const weights = await open(streamed, MIB, change);
        expect(weights).toEqual(await open(held, 2 ** 30, change));
        // Which free slots rows join is drawn, by the seed alike.
        expect((await rowsIn(streamed)).equals(await rowsIn(held)), `change ${i}`).toBe(true);
        expect((await rowsIn(held)).length % (4 * (2 * CAPACITIES[i]! + 1))).toBe(0);
      }
      const grown = await loadModel(held);
      expect(grown.model.timeline.capacity).toBe(512);
      await grown.close();
    },
  );

  it("certifies with the system's noise what its verifier accepts, and its certificates say what those of rows in memory say", async () => {
    const { seed: _, ...options } = OPTIONS;
    const dataset = rowsOf(3000, 2);
    const stored = await fitToDirectory(sourceOf(dataset), newPath(), { ...options, memoryLimit: MIB });
    await closing(stored, async () => {
      const { certificate } = await stored.forget({ subjects: ["2-3"] }, { signer });
      expect(verify(certificate!, { publicKey: signer.publicKey }).issues).toEqual([]);
      const { predicate } = JSON.parse(atob(certificate!.payload));
      expect(predicate.process.isRowFormFromData).toBe(true);
      const { certificate: other } = await (await fit(dataset, options)).forget(
        { subjects: ["2-3"] },
        { signer },
      );
      const ofHeld = JSON.parse(atob(other!.payload)).predicate;
      expect(predicate.process).toEqual(ofHeld.process);
      expect(predicate.notCovered).toEqual(ofHeld.notCovered);
    });
  });

  it("goes on within its limit where it grows beyond it", async () => {
    const { seed: _, ...options } = OPTIONS;
    const directory = newPath();
    const model = await fit(rowsOf(900, 2), options);
    const memoryLimit = bytesInMemory(model.state, 1280);
    await saveModel(model, directory);
    const stored = await loadModel(directory, { memoryLimit });
    await closing(stored, async () => {
      expect(bytesInMemory(stored.model.state)).toBeLessThan(memoryLimit);
      await stored.learn(rowsOf(600, 3), {});
      expect(bytesInMemory(stored.model.state)).toBeGreaterThan(memoryLimit);
      const { certificate } = await stored.forget({ rows: [1200] }, { signer });
      expect(verify(certificate!, { publicKey: signer.publicKey }).issues).toEqual([]);
    });
  });

  it.each([MIB, 2 ** 30])(
    "stands as it was where a lesson or a correction with a longer row comes to nothing, and goes on at once where it does not, within %i bytes",
    async (memoryLimit) => {
      const { seed: _, ...unseeded } = OPTIONS;
      const directory = newPath();
      const stored = await fitToDirectory(sourceOf(rowsOf(3000, 2)), directory, { ...unseeded, memoryLimit });
      await closing(stored, async () => {
        const before = { weights: stored.model.weights.slice(), rows: await rowsIn(directory) };
        const long = rowsOf(4, 3, 70);
        const to = { ...long, subjects: null };
        const stopped = new AbortController();
        const leaving = { signal: stopped.signal, onProgress: () => stopped.abort() };
        await expect(stored.learn(long, { ...leaving, epochs: 100 })).rejects.toMatchObject({
          code: "E_ABORTED",
        });
        const rows = [0, 1, 2, 3];
        const lost = (): never => {
          throw new Error("the key is lost");
        };
        const asked = { signer: { ...signer, sign: lost } };
        await expect(stored.correct({ rows, to }, asked)).rejects.toThrow("the key is lost");
        expect(stored.model.weights).toEqual(before.weights);
        expect((await rowsIn(directory)).equals(before.rows)).toBe(true);
        await stored.correct({ rows, to }, { signer });
        await stored.learn(long, {});
        const { certificate } = await stored.forget({ rows: [3003] }, { signer });
        expect(verify(certificate!, { publicKey: signer.publicKey }).issues).toEqual([]);
        await stored.learn(rowsOf(4, 4, 300), {});
        expect(stored.model.timeline.capacity).toBe(512);
        const open = openFiles(directory)?.filter((name) => name.startsWith("rows."));
        if (open) expect(open).toHaveLength(memoryLimit === MIB ? 1 : 0);
      });
      const again = await loadModel(directory, { memoryLimit });
      await closing(again, async () => {
        expect(again.model.weights).toEqual(stored.model.weights);
        await again.forget({ rows: [3010] }, { signer });
      });
    },
  );

  it.each([
    ["timeline.capacity", 64, /timeline\.capacity/],
    ["timeline.capacity", 1e5, /timeline\.capacity/],
    ["timeline.capacity", 256, /rows\.2\.f32/],
    ["rowsOf", 1, /rows\.1\.f32/],
    ["rowsOf", undefined, /rows\.f32/],
  ])("is refused where its record says of its rows that %s is %s", async (path, value, message) => {
    const directory = newPath();
    await saveModel(await fit(rowsOf(200, 2), OPTIONS), directory);
    await closing(await loadModel(directory), (stored) => stored.learn(rowsOf(4, 3, 70), { epochs: 1 }));
    await closing(await loadModel(directory), async (stored) => {
      expect(stored.model.timeline.capacity).toBe(128);
    });
    await alterRecord(directory, path, value);
    await expect(loadModel(directory)).rejects.toThrow(message);
  });

  it.each<[string, object]>([
    ["kernel float32", { kernel: "float32" }],
    ["replaced records", { deletion: "replace" }],
    ["a feature map", { features: "gated-relu", featureCount: 2 }],
  ])("holds all numbers with %s, as in memory", async (_, over) => {
    const dataset = rowsOf(300, 2);
    const options = { ...OPTIONS, ...over };
    const model = await fit(dataset, options);
    const directory = newPath();
    const stored = await fitToDirectory(sourceOf(dataset), directory, options);
    await closing(stored, async () => {
      expect(stored.model.plan).toEqual(model.plan);
      expect(stored.model.plan.sparse).toBeUndefined();
      expect(stored.model.weights).toEqual(model.weights);
    });
  });

  it("holds all numbers of rows that come out dense, as in memory", async () => {
    const dataset = rowsOf(100, 2, 3000);
    const options = { ...OPTIONS, batchSize: 64 };
    const model = await fit(dataset, options);
    const directory = newPath();
    await closing(await fitToDirectory(sourceOf(dataset), directory, options), async (stored) => {
      expect(stored.model.plan).toEqual(model.plan);
      expect(stored.model.plan.sparse).toBeUndefined();
      expect(stored.model.weights).toEqual(model.weights);
      expect((await stat(join(directory, "rows.f32"))).size).toBe(128 * (COLUMNS + 2) * 4);
    });
  });

  it("leaves no row behind where its source fails or it is stopped", async () => {
    const dataset = rowsOf(3000, 2);
    const directory = newPath();
    const broken: RowSource = {
      ...sourceOf(dataset),
      async *chunks() {
        yield* sourceOf(dataset).chunks();
        throw new Error("the line went dead");
      },
    };
    await expect(fitToDirectory(broken, directory, OPTIONS)).rejects.toThrow("the line went dead");
    const controller = new AbortController();
    const stopped = fitToDirectory(sourceOf(dataset), directory, {
      ...{ ...OPTIONS, epochs: 1000, memoryLimit: MIB, signal: controller.signal },
      onProgress: (progress) => progress.stage === "train" && controller.abort(),
    });
    await expect(stopped).rejects.toMatchObject({ code: "E_ABORTED" });
    await (await fitToDirectory(sourceOf(dataset), directory, OPTIONS)).close();
  });
});

describe("what rows take in memory", () => {
  it.each<[string, object]>([
    ["lists of their batches' columns", { batchSize: 128 }],
    ["no lists", { batchSize: 1500 }],
    ["groups of four that are not full", { batchSize: 13 }],
    ["all their numbers", { batchSize: 130, kernel: "float32" }],
  ])("is what is said of it, with %s", async (_, over) => {
    const isDense = "kernel" in over;
    const dataset = rowsOf(isDense ? 300 : 6000, 2);
    const directory = newPath();
    const options = { ...OPTIONS, epochs: 1, ...over };
    await saveModel(await fit(dataset, options), directory);
    const made: number[] = [];
    const { Memory } = WebAssembly;
    const counted = class extends Memory {
      constructor(descriptor: WebAssembly.MemoryDescriptor) {
        super(descriptor);
        made.push(this.buffer.byteLength);
      }
    };
    WebAssembly.Memory = counted;
    try {
      await closing(await loadModel(directory), async ({ model: { state } }) => {
        const read = (await rowsIn(directory)).length + 4 * state.slotOfRow.length;
        const [packed, ...others] = made;
        expect(others).toEqual([]);
        const said = bytesInMemory(state);
        const real = read + packed!;
        // Weights, and room to work on one batch, come on top.
        expect(said).toBeLessThan(1.01 * real);
        expect(said).toBeGreaterThan(0.94 * real);
      });
    } finally {
      WebAssembly.Memory = Memory;
    }
  });
});

describe("a life of sparse rows beyond the limit of memory that is interrupted", () => {
  const life = (() => {
    const first = rowsOf(3, 5, 300);
    const to = { ...rowsOf(2, 6, 200), subjects: null };
    const second = rowsOf(2, 7, 300);
    const longer = rowsOf(4, 8, 700);
    const longest = { ...selectRows(rowsOf(4, 9, 1200), [3]), subjects: null };
    const changes: readonly {
      readonly change: (kept: StoredModel) => Promise<unknown>;
      /** Rows whose numbers it takes from the disk: the longest there are, in place of which shorter ones come. */
      readonly gone: readonly number[];
    }[] = [
      { change: (kept) => kept.learn(first, { steps: 3 }), gone: [] },
      { change: (kept) => kept.forget({ rows: [3, 120] }, { signer }), gone: [3] },
      { change: (kept) => kept.correct({ rows: [53, 5], to }, { signer }), gone: [53] },
      { change: (kept) => kept.learn(second, { steps: 2 }), gone: [] },
      // Rows for which there is no room: all are stored anew.
      { change: (kept) => kept.learn(longer, { steps: 2 }), gone: [] },
      { change: (kept) => kept.correct({ rows: [103], to: longest }, { signer }), gone: [103] },
    ];
    return changes;
  })();

  it.each<Death>(["torn", "power lost"])(
    "(%s) at any file operation is the old model or the new one, and nothing that had to go is left",
    async (death) => {
      const memoryLimit = MIB;
      const dataset = rowsOf(132, 2, 400);
      const saved = newPath();
      const given = { batchSize: 44, epochs: 1, l2: 0.05, maxNoise: 0.5, maxSteps: 1000, seed: "life" };
      const first = await fitToDirectory(sourceOf(dataset), saved, { ...given, memoryLimit });
      expect(bytesInMemory(first.model.state)).toBeGreaterThan(memoryLimit);
      const slots = (await insideOf(first.model)).slots;
      const pairsOf = (row: number): Buffer[] => {
        const pairs = Buffer.from(slots[first.model.state.slotOfRow[row]!]!.features.slice(0, 802).buffer);
        // Some of them, from the first to the last.
        return Array.from({ length: 17 }, (_, i) => pairs.subarray(200 * i, 200 * i + 8));
      };
      const goneAt = life.map(({ gone }) => gone.flatMap(pairsOf));
      await first.close();
      const whole = newPath();
      await cp(saved, whole, { recursive: true });
      const unstopped = await loadModel(whole, { memoryLimit });
      const states = [await pictureOf(unstopped.model)];
      for (const { change } of life) {
        await change(unstopped);
        states.push(await pictureOf(unstopped.model));
      }
      await unstopped.close();
      const outcomes = states.map(() => 0);
      // Every third operation of a life; a forget is stopped at each in unlearner/sparse-rows.test.ts.
      for (let operation = 1, isOver = false; !isOver; operation += 3) {
        const directory = newPath();
        await cp(saved, directory, { recursive: true });
        const { files, isDead, restart } = mortalFiles(operation, death);
        const stored = await loadModel(directory, { files, memoryLimit });
        for (const { change } of life) if (!isDead()) await change(stored).catch(() => {});
        isOver = !isDead();
        await stored.close();
        await restart();
        if (operation % 10 === 1) await openInterrupted(directory, death);
        const again = await loadModel(directory, { memoryLimit });
        const at = states.findIndex(({ timeline }) => timeline.steps === again.model.timeline.steps);
        expect(await pictureOf(again.model)).toEqual(states[at]);
        const bytes = await allBytes(directory);
        for (const [i, pairs] of goneAt.entries())
          expect(pairs.filter((pair) => bytes.includes(pair))).toHaveLength(i >= at ? pairs.length : 0);
        outcomes[at]!++;
        if (operation % 4 === 0) {
          for (const { change } of life.slice(at)) await change(again);
          expect(await pictureOf(again.model)).toEqual(states.at(-1));
        }
        await again.close();
        await rm(directory, { recursive: true });
      }
      expect(Math.min(...outcomes.slice(0, -1))).toBeGreaterThan(2);
    },
  );
});
