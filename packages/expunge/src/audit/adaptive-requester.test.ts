import { beforeAll, describe, expect, it } from "vitest";
import { pack, pushingRows, releasePool, trialOf, weightsOf } from "../../testing/build-under-trial.js";
import { NO_RELEASES, withReleaseAt } from "../accounting/index.js";
import { createTrialPool, type NoiseOrigin, noiseKeyFromSeed } from "../engine/index.js";
import { disclosureProof } from "../unlearner/disclosure-limit.js";
import type { Proof } from "../unlearner/proof.js";
import { auditSamples } from "./index.js";

/**
 * A requester who reacts to a release (docs/theory.md, "Everything released"; Forget Unlearning, ICML 2023). Slot 0 is deleted after training; the
 * requester, who has seen the trained model, has a whole batch deleted with it where that model was above a threshold. In the other
 * world slot 0 was never there, and the requester does just the same. However long unlearning goes on, the batch that is gone tells
 * what the trained model was like, and so of slot 0.
 */
const SIGMA = 0.0026;
const trial = trialOf({
  rows: pushingRows(40),
  objective: { kind: "logistic" },
  clip: 0.05,
  batchSize: 5,
  l2: 0.05,
  sigma: SIGMA,
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
  const std = parameters.noiseStd;
  const noise: NoiseOrigin = { kind: "seed", key: noiseKeyFromSeed(seed ?? "none") };
  const pool = await createTrialPool(pack(trial.rows), parameters, { trials, workers: 0 });
  if (!isThere) pool.writeSlot(0, null);
  await releasePool(pool, { kind: "every-step", firstStep: 1, steps: trainingSteps, std }, noise);
  const trained = weightsOf(pool);
  pool.writeSlot(0, null);
  for (const slot of deletesBatch ? victims : []) pool.writeSlot(slot, null);
  const unlearning = {
    kind: "every-step",
    firstStep: trainingSteps + 1,
    steps: unlearningSteps,
    std,
  } as const;
  await releasePool(pool, unlearning, noise);
  const last = weightsOf(pool);
  pool.dispose();
  return { trained, last };
}

/** Both continuations of the same trained models; each model goes the way that it made the requester choose. */
async function world(isThere: boolean, threshold: number, seed: string): Promise<Run> {
  const [kept, deleted] = [await run(isThere, false, seed), await run(isThere, true, seed)];
  expect(kept.trained).toEqual(deleted.trained);
  const last = kept.trained.map((weights, i) => (weights[0]! > threshold ? deleted : kept).last[i]!);
  return { trained: kept.trained, last };
}

describe("a requester who reacts to the trained model", () => {
  let unlearned: Run;
  let retrained: Run;

  beforeAll(async () => {
    const [there, absent] = [await run(true, false, null), await run(false, false, null)];
    const threshold = 0.5 * (there.trained[0]![0]! + absent.trained[0]![0]!);
    unlearned = await world(true, threshold, "adaptive/p");
    retrained = await world(false, threshold, "adaptive/q");
  });

  it("breaks the erasure claim, which is not made for such requests", () => {
    const { claim } = trial;
    const found = auditSamples({ unlearned: unlearned.last, retrained: retrained.last, certified: claim });
    expect(claim.epsilon).toBeLessThanOrEqual(0.5);
    expect(found.verdict).toBe("violated");
    expect(found.mu.bound).toBeGreaterThan(2 * claim.mu);
  });

  it("does not break the disclosure claim", () => {
    const { noise } = trial;
    if (noise.kind !== "every-step") throw new Error("noise at every step");
    const releases = withReleaseAt(
      withReleaseAt(NO_RELEASES, trainingSteps),
      trainingSteps + unlearningSteps,
    );
    const planned = { ...noise, sigma: SIGMA };
    const claim = disclosureProof({ process: constants, noise: planned }, releases, 1, {
      delta: 1e-3,
    }) as Proof;
    const both = ({ trained, last }: Run) => trained.map((w, i) => Float64Array.of(...w, ...last[i]!));
    const found = auditSamples({ unlearned: both(unlearned), retrained: both(retrained), certified: claim });
    expect(found.verdict).toBe("consistent");
    expect(claim.mu).toBeLessThan(found.reach.mu);
    expect(found.mu.bound).toBeGreaterThan(2 * trial.claim.mu);
  });
});
