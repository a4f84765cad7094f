import type { Worker } from "node:worker_threads";
import { afterEach, describe, expect, it } from "vitest";
import { generator, parametersFor, randomRows, SEED, storedPairs } from "../../testing/kernels.js";
import { gridFor } from "../accounting/grid.js";
import { objectiveFrom } from "../objective/index.js";
import {
  createSparseKernel,
  createTrialPool,
  createWasmKernel,
  type NoiseOrigin,
  type TrialPool,
} from "./index.js";

const logistic = objectiveFrom({ kind: "logistic" });
const softmax = objectiveFrom({ kind: "softmax", classCount: 3 });
const SYSTEM: NoiseOrigin = { kind: "system" };

const pools: TrialPool[] = [];
afterEach(() => {
  for (const pool of pools.splice(0)) pool.dispose();
});

async function poolOf(
  options: Parameters<typeof createTrialPool>[2],
  {
    objective = logistic,
    density = 1,
    noiseStd = 0.05,
    slotCount = 60,
    featureCount = 21,
    batchSize = 6,
  } = {},
): Promise<TrialPool> {
  const rows = randomRows(objective, slotCount, featureCount, generator(11), density);
  const pool = await createTrialPool(rows, parametersFor(objective, { noiseStd, batchSize }), options);
  pools.push(pool);
  return pool;
}

const allWeights = (pool: TrialPool): Float64Array[] =>
  Array.from({ length: pool.trials }, (_, trial) => pool.weights(trial));

describe("createTrialPool", () => {
  it.each([
    { objective: logistic, density: 1 },
    { objective: logistic, density: 0.2 },
    { objective: softmax, density: 1 },
    { objective: softmax, density: 0.2 },
    { objective: logistic, density: 1, kernel: "float32" },
    { objective: softmax, density: 0.2, kernel: "float32" },
    // Batches of more panels than the float32 kernel sums at a time.
    { objective: logistic, density: 1, kernel: "float32", batchSize: 300, slotCount: 600 },
  ] as const)("gives the same bits whatever the workers, the passes and the cuts: %o", async (data) => {
    const trials = 7;
    const kernel = "kernel" in data ? data.kernel : "float64";
    const one = await poolOf({ kernel, trials, workers: 0, trialsPerPass: 1 }, data);
    await one.advance(1, 25, SEED);
    for (const options of [
      { workers: 0, trialsPerPass: 4 },
      { workers: 1, trialsPerPass: 2 },
      { workers: 3, trialsPerPass: 3 },
      { workers: 2 },
    ]) {
      const pool = await poolOf({ kernel, trials, ...options }, data);
      await pool.advance(1, 9, SEED);
      await pool.advance(10, 16, SEED);
      expect(allWeights(pool)).toEqual(allWeights(one));
    }
  });

  it.each(["float64", "float32"] as const)(
    "runs the process of the %s kernel: without noise every trial is the kernel's run, before and after a slot is emptied",
    async (name) => {
      const rows = randomRows(logistic, 60, 21, generator(11));
      const parameters = parametersFor(logistic, { noiseStd: 0 });
      const kernel = await createWasmKernel(rows, parameters, name);
      const pool = await poolOf({ trials: 3, workers: 2, kernel: name }, { noiseStd: 0.1 });
      const weights = new Float64Array(21);
      kernel.advance(weights, 1, 20, SYSTEM);
      await pool.advance(1, 20, null);
      expect(allWeights(pool)).toEqual([weights, weights, weights]);
      const record = { features: new Float32Array(21).fill(0.2), label: -1 };
      for (const process of [kernel, pool]) {
        process.writeSlot(4, null);
        process.writeSlot(9, record);
      }
      kernel.advance(weights, 21, 3, SYSTEM);
      await pool.advance(21, 3, null);
      expect(allWeights(pool)).toEqual([weights, weights, weights]);
      expect(pool.readSlot(9)).toEqual(record);
    },
  );

  it("gives every trial noise of its own, fresh in every call", async () => {
    const pool = await poolOf({ trials: 200, workers: 2 }, { featureCount: 5 });
    await pool.advance(1, 1, SYSTEM);
    const first = allWeights(pool).map((weights) => weights[0]!);
    expect(new Set(first).size).toBe(200);
    const again = await poolOf({ trials: 200, workers: 2 }, { featureCount: 5 });
    await again.advance(1, 1, SYSTEM);
    expect(first.filter((weight) => again.weights(0)[0] === weight)).toHaveLength(0);
    // Step 1 starts from zero weights, so all that differs between trials is noise of standard deviation 0.05.
    const mean = first.reduce((sum, x) => sum + x, 0) / 200;
    const deviation = Math.sqrt(first.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 199);
    expect(deviation).toBeGreaterThan(0.05 * 0.75);
    expect(deviation).toBeLessThan(0.05 * 1.25);
  });

  it("releases every trial's weights on the grid with noise of its own", async () => {
    const grid = gridFor(0.25, 100);
    for (const noise of [SEED, SYSTEM]) {
      const pool = await poolOf({ trials: 5, workers: 2 });
      await pool.advance(1, 3, null);
      pool.release(3, 0.25, noise);
      const weights = allWeights(pool);
      expect(new Set(weights.map(([first]) => first)).size).toBe(5);
      expect(weights.every((x) => x.every((value) => Number.isInteger(value / grid)))).toBe(true);
      const again = await poolOf({ trials: 5, workers: 0 });
      await again.advance(1, 3, null);
      again.release(3, 0.25, noise);
      if (noise === SEED) expect(allWeights(again)).toEqual(weights);
      else expect(again.weights(0)).not.toEqual(weights[0]);
    }
  });

  it("gives trials the weights that they are given, float64 exactly and float32 rounded", async () => {
    for (const kernel of ["float64", "float32"] as const) {
      const pool = await poolOf({ trials: 3, workers: 1, kernel });
      const weights = Float64Array.from({ length: 21 }, (_, i) => i / 7);
      pool.putWeights(1, weights);
      expect(pool.weights(1)).toEqual(kernel === "float64" ? weights : weights.map(Math.fround));
      expect(pool.weights(0)).toEqual(new Float64Array(21));
      pool.release(1, 0.25, SEED);
      if (kernel === "float32") expect(pool.weights(1)).toEqual(pool.weights(1).map(Math.fround));
      expect(() => pool.putWeights(1, new Float64Array(20))).toThrow(/21 numbers/);
      expect(() => pool.putWeights(3, weights)).toThrow(expect.objectContaining({ code: "E_OPTION" }));
      expect(() => pool.release(1, 0, SEED)).toThrow(expect.objectContaining({ code: "E_DOMAIN" }));
    }
  });

  it("leaves no key and no normals in memory", async () => {
    const bytes: Buffer[] = [];
    const Memory = WebAssembly.Memory;
    WebAssembly.Memory = class extends Memory {
      constructor(descriptor: WebAssembly.MemoryDescriptor) {
        super(descriptor);
        bytes.push(Buffer.from(this.buffer));
      }
    } as typeof Memory;
    const pool = await poolOf({ trials: 2, workers: 0 }, { noiseStd: 1 }).finally(() => {
      WebAssembly.Memory = Memory;
    });
    const before = Buffer.from(bytes[0] as Buffer);
    await pool.advance(1, 1, SEED);
    const changed = [...before.keys()].filter((i) => before[i] !== bytes[0]?.[i]);
    // Weights (2 trials x 32 columns), the context's fields, outputs, and the counter: nothing else is left written.
    expect(changed.length).toBeLessThanOrEqual(2 * 8 * 21 + 12 + 2 * 32 + 4);
  });

  it("stops when told to, with E_ABORTED, and is of no more use", async () => {
    for (const workers of [0, 2]) {
      const pool = await poolOf({ trials: 4, workers });
      const controller = new AbortController();
      const run = pool.advance(1, 50_000_000, SEED, { signal: controller.signal });
      setTimeout(() => controller.abort(), 50);
      await expect(run).rejects.toMatchObject({ code: "E_ABORTED" });
      expect(() => pool.weights(0)).toThrow(/failed/);
      await expect(pool.advance(1, 1, SEED)).rejects.toMatchObject({ code: "E_KERNEL" });
    }
  });

  it("fails with E_WORKER, and does not hang, where a thread dies", async () => {
    const started: Worker[] = [];
    const note = (worker: Worker): void => void started.push(worker);
    process.on("worker", note);
    const pool = await poolOf({ trials: 4, workers: 2 });
    await new Promise((resolve) => setTimeout(resolve, 0));
    process.off("worker", note);
    const run = pool.advance(1, 50_000_000, SEED);
    setTimeout(() => void started[0]?.terminate(), 50);
    await expect(run).rejects.toMatchObject({ code: "E_WORKER" });
    await expect(pool.advance(1, 1, SEED)).rejects.toMatchObject({ code: "E_KERNEL" });
  });

  it("refuses a second call while it runs, and any after it was disposed of", async () => {
    const pool = await poolOf({ trials: 2, workers: 1 });
    const run = pool.advance(1, 1000, SEED);
    await expect(pool.advance(1, 1, SEED)).rejects.toThrow(/running/);
    await run;
    pool.dispose();
    expect(() => pool.weights(0)).toThrow(expect.objectContaining({ code: "E_KERNEL" }));
  });

  it.each([
    [{ trials: 0 }, "trials"],
    [{ trials: 2.5 }, "trials"],
    [{ trials: 2, kernel: "reference" as never }, "kernel"],
    [{ trials: 2, workers: -1 }, "workers"],
    [{ trials: 2, trialsPerPass: 0 }, "trialsPerPass"],
  ])("refuses %o", async (options, field) => {
    await expect(poolOf(options)).rejects.toMatchObject({ code: "E_OPTION", details: { field } });
  });

  it("names weights that overflow", async () => {
    const rows = randomRows(logistic, 60, 21, generator(11));
    const parameters = parametersFor(logistic, { noiseStd: 1e308 });
    const pool = await createTrialPool(rows, parameters, { trials: 2, workers: 2 });
    pools.push(pool);
    await expect(pool.advance(1, 20, SEED)).rejects.toMatchObject({ code: "E_KERNEL" });
  });
});

describe("a pool on sparse rows", () => {
  const shape = { capacity: 9 };
  /** On both sides of where columns are looked up one by one; in pairs. */
  const sparsePool = async (
    featureCount: number,
    noiseStd: number,
    options: Omit<Parameters<typeof createTrialPool>[2], "sparse">,
  ) => {
    const dense = randomRows(logistic, 60, featureCount, generator(11), 4 / featureCount);
    const width = 2 * shape.capacity;
    const features = new Float32Array(60 * width);
    for (let slot = 0; slot < 60; slot++) {
      const row = dense.features.subarray(slot * featureCount, (slot + 1) * featureCount);
      for (const column of [...row.keys()].filter((i) => row[i] !== 0).slice(shape.capacity)) row[column] = 0;
      features.set(storedPairs(row, featureCount, shape.capacity).subarray(0, width), slot * width);
    }
    const rows = { ...dense, features };
    const parameters = parametersFor(logistic, { noiseStd });
    const pool = await createTrialPool(rows, parameters, { ...options, sparse: shape });
    pools.push(pool);
    return { pool, rows, parameters };
  };

  it.each([21, 4099])(
    "runs the process of the kernel of sparse rows, before and after slots are written: %i columns",
    async (featureCount) => {
      for (const workers of [0, 2]) {
        const { pool, rows, parameters } = await sparsePool(featureCount, 0.05, { trials: 3, workers });
        const kernel = await createSparseKernel(rows, parameters, shape);
        const expected = new Float64Array(featureCount);
        const agree = async (from: number, count: number) => {
          kernel.advance(expected, from, count, null);
          await pool.advance(from, count, null);
          for (const weights of allWeights(pool)) expect(weights).toEqual(expected);
        };
        await agree(1, 25);
        expect(Math.hypot(...expected)).toBeGreaterThan(0.01);
        for (const one of [kernel, pool]) {
          one.writeSlot(3, null);
          one.writeSlot(4, kernel.readSlot(0));
        }
        expect(pool.readSlot(4)).toEqual(kernel.readSlot(4));
        await agree(26, 30);
      }
    },
  );

  it("gives the same bits whatever the workers and the cuts, and noise of its own to each trial", async () => {
    const one = (await sparsePool(4099, 0.05, { trials: 5, workers: 0 })).pool;
    await one.advance(1, 25, SEED);
    const other = (await sparsePool(4099, 0.05, { trials: 5, workers: 2 })).pool;
    await other.advance(1, 9, SEED);
    await other.advance(10, 16, SEED);
    expect(allWeights(other)).toEqual(allWeights(one));
    expect(one.weights(0)).not.toEqual(one.weights(1));
  });

  it("is refused with another kernel, and with several trials a pass", async () => {
    await expect(sparsePool(21, 0, { trials: 2, workers: 0, kernel: "float32" })).rejects.toThrow(
      /"float64" for sparse rows/,
    );
    await expect(sparsePool(21, 0, { trials: 2, workers: 0, trialsPerPass: 2 })).rejects.toThrow(
      /trialsPerPass = 2 to be an integer from 1 to 1/,
    );
  });
});
