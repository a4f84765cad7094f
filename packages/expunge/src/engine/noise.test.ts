import { beforeAll, describe, expect, it } from "vitest";
import { keyWords } from "./chacha.js";
import { createKernel, type Kernel, noiseKeyFromSeed, stepNormals } from "./index.js";
import { EXTENSION_BELOW, normalGroup, normalPair } from "./noise.js";

const KEY = noiseKeyFromSeed("noise test");

/** The normals of one step as the kernel adds them: noiseStd 1 on weights 0 and an empty row. */
function normalsOf(kernel: Kernel, count: number, step: number): Float64Array {
  const weights = new Float64Array(count);
  kernel.advance(weights, step, 1, { kind: "seed", key: KEY });
  return weights;
}

async function noiseKernel(count: number, name: Kernel["name"], classCount = 1): Promise<Kernel> {
  const rows = {
    slotCount: 1,
    featureCount: count,
    features: new Float32Array(count),
    labels: new Float32Array(1),
  };
  const objective =
    classCount > 1 ? ({ kind: "softmax", classCount } as const) : ({ kind: "logistic" } as const);
  const parameters = {
    objective,
    batchSize: 1,
    clip: 2,
    l2: 0,
    eta: 1,
    noiseStd: 1,
    radius: 1e6,
  };
  return createKernel(rows, parameters, { kernel: name });
}

describe("normalPair", () => {
  it("ends at 11.54 sigma, where radius word and extensions are 0", () => {
    expect(normalPair(0, 0, 0, 0)[0]).toBeCloseTo(Math.sqrt(192 * Math.LN2), 12);
  });

  it("extends small radius words without a jump", () => {
    const word = 2 * EXTENSION_BELOW;
    const [above] = normalPair(word, 0, 0, 0);
    const [below] = normalPair(word - 1, 0, 2 ** 32 - 1, 2 ** 32 - 1);
    expect(below).toBeGreaterThan(above);
    expect(below - above).toBeLessThan(1e-6);
    expect(normalPair(word, 0, 0, 0)).toEqual(normalPair(word, 0, 2 ** 32 - 1, 2 ** 32 - 1));
    expect(normalPair(0, 0, 5, 0)[0]).toBeLessThan(normalPair(0, 0, 4, 0)[0]);
  });

  it("extends radius words near 2^32 too, so that radii near 0 have no steps", () => {
    const word = 2 ** 32 - 1;
    expect(normalPair(word, 0, 0, 0)[0]).toBeCloseTo(2 ** -47.5, 25);
    const [below] = normalPair(word - 2 * EXTENSION_BELOW + 2, 0, 2 ** 32 - 1, 2 ** 32 - 1);
    const [above] = normalPair(word - 2 * EXTENSION_BELOW, 0, 0, 0);
    expect(below).toBeLessThan(above);
    expect(above - below).toBeLessThan(1e-7);
  });

  it("turns by the angle word", () => {
    const radius = normalPair(2 ** 31, 0, 0, 0)[0];
    const quarter = normalPair(2 ** 31, 2 ** 30, 0, 0);
    expect(quarter[0]).toBeCloseTo(0, 12);
    expect(quarter[1]).toBeCloseTo(radius, 12);
    expect(normalPair(2 ** 31, 2 ** 31, 0, 0)[0]).toBeCloseTo(-radius, 12);
  });
});

describe("stepNormals", () => {
  it("gives each output groups of its own, so that padding the rows changes nothing", () => {
    const into = new Float64Array(3 * 70);
    stepNormals(keyWords(KEY), 5, 70, into);
    const group = new Float64Array(64);
    for (let output = 0; output < 3; output++) {
      normalGroup(keyWords(KEY), 5, 2 * output, group);
      expect(into.slice(70 * output, 70 * output + 64)).toEqual(group);
      normalGroup(keyWords(KEY), 5, 2 * output + 1, group);
      expect(into.slice(70 * output + 64, 70 * (output + 1))).toEqual(group.slice(0, 6));
    }
  });

  it("keeps its definition: the first normals of a known key", () => {
    const into = new Float64Array(4);
    stepNormals(new Uint32Array(8), 1, 4, into);
    const expected = [0.588179741658436, -0.15827463910340456, 1.1720260587546782, -1.0511977852967311];
    expected.forEach((normal, i) => {
      expect(into[i]).toBeCloseTo(normal, 12);
    });
  });
});

describe("float32 draws the reference's normals", () => {
  // |float32 - float64|, relative to the radius of the pair, which is at least the normal itself.
  const TOLERANCE = 6e-7;

  it(`within ${TOLERANCE} (1 + |normal|), over 2,000 groups of 64`, async () => {
    const count = 2000 * 64 - 5;
    const fast = normalsOf(await noiseKernel(count, "float32"), count, 3);
    const exact = normalsOf(await noiseKernel(count, "reference"), count, 3);
    expect(worst(fast, exact)).toBeLessThan(TOLERANCE);
  });

  it("for several outputs, with rows that are no multiple of 64, and step numbers above 2^32", async () => {
    const fast = await noiseKernel(70, "float32", 3);
    const exact = await noiseKernel(70, "reference", 3);
    for (const step of [1, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + 12345, 2 ** 53 - 2]) {
      expect(worst(normalsOf(fast, 210, step), normalsOf(exact, 210, step))).toBeLessThan(TOLERANCE);
    }
  });

  it("also where a radius word is 0 and only its extension tells: step 973, group 6600, 6.61 sigma", async () => {
    const count = 6601 * 64;
    const fast = normalsOf(await noiseKernel(count, "float32"), count, 973).subarray(-64);
    const exact = new Float64Array(64);
    normalGroup(keyWords(KEY), 973, 6600, exact);
    expect(Math.hypot(exact[3]!, exact[7]!)).toBeCloseTo(6.6118, 4);
    expect(worst(fast, exact)).toBeLessThan(TOLERANCE);
  });

  function worst(fast: Float64Array, exact: Float64Array): number {
    return exact.reduce((most, x, i) => Math.max(most, Math.abs(fast[i]! - x) / (1 + Math.abs(x))), 0);
  }
});

describe.each([
  { name: "float32", count: 2 ** 20, steps: 16 },
  { name: "reference", count: 2 ** 16, steps: 4 },
] as const)("the normals of $name, $steps steps of $count", ({ name, count, steps }) => {
  const samples: Float64Array[] = [];
  const total = count * steps;

  beforeAll(async () => {
    const kernel = await noiseKernel(count, name);
    for (let step = 1; step <= steps; step++) samples.push(normalsOf(kernel, count, step));
  });

  it("have the first four moments of N(0, 1), within 4.5 standard errors", () => {
    const sums = [0, 0, 0, 0];
    for (const sample of samples) {
      for (const x of sample) for (let k = 0; k < 4; k++) sums[k]! += x ** (k + 1);
    }
    const expected = [0, 1, 0, 3];
    const variances = [1, 2, 15, 96];
    for (let k = 0; k < 4; k++) {
      const error = (sums[k]! / total - expected[k]!) / Math.sqrt(variances[k]! / total);
      expect(Math.abs(error)).toBeLessThan(4.5);
    }
  });

  it("pass Kolmogorov and Smirnov's test step by step at 1e-6", () => {
    for (const sample of samples) {
      const sorted = sample.slice().sort();
      let distance = 0;
      for (let i = 0; i < count; i++) {
        const p = normalCdf(sorted[i]!);
        distance = Math.max(distance, Math.abs(p - i / count), Math.abs(p - (i + 1) / count));
      }
      // P(sqrt(n) D > 2.69) = 2 exp(-2 * 2.69^2) = 1e-6.
      expect(distance * Math.sqrt(count)).toBeLessThan(2.69);
    }
  });

  it("have as many values beyond 1, 2, 3, 4 and 5 sigma as they should, within 4.5 standard errors", () => {
    const beyond = [0, 0, 0, 0, 0, 0];
    for (const sample of samples) {
      for (const x of sample) for (let s = 1; s <= 5 && Math.abs(x) > s; s++) beyond[s]! += 1;
    }
    const tails = [1, 0.3173105079, 0.0455002639, 0.0026997961, 6.334248e-5, 5.733031e-7];
    for (let s = 1; s <= 5; s++) {
      const expected = tails[s]! * total;
      expect(Math.abs(beyond[s]! - expected)).toBeLessThan(4.5 * Math.sqrt(expected) + 1);
    }
  });

  it("are uncorrelated, and so are their squares, at lags 1..256 and from step to step, within 4.5 standard errors", () => {
    const [first, second] = [samples[0]!, samples[1]!];
    for (const lag of [1, 2, 3, 4, 5, 7, 8, 16, 32, 60, 63, 64, 128, 256]) {
      expect(correlations(first, first, lag)).toBeLessThan(4.5);
    }
    for (const lag of [0, 1, 4, 64]) expect(correlations(first, second, lag)).toBeLessThan(4.5);
  });
});

/** The greater of the correlations of x[i], y[i + lag] and of their squares, in standard errors. */
function correlations(x: Float64Array, y: Float64Array, lag: number): number {
  let plain = 0;
  let squares = 0;
  const count = x.length - lag;
  for (let i = 0; i < count; i++) {
    const a = x[i]!;
    const b = y[i + lag]!;
    plain += a * b;
    squares += (a * a - 1) * (b * b - 1);
  }
  return Math.max(Math.abs(plain), Math.abs(squares) / 2) / Math.sqrt(count);
}

/** Phi(x) by Zelen and Severo's formula (Abramowitz, Stegun 26.2.17): absolute error < 7.5e-8. */
function normalCdf(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const p = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const upper = (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * p;
  return x > 0 ? 1 - upper : upper;
}

describe("noiseKeyFromSeed", () => {
  const hex = (key: Uint8Array) => Buffer.from(key).toString("hex");

  it("is SHA-256 of a labelled seed; numbers and their text agree", () => {
    expect(hex(noiseKeyFromSeed("7"))).toBe(
      "65b311a1ff059a57be0f241812ae39cfa5e67d46381591cb411b9c0cf2d40187",
    );
    expect(hex(noiseKeyFromSeed(7))).toBe(hex(noiseKeyFromSeed("7")));
    expect(hex(noiseKeyFromSeed("8"))).not.toBe(hex(noiseKeyFromSeed("7")));
  });

  it.each([0.5, Number.NaN, 2 ** 53])("refuses %d with E_OPTION", (seed) => {
    expect(() => noiseKeyFromSeed(seed)).toThrow(expect.objectContaining({ code: "E_OPTION" }));
  });
});
