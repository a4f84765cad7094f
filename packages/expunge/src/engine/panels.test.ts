import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { objectiveFrom } from "../objective/index.js";
import { packPanel, unpackPanel } from "./panels.js";
import { allocate, LINE_COLUMNS, PANEL_ROWS, type WasmMemory } from "./wasm-memory.js";
import { instantiateKernel, type KernelExports } from "./wasm-module.js";

const PANELS = 3;

function memoryOf(featureCount: number): WasmMemory {
  const objective = { kind: "logistic" } as const;
  const shape = { panelCount: PANELS, featureCount, stagingRows: PANEL_ROWS };
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
