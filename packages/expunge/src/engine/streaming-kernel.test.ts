import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { generator, parametersFor, randomRows, SEED, weighRows } from "../../testing/kernels.js";
import { type Objective, objectiveFrom } from "../objective/index.js";
import {
  createStreamingKernel,
  createWasmKernel,
  type PackedRows,
  type SlotSource,
  type WasmPrecision,
} from "./index.js";
import { piecesOf } from "./slot-window.js";
import type { WrittenSlots } from "./written-slots.js";

const logistic = objectiveFrom({ kind: "logistic" });
const softmax = objectiveFrom({ kind: "softmax", classCount: 3 });
const MIB = 2 ** 20;

/** A source over rows in memory that answers late and in any order, and counts what is asked of it. */
function sourceOver(rows: PackedRows): SlotSource & { readonly reads: [number, number][] } {
  const { slotCount } = rows;
  const featureCount = rows.features.length / slotCount;
  const random = generator(3);
  const reads: [number, number][] = [];
  return {
    slotCount,
    featureCount,
    reads,
    async read(firstSlot, features, labels) {
      reads.push([firstSlot, labels.length]);
      await new Promise((resolve) => setTimeout(resolve, 2 * random()));
      features.set(
        rows.features.subarray(firstSlot * featureCount, (firstSlot + labels.length) * featureCount),
      );
      labels.set(rows.labels.subarray(firstSlot, firstSlot + labels.length));
    },
  };
}

describe("piecesOf", () => {
  it("covers every step's slots once, in order, within the window", () => {
    const property = fc.property(
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 100 }),
      fc.integer({ min: 0, max: 50 }),
      (batchCount, batchSize, window, firstStep, stepCount) => {
        const mostSlots = 4 * window;
        const visited: number[] = [];
        for (const piece of piecesOf(batchCount * batchSize, batchSize, mostSlots, firstStep, stepCount)) {
          expect(piece.slotCount).toBeLessThanOrEqual(mostSlots);
          expect(piece.firstStep).toBe(firstStep + Math.floor(visited.length / batchSize));
          const place = piece.firstSlot % batchSize;
          // Whole batches, or a part of one, which fills its panels unless it is the last.
          if (place === 0 && piece.slotCount >= batchSize) expect(piece.slotCount % batchSize).toBe(0);
          else if (place + piece.slotCount < batchSize) expect(piece.slotCount % 4).toBe(0);
          else expect(place + piece.slotCount).toBe(batchSize);
          for (let i = 0; i < piece.slotCount; i++) visited.push(piece.firstSlot + i);
        }
        expect(visited).toEqual(
          Array.from({ length: stepCount }, (_, i) => {
            const batch = (firstStep - 1 + i) % batchCount;
            return Array.from({ length: batchSize }, (_, j) => batch * batchSize + j);
          }).flat(),
        );
      },
    );
    fc.assert(property, { numRuns: 300 });
  });
});

describe("createStreamingKernel", () => {
  interface Case {
    readonly name: string;
    readonly objective: Objective;
    readonly batchSize: number;
    readonly slotCount: number;
    readonly featureCount: number;
    readonly density?: number;
    readonly weighted?: boolean;
  }
  const cases: readonly Case[] = [
    {
      name: "many batches in the window",
      objective: logistic,
      batchSize: 6,
      slotCount: 6000,
      featureCount: 50,
    },
    {
      name: "one batch in the window",
      objective: logistic,
      batchSize: 700,
      slotCount: 2100,
      featureCount: 150,
    },
    {
      name: "a batch that does not fit",
      objective: logistic,
      batchSize: 2002,
      slotCount: 4004,
      featureCount: 301,
    },
    { name: "softmax", objective: softmax, batchSize: 30, slotCount: 3000, featureCount: 77 },
    { name: "whole chunks", objective: logistic, batchSize: 8, slotCount: 2400, featureCount: 128 },
    {
      name: "rows with and without many zeros",
      ...{ objective: logistic, batchSize: 10, slotCount: 3000, featureCount: 100, density: 0.08 },
    },
    {
      name: "sample weights",
      ...{ objective: logistic, batchSize: 30, slotCount: 3000, featureCount: 99, weighted: true },
    },
  ];
  const kernels: readonly WasmPrecision[] = ["float64", "float32"];

  it.each(cases.flatMap((given) => kernels.map((kernel) => ({ ...given, kernel }))))(
    "gives the bits of the kernel that holds all rows: $name, $kernel",
    async ({ objective, batchSize, slotCount, featureCount, kernel: name, ...rest }) => {
      const { weighted = false, density = 0.6 } = rest;
      const random = generator(5);
      const plain = randomRows(objective, slotCount, featureCount, random, density);
      const rows = weighted ? weighRows(plain, () => 1 - random()) : plain;
      const weighting = { classes: null, samples: weighted };
      // Most derivatives are clipped, so that norms show in the bits.
      const clip = objective.clippable ? 0.3 * objective.lipschitz : objective.lipschitz;
      const parameters = parametersFor(objective, { batchSize, noiseStd: 0.02, clip, weighting });
      const whole = await createWasmKernel(rows, parameters, name);
      const source = sourceOver(rows);
      const streaming = await createStreamingKernel(source, parameters, {
        kernel: name,
        memoryLimit: MIB,
      });
      expect([streaming.name, streaming.precision]).toEqual([name, name]);
      const a = new Float64Array(objective.outputCount * featureCount);
      const b = a.slice();
      const steps = (2 * slotCount) / batchSize + 1;
      whole.advance(a, 1, steps, SEED);
      await streaming.advance(b, 1, steps, SEED);
      expect(b).toEqual(a);
      whole.advance(a, steps + 1, 3, null);
      await streaming.advance(b, steps + 1, 3, null);
      expect(b).toEqual(a);
      expect(source.reads.length).toBeGreaterThan(3);
      // Its norm is 0 or a power of two, so that it is the same in whatever order it is measured.
      const record = { features: new Float32Array(source.featureCount), label: 1 };
      record.features[1] = 0.5;
      if (weighted) record.features[featureCount] = 0.25;
      for (const kernel of [whole, streaming]) {
        kernel.writeSlot(3, null);
        kernel.writeSlot(slotCount - 1, record);
      }
      expect(await streaming.readSlot(slotCount - 1)).toEqual(whole.readSlot(slotCount - 1));
      expect((await streaming.readSlot(3)).features).toEqual(new Float32Array(source.featureCount));
      expect(await streaming.readSlot(1)).toEqual(whole.readSlot(1));
      whole.advance(a, steps + 1, steps, SEED);
      await streaming.advance(b, steps + 1, steps, SEED);
      expect(b).toEqual(a);
    },
  );

  describe("with a source that can be read at once", () => {
    /** Says how often it was read in either way. */
    function readableSource(rows: PackedRows) {
      const asked = { ahead: 0, now: 0 };
      const put: NonNullable<SlotSource["readNow"]> = (firstSlot, features, labels) => {
        const { featureCount } = rows;
        features.set(
          rows.features.subarray(firstSlot * featureCount, (firstSlot + labels.length) * featureCount),
        );
        labels.set(rows.labels.subarray(firstSlot, firstSlot + labels.length));
      };
      const source: SlotSource = {
        slotCount: rows.slotCount,
        featureCount: rows.featureCount,
        async read(...args) {
          asked.ahead++;
          put(...args);
        },
        readNow(...args) {
          asked.now++;
          put(...args);
        },
      };
      return { source, asked };
    }

    it("gives the same bits in either way, of what slots hold", async () => {
      const rows = randomRows(logistic, 120, 20, generator(5));
      const { source, asked } = readableSource(rows);
      const kernel = await createStreamingKernel(source, parametersFor(logistic));
      const memory = await createWasmKernel(rows, parametersFor(logistic));
      const [weights, expected] = [new Float64Array(20), new Float64Array(20)];
      kernel.writeSlot(7, null);
      memory.writeSlot(7, null);
      for (let first = 1; first <= 121; first += 20) {
        await kernel.advance(weights, first, 20, SEED);
        memory.advance(expected, first, 20, SEED);
        expect(weights).toEqual(expected);
      }
      expect(asked.ahead).toBeGreaterThan(0);
      expect(asked.now).toBeGreaterThan(0);
    });

    it("measures what is read at once, and leaves the weights alone where it is refused or a read fails", async () => {
      const rows = randomRows(logistic, 120, 20, generator(5));
      const { source, asked } = readableSource(rows);
      const kernel = await createStreamingKernel(source, parametersFor(logistic));
      const weights = new Float64Array(20);
      await kernel.advance(weights, 1, 20, SEED);
      const before = weights.slice();
      rows.features[20 * 77 + 3] = 2;
      await expect(kernel.advance(weights, 21, 20, SEED)).rejects.toThrow(/row norm of slot 77 = /);
      rows.features[20 * 77 + 3] = 0;
      const { readNow } = source;
      source.readNow = () => {
        throw new Error("the disk is gone");
      };
      await expect(kernel.advance(weights, 21, 20, SEED)).rejects.toThrow("the disk is gone");
      expect([weights, asked.now]).toEqual([before, 1]);
      source.readNow = readNow!;
      await kernel.advance(weights, 21, 20, SEED);
      expect(asked.now).toBe(2);
    });

    it("takes slots behind the source's for empty", async () => {
      const rows = randomRows(logistic, 60, 20, generator(5));
      const { source, asked } = readableSource(rows);
      const kernel = await createStreamingKernel(source, parametersFor(logistic));
      kernel.resize(66);
      const features = new Float32Array(66 * 20);
      features.set(rows.features);
      const labels = new Float32Array(66);
      labels.set(rows.labels);
      const memory = await createWasmKernel(
        { slotCount: 66, featureCount: 20, features, labels },
        parametersFor(logistic),
      );
      const [weights, expected] = [new Float64Array(20), new Float64Array(20)];
      for (let first = 1; first <= 34; first += 11) {
        await kernel.advance(weights, first, 11, SEED);
        memory.advance(expected, first, 11, SEED);
        expect(weights).toEqual(expected);
      }
      expect(asked.now).toBeGreaterThan(0);
    });
  });

  it("reads only the batches that it visits", async () => {
    const rows = randomRows(logistic, 60_000, 5, generator(5));
    const source = sourceOver(rows);
    const kernel = await createStreamingKernel(source, parametersFor(logistic, { batchSize: 60 }));
    await kernel.advance(new Float64Array(5), 998, 5, SEED);
    expect(source.reads).toEqual([
      [997 * 60, 180],
      [0, 120],
    ]);
  });

  it("leaves the weights alone where a read fails, and can try again", async () => {
    const rows = randomRows(logistic, 6000, 50, generator(5));
    const good = sourceOver(rows);
    let isBroken = true;
    const read: SlotSource["read"] = (firstSlot, ...views) => {
      if (isBroken && firstSlot > 3000) return Promise.reject(new Error("the disk is gone"));
      return good.read(firstSlot, ...views);
    };
    const parameters = parametersFor(logistic, { batchSize: 6 });
    const kernel = await createStreamingKernel({ ...good, read }, parameters, { memoryLimit: MIB });
    const weights = new Float64Array(50);
    await expect(kernel.advance(weights, 1, 1000, SEED)).rejects.toThrow("the disk is gone");
    expect(weights).toEqual(new Float64Array(50));
    isBroken = false;
    await kernel.advance(weights, 1, 1000, SEED);
    const expected = new Float64Array(50);
    (await createWasmKernel(rows, parameters)).advance(expected, 1, 1000, SEED);
    expect(weights).toEqual(expected);
  });

  it.each([
    { where: "rows that are packed", featureCount: 5, at: 0 },
    { where: "rows that are not packed", featureCount: 48, at: 20 },
    { where: "the columns behind whole chunks", featureCount: 50, at: 49 },
  ])(
    "refuses rows that are too long, whenever they turn up, naming the slot: $where",
    async ({ featureCount, at }) => {
      const rows = randomRows(logistic, 600, featureCount, generator(5));
      const kernel = await createStreamingKernel(sourceOver(rows), parametersFor(logistic));
      const weights = new Float64Array(featureCount);
      await kernel.advance(weights, 1, 100, SEED);
      const before = weights.slice();
      // Batches have 6 rows: slot 74 is among the first four of its batch, slot 77 is its last.
      for (const slot of [74, 77]) {
        const number = slot * featureCount + at;
        const found = rows.features[number] as number;
        for (const [bad, norm] of [
          [2, /2\.\d+|2/],
          [Number.POSITIVE_INFINITY, /Infinity/],
          [Number.NaN, /NaN/],
        ] as const) {
          rows.features[number] = bad;
          const run = kernel.advance(weights, 101, 100, SEED);
          await expect(run).rejects.toThrow(new RegExp(`row norm of slot ${slot} = (${norm.source})`));
        }
        rows.features[number] = found;
      }
      expect(weights).toEqual(before);
      // Nothing of what was refused is left in the sums.
      const expected = before.slice();
      (await createWasmKernel(rows, parametersFor(logistic))).advance(expected, 101, 100, SEED);
      await kernel.advance(weights, 101, 100, SEED);
      expect(weights).toEqual(expected);
    },
  );

  it("refuses a second call while it runs, a bad memory limit, and calls after it was disposed of", async () => {
    const source = sourceOver(randomRows(logistic, 600, 5, generator(5)));
    const kernel = await createStreamingKernel(source, parametersFor(logistic));
    const run = kernel.advance(new Float64Array(5), 1, 100, SEED);
    await expect(kernel.advance(new Float64Array(5), 1, 1, SEED)).rejects.toThrow(/running/);
    await run;
    kernel.dispose();
    await expect(kernel.advance(new Float64Array(5), 1, 1, SEED)).rejects.toMatchObject({ code: "E_KERNEL" });
    for (const memoryLimit of [0, 2 ** 20 - 1, 1e6 + 0.5, 2 ** 33])
      await expect(
        createStreamingKernel(source, parametersFor(logistic), { memoryLimit }),
      ).rejects.toMatchObject({ code: "E_OPTION" });
    await expect(
      createStreamingKernel(source, parametersFor(logistic), { kernel: "reference" as never }),
    ).rejects.toMatchObject({ code: "E_OPTION" });
  });

  it("holds nothing of a record that was written to a slot once another one, or none, is", async () => {
    const rows = randomRows(logistic, 12, 5, generator(4));
    const kernel = await createStreamingKernel(sourceOver(rows), parametersFor(logistic));
    const features = [0.5, 0.25, 0, 0.125, 0.25];
    const copied = vi.spyOn(Float32Array, "from");
    try {
      for (const next of [null, { features: [0, 0, 0, 0, 0.5], label: -1 }]) {
        kernel.writeSlot(3, { features, label: 1 });
        const held = copied.mock.results.at(-1)?.value as Float32Array;
        expect([...held]).toEqual(features);
        kernel.writeSlot(3, next);
        expect([...held]).toEqual([0, 0, 0, 0, 0]);
        expect((await kernel.readSlot(3)).features[4]).toBe(next === null ? 0 : 0.5);
      }
    } finally {
      copied.mockRestore();
      kernel.dispose();
    }
  });

  it("holds no row for those that are empty, and none that its source says by now", async () => {
    const rows = randomRows(logistic, 12, 5, generator(4));
    const kernel = await createStreamingKernel(sourceOver(rows), parametersFor(logistic));
    const memory = await createWasmKernel(rows, parametersFor(logistic));
    const [weights, expected] = [new Float64Array(5), new Float64Array(5)];
    const both = async (firstStep: number): Promise<void> => {
      await kernel.advance(weights, firstStep, 4, SEED);
      memory.advance(expected, firstStep, 4, SEED);
      expect(weights).toEqual(expected);
    };
    const written: WrittenSlots = Reflect.get(kernel, "written");
    const held = (): number[] =>
      Array.from({ length: 12 }, (_, slot) => slot).filter((slot) => written.get(slot));
    for (const slot of [0, 3, 8]) {
      kernel.writeSlot(slot, null);
      memory.writeSlot(slot, null);
    }
    expect(new Set([0, 3, 8].map((slot) => written.get(slot))).size).toBe(1);
    // As a change that is rolled back leaves it.
    kernel.writeSlot(7, { features: rows.features.slice(35, 40), label: rows.labels[7] as number });
    await both(1);
    expect(held()).toEqual([0, 3, 8]);
    expect(written.size).toBe(3);
    // The files follow.
    for (const slot of [0, 8]) {
      rows.features.fill(0, slot * 5, slot * 5 + 5);
      rows.labels[slot] = 0;
    }
    await both(5);
    expect(held()).toEqual([3]);
    expect(written.size).toBe(1);
    expect((await kernel.readSlot(8)).features).toEqual(new Float32Array(5));
    kernel.writeSlot(8, { features: [0, 0, 0, 0, 0.5], label: 1 });
    memory.writeSlot(8, { features: [0, 0, 0, 0, 0.5], label: 1 });
    await both(9);
    kernel.dispose();
  });
});
