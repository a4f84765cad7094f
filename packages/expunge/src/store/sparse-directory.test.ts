import { existsSync, readdirSync, readlinkSync } from "node:fs";
import { cp, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pictureOf } from "../../testing/model-changes.js";
import { alterRecord } from "../../testing/model-directories.js";
import { WIDE_COLUMNS, wideSparseRows } from "../../testing/wide-sparse-rows.js";
import { createSigner } from "../certificate/dsse.js";
import { verify } from "../certificate/verify.js";
import { type RowSource, sourceOf } from "../data/row-source.js";
import { selectRows } from "../data/split-dataset.js";
import { fit } from "../unlearner/fit.js";
import { type DurableFiles, nodeFiles } from "./durable-files.js";
import { fitToDirectory } from "./fit-to-directory.js";
import { bytesInMemory } from "./open-kernel.js";
import { loadModel, type StoredModel, saveModel } from "./stored-model.js";

/* Directories of sparse rows that are more than the limit of memory: the process of those that are held, bit for bit. */

const MIB = 2 ** 20;
const rowsOf = wideSparseRows;
const COLUMNS = WIDE_COLUMNS;
const signer = createSigner(new Uint8Array(32).fill(3));
let root: string;
let count = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "expunge-sparse-directory-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const newPath = (): string => join(root, String(count++));

/** By the changes of a life. */
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
    ["written", MIB],
    ["written", 2 ** 30],
    ["trained on", MIB],
    ["trained on", 2 ** 30],
  ])(
    "lets a change that was refused touch nothing of the one that is running, whose longer rows are %s, within %i bytes",
    async (moment, memoryLimit) => {
      const long = rowsOf(4, 3, 70);
      const to = { ...selectRows(long, [3, 0]), subjects: null };
      const grow: ((stored: StoredModel) => Promise<unknown>)[] = [
        (stored) => stored.learn(long, { epochs: 1 }),
        (stored) => stored.correct({ rows: [5, 6], to }, { signer }),
      ];
      const saved = newPath();
      await (await fitToDirectory(sourceOf(rowsOf(3000, 2)), saved, { ...OPTIONS, memoryLimit })).close();
      for (const change of grow) {
        const [alone, directory] = [newPath(), newPath()];
        await cp(saved, alone, { recursive: true });
        await cp(saved, directory, { recursive: true });
        await closing(await loadModel(alone, { memoryLimit }), change);
        const refused: unknown[] = [];
        let stored: StoredModel | undefined;
        const askOthers = async (): Promise<void> => {
          if (stored === undefined || refused.length > 0) return;
          for (const other of grow)
            refused.push(await other(stored).catch(({ code }: { code: string }) => code));
        };
        const files: DurableFiles = {
          ...nodeFiles,
          async sync(path) {
            await nodeFiles.sync(path);
            if (moment === "written" && path === directory) await askOthers();
          },
          async write(path, data) {
            if (path.includes("generations")) await askOthers();
            await nodeFiles.write(path, data);
          },
        };
        stored = await loadModel(directory, { memoryLimit, files });
        await closing(stored, change);
        expect(refused).toEqual(["E_LOCKED", "E_LOCKED"]);
        expect((await rowsIn(directory)).equals(await rowsIn(alone))).toBe(true);
        const pictures = [alone, directory].map(async (path) =>
          closing(await loadModel(path, { memoryLimit }), ({ model }) => pictureOf(model)),
        );
        const [expected, found] = await Promise.all(pictures);
        expect(found).toEqual(expected);
      }
    },
  );

  it("writes longer rows only once those of a change that failed are erased", async () => {
    const directory = newPath();
    await saveModel(await fit(rowsOf(200, 2), OPTIONS), directory);
    const long = rowsOf(4, 3, 70);
    const stopped = new AbortController();
    let stored: StoredModel | undefined;
    let next: Promise<unknown> | undefined;
    const files: DurableFiles = {
      ...nodeFiles,
      async erase(path) {
        if (stored !== undefined && next === undefined && basename(path) === "rows.2.f32") {
          const isRunning = new Promise<void>((resolve) => {
            next = stored?.learn(long, { epochs: 1, onProgress: () => resolve() });
          });
          // As long as it waits it does not get there.
          await Promise.race([isRunning, new Promise((resolve) => setTimeout(resolve, 300))]);
        }
        await nodeFiles.erase(path);
      },
    };
    stored = await loadModel(directory, { files });
    const leaving = { signal: stopped.signal, onProgress: () => stopped.abort(), epochs: 100 };
    await expect(stored.learn(long, leaving)).rejects.toMatchObject({ code: "E_ABORTED" });
    await next;
    expect(stored.model.description.rowCount).toBe(204);
    await stored.close();
    await closing(await loadModel(directory), async (again) => {
      expect(await pictureOf(again.model)).toMatchObject({ weights: stored.model.weights });
    });
  });

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
