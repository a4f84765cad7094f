import {
  type Claim,
  claimFromEnergy,
  jointEnergy,
  type ProcessConstants,
  processConstants,
  stepsToUnlearn,
} from "../accounting/index.js";
import {
  createTrialPool,
  type NoiseOrigin,
  noiseKeyFromSeed,
  type PackedRows,
  type ProcessParameters,
} from "../engine/index.js";
import { type ObjectiveSpec, objectiveFrom } from "../objective/index.js";

export interface Row {
  readonly features: readonly number[];
  readonly label: number;
}

/** A process whose slot 0 is deleted after training, with what is certified of it. Rows by slot, in batch order. */
export interface Trial {
  readonly rows: readonly Row[];
  readonly parameters: ProcessParameters;
  readonly constants: ProcessConstants;
  readonly trainingSteps: number;
  readonly unlearningSteps: number;
  readonly claim: Claim;
  /** Of both releases, after training and after unlearning. */
  readonly jointClaim: Claim;
}

export interface TrialSpec {
  readonly rows: readonly Row[];
  readonly objective: ObjectiveSpec;
  readonly batchSize: number;
  readonly l2: number;
  readonly clip?: number;
  readonly eta?: number;
  readonly sigma: number;
  readonly epochs: number;
  readonly epsilon: number;
  readonly delta: number;
}

/** The plan and the certificate, as the library makes them. */
export function trialOf(spec: TrialSpec): Trial {
  const { rows, batchSize, l2, sigma, epochs, epsilon, delta } = spec;
  const objective = objectiveFrom(spec.objective);
  const constants = processConstants({
    rowCount: rows.length,
    batchSize,
    l2,
    smoothness: objective.smoothness,
    lipschitz: spec.clip ?? objective.lipschitz,
    ...(spec.eta === undefined ? {} : { eta: spec.eta }),
    rounding: { precision: "float32", weightNorm: 16 },
  });
  const trainingSteps = epochs * constants.batchCount;
  const deleted = [{ batch: 0, count: 1, through: trainingSteps }];
  const found = stepsToUnlearn({ process: constants, sigma, deleted, steps: trainingSteps, epsilon, delta });
  if (found === null) throw new Error("no number of steps is enough");
  const { steps: unlearningSteps, ...claim } = found;
  const releases = [trainingSteps, trainingSteps + unlearningSteps];
  const energy = jointEnergy({ process: constants, deleted, releases });
  return {
    rows,
    parameters: {
      objective: spec.objective,
      batchSize,
      clip: constants.lipschitz,
      l2,
      eta: constants.eta,
      noiseStd: Math.sqrt(2 * constants.eta) * sigma,
      radius: Number.POSITIVE_INFINITY,
    },
    constants,
    trainingSteps,
    unlearningSteps,
    claim,
    jointClaim: claimFromEnergy(constants, sigma, energy, delta),
  };
}

/** What a build does wrong; nothing where nothing is named. */
export interface Faults {
  readonly noiseFactor?: number;
  readonly skipsUnlearning?: boolean;
  readonly ignoresDeletion?: boolean;
  /** Unlearning takes the noise of training's first steps again. */
  readonly restartsNoise?: boolean;
  /** Both worlds run on one key. */
  readonly sharesKey?: boolean;
}

/** Weights at both releases, of each trial. */
export interface World {
  readonly trained: readonly Float64Array[];
  readonly released: readonly Float64Array[];
}

export interface Worlds {
  readonly unlearned: World;
  readonly retrained: World;
}

/** Runs a build, faults and all, in both worlds: trained and made to forget; trained without. */
export async function runBuild(
  trial: Trial,
  trials: number,
  faults: Faults = {},
  seed = "audit",
): Promise<Worlds> {
  const { noiseFactor = 1, sharesKey = false } = faults;
  const parameters = { ...trial.parameters, noiseStd: noiseFactor * trial.parameters.noiseStd };
  const broken = { ...trial, parameters };
  return {
    unlearned: await runWorld(broken, trials, faults, `${seed}/p`, true),
    retrained: await runWorld(broken, trials, faults, sharesKey ? `${seed}/p` : `${seed}/q`, false),
  };
}

async function runWorld(
  { rows, parameters, trainingSteps, unlearningSteps }: Trial,
  trials: number,
  { skipsUnlearning, ignoresDeletion, restartsNoise }: Faults,
  seed: string,
  isThere: boolean,
): Promise<World> {
  const pool = await createTrialPool(pack(rows), parameters, { trials, workers: 0 });
  const noise: NoiseOrigin = { kind: "seed", key: noiseKeyFromSeed(seed) };
  const weights = () => Array.from({ length: trials }, (_, trial) => pool.weights(trial));
  try {
    if (!isThere) pool.writeSlot(0, null);
    await pool.advance(1, trainingSteps, noise);
    const trained = weights();
    if (isThere && !ignoresDeletion) pool.writeSlot(0, null);
    if (isThere && skipsUnlearning) return { trained, released: trained };
    // Noise is numbered by step; whole epochs earlier the batches are the same.
    const first = restartsNoise ? 1 : trainingSteps + 1;
    await pool.advance(first, unlearningSteps, noise);
    return { trained, released: weights() };
  } finally {
    pool.dispose();
  }
}

export function pack(rows: readonly Row[]): PackedRows {
  const featureCount = rows[0].features.length;
  return {
    slotCount: rows.length,
    featureCount,
    features: Float32Array.from(rows.flatMap(({ features }) => [...features])),
    labels: Float32Array.from(rows, ({ label }) => label),
  };
}

/** Every row pushes the one weight up, clipped: the process is linear, its law Gaussian, and the certified mu is attained. */
export function pushingRows(count: number): Row[] {
  return Array.from({ length: count }, () => ({ features: [1], label: 1 }));
}
