import { beforeAll, describe, expect, it } from "vitest";
import {
  type Faults,
  pack,
  pushingRows,
  releasePool,
  runBuild,
  type Trial,
  trialOf,
  type World,
  type Worlds,
  weightsOf,
} from "../../testing/build-under-trial.js";
import {
  claimFromEnergy,
  EMPTY_HISTORY,
  gridShift,
  releaseWithNoise,
  timelineEnergy,
  withDeleted,
  withRelease,
} from "../accounting/index.js";
import { createTrialPool, type NoiseOrigin, noiseKeyFromSeed } from "../engine/index.js";
import type { Proof } from "../unlearner/proof.js";
import { type AuditResult, auditSamples, type CertifiedClaim } from "./index.js";
import { impossibleNoise } from "./low-order-bits.js";

const TRIALS = 4000;

function auditLast({ unlearned, retrained }: Worlds, certified: CertifiedClaim): AuditResult {
  return auditSamples({ unlearned: unlearned.released, retrained: retrained.released, certified });
}

/** Both releases as one vector. */
function auditBoth({ unlearned, retrained }: Worlds, certified: CertifiedClaim): AuditResult {
  const both = ({ trained, released }: World): Float64Array[] =>
    trained.map((weights, i) => Float64Array.of(...weights, ...released[i]!));
  return auditSamples({ unlearned: both(unlearned), retrained: both(retrained), certified });
}

/** Rows that attain the certified mu: what is a little too much is seen. */
function tightTrial(kind: "every-step" | "on-release"): Trial {
  return trialOf({
    rows: pushingRows(40),
    objective: { kind: "logistic" },
    clip: 0.05,
    batchSize: 5,
    l2: 0.05,
    ...(kind === "every-step" ? { sigma: 0.001 } : { unlearningSteps: 6 }),
    epochs: 3,
    epsilon: 3,
    delta: 1e-3,
  });
}

describe.each(["every-step", "on-release"] as const)(
  "on rows that attain the certified mu, noise %s",
  (kind) => {
    const trial = tightTrial(kind);

    it("the right build is consistent, and a bound of 90% of what is certified is shown", async () => {
      const found = auditLast(await runBuild(trial, TRIALS), trial.claim);
      expect(found.verdict).toBe("consistent");
      expect(found.mu.bound).toBeGreaterThan(0.9 * trial.claim.mu);
      expect(trial.unlearningSteps).toBeGreaterThan(0);
    });

    it("the right build's two retrained samples show nothing", async () => {
      const [{ retrained }, other] = [
        await runBuild(trial, TRIALS, {}, "one"),
        await runBuild(trial, TRIALS, {}, "two"),
      ];
      const control = auditLast(
        { unlearned: other.retrained, retrained },
        { mu: 0, epsilon: 0, delta: 1e-3 },
      );
      expect(control).toMatchObject({ verdict: "consistent", mu: { bound: 0 }, epsilon: 0 });
    });

    it.each<[string, Faults]>([
      ["half the noise", { noiseFactor: 0.5 }],
      ["20% less noise", { noiseFactor: 0.8 }],
      ["the deletion ignored", { ignoresDeletion: true }],
    ])("a build with %s is caught", async (_, faults) => {
      const found = auditLast(await runBuild(trial, TRIALS, faults), trial.claim);
      expect(found.verdict).toBe("violated");
      expect(found.violations).toContain("mu");
    });

    it("a build that skips the unlearning steps is caught", async () => {
      const worlds = await runBuild(trial, TRIALS, { skipsUnlearning: true });
      if (kind === "every-step") expect(auditLast(worlds, trial.claim).verdict).toBe("violated");
      // Without a release there is no noise at all, and no law to speak of.
      else expect(() => auditLast(worlds, trial.claim)).toThrow(/only 1 of 4000 differ/);
    });

    it("a build that runs both worlds on one key is refused: its runs are not independent", async () => {
      const worlds = await runBuild(trial, TRIALS, { sharesKey: true });
      expect(() => auditLast(worlds, trial.claim)).toThrow(/has correlation 1.00/);
    });

    it("a build that gives all trials one noise is refused", async () => {
      const { unlearned, retrained } = await runBuild(trial, 100);
      const one = { ...unlearned, released: unlearned.released.map(() => unlearned.released[0]!) };
      expect(() => auditLast({ unlearned: one, retrained }, trial.claim)).toThrow(/only 1 of 100 differ/);
    });
  },
);

describe("a build that takes the noise of training again for unlearning", () => {
  // One epoch of training and as many steps of unlearning: the difference of the releases is free of noise.
  const trial = trialOf({
    rows: pushingRows(10),
    objective: { kind: "logistic" },
    clip: 0.05,
    batchSize: 5,
    l2: 0.05,
    sigma: 0.008,
    epochs: 1,
    epsilon: 2,
    delta: 1e-3,
  });
  const disclosure = trial.disclosure as Proof;
  let worlds: Readonly<Record<"right" | "broken", Worlds>>;

  beforeAll(async () => {
    worlds = {
      right: await runBuild(trial, TRIALS),
      broken: await runBuild(trial, TRIALS, { restartsNoise: true }),
    };
  });

  it("is caught by whoever sees both releases", () => {
    expect(trial.unlearningSteps).toBe(trial.trainingSteps);
    expect(auditBoth(worlds.right, disclosure).verdict).toBe("consistent");
    const broken = auditBoth(worlds.broken, disclosure);
    expect(broken.verdict).toBe("violated");
    expect(broken.mu.bound).toBeGreaterThan(2 * disclosure.mu);
  });

  it("but not by who sees the last one only, where the same noise twice is more noise", () => {
    expect(auditLast(worlds.broken, trial.claim).verdict).toBe("consistent");
  });
});

describe("steps longer than 2/(L+m), on rows of full curvature", () => {
  const rows = [
    { features: [1], label: 1000 },
    ...Array.from({ length: 49 }, () => ({ features: [1], label: 0 })),
  ];
  const spec = {
    rows,
    objective: { kind: "huberRegression" as const, threshold: 1 },
    batchSize: 50,
    l2: 0.1,
    sigma: 0.01,
    epochs: 3,
    epsilon: 1,
    delta: 1e-3,
  };

  it("are caught, where an accountant without the check would have certified them", async () => {
    const right = trialOf(spec);
    const eta = 2;
    const constants = { ...right.constants, eta, contraction: 1 - eta * spec.l2, sensitivity: eta / 50 };
    expect(() => trialOf({ ...spec, eta })).toThrow(/eta/);
    const [trainingSteps, unlearningSteps] = [3, 10];
    const energy = timelineEnergy({
      contraction: constants.contraction,
      steps: trainingSteps + unlearningSteps,
      visits: [1, 2, 3],
      sensitivities: constants.sensitivity,
    });
    const claim = claimFromEnergy(constants, spec.sigma, energy, spec.delta);
    const std = Math.sqrt(2 * eta) * spec.sigma;
    const broken: Trial = {
      ...right,
      parameters: { ...right.parameters, eta, noiseStd: std },
      constants,
      noise: { kind: "every-step", std },
      trainingSteps,
      unlearningSteps,
      releaseStd: std,
      claim,
    };
    const found = auditLast(await runBuild(broken, TRIALS), claim);
    expect(found.verdict).toBe("violated");
    expect(found.mu.bound).toBeGreaterThan(1.5 * claim.mu);
    expect(auditLast(await runBuild(right, TRIALS), right.claim).verdict).toBe("consistent");
  });
});

describe("a build that noises only the copy that it hands out", () => {
  // Five rows are forgotten, and then one more: the noise of the first request counts for the second where the state has it.
  const trial = tightTrial("on-release");
  const { constants, parameters, rows, trainingSteps: trained } = trial;
  const requests = [
    { slots: [0, 1, 2, 3, 4], batch: 0 },
    { slots: [5], batch: 1 },
  ];
  const mu = 2;
  let history = EMPTY_HISTORY;
  let steps = trained;
  const releases = requests.map(({ slots, batch }) => {
    const deleted = [{ batch, count: slots.length }];
    history = withDeleted(constants, "on-release", history, deleted, steps);
    const target = { mu, maxSteps: 1000, effort: { steps: 1 } };
    const found = releaseWithNoise(constants, history, steps, target);
    if (found === null) throw new Error("infeasible");
    steps += found.steps;
    const { std } = found;
    history = withRelease(history, { steps, shift: gridShift(constants, std), std });
    return { ...found, slots };
  });

  async function world(isThere: boolean, isBroken: boolean): Promise<Float64Array[]> {
    const pool = await createTrialPool(pack(rows), parameters, { trials: TRIALS, workers: 0 });
    const origin: NoiseOrigin = { kind: "seed", key: noiseKeyFromSeed(`copy ${isThere}`) };
    const empty = (slots: readonly number[]) => {
      for (const slot of slots) pool.writeSlot(slot, null);
    };
    if (!isThere) empty(requests.flatMap(({ slots }) => slots));
    await pool.advance(1, trained, null);
    let step = trained;
    let released: Float64Array[] = [];
    for (const release of releases) {
      empty(release.slots);
      const schedule = { kind: "on-release", firstStep: step + 1, steps: release.steps } as const;
      await releasePool(pool, { ...schedule, std: 0 }, origin);
      step += release.steps;
      const before = weightsOf(pool);
      pool.release(step, release.std, origin);
      released = weightsOf(pool);
      if (isBroken) for (const [i, weights] of before.entries()) pool.putWeights(i, weights);
    }
    pool.dispose();
    return released;
  }

  it.each([
    ["right, which noises the state,", false, "consistent"],
    ["broken", true, "violated"],
  ] as const)("the build that is %s is judged so", async (_, isBroken, verdict) => {
    const certified = { mu, epsilon: 100, delta: 1e-3 };
    const [unlearned, retrained] = [await world(true, isBroken), await world(false, isBroken)];
    const found = auditSamples({ unlearned, retrained, certified });
    expect(found.verdict).toBe(verdict);
    if (!isBroken) expect(found.mu.bound).toBeGreaterThan(0.85 * mu);
  });
});

describe("a build whose released step takes its noise in the kernel", () => {
  it("is caught by the low-order bits, which a right build does not show", async () => {
    const rows = Array.from({ length: 20 }, (_, i) => ({
      features: [0.5, 0.3 * Math.sin(i), 0.4 * Math.cos(3 * i), 0.2],
      label: i % 2 === 0 ? 1 : -1,
    }));
    const spec = { rows, objective: { kind: "logistic" as const }, batchSize: 10, l2: 0.1 };
    const trial = trialOf({ ...spec, unlearningSteps: 2, epochs: 3, epsilon: 1, delta: 1e-5 });
    const { unlearned, retrained } = await runBuild({ ...trial, releaseStd: 0 }, 1);
    const noise = { std: trial.releaseStd, kernel: "float64" } as const;
    const attack = impossibleNoise(unlearned.released[0]!, retrained.released[0]!, noise);
    const audit = async (faults: Faults): Promise<AuditResult> => {
      const worlds = await runBuild(trial, 500, faults);
      const [p, q] = [worlds.unlearned.released, worlds.retrained.released];
      return auditSamples({ unlearned: p, retrained: q, certified: trial.claim, statistics: [attack] });
    };
    expect((await audit({})).verdict).toBe("consistent");
    const broken = await audit({ hasNoGrid: true });
    expect(broken.verdict).toBe("violated");
    expect(broken.mu.statistic).toBe("low-order bits");
    expect(broken.mu.bound).toBe(broken.reach.mu);
  });
});
