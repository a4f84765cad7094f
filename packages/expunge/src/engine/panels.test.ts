import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { generator } from "../../testing/kernels.js";
import { objectiveFrom } from "../objective/index.js";
import { packPanel, packPanels, unpackPanel } from "./panels.js";
import { CONTEXT } from "./wasm-context.js";
import { allocate, LINE_COLUMNS, PANEL_ROWS, type WasmMemory } from "./wasm-memory.js";
import { instantiateKernel, type KernelExports } from "./wasm-module.js";

const PANELS = 3;

function memoryOf(featureCount: number, stagingRows = PANEL_ROWS): WasmMemory {
  const objective = { kind: "logistic" } as const;
  const shape = { panelCount: PANELS, featureCount, stagingRows };
  return allocate(
    { ...shape, trials: 1, trialsPerPass: 1, workers: 1, isShared: false, precision: "float64" },
    objectiveFrom(objective),
    {
      ...{ objective, clip: 2, l2: 0, eta: 1, noiseStd: 0, radius: 1 },
      batchSize: PANELS * PANEL_ROWS,
    },
  );
}

const nonZeroIn = (numbers: Float32Array): number => numbers.filter((x) => x !== 0).length;

describe("packPanel", () => {
  let kernel: KernelExports;
  let memory: WasmMemory;

  async function begin(featureCount: number): Promise<void> {
    memory = memoryOf(featureCount);
    kernel = await instantiateKernel(memory.memory);
  }

  function pack(panel: number, rows: Float32Array): void {
    memory.staging.set(rows);
    packPanel(memory, kernel, panel, 0, rows.length / memory.featureCount);
  }

  beforeAll(() => begin(16));

  const rows = fc
    .tuple(
      fc.integer({ min: 1, max: 70 }),
      fc.infiniteStream(fc.constantFrom(0, 0.05, 0.5, 0.9, 1)),
      fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
    )
    .map(([featureCount, density, random]) => {
      const make = (): Float32Array => {
        const share = density.next().value!;
        const isLive = Array.from(
          { length: Math.ceil(featureCount / LINE_COLUMNS) },
          () => random.next().value! < share,
        );
        return Float32Array.from({ length: PANEL_ROWS * featureCount }, (_, i) => {
          if (!isLive[Math.floor((i % featureCount) / LINE_COLUMNS)]) return 0;
          return i % 5 === 0 ? -0 : random.next().value! - 0.5;
        });
      };
      return { featureCount, make };
    });

  it("is undone by unpackPanel, bit for bit, in order at first and then in any order, and leaves nothing behind", async () => {
    const repacked = fc.array(fc.integer({ min: 0, max: PANELS - 1 }), { maxLength: 6 });
    const property = fc.asyncProperty(rows, repacked, async ({ featureCount, make }, again) => {
      await begin(featureCount);
      const expected: Float32Array[] = [];
      for (const panel of [0, 1, 2, ...again]) {
        expected[panel] = make();
        pack(panel, expected[panel]);
      }
      for (const panel of [0, 1, 2]) {
        unpackPanel(memory, panel);
        expect(memory.staging).toEqual(expected[panel]);
      }
      const { starts, lineCounts, columns } = memory;
      const stored = [0, 1, 2].reduce((sum, panel) => {
        const count = lineCounts[panel]!;
        const list = count === columns / LINE_COLUMNS ? 0 : 64 * Math.ceil(count / 16);
        const lines = memory.rows.slice(starts[panel]! + list, starts[panel]! + list + 64 * count);
        memory.rows.fill(0, starts[panel]!, starts[panel]! + list + 64 * count);
        return sum + nonZeroIn(new Float32Array(lines.buffer));
      }, 0);
      expect(stored).toBe(expected.reduce((sum, x) => sum + nonZeroIn(x), 0));
      expect(memory.rows.every((byte) => byte === 0)).toBe(true);
    });
    await fc.assert(property, { numRuns: 200 });
  });

  it.each([
    { featureCount: 64, kept: { 0: 16, 1: 16, 2: 14, 3: 14, 12: 4, 15: 2, 16: 0 } },
    { featureCount: 16, kept: { 0: 4, 1: 4, 2: 2, 3: 2, 4: 0 } },
    { featureCount: 32, kept: { 0: 8, 1: 8, 2: 6, 3: 6 } },
  ])("keeps an even number of lines, or all where too few are zero", async ({ featureCount, kept }) => {
    await begin(featureCount);
    for (let panel = 0; panel < PANELS; panel++) pack(panel, new Float32Array(PANEL_ROWS * featureCount));
    for (const [zeroLines, expected] of Object.entries(kept)) {
      const isZero = (i: number): boolean => i % featureCount < 4 * Number(zeroLines);
      pack(
        1,
        Float32Array.from({ length: PANEL_ROWS * featureCount }, (_, i) => (isZero(i) ? 0 : 1)),
      );
      expect(memory.lineCounts[1]).toBe(expected);
    }
  });

  it("fills a panel of fewer rows with rows of zeros", async () => {
    await begin(6);
    pack(
      0,
      Float32Array.from({ length: 6 * 3 }, (_, i) => i + 1),
    );
    unpackPanel(memory, 0);
    expect([...memory.staging]).toEqual([...Array.from({ length: 18 }, (_, i) => i + 1), 0, 0, 0, 0, 0, 0]);
  });
});

describe("dotRows64", () => {
  it("gives the outputs and squared norms of packed rows, bit for bit, whatever stands between rows", async () => {
    const shape = fc.record({
      featureCount: fc.integer({ min: 16, max: 70 }),
      rowCount: fc.integer({ min: 1, max: PANELS * PANEL_ROWS }),
      between: fc.integer({ min: 0, max: 3 }),
      share: fc.constantFrom(1, 0.5, 0.05),
      seed: fc.integer(),
    });
    const property = fc.asyncProperty(shape, async ({ featureCount, rowCount, between, share, seed }) => {
      const random = generator(seed);
      const memory = memoryOf(featureCount, PANELS * PANEL_ROWS + 3);
      const kernel = await instantiateKernel(memory.memory);
      const { context } = memory.workers[0]!;
      for (let i = 0; i < featureCount; i++) memory.weights[i] = random() - 0.5;
      const rows = Array.from({ length: rowCount }, () =>
        Float32Array.from({ length: featureCount }, () => (random() < share ? random() - 0.5 : 0)),
      );
      const bytesOf = (numbers: Float64Array): number[] => [...new Uint8Array(numbers.slice().buffer)];
      const results = (): number[][] => {
        const { buffer } = memory.memory;
        const at = new DataView(buffer, context).getUint32(CONTEXT.outputs, true);
        const outputs = new Float64Array(buffer, at, rowCount);
        return [bytesOf(outputs), bytesOf(memory.squares.subarray(0, rowCount))];
      };
      for (const [row, numbers] of rows.entries()) memory.staging.set(numbers, row * featureCount);
      packPanels(memory, kernel, 0, rowCount);
      memory.limits.fill(1);
      kernel.addPanels64(context, 0, Math.ceil(rowCount / PANEL_ROWS));
      const sums = bytesOf(memory.workers[0]!.gradient);
      const expected = [results(), sums];

      memory.rows.fill(255);
      memory.workers[0]!.gradient.fill(0);
      memory.staging.fill(7);
      const width = featureCount + between;
      for (const [row, numbers] of rows.entries()) memory.staging.set(numbers, row * width);
      const { stagingAddress, squares } = memory;
      kernel.dotRows64(context, stagingAddress, 4 * width, rowCount, squares.byteOffset);
      kernel.addRows64(context, stagingAddress, 4 * width, rowCount);
      expect([results(), bytesOf(memory.workers[0]!.gradient)]).toEqual(expected);
    });
    await fc.assert(property, { numRuns: 200 });
  });
});
