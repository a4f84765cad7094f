import { describe, expect, it } from "vitest";
import {
  descentToDeleteContraction,
  descentToDeleteIterations,
  descentToDeletePrivateSigma,
  descentToDeleteSigma,
  langevinEpsilon,
  langevinInitialRenyi,
  langevinRenyi,
  langevinStepsToUnlearn,
} from "./baselines.js";
import { processConstants } from "./process.js";

const process = processConstants({
  rowCount: 11264,
  batchSize: 11264,
  l2: 0.011264,
  smoothness: 0.25,
  lipschitz: 1,
});
const delta = 1 / 11264;

describe("Descent-to-Delete", () => {
  const gamma = (0.261264 - 0.011264) / (0.261264 + 0.011264);

  it("contracts by (L - m)/(L + m)", () => {
    expect(descentToDeleteContraction(process)).toBeCloseTo(gamma, 14);
  });

  it("states the noise of one request as written in docs/theory.md", () => {
    const log = Math.log(11264);
    const by = (I: number) =>
      (4 * Math.SQRT2 * gamma ** I) /
      (0.011264 * 11264 * (1 - gamma ** I) * (Math.sqrt(log + 1) - Math.sqrt(log)));
    for (const iterations of [1, 5, 40]) {
      expect(descentToDeleteSigma({ process, epsilon: 1, delta, iterations })).toBeCloseTo(
        by(iterations),
        10,
      );
    }
  });

  it("states the private-state noise as written, and both fall with more steps", () => {
    const base = 2 * Math.log(2 / delta);
    const by = (I: number) =>
      (8 * gamma ** I) / (0.011264 * 11264 * (1 - gamma ** I) * (Math.sqrt(base + 3) - Math.sqrt(base + 2)));
    expect(descentToDeletePrivateSigma({ process, epsilon: 1, delta, iterations: 7 })).toBeCloseTo(by(7), 10);
    expect(descentToDeleteSigma({ process, epsilon: 1, delta, iterations: 9 })).toBeLessThan(
      descentToDeleteSigma({ process, epsilon: 1, delta, iterations: 8 }),
    );
  });

  it("lets the steps of request i grow with log log i", () => {
    const at = (request: number, factor = 1) =>
      descentToDeleteIterations({ process, epsilon: 1, delta, dimension: 784, request, factor });
    const base = 2 * Math.log(2 / delta);
    const gap = Math.sqrt(base + 1) - Math.sqrt(base);
    const least = Math.ceil(Math.log(Math.sqrt(2 * 784) / (1 - gamma) / gap) / Math.log(1 / gamma));
    const growth = Math.ceil(Math.log(Math.log((4 * 784) / delta)) / Math.log(1 / gamma));
    expect(at(1)).toBe(least + growth);
    expect(at(1, 2) - at(1)).toBe(least);
    expect(at(100)).toBeGreaterThanOrEqual(at(1));
  });
});

describe("Langevin unlearning", () => {
  const options = { process, sigma: 0.03, delta, eta: process.eta };

  it("starts from 4 alpha S^2 M^2 / (m sigma^2 n^2)", () => {
    expect(langevinInitialRenyi(options, 3)).toBeCloseTo(12 / (0.011264 * 0.0009 * 11264 ** 2), 10);
    expect(langevinInitialRenyi({ ...options, records: 2 }, 3)).toBeCloseTo(
      4 * langevinInitialRenyi(options, 3),
      10,
    );
  });

  it("decays by exp(-K eta m / alpha) and recurses through twice the order", () => {
    const decay = (K: number, alpha: number) => Math.exp((-K * process.eta * 0.011264) / alpha);
    const one = decay(5, 8) * langevinInitialRenyi(options, 8);
    expect(langevinRenyi(options, [5], 8)).toBeCloseTo(one, 12);
    const two = decay(7, 4) * (3.5 / 3) * (langevinInitialRenyi(options, 8) + one);
    expect(langevinRenyi(options, [5, 7], 4)).toBeCloseTo(two, 12);
  });

  it("finds the smallest number of steps", () => {
    const K = langevinStepsToUnlearn({ ...options, epsilon: 0.05 }) as number;
    expect(langevinEpsilon(options, [K])).toBeLessThanOrEqual(0.05);
    expect(langevinEpsilon(options, [K - 1])).toBeGreaterThan(0.05);
    expect(langevinStepsToUnlearn({ ...options, epsilon: 0.05 }, [K])).toBeGreaterThan(0);
  });
});
