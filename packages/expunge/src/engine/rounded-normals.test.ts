import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ROUNDED_VECTORS } from "../../testing/rounded-vectors.js";
import { normalCdf } from "../math/special.js";
import { noiseKeyFromSeed } from "./index.js";
import { type BitSource, releaseBits } from "./random-bits.js";
import { decideSlowly, MAX_RATIO, roundedNormals } from "./rounded-normals.js";

const KEY = noiseKeyFromSeed("rounded");

/** Gives the words of a list, then zeros. */
function listed(words: readonly number[]): BitSource {
  let at = 0;
  return {
    fill: (into) => {
      for (let i = 0; i < into.length; i++) into[i] = words[at++] ?? 0;
    },
    wipe: () => {},
  };
}

function sample(ratio: number, count: number, step = 1): Float64Array {
  const into = new Float64Array(count);
  roundedNormals(ratio, releaseBits(KEY, step), into);
  return into;
}

/** Probability that round(ratio xi) = k. */
function probabilityOf(k: number, ratio: number): number {
  const x = Math.abs(k);
  // The lower tail keeps its digits.
  return normalCdf((0.5 - x) / ratio) - normalCdf((-0.5 - x) / ratio);
}

/** The sum of (found - expected)^2 / expected, in standard errors above its mean. */
function chiSquare(found: readonly number[], expected: readonly number[]): number {
  const sum = found.reduce((total, count, i) => total + (count - expected[i]!) ** 2 / expected[i]!, 0);
  const freedom = found.length - 1;
  return (sum - freedom) / Math.sqrt(2 * freedom);
}

describe("roundedNormals is exact", () => {
  it.each(ROUNDED_VECTORS)("for given words: $name", ({ ratio, words, expected }) => {
    const into = new Float64Array(2);
    roundedNormals(ratio, listed(words), into);
    expect([...into].map((x) => x + 0)).toEqual(expected);
    const slow = decideSlowly(ratio, Uint32Array.from(words.slice(0, 4)), listed(words.slice(4)));
    expect(slow.map((x) => x + 0)).toEqual(expected);
  });

  it("float64 decides as many digits do, at every ratio", () => {
    const ratios = fc.oneof(
      fc.double({ min: 2 ** 20, max: MAX_RATIO, noNaN: true }),
      fc.double({ min: 1e-3, max: 10, noNaN: true }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), ratios, (step, ratio) => {
        const into = new Float64Array(2);
        roundedNormals(ratio, releaseBits(KEY, step), into);
        const words = new Uint32Array(256);
        releaseBits(KEY, step).fill(words);
        const slow = decideSlowly(ratio, words.subarray(0, 4), listed([...words.subarray(16)]));
        expect([...into].map((x) => x + 0)).toEqual(slow.map((x) => x + 0));
      }),
      { numRuns: 2000 },
    );
  });

  it("asks for more bits where 64 do not tell, and nearly never otherwise", () => {
    const undecided: number[] = [];
    const count = (pairs: number): void => void undecided.push(pairs);
    for (const { ratio, words } of ROUNDED_VECTORS.filter(({ name }) => !name.startsWith("ordinary")))
      roundedNormals(ratio, listed(words), new Float64Array(2), count);
    expect(undecided).toEqual(undecided.map(() => 1));
    expect(undecided.length).toBeGreaterThan(4);
    undecided.length = 0;
    roundedNormals(MAX_RATIO, releaseBits(KEY, 7), new Float64Array(2 ** 20), count);
    // Of 2^19 pairs a share of 2^-15 has U near an end, and one of 2^-16 lies near a half.
    expect(undecided[0]).toBeGreaterThan(5);
    expect(undecided[0]).toBeLessThan(60);
  });

  it("refuses a source that gives nothing but zeros", () => {
    expect(() => roundedNormals(1, listed([]), new Float64Array(1))).toThrow(
      expect.objectContaining({ code: "E_KERNEL" }),
    );
  });

  it("wipes the words that it was given, also where it fails", () => {
    const given: Uint32Array[] = [];
    const random = releaseBits(KEY, 3);
    let isBroken = false;
    const source: BitSource = {
      fill(words) {
        if (isBroken) throw new Error("no more bits");
        given.push(words);
        random.fill(words);
      },
      wipe() {},
    };
    roundedNormals(MAX_RATIO, source, new Float64Array(200_001));
    isBroken = true;
    expect(() => roundedNormals(1, source, new Float64Array(3))).toThrow("no more bits");
    expect(given.length).toBeGreaterThan(10);
    expect(given.every((words) => words.every((word) => word === 0))).toBe(true);
  });
});

describe("roundedNormals has its distribution", () => {
  it.each([0.2, 0.8, 3, 17.3])(
    "at ratio %d: every integer with its own probability (chi-square, 4.5 standard errors)",
    (ratio) => {
      const count = 2 ** 20;
      const found = new Map<number, number>();
      for (const x of sample(ratio, count)) found.set(x + 0, (found.get(x + 0) ?? 0) + 1);
      let reach = 0;
      while (count * probabilityOf(reach + 1, ratio) > 10) reach += 1;
      const values = Array.from({ length: 2 * reach + 1 }, (_, i) => i - reach);
      const expected = values.map((k) => count * probabilityOf(k, ratio));
      const counts = values.map((k) => found.get(k) ?? 0);
      const outside = count - counts.reduce((sum, n) => sum + n, 0);
      const rest = count - expected.reduce((sum, n) => sum + n, 0);
      expect(Math.abs(outside - rest)).toBeLessThan(4.5 * Math.sqrt(rest) + 1);
      // No holes: every integer within reach was drawn.
      expect(counts.every((n) => n > 0)).toBe(true);
      if (values.length > 2) expect(Math.abs(chiSquare(counts, expected))).toBeLessThan(4.5);
    },
  );

  it("at the greatest ratio: moments, tails, and nothing of a comb modulo small primes", () => {
    const count = 2 ** 20;
    const numbers = sample(MAX_RATIO, count);
    const sums = [0, 0, 0, 0];
    for (const x of numbers) for (let k = 0; k < 4; k++) sums[k]! += (x / MAX_RATIO) ** (k + 1);
    const expected = [0, 1, 0, 3];
    const variances = [1, 2, 15, 96];
    for (let k = 0; k < 4; k++)
      expect(Math.abs(sums[k]! / count - expected[k]!)).toBeLessThan(4.5 * Math.sqrt(variances[k]! / count));
    for (const sigmas of [2, 3, 4]) {
      const beyond = numbers.filter((x) => Math.abs(x) > sigmas * MAX_RATIO).length;
      const most = 2 * count * normalCdf(-sigmas);
      expect(Math.abs(beyond - most)).toBeLessThan(4.5 * Math.sqrt(most));
    }
    for (const prime of [2, 3, 5, 7, 11, 13, 101]) {
      const found = new Array<number>(prime).fill(0);
      for (const x of numbers) found[((x % prime) + prime) % prime]! += 1;
      expect(Math.abs(chiSquare(found, new Array<number>(prime).fill(count / prime)))).toBeLessThan(5);
    }
  });

  it("neighbours are uncorrelated", () => {
    const numbers = sample(3, 2 ** 19);
    for (const lag of [1, 2, 3, 4]) {
      let sum = 0;
      for (let i = lag; i < numbers.length; i++) sum += numbers[i]! * numbers[i - lag]!;
      expect(Math.abs(sum / 9.08 / Math.sqrt(numbers.length))).toBeLessThan(4.5);
    }
  });
});
