import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { uniforms } from "../../../../test/synthetic.js";
import { createDataset } from "../data/create-dataset.js";
import { isInUnitBall } from "../data/scale-rows.js";
import { sha256Hex } from "../records/bytes.js";
import { type FeatureMap, mappedCountOf } from "../records/feature-map.js";
import { expandRows } from "../records/sparse-rows.js";
import { featureMapFrom } from "../unlearner/feature-options.js";
import { bandwidthOf, bandwidthOfSparse } from "./bandwidth.js";
import { cosineOfTurns } from "./cosine.js";
import { drawnFractions, drawnNormals } from "./drawn-numbers.js";
import { mapRows } from "./mapped-rows.js";
import { gatesOf, rowMapperOf, wavesOf } from "./row-mapper.js";

const fourier = (count: number, inputCount: number): FeatureMap => ({
  ...{ kind: "fourier", inputCount, count, bandwidth: 0.7, isBandwidthFromData: false, seed: "test" },
});
const gated = (count: number, inputCount: number): FeatureMap => ({
  ...{ kind: "gated-relu", inputCount, count, bandwidth: null, isBandwidthFromData: false, seed: "test" },
});

function hasOpenGate(map: FeatureMap, row: Float32Array): boolean {
  const gates = gatesOf(map);
  return Array.from({ length: map.count }, (_, p) =>
    row.reduce((sum, x, k) => sum + x * gates[p * row.length + k]!, 0),
  ).some((side) => side >= 0);
}

function scaledRow(numbers: readonly number[]): Float32Array {
  return createDataset({
    features: [numbers, numbers],
    labels: [1, -1],
    task: "binary",
  }).features.slice(0, numbers.length);
}

describe("cosineOfTurns", () => {
  it("is the cosine", () => {
    fc.assert(
      fc.property(fc.double({ min: -1000, max: 1000, noNaN: true }), (turns) => {
        expect(Math.abs(cosineOfTurns(turns) - Math.cos(2 * Math.PI * (turns % 1)))).toBeLessThan(1e-14);
      }),
    );
    expect([0, 0.25, 0.5, 0.75, 1].map(cosineOfTurns).map((x) => Math.round(x * 1e12))).toEqual([
      1e12, 0, -1e12, 0, 1e12,
    ]);
  });
});

describe("the numbers that a map is drawn from", () => {
  it("are standard normals and uniform fractions", () => {
    const normals = drawnNormals("moments", 20_001);
    const mean = (power: number) => normals.reduce((sum, x) => sum + x ** power, 0) / normals.length;
    expect(mean(1)).toBeCloseTo(0, 1);
    expect(mean(2)).toBeCloseTo(1, 1);
    expect(Math.abs(mean(4) - 3)).toBeLessThan(0.3);
    const fractions = drawnFractions("moments", 20_000);
    expect(fractions.every((x) => x >= 0 && x < 1)).toBe(true);
    expect(fractions.reduce((sum, x) => sum + x, 0) / 20_000).toBeCloseTo(0.5, 1);
  });

  it("are the same where an engine's library functions differ in the last bit", () => {
    const usual = drawnNormals("engines", 5000);
    const random = vi.spyOn(Math, "random");
    const functions = (["log", "log1p", "cos", "sin"] as const).map((name) => {
      const exact = Math[name];
      let calls = 0;
      return vi.spyOn(Math, name).mockImplementation((x) => exact(x) * (1 + ((calls++ % 3) - 1) * 2 ** -52));
    });
    try {
      expect(drawnNormals("engines", 5000)).toEqual(usual);
      for (const spy of functions) expect(spy).toHaveBeenCalled();
      expect(random).not.toHaveBeenCalled();
    } finally {
      vi.restoreAllMocks();
    }
  });

  it("differ with the seed, and begin alike whatever their number", () => {
    expect(drawnNormals("a", 3)).not.toEqual(drawnNormals("b", 3));
    expect(drawnNormals("a", 9).slice(0, 3)).toEqual(drawnNormals("a", 3));
  });
});

describe("a map", () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY, 2])("refuses a row with %s in it", (odd) => {
    for (const map of [fourier(4, 2), gated(4, 2)])
      expect(() => mapRows(Float32Array.of(0.1, odd), 2, map)).toThrow(/norm at most 1/);
  });

  // Written down once, on Node 20: another engine or version must give the same bits.
  it.each([
    [fourier(50, 7), "afba0eea86b8bc93c91872ebd3828412cea276e4f7ca5c704cd72e5a13a773e5"],
    [gated(5, 7), "456383c2e73282992531b3b819c1ebfb91180f0fc749e4d0ffaf1aaea9853074"],
  ])("gives these bits everywhere: %o", (map, digest) => {
    const rows = Float32Array.from({ length: 70 }, (_, i) => Math.fround(((i * 37) % 41) / 41 - 0.5) / 2);
    const mapped = mapRows(rows, 7, map);
    expect(sha256Hex(new Uint8Array(mapped.buffer))).toBe(digest);
  });

  it("is random Fourier features, or gated ReLU, as written in the books", () => {
    const row = scaledRow([0.3, -0.2, 0.5, 0.1, 0.4]);
    const { turns, starts } = wavesOf(fourier(64, 5));
    const mapped = new Float32Array(64);
    rowMapperOf(fourier(64, 5))(row, mapped);
    const waves = Array.from({ length: 64 }, (_, j) => {
      const angle = row.reduce((sum, x, k) => sum + x * turns[k * 64 + j]!, starts[j]!) * 2 * Math.PI;
      return Math.sqrt(2 / 64) * Math.cos(angle);
    });
    const norm = Math.max(1, Math.hypot(...waves));
    mapped.forEach((value, j) => void expect(value).toBeCloseTo(waves[j]! / norm, 6));

    const gates = gatesOf(gated(3, 5));
    const flat = new Float32Array(15);
    rowMapperOf(gated(3, 5))(row, flat);
    for (let p = 0; p < 3; p++) {
      const side = row.reduce((sum, x, k) => sum + x * gates[p * 5 + k]!, 0);
      for (let k = 0; k < 5; k++)
        expect(flat[p * 5 + k]).toBeCloseTo(side >= 0 ? row[k]! / Math.sqrt(3) : 0, 6);
    }
  });

  it("approximates the Gaussian kernel", () => {
    const map = fourier(4096, 3);
    const [a, b] = [scaledRow([0.5, 0.2, -0.1]), scaledRow([0.1, 0.4, 0.3])];
    const mapped = mapRows(Float32Array.of(...a, ...b), 3, map);
    let product = 0;
    for (let j = 0; j < 4096; j++) product += mapped[j]! * mapped[4096 + j]!;
    const square = a.reduce((sum, x, k) => sum + (x - b[k]!) ** 2, 0);
    expect(Math.abs(product - Math.exp(-square / (2 * 0.7 ** 2)))).toBeLessThan(0.05);
  });

  it("leaves no row longer than 1, and a row of zeros one of zeros", () => {
    const numbers = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(numbers, fc.integer({ min: 1, max: 9 }), (row, count) => {
        for (const map of [fourier(count, 6), gated(count, 6)]) {
          const mapped = mapRows(scaledRow(row), 6, map);
          expect(isInUnitBall(mapped)).toBe(true);
          const scaled = scaledRow(row);
          const isOpen = map.kind === "fourier" || hasOpenGate(map, scaled);
          expect(mapped.some((value) => value !== 0)).toBe(isOpen && scaled.some((x) => x !== 0));
        }
      }),
      { numRuns: 50 },
    );
    for (const map of [fourier(8, 6), gated(8, 6)])
      expect(mapRows(new Float32Array(6), 6, map).every((value) => value === 0)).toBe(true);
  });

  it("keeps what stands behind the features", () => {
    const stored = Float32Array.of(0.1, 0.2, 0.75, 0.3, 0.4, 0.5);
    const mapped = mapRows(stored, 3, fourier(4, 2));
    expect([mapped[4], mapped[9]]).toEqual([0.75, 0.5]);
  });
});

describe("rows of which only the numbers other than 0 are held", () => {
  it.each([fourier(37, 90), gated(6, 90)])("come to the same bits: $kind", (map) => {
    const mapper = rowMapperOf(map);
    const [fromDense, fromEntries] = [0, 0].map(() => new Float32Array(mappedCountOf(map)));
    const random = uniforms(3);
    for (let trial = 0; trial < 50; trial++) {
      const row = Float32Array.from({ length: 90 }, () => (random() < 0.9 ? 0 : (random() - 0.5) / 2));
      const columns = Uint32Array.from(row.keys()).filter((k) => row[k] !== 0);
      mapper(row, fromDense!);
      mapper.entries(
        columns,
        Float32Array.from(columns, (k) => row[k]!),
        fromEntries!,
      );
      expect(fromEntries).toEqual(fromDense);
    }
  });
});

describe("bandwidthOf", () => {
  it("is half the median distance to the nearest quarter of an octave", () => {
    // Distances 1, 1 and 2 apart from a missing row.
    expect(bandwidthOf(Float32Array.of(1, 2, 0, 3), 1)).toBe(0.5);
    expect(bandwidthOf(Float32Array.of(0.5, 0.5, 0.5), 1)).toBeNull();
    expect(Math.log2(bandwidthOf(Float32Array.of(1, 2.5), 1)!) * 4).toBeCloseTo(-2, 12);
  });

  it.each([300, 511, 600, 5000])(
    "looks at rows from the first to the last of %i, whatever order they are in",
    (rowCount) => {
      // Two labels, far from each other: half of all pairs are.
      const ordered = Float32Array.from(
        { length: rowCount },
        (_, row) => (row < rowCount / 2 ? 0.01 : 2) + row * 1e-6,
      );
      const mixed = ordered.map((_, row) => ordered[(row * 7) % rowCount]!);
      expect(bandwidthOf(ordered, 1)).toBe(1);
      expect(bandwidthOf(mixed, 1)).toBe(1);
    },
  );

  it("is the same, to the last bit, of rows held sparse, however wide they are and many", () => {
    const uniform = uniforms(5);
    const sparseRows = (rowCount: number, featureCount: number, most: number) => {
      const starts = new Uint32Array(rowCount + 1);
      const [columns, values]: [number[], number[]] = [[], []];
      for (let row = 0; row < rowCount; row++) {
        const own = Array.from({ length: Math.floor(uniform() * (most + 1)) }, () =>
          Math.floor(uniform() * featureCount),
        );
        for (const column of [...new Set(own)].sort((a, b) => a - b)) {
          columns.push(column);
          values.push(uniform() - 0.5);
        }
        starts[row + 1] = columns.length;
      }
      return { starts, columns: Uint32Array.from(columns), values: Float32Array.from(values) };
    };
    for (const [rowCount, featureCount, most] of [
      [3, 5, 5],
      [60, 40, 12],
      [700, 30, 3],
      [40, 2, 0],
    ] as const) {
      const rows = sparseRows(rowCount, featureCount, most);
      const expected = bandwidthOf(expandRows(rows, featureCount), featureCount);
      expect(bandwidthOfSparse(rows)).toBe(expected);
    }
    // All numbers of those that are looked at would be 16 GiB.
    const [width, features] = [2 ** 24 - 1, "fourier"] as const;
    const wide = sparseRows(20_000, width, 100);
    const map = featureMapFrom({ featureCount: width, sparse: wide }, { features, featureCount: 1 });
    expect(map).toMatchObject({ isBandwidthFromData: true, bandwidth: bandwidthOfSparse(wide) });
    expect(map?.bandwidth).toBeGreaterThan(0);
  });
});
