import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gridFor } from "../accounting/grid.js";
import { chachaBlock, keyWords } from "./chacha.js";
import { releaseWith } from "./grid-release.js";
import { type NoiseOrigin, noiseKeyFromSeed, releaseOnGrid } from "./index.js";
import { EXTENSION_DOMAIN, WORD_DOMAIN } from "./noise.js";
import { projectOntoBall } from "./projection.js";
import { type BitSource, RELEASE_DOMAIN, releaseBits } from "./random-bits.js";

const KEY = noiseKeyFromSeed("release");
const SEED: NoiseOrigin = { kind: "seed", key: KEY };
const SYSTEM: NoiseOrigin = { kind: "system" };
const code = (name: string) => expect.objectContaining({ code: name });

function setting(noiseStd: number, radius: number) {
  return { noiseStd, grid: gridFor(noiseStd, radius), radius };
}

function released(weights: ArrayLike<number>, release: ReturnType<typeof setting>, step = 1, noise = SEED) {
  const copy = Float64Array.from(weights);
  releaseOnGrid(copy, release, step, noise);
  return copy;
}

const normOf = (x: Float64Array): number => Math.sqrt(x.reduce((sum, value) => sum + value * value, 0));

describe("releaseOnGrid", () => {
  const size = fc.double({ min: 1e-6, max: 1e6, noNaN: true });

  it("leaves whole numbers of grid units, where the ball is not left", () => {
    fc.assert(
      fc.property(
        size,
        fc.double({ min: 1e-12, max: 1e-2, noNaN: true }),
        fc.integer(),
        (radius, share, step) => {
          const release = setting(radius * share, radius);
          const weights = Float64Array.from({ length: 37 }, (_, i) => (radius * Math.sin(i + step)) / 20);
          const x = released(weights, release, 1 + Math.abs(step));
          const isWhole = x.every((value) => Number.isSafeInteger(value / release.grid));
          expect(isWhole || normOf(x) > 0.999 * radius).toBe(true);
          expect(x.every((value) => !Object.is(value, -0))).toBe(true);
        },
      ),
    );
  });

  it("moves with the weights by whole grid units: rounding them gives nothing away", () => {
    const release = setting(0.01, 10);
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -0.1, max: 0.1, noNaN: true }), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: -1e6, max: 1e6 }),
        (weights, units) => {
          // On the grid's own digits, so that adding units is exact.
          const start = weights.map((x) => Math.round(x * 2 ** 40) * 2 ** -40);
          const moved = start.map((x) => x + units * release.grid);
          const a = released(start, release);
          const b = released(moved, release);
          expect([...b]).toEqual([...a].map((x) => x + units * release.grid));
        },
      ),
    );
  });

  it("is the weights and noise of its standard deviation", () => {
    const release = setting(0.03, 1e4);
    const count = 200_000;
    const weights = Float64Array.from({ length: count }, (_, i) => Math.sin(i));
    const x = released(weights, release, 5, SYSTEM);
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < count; i++) {
      const z = (x[i]! - weights[i]!) / release.noiseStd;
      sum += z;
      squares += z * z;
    }
    expect(Math.abs(sum / Math.sqrt(count))).toBeLessThan(4.5);
    expect(Math.abs((squares - count) / Math.sqrt(2 * count))).toBeLessThan(4.5);
  });

  it("is a function of key and step under a seed, and fresh under the system's bits", () => {
    const release = setting(0.5, 100);
    const zeros = new Float64Array(9);
    expect(released(zeros, release)).toEqual(released(zeros, release));
    const others = [
      released(zeros, release),
      released(zeros, release, 2),
      released(zeros, release, 2 ** 32 + 1),
      released(zeros, release, 1, { kind: "seed", key: noiseKeyFromSeed("other") }),
      released(zeros, release, 1, SYSTEM),
      released(zeros, release, 1, SYSTEM),
    ].map(([first]) => first);
    expect(new Set(others).size).toBe(others.length);
  });

  it("shares no block of the keystream with the noise of steps", () => {
    const words = new Uint32Array(16);
    releaseBits(KEY, 7).fill(words);
    const block = new Uint32Array(16);
    chachaBlock(keyWords(KEY), 0, [RELEASE_DOMAIN, 7, 0], block);
    expect(words).toEqual(block);
    expect([WORD_DOMAIN, EXTENSION_DOMAIN]).not.toContain(RELEASE_DOMAIN);
  });

  it("ends within the ball, surely, also where noise and radius are far apart", () => {
    fc.assert(
      fc.property(
        size,
        fc.double({ min: -60, max: 10, noNaN: true }),
        fc.integer({ min: 1, max: 50 }),
        (radius, log, count) => {
          const release = setting(radius * 2 ** log, radius);
          const weights = new Float64Array(count).fill((0.99 * radius) / Math.sqrt(count));
          const x = released(weights, release, count, SYSTEM);
          expect(normOf(x)).toBeLessThanOrEqual(radius);
        },
      ),
    );
  });

  it("leaves no bits behind", () => {
    let wiped = 0;
    const random = releaseBits(KEY, 1);
    const source: BitSource = { fill: (words) => random.fill(words), wipe: () => void (wiped += 1) };
    releaseWith(new Float64Array(5), setting(1, 10), 1, source);
    expect(wiped).toBe(1);
    random.wipe();
    const words = new Uint32Array(16);
    random.fill(words);
    const zeroKey = new Uint32Array(16);
    chachaBlock(new Uint32Array(8), 1, [RELEASE_DOMAIN, 1, 0], zeroKey);
    // The key is gone: what follows is the stream of the key of zeros.
    expect(words.slice(0, 4)).not.toEqual(new Uint32Array(4));
  });

  it.each<[string, Partial<ReturnType<typeof setting>>, number]>([
    ["E_DOMAIN", { noiseStd: 0 }, 1],
    ["E_DOMAIN", { noiseStd: Number.NaN }, 1],
    ["E_DOMAIN", { noiseStd: Number.POSITIVE_INFINITY }, 1],
    ["E_DOMAIN", { grid: 3 * 2 ** -22 }, 1],
    ["E_DOMAIN", { grid: 2 ** -30 }, 1],
    ["E_DOMAIN", { grid: 0 }, 1],
    ["E_DOMAIN", { radius: Number.POSITIVE_INFINITY }, 1],
    ["E_DOMAIN", { radius: 2 ** 40 }, 1],
    ["E_DOMAIN", {}, 0],
    ["E_DOMAIN", {}, 1.5],
  ])("refuses with %s: %o, step %d, and changes nothing", (expected, overrides, step) => {
    const weights = Float64Array.of(0.5, -0.25);
    const release = { ...setting(1, 10), ...overrides };
    expect(() => releaseOnGrid(weights, release, step, SEED)).toThrow(code(expected));
    expect(weights).toEqual(Float64Array.of(0.5, -0.25));
  });

  it("refuses weights that are not finite or far outside the ball, and bad keys", () => {
    const release = setting(1, 10);
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, 2 ** 40]) {
      const weights = Float64Array.of(0.5, bad);
      expect(() => releaseOnGrid(weights, release, 1, SEED)).toThrow(code("E_KERNEL"));
      expect(weights).toEqual(Float64Array.of(0.5, bad));
    }
    const key = new Uint8Array(31);
    expect(() => releaseOnGrid(new Float64Array(1), release, 1, { kind: "seed", key })).toThrow(
      code("E_KERNEL"),
    );
  });
});

describe("projectOntoBall", () => {
  it("leaves what lies inside alone, and puts the rest on the sphere to 15 digits, never outside", () => {
    const number = fc.double({ min: -1e3, max: 1e3, noNaN: true });
    fc.assert(
      fc.property(fc.array(number, { minLength: 1, maxLength: 300 }), number, (values, size) => {
        const radius = 1e-3 + Math.abs(size);
        const before = Float64Array.from(values);
        const after = before.slice();
        projectOntoBall(after, radius);
        const norm = normOf(before);
        if (norm <= radius * (1 - 1e-12)) expect(after).toEqual(before);
        if (norm < radius * (1 + 1e-12)) return;
        expect(exactlyWithin(after, radius)).toBe(true);
        expect(normOf(after)).toBeGreaterThan(radius * (1 - 2e-15));
      }),
    );
  });

  it("gives NaN where the norm overflows", () => {
    const x = Float64Array.of(1e200, 1);
    projectOntoBall(x, 1);
    expect(x[0]).toBeNaN();
  });
});

/** |x| <= radius, in exact integers. */
function exactlyWithin(x: Float64Array, radius: number): boolean {
  const square = (value: number): bigint => {
    // All numbers here are multiples of 2^-1074; their squares are compared as integers.
    let shift = 0;
    let scaled = value;
    while (!Number.isInteger(scaled)) {
      scaled *= 2;
      shift += 1;
    }
    return (BigInt(scaled) ** 2n) << BigInt(2 * (1100 - shift));
  };
  return x.reduce((sum, value) => sum + square(value), 0n) <= square(radius);
}
