import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { objectiveFrom } from "../objective/index.js";
import { packPanel, unpackPanel } from "./panels.js";
import { allocate, LINE_COLUMNS, PANEL_ROWS, type WasmMemory } from "./wasm-memory.js";

const PARAMETERS = { batchSize: 12, clip: 2, l2: 0, eta: 1, noiseStd: 0, radius: 1 };

function memoryOf(featureCount: number, classCount = 2): WasmMemory {
  const objective =
    classCount > 1 ? ({ kind: "softmax", classCount } as const) : ({ kind: "logistic" } as const);
  return allocate({ slotCount: 12, featureCount }, objectiveFrom(objective), { ...PARAMETERS, objective });
}

const nonZeroIn = (numbers: Float32Array) => numbers.filter((x) => x !== 0).length;

describe("packPanel", () => {
  const rows = fc
    .tuple(
      fc.integer({ min: 1, max: 5 }),
      fc.constantFrom(0, 0.05, 0.5, 0.9, 1),
      fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
    )
    .map(([width, density, random]) => {
      const columns = 16 * width;
      const lineOf = Array.from({ length: columns / LINE_COLUMNS }, () => random.next().value! < density);
      const numbers = Float32Array.from({ length: PANEL_ROWS * columns }, (_, i) =>
        lineOf[Math.floor((i % columns) / LINE_COLUMNS)] ? random.next().value! - 0.5 : 0,
      );
      return { columns, numbers };
    });

  it("is undone by unpackPanel, bit for bit, over whatever was there before", () => {
    fc.assert(
      fc.property(
        rows,
        fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 6 }),
        ({ columns, numbers }, panels) => {
          const memory = memoryOf(columns);
          const expected = [0, 1, 2].map(() => new Float32Array(PANEL_ROWS * columns));
          for (const [i, panel] of panels.entries()) {
            expected[panel] = numbers.map((x, at) => ((at + i) % 3 === 0 ? -0 : x * (i + 1)));
            if (i % 2 === 1) expected[panel].fill(0, 0, columns / 2);
            packPanel(memory, panel, expected[panel]);
          }
          const out = new Float32Array(PANEL_ROWS * columns);
          for (const panel of [0, 1, 2]) {
            unpackPanel(memory, panel, out);
            expect(out).toEqual(expected[panel]);
          }
          // Nothing is left of earlier contents.
          expect(nonZeroIn(memory.rows)).toBe(expected.reduce((sum, x) => sum + nonZeroIn(x), 0));
        },
      ),
    );
  });

  it.each([
    {
      outputs: "several outputs",
      classCount: 2,
      expected: { 0: 16, 1: 16, 2: 14, 3: 14, 12: 4, 15: 2, 16: 0 },
    },
    { outputs: "one output", classCount: 1, expected: { 0: 16, 11: 16, 12: 4, 13: 4, 16: 0 } },
  ])(
    "keeps an even number of 16 lines, or all where too few are zero: $outputs",
    ({ classCount, expected }) => {
      const memory = memoryOf(64, classCount);
      for (const [zeroLines, kept] of Object.entries(expected)) {
        packPanel(
          memory,
          1,
          Float32Array.from({ length: 256 }, (_, i) => (i % 64 < 4 * Number(zeroLines) ? 0 : 1)),
        );
        expect(memory.lineCounts[1]).toBe(kept);
      }
    },
  );
});
