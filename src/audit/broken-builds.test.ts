import { beforeAll, describe, expect, it } from "vitest";
import { claimFromEnergy, timelineEnergy } from "../accounting/index.js";
import {
  type Faults,
  pushingRows,
  runBuild,
  type Trial,
  trialOf,
  type Worlds,
} from "./build-under-trial.testing.js";
import { type AuditResult, auditSamples, type CertifiedClaim } from "./index.js";

const TRIALS = 4000;

function auditLast({ unlearned, retrained }: Worlds, certified: CertifiedClaim): AuditResult {
  return auditSamples({ unlearned: unlearned.released, retrained: retrained.released, certified });
}

function auditJointly({ unlearned, retrained }: Worlds, certified: CertifiedClaim): AuditResult {
  const [p, q] = [unlearned, retrained].map(({ trained, released }) =>
    trained.map((weights, i) => Float64Array.of(...weights, ...released[i])),
  );
  return auditSamples({ unlearned: p, retrained: q, certified });
}

/** Rows that attain the certified mu: what is a little too much is seen. */
function tightTrial(): Trial {
  return trialOf({
    rows: pushingRows(40),
    objective: { kind: "logistic" },
    clip: 0.05,
    batchSize: 5,
    l2: 0.05,
    sigma: 0.001,
    epochs: 3,
    epsilon: 3,
    delta: 1e-3,
  });
}

describe("on rows that attain the certified mu", () => {
  const trial = tightTrial();

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
    const control = auditLast({ unlearned: other.retrained, retrained }, { mu: 0, epsilon: 0, delta: 1e-3 });
    expect(control).toMatchObject({ verdict: "consistent", mu: { bound: 0 }, epsilon: 0 });
  });

  it.each<[string, Faults]>([
    ["half the noise", { noiseFactor: 0.5 }],
    ["20% less noise", { noiseFactor: 0.8 }],
    ["the unlearning steps skipped", { skipsUnlearning: true }],
    ["the deletion ignored", { ignoresDeletion: true }],
  ])("a build with %s is caught", async (_, faults) => {
    const found = auditLast(await runBuild(trial, TRIALS, faults), trial.claim);
    expect(found.verdict).toBe("violated");
    expect(found.violations).toContain("mu");
  });

  it("a build that runs both worlds on one key is refused: its runs are not independent", async () => {
    const worlds = await runBuild(trial, TRIALS, { sharesKey: true });
    expect(() => auditLast(worlds, trial.claim)).toThrow(/has correlation 1.00/);
  });

  it("a build that gives all trials one noise is refused", async () => {
    const { unlearned, retrained } = await runBuild(trial, 100);
    const one = { ...unlearned, released: unlearned.released.map(() => unlearned.released[0]) };
    expect(() => auditLast({ unlearned: one, retrained }, trial.claim)).toThrow(/only 1 of 100 differ/);
  });
});

describe("a build that takes the noise of training again for unlearning", () => {
  // One epoch of training and as many steps of unlearning: the difference of the releases is free of noise.
  const trial = trialOf({
    rows: pushingRows(10),
    objective: { kind: "logistic" },
    clip: 0.05,
    batchSize: 5,
    l2: 0.05,
    sigma: 0.003,
    epochs: 1,
    epsilon: 6,
    delta: 1e-3,
  });
  let worlds: Readonly<Record<"right" | "broken", Worlds>>;

  beforeAll(async () => {
    worlds = {
      right: await runBuild(trial, TRIALS),
      broken: await runBuild(trial, TRIALS, { restartsNoise: true }),
    };
  });

  it("is caught by whoever sees both releases", () => {
    expect(trial.unlearningSteps).toBe(trial.trainingSteps);
    expect(auditJointly(worlds.right, trial.jointClaim).verdict).toBe("consistent");
    const broken = auditJointly(worlds.broken, trial.jointClaim);
    expect(broken.verdict).toBe("violated");
    expect(broken.mu.bound).toBeGreaterThan(2 * trial.jointClaim.mu);
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
    const parameters = { ...right.parameters, eta, noiseStd: Math.sqrt(2 * eta) * spec.sigma };
    const broken = { ...right, parameters, constants, trainingSteps, unlearningSteps, claim };
    const found = auditLast(await runBuild(broken, TRIALS), claim);
    expect(found.verdict).toBe("violated");
    expect(found.mu.bound).toBeGreaterThan(1.5 * claim.mu);
    expect(auditLast(await runBuild(right, TRIALS), right.claim).verdict).toBe("consistent");
  });
});
