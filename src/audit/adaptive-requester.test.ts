import { beforeAll, describe, expect, it } from "vitest";
import { claimFromEnergy, jointEnergy } from "../accounting/index.js";
import { certifiedEnergy } from "../accounting/visits.js";
import { createTrialPool, type NoiseOrigin, noiseKeyFromSeed } from "../engine/index.js";
import { pack, pushingRows, trialOf } from "./build-under-trial.testing.js";
import { auditSamples } from "./index.js";

/**
 * A requester who reacts to a release (theory.md section 6; Forget Unlearning, ICML 2023). Slot 0 is deleted after training; the
 * requester, who has seen the trained model, has a whole batch deleted with it where that model was above a threshold. In the other
 * world slot 0 was never there, and the requester does just the same. However long unlearning goes on, the batch that is gone tells
 * what the trained model was like, and so of slot 0.
 */
const trial = trialOf({
  rows: pushingRows(40),
  objective: { kind: "logistic" },
  clip: 0.05,
  batchSize: 5,
  l2: 0.05,
  sigma: 0.001,
  epochs: 3,
  epsilon: 0.5,
  delta: 1e-3,
});
const TRIALS = 4000;
const { constants, trainingSteps, unlearningSteps } = trial;
const victims = [35, 36, 37, 38, 39];

interface Run {
  readonly trained: readonly Float64Array[];
  readonly last: readonly Float64Array[];
}

async function run(isThere: boolean, deletesBatch: boolean, seed: string | null): Promise<Run> {
  const trials = seed === null ? 1 : TRIALS;
  const parameters = seed === null ? { ...trial.parameters, noiseStd: 0 } : trial.parameters;
  const noise: NoiseOrigin = { kind: "seed", key: noiseKeyFromSeed(seed ?? "none") };
  const pool = await createTrialPool(pack(trial.rows), parameters, { trials, workers: 0 });
  const weights = () => Array.from({ length: trials }, (_, i) => pool.weights(i));
  if (!isThere) pool.writeSlot(0, null);
  await pool.advance(1, trainingSteps, noise);
  const trained = weights();
  pool.writeSlot(0, null);
  for (const slot of deletesBatch ? victims : []) pool.writeSlot(slot, null);
  await pool.advance(trainingSteps + 1, unlearningSteps, noise);
  const last = weights();
  pool.dispose();
  return { trained, last };
}

/** Both continuations of the same trained models; each model goes the way that it made the requester choose. */
async function world(isThere: boolean, threshold: number, seed: string): Promise<Run> {
  const [kept, deleted] = [await run(isThere, false, seed), await run(isThere, true, seed)];
  expect(kept.trained).toEqual(deleted.trained);
  const last = kept.trained.map(([weight], i) => (weight > threshold ? deleted : kept).last[i]);
  return { trained: kept.trained, last };
}

describe("a requester who reacts to the trained model", () => {
  const deleted = [{ batch: 0, count: 1, through: trainingSteps }];
  const releases = [trainingSteps, trainingSteps + unlearningSteps];
  const claim = (energy: number) => claimFromEnergy(constants, 0.001, energy, 1e-3);
  let unlearned: Run;
  let retrained: Run;

  beforeAll(async () => {
    const [there, absent] = [await run(true, false, null), await run(false, false, null)];
    const threshold = 0.5 * (there.trained[0][0] + absent.trained[0][0]);
    unlearned = await world(true, threshold, "adaptive/p");
    retrained = await world(false, threshold, "adaptive/q");
  });

  it("breaks the claim about the last release, which is not made for such requests", () => {
    const last = claim(certifiedEnergy(constants, deleted, releases[1]));
    const found = auditSamples({ unlearned: unlearned.last, retrained: retrained.last, certified: last });
    expect(last.epsilon).toBeLessThanOrEqual(0.5);
    expect(found.verdict).toBe("violated");
    expect(found.mu.bound).toBeGreaterThan(5 * last.mu);
  });

  it("does not break the joint claim, and comes near it", () => {
    const joint = claim(jointEnergy({ process: constants, deleted, releases }));
    const both = ({ trained, last }: Run) => trained.map((w, i) => Float64Array.of(...w, ...last[i]));
    const found = auditSamples({ unlearned: both(unlearned), retrained: both(retrained), certified: joint });
    expect(found.verdict).toBe("consistent");
    expect(found.mu.bound).toBeGreaterThan(0.8 * joint.mu);
  });
});
