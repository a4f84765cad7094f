import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planUnlearning } from "./plan.js";
import { privacyOfLearning } from "./privacy-of-learning.js";
import { processConstants } from "./process.js";
import { calibrateSigmaForSequence, type PlannedRequest, planSequence } from "./sequence.js";
import { timelineEnergy } from "./timeline.js";
import { calibrateSigma, claimFromEnergy, placeRequest, stepsToUnlearn } from "./unlearning.js";
import { certifiedEnergy, mergeDeletedSlots, writeOutVisits } from "./visits.js";

const mnist = { rowCount: 11264, batchSize: 128, l2: 0.011264, smoothness: 0.25, lipschitz: 1 } as const;
const delta = 8.87784090909091e-5;
const small = (over: object = {}) =>
  processConstants({ rowCount: 40, batchSize: 4, l2: 0.05, smoothness: 0.25, lipschitz: 1, ...over });

describe("process constants", () => {
  it("refuse a step too long for the contraction", () => {
    expect(() => processConstants({ ...mnist, eta: 8 })).toThrow(/Expected eta = 8 in \(0, 7\.3/);
  });

  it("count a last batch with empty slots as a batch", () => {
    expect(processConstants({ ...mnist, rowCount: 129 }).batchCount).toBe(2);
  });
});

describe("visits written out", () => {
  const groups = fc.array(
    fc.record({
      batch: fc.integer({ min: 0, max: 9 }),
      count: fc.integer({ min: 1, max: 4 }),
      through: fc.integer({ min: 0, max: 120 }),
    }),
    { minLength: 1, maxLength: 6 },
  );

  it("are those of every deleted slot, up to its deletion", () => {
    fc.assert(
      fc.property(groups, fc.integer({ min: 120, max: 150 }), (deleted, steps) => {
        const process = small();
        const expected = new Map<number, number>();
        for (const { batch, count, through } of deleted) {
          for (let v = batch + 1; v <= through; v += 10)
            expected.set(v, (expected.get(v) ?? 0) + count * process.sensitivity);
        }
        const { visits, sensitivities } = writeOutVisits(process, deleted, { from: 0, to: steps });
        expect([...visits]).toEqual([...expected.keys()].sort((a, b) => a - b));
        visits.forEach((v, i) => {
          expect(sensitivities[i]).toBeCloseTo(expected.get(v) as number, 12);
        });
      }),
    );
  });

  it("lump what is older than the horizon without lowering the energy", () => {
    const process = small({ l2: 2, batchSize: 1 });
    const deleted = [
      { batch: 3, count: 1, through: 4000 },
      { batch: 7, count: 2, through: 40 },
    ];
    const { visits } = writeOutVisits(process, deleted, { from: 0, to: 4000 });
    expect(visits.length).toBeLessThan(20);
    const all: number[] = [];
    const sizes: number[] = [];
    for (let v = 1; v <= 4000; v++) {
      const size = ((v - 1) % 40 === 3 ? 1 : 0) + ((v - 1) % 40 === 7 && v <= 40 ? 2 : 0);
      if (size === 0) continue;
      all.push(v);
      sizes.push(size * process.sensitivity);
    }
    const exact = timelineEnergy({
      contraction: process.contraction,
      steps: 4000,
      visits: all,
      sensitivities: sizes,
    });
    const found = certifiedEnergy(process, deleted, 4000);
    expect(found).toBeGreaterThanOrEqual(exact);
    expect(found / exact).toBeCloseTo(1, 9);
  });

  it("merge groups of one batch and one step", () => {
    const merged = mergeDeletedSlots([
      { batch: 1, count: 1, through: 9 },
      { batch: 0, count: 1, through: 9 },
      { batch: 1, count: 2, through: 9 },
    ]);
    expect(merged).toEqual([
      { batch: 0, count: 1, through: 9 },
      { batch: 1, count: 3, through: 9 },
    ]);
  });
});

describe("steps to unlearn", () => {
  it("are the smallest that meet, and meet", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.001, max: 0.2, noNaN: true }),
        fc.integer({ min: 0, max: 9 }),
        fc.integer({ min: 1, max: 6 }),
        fc.double({ min: 0.05, max: 3, noNaN: true }),
        (sigma, batch, count, epsilon) => {
          const process = small();
          const deleted = [{ batch, count, through: 100 }];
          const answer = stepsToUnlearn({ process, sigma, deleted, steps: 100, epsilon, delta: 1e-5 });
          if (answer === null) throw new Error("unreachable");
          expect(answer.epsilon).toBeLessThanOrEqual(epsilon);
          if (answer.steps === 0) return;
          const before = certifiedEnergy(process, deleted, 100 + answer.steps - 1);
          expect(claimFromEnergy(process, sigma, before, 1e-5).epsilon).toBeGreaterThan(epsilon);
        },
      ),
    );
  });

  it("may be none: training's own noise has covered a record visited long ago", () => {
    const process = processConstants(mnist);
    const deleted = placeRequest(process, 8800, 1, "best");
    expect(stepsToUnlearn({ process, sigma: 0.03, deleted, steps: 8800, epsilon: 1, delta })?.steps).toBe(0);
  });

  it("end an epoch where models are released only there", () => {
    const process = processConstants(mnist);
    const deleted = placeRequest(process, 8800 + 5, 1, "worst");
    const answer = stepsToUnlearn({
      process,
      sigma: 0.03,
      deleted,
      steps: 8805,
      epsilon: 1,
      delta,
      releaseAt: "epoch",
    });
    expect(answer?.steps).toBe(83);
  });

  it("are null where the limit does not suffice", () => {
    const process = processConstants(mnist);
    const deleted = placeRequest(process, 8800, 5000, "worst");
    expect(
      stepsToUnlearn({ process, sigma: 1e-6, deleted, steps: 8800, epsilon: 1, delta, maxSteps: 10 }),
    ).toBeNull();
  });

  it("are none for nobody", () => {
    expect(
      stepsToUnlearn({ process: small(), sigma: 0.1, deleted: [], steps: 10, epsilon: 1, delta })?.steps,
    ).toBe(0);
  });
});

describe("calibrated noise", () => {
  it("is 0.00042646 (replace) and 0.00021323 (tombstone) at the MNIST constants, worst slot, one epoch", () => {
    const at = (deletion: "replace" | "tombstone") =>
      calibrateSigma({
        process: processConstants({ ...mnist, deletion }),
        epsilon: 1,
        delta,
        epochs: 100,
        unlearnSteps: 88,
      }).sigma;
    expect(at("replace")).toBeCloseTo(0.00042646, 8);
    expect(at("tombstone")).toBeCloseTo(0.00021323, 8);
  });

  it("certifies the request within its steps, and less noise does not", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 40 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 5 }),
        fc.constantFrom("worst" as const, "best" as const, 2),
        (unlearnSteps, requests, records, slot) => {
          const process = small();
          const target = { epsilon: 0.7, delta: 1e-6 };
          const { sigma, epsilon } = calibrateSigma({
            process,
            ...target,
            epochs: 5,
            unlearnSteps,
            requests,
            records,
            slot,
          });
          expect(epsilon).toBeLessThanOrEqual(0.7);
          expect(epsilon).toBeCloseTo(0.7, 9);
          const [planned] = planSequence({
            process,
            sigma,
            ...target,
            epochs: 5,
            requests: 1,
            records,
            slot,
          });
          expect(planned?.steps).toBeLessThanOrEqual(unlearnSteps);
          if (requests > 1) return;
          const [less] = planSequence({
            process,
            sigma: sigma * 0.999,
            ...target,
            epochs: 5,
            requests: 1,
            records,
            slot,
          });
          expect(less?.steps).toBeGreaterThan(unlearnSteps);
        },
      ),
    );
  });

  it("for the worst slot suffices for every slot", () => {
    const process = small();
    const target = { epsilon: 1, delta: 1e-5 };
    const worst = calibrateSigma({ process, ...target, epochs: 3, unlearnSteps: 7 }).sigma;
    for (let slot = 0; slot < process.batchCount; slot++) {
      expect(
        calibrateSigma({ process, ...target, epochs: 3, unlearnSteps: 7, slot }).sigma,
      ).toBeLessThanOrEqual(worst);
    }
  });
});

describe("a hundred requests at epsilon = 1, sigma = 0.03, b = 128", () => {
  const total = (deletion: "replace" | "tombstone") => {
    const process = processConstants({ ...mnist, deletion });
    const planned = planSequence({
      process,
      sigma: 0.03,
      epochs: 100,
      requests: 100,
      epsilon: 1,
      delta,
      slot: "mean",
    });
    return (planned[99] as PlannedRequest).totalSteps / 88 - 100;
  };

  it("take about 4 epochs (replace) and 2 (tombstone) at random slots, where the paper's accountant takes 100", () => {
    expect(total("replace")).toBeGreaterThan(3.5);
    expect(total("replace")).toBeLessThan(4.7);
    expect(total("tombstone")).toBeGreaterThan(1.6);
    expect(total("tombstone")).toBeLessThan(2.4);
  });
});

describe("privacy of learning", () => {
  it("is worst for the slot visited last and best for the one visited longest ago", () => {
    const process = small();
    const shared = { process, sigma: 0.1, steps: 50, delta: 1e-5 };
    const all = Array.from({ length: 10 }, (_, slot) => privacyOfLearning({ ...shared, slot }).epsilon);
    expect(privacyOfLearning({ ...shared, slot: "worst" }).epsilon).toBe(Math.max(...all));
    expect(privacyOfLearning({ ...shared, slot: "best" }).epsilon).toBe(Math.min(...all));
    const mean = privacyOfLearning({ ...shared, slot: "mean" }).epsilon;
    expect(mean).toBeGreaterThan(Math.min(...all));
    expect(mean).toBeLessThan(Math.max(...all));
  });
});

describe("a plan", () => {
  const contract = { ...mnist, epochs: 100, epsilon: 1, delta, deletion: "replace" as const };

  it("answers the contract's question", () => {
    const plan = planUnlearning({ ...contract, unlearnSteps: 88 });
    expect(plan.sigma).toBeCloseTo(0.00042646, 8);
    expect(plan.steps).toBe(88);
    expect(plan.epsilon).toBeLessThanOrEqual(1);
    expect(plan.energy).toBeCloseTo(1.3466488804045349e-7, 15);
    expect(plan.retraining.ratio).toBe(100);
  });

  it("answers the steps for a noise level, and agrees with itself", () => {
    const { sigma } = planUnlearning({ ...contract, unlearnSteps: 88 });
    expect(planUnlearning({ ...contract, sigma }).steps).toBe(88);
  });

  it("lists requests and totals", () => {
    const plan = planUnlearning({ ...contract, sigma: 0.03, requests: 100 });
    expect(plan.requests.length).toBe(100);
    expect(plan.totals.steps).toBe(plan.requests.reduce((sum, r) => sum + r.steps, 0));
    expect(plan.retraining.totalSteps).toBe(880_000);
    expect(plan.disclosure?.epsilon).toBeGreaterThan(plan.epsilon);
  });

  it("answers with the paper's formulas", () => {
    expect(planUnlearning({ ...contract, unlearnSteps: 88, accountant: "paper" }).sigma).toBeCloseTo(
      0.0028623,
      6,
    );
    const list = planUnlearning({ ...contract, sigma: 0.03, requests: 100, accountant: "paper" });
    expect(list.totals.epochs).toBe(100);
  });

  it("averages over slots", () => {
    const mean = planUnlearning({ ...contract, sigma: 0.03, slot: "mean" });
    const worst = planUnlearning({ ...contract, sigma: 0.03 });
    expect(mean.steps).toBeLessThan(worst.steps);
  });

  it("raises the noise for a limit on everything released, and not beyond what it takes", () => {
    const asked = { ...contract, unlearnSteps: 88, requests: 20 };
    const free = planUnlearning(asked);
    const limited = planUnlearning({ ...asked, adaptiveEpsilon: 2 });
    expect(free.disclosure?.epsilon).toBeGreaterThan(2);
    expect(free.disclosure?.requestsWithin).toBeNull();
    expect(limited.sigma).toBeGreaterThan(free.sigma);
    expect(limited.disclosure?.requestsWithin).toBe(20);
    expect(limited.disclosure?.epsilon).toBeLessThanOrEqual(2);
    expect(limited.disclosure?.epsilon).toBeGreaterThan(1.999);
    expect(planUnlearning({ ...asked, adaptiveEpsilon: 1e6 }).sigma).toBe(free.sigma);
  });

  it("counts the requests that a limit lets through at a noise level", () => {
    const asked = { ...contract, requests: 20, adaptiveEpsilon: 2 };
    const { sigma } = planUnlearning({ ...asked, unlearnSteps: 88 });
    const longer = planUnlearning({ ...asked, requests: 4000, sigma });
    const within = longer.disclosure?.requestsWithin as number;
    expect(within).toBeGreaterThan(0);
    expect(within).toBeLessThan(4000);
    expect(planUnlearning({ ...asked, requests: within, sigma }).disclosure?.epsilon).toBeLessThanOrEqual(2);
    expect(planUnlearning({ ...asked, requests: within + 1, sigma }).disclosure?.epsilon).toBeGreaterThan(2);
    expect(() => planUnlearning({ ...asked, sigma: sigma / 100 })).toThrow(/sigma = .* trained model within/);
    expect(() => planUnlearning({ ...asked, sigma, accountant: "paper" })).toThrow(/timeline accountant/);
  });

  it.each([0, -1, 1.5, Number.NaN])("wants a count of requests, not %s", (requests) => {
    const asked = { ...contract, requests };
    expect(() => planUnlearning({ ...asked, sigma: 1 })).toThrow(/requests/);
    expect(() => planUnlearning({ ...asked, unlearnSteps: 88 })).toThrow(/requests/);
  });

  it("wants exactly one of sigma and unlearnSteps", () => {
    expect(() => planUnlearning(contract)).toThrow(/sigma = undefined or unlearnSteps/);
    expect(() => planUnlearning({ ...contract, sigma: 1, unlearnSteps: 1 })).toThrow(/not both/);
  });
});

describe("noise for a sequence", () => {
  it("keeps every worst request within its steps, also when each comes as soon as the last is done", () => {
    const process = processConstants({ ...mnist, batchSize: 512 });
    const options = { process, epsilon: 1, delta: 1e-5, epochs: 20, requests: 100 };
    for (const unlearnSteps of [5, 22]) {
      const sigma = calibrateSigmaForSequence({ ...options, unlearnSteps });
      const most = Math.max(...planSequence({ ...options, sigma }).map((request) => request.steps));
      expect(most).toBeLessThanOrEqual(unlearnSteps);
      // Little more than the closed form, which gives every request exactly its steps.
      expect(sigma / calibrateSigma({ ...options, unlearnSteps }).sigma).toBeLessThan(1.2);
    }
  });
});

describe("the rounding of steps", () => {
  it("costs no more than its own least energy, added root to root", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.constant(0), fc.double({ min: 0.001, max: 1, noNaN: true })),
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 0, max: 9 }),
        (l2, steps, batch) => {
          const exact = small({ l2 });
          const rounding = small({
            l2,
            radius: 1e4,
            rounding: { kernel: "float32", featureCount: 6, outputCount: 1, noiseStd: 0 },
          });
          const rho = rounding.roundingPerStep;
          const deleted = [{ batch, count: 1, through: steps }];
          const energy = certifiedEnergy(exact, deleted, steps);
          const rounded = certifiedEnergy(rounding, deleted, steps);
          if (energy === 0) {
            expect(rounded).toBe(0);
            return;
          }
          // The same with every step's rounding written out as a visit of its own.
          const visits = Array.from({ length: steps }, (_, i) => i + 1);
          const sensitivities = visits.map((v) => 2 * rho + ((v - 1) % 10 === batch ? exact.sensitivity : 0));
          const written = timelineEnergy({ contraction: exact.contraction, steps, visits, sensitivities });
          expect(rounded).toBeGreaterThanOrEqual(written * (1 - 1e-11));
          expect(rounded).toBeGreaterThan(energy);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("keeps float32 from certifying with noise that rounding drowns", () => {
    const options = { epsilon: 1, delta: 1e-5, epochs: 20, unlearnSteps: 352 };
    const exact = calibrateSigma({
      process: processConstants({ ...mnist, batchSize: 32 }),
      ...options,
    }).sigma;
    const rounding = { kernel: "float32", featureCount: 784, outputCount: 1, noiseStd: 0 } as const;
    const real = calibrateSigma({
      process: processConstants({ ...mnist, batchSize: 32, radius: 16, rounding }),
      ...options,
    }).sigma;
    expect(exact).toBeLessThan(1e-6);
    expect(real).toBeGreaterThan(5e-6);
  });
});
