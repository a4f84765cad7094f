import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { vectors } from "../../../../test/vectors.js";
import * as paper from "./paper.js";
import { processConstants } from "./process.js";

const mnist = (batchSize: number, radius = Number.POSITIVE_INFINITY) =>
  processConstants({
    rowCount: 11264,
    batchSize,
    l2: 0.011264,
    smoothness: 0.25,
    lipschitz: 1,
    deletion: "replace",
    radius,
  });

/** The authors' program bisects sigma with an absolute tolerance of 1e-8 and answers with the upper end. */
const THEIR_TOLERANCE = 1e-8;

describe("the paper's accountant against the vectors", () => {
  const v = vectors.paper;

  it("derives the same constants", () => {
    const process = mnist(128);
    expect(process.eta).toBeCloseTo(v.eta, 14);
    expect(process.contraction).toBeCloseTo(v.c, 15);
    expect(process.smoothness).toBeCloseTo(v.L, 15);
  });

  it.each(Object.entries(v.Z))("distance Z at b = %s, to 1e-12", (b, distance) => {
    expect(Math.abs(paper.distance(mnist(Number(b))) / distance - 1)).toBeLessThan(1e-12);
  });

  it("epochs of one request: every one of the list", () => {
    for (const { b, sigma, epsilon, K } of v.K) {
      expect(paper.epochsToUnlearn({ process: mnist(b), sigma, epsilon, delta: v.delta })).toBe(K);
    }
    expect(v.K.length).toBe(72);
  });

  it("epochs of a hundred requests: every list, exactly", () => {
    for (const { b, sigma, epsilon, K } of v.sequential) {
      expect(
        paper.sequentialEpochs({ process: mnist(b), sigma, epsilon, delta: v.delta, requests: 100 }),
      ).toEqual(K);
    }
  });

  it.each(v.sigmaForK1)(
    "sigma for one epoch at b = $b, epsilon = $epsilon, within their bisection",
    ({ b, epsilon, sigma }) => {
      const ours = paper.calibrateSigma({ process: mnist(b), epsilon, delta: v.delta, unlearnEpochs: 1 });
      expect(paper.epsilon({ process: mnist(b), sigma: ours, delta: v.delta, unlearnEpochs: 1 })).toBeCloseTo(
        epsilon,
        12,
      );
      expect(ours).toBeLessThanOrEqual(sigma);
      expect(sigma - ours).toBeLessThan(Math.max(THEIR_TOLERANCE, 1e-6 * ours));
    },
  );

  it.each(v.sigmaNonconvergent)(
    "sigma without convergence at R = $R, b = $b, epsilon = $epsilon",
    ({ R, b, T, epsilon, sigma }) => {
      // Their R = 0 drops every term with R, which after T epochs of contraction are nothing for R = 1 too.
      const ours = paper.calibrateSigma({
        process: mnist(b, R || 1),
        epsilon,
        delta: v.delta,
        unlearnEpochs: 1,
        learnEpochs: T,
      });
      expect(ours).toBeLessThanOrEqual(sigma * (1 + 1e-12));
      expect(sigma - ours).toBeLessThan(Math.max(THEIR_TOLERANCE, 1e-6 * ours));
    },
  );
});

describe("the paper's accountant", () => {
  it("caps the distance at the ball's diameter", () => {
    expect(paper.distance(mnist(128, 0.01))).toBe(0.02);
  });

  it("answers a random order no worse than the worst slot and no better than the best", () => {
    const shared = { process: mnist(128), sigma: 0.003, delta: 1e-4, unlearnEpochs: 1 };
    const random = paper.epsilon({ ...shared, order: "random" });
    expect(random).toBeLessThan(paper.epsilon(shared));
    expect(random).toBeGreaterThan(paper.epsilon({ ...shared, order: 0 }));
    expect(paper.epsilon({ ...shared, order: 87 })).toBeCloseTo(paper.epsilon(shared), 12);
  });

  it("takes S records as S times the distance", () => {
    const shared = { process: mnist(128), delta: 1e-4, unlearnEpochs: 1 };
    const five = paper.epsilon({ ...shared, sigma: 0.015, records: 5 });
    expect(five).toBeCloseTo(paper.epsilon({ ...shared, sigma: 0.003 }), 12);
  });

  it("finds a better Hoelder exponent than 2", () => {
    const shared = {
      process: mnist(128, 100),
      sigma: 0.0041,
      delta: 8.8778e-5,
      unlearnEpochs: 1,
      learnEpochs: 100,
    };
    expect(paper.epsilon({ ...shared, hoelder: "best" })).toBeLessThan(paper.epsilon(shared));
  });

  it("calibrates to the epsilon it was asked for", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 10, noNaN: true }),
        fc.constantFrom("worst" as const, "random" as const, 3),
        fc.integer({ min: 1, max: 5 }),
        (epsilon, order, unlearnEpochs) => {
          const shared = { process: mnist(512), delta: 1e-5, unlearnEpochs, order };
          const sigma = paper.calibrateSigma({ ...shared, epsilon });
          expect(paper.epsilon({ ...shared, sigma })).toBeCloseTo(epsilon, 8);
        },
      ),
      { numRuns: 30 },
    );
  });

  it("handles c = 1 by the limits", () => {
    const process = processConstants({
      rowCount: 100,
      batchSize: 10,
      l2: 0,
      smoothness: 0.25,
      lipschitz: 1,
      radius: 1,
    });
    // The first request cannot decay at all; the second has distance min(2 + 2, 2R) and factor 1/(K l).
    const slope = 4 / (2 * 4 * 100 ** 2);
    const first = slope + 2 * Math.sqrt(slope * Math.log(1e5));
    const shared = { process, sigma: 100, delta: 1e-5, requests: 2 };
    expect(paper.sequentialEpochs({ ...shared, epsilon: first * 0.999 })).toEqual([]);
    expect(paper.sequentialEpochs({ ...shared, epsilon: first * 1.001 })).toEqual([1, 1]);
    expect(paper.distance(process)).toBe(2);
  });
});
