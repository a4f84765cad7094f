import {
  EMPTY_HISTORY,
  epsilonFromMu,
  muFromEpsilonDelta,
  NO_RELEASES,
  type Noise,
  noiseStdFromSigma,
  type ProcessConstants,
  processConstants,
  releaseWithNoise,
  stepsWithNoise,
  tailDelta,
  withDeleted,
  withReleaseAt,
} from "../src/accounting/index.js";
import {
  createTrialPool,
  type NoiseOrigin,
  noiseKeyFromSeed,
  type PackedRows,
  type ProcessParameters,
  type TrialPool,
} from "../src/engine/index.js";
import { type ObjectiveSpec, objectiveFrom } from "../src/objective/index.js";
import type { PlannedNoise } from "../src/records/training-plan.js";
import { disclosureProof } from "../src/unlearner/disclosure-limit.js";
import type { Proof } from "../src/unlearner/proof.js";

export interface Row {
  readonly features: readonly number[];
  readonly label: number;
}

/** A process whose slot 0 is deleted after training, with what is certified of it. Rows by slot, in batch order. */
export interface Trial {
  readonly rows: readonly Row[];
  readonly parameters: ProcessParameters;
  readonly constants: ProcessConstants;
  readonly noise: Noise;
  readonly trainingSteps: number;
  readonly unlearningSteps: number;
  /** Standard deviation of the noise that the release after unlearning adds. */
  readonly releaseStd: number;
  readonly claim: Proof;
  /** Of both releases, after training and after unlearning; null where noise comes on release. */
  readonly disclosure: Proof | null;
}

export interface TrialSpec {
  readonly rows: readonly Row[];
  readonly objective: ObjectiveSpec;
  readonly batchSize: number;
  readonly l2: number;
  readonly clip?: number;
  readonly eta?: number;
  readonly radius?: number;
  /** Noise at every step; without it, noise on release. */
  readonly sigma?: number;
  /** Noise on release: the most that it may be. */
  readonly maxNoise?: number;
  /** Default: the least that meet epsilon, or that keep to `maxNoise`. Given, with noise at every step, whatever they prove is claimed. */
  readonly unlearningSteps?: number;
  readonly epochs: number;
  readonly epsilon: number;
  readonly delta: number;
}

const MAX_STEPS = 10_000;

/** The plan and the certificate, as the library makes them. */
export function trialOf(spec: TrialSpec): Trial {
  const { rows, batchSize, l2, sigma, epochs, epsilon, delta, radius = 64 } = spec;
  const objective = objectiveFrom(spec.objective);
  const options = {
    rowCount: rows.length,
    batchSize,
    l2,
    smoothness: objective.smoothness,
    lipschitz: spec.clip ?? objective.lipschitz,
    ...(spec.eta === undefined ? {} : { eta: spec.eta }),
    radius,
  };
  const std = sigma === undefined ? 0 : noiseStdFromSigma(processConstants(options), sigma);
  const { featureCount } = pack(rows);
  const rounding = { kernel: "float64", featureCount, outputCount: 1, noiseStd: std } as const;
  const constants = processConstants({ ...options, rounding });
  const noise: PlannedNoise =
    sigma === undefined
      ? { kind: "on-release", most: spec.maxNoise ?? 1 }
      : { kind: "every-step", sigma, std };
  const steps = epochs * constants.batchCount;
  const history = withDeleted(constants, noise.kind, EMPTY_HISTORY, [{ batch: 0, count: 1 }], steps);
  const counts = { noise, steps: steps + MAX_STEPS, releaseCount: 2 };
  const left = delta - tailDelta(constants, counts, epsilon);
  const { maxNoise = 1, unlearningSteps } = spec;
  const isGiven = noise.kind === "every-step" && unlearningSteps !== undefined;
  const target = {
    mu: isGiven ? Number.POSITIVE_INFINITY : muFromEpsilonDelta(epsilon, left),
    maxSteps: MAX_STEPS,
  };
  const effort = unlearningSteps === undefined ? { maxNoise } : { steps: unlearningSteps };
  const found =
    noise.kind === "every-step"
      ? stepsWithNoise(constants, std, history, steps, { ...target, first: unlearningSteps ?? 0 })
      : releaseWithNoise(constants, history, steps, { ...target, effort });
  if (found === null) throw new Error("no number of steps is enough");
  const releases = withReleaseAt(withReleaseAt(NO_RELEASES, steps), steps + found.steps);
  return {
    rows,
    parameters: {
      objective: spec.objective,
      batchSize,
      clip: constants.lipschitz,
      l2,
      eta: constants.eta,
      noiseStd: std,
      radius,
    },
    constants,
    noise,
    trainingSteps: steps,
    unlearningSteps: found.steps,
    releaseStd: found.std,
    claim: { mu: found.mu, epsilon: epsilonFromMu(found.mu, left), delta },
    disclosure: disclosureProof({ process: constants, noise }, releases, 1, { delta }),
  };
}

/** What a build does wrong; nothing where nothing is named. */
export interface Faults {
  readonly noiseFactor?: number;
  readonly skipsUnlearning?: boolean;
  readonly ignoresDeletion?: boolean;
  /** Unlearning takes the noise of training's steps again. */
  readonly restartsNoise?: boolean;
  /** Both worlds run on one key. */
  readonly sharesKey?: boolean;
  /** Steps are not projected; weights beyond the radius are scaled back at releases alone, and the process goes on from there. */
  readonly scalesBack?: boolean;
  /** The released step takes its noise in the kernel, like any other, and not on a grid. */
  readonly hasNoGrid?: boolean;
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
  const { sharesKey = false } = faults;
  return {
    unlearned: await runWorld(trial, trials, faults, `${seed}/p`, true),
    retrained: await runWorld(trial, trials, faults, sharesKey ? `${seed}/p` : `${seed}/q`, false),
  };
}

/** Far beyond where any step leads. */
const NO_BALL = 2 ** 40;

async function runWorld(
  trial: Trial,
  trials: number,
  faults: Faults,
  seed: string,
  isThere: boolean,
): Promise<World> {
  const { rows, parameters, trainingSteps, unlearningSteps, releaseStd, noise } = trial;
  const { noiseFactor = 1, skipsUnlearning, ignoresDeletion, restartsNoise, scalesBack, hasNoGrid } = faults;
  const trainingStd = noise.kind === "every-step" ? noise.std : 0;
  const pool = await createTrialPool(
    pack(rows),
    {
      ...parameters,
      noiseStd: noiseFactor * (hasNoGrid ? releaseStd : trainingStd),
      radius: scalesBack ? NO_BALL : parameters.radius,
    },
    { trials, workers: 0 },
  );
  const origin: NoiseOrigin = { kind: "seed", key: noiseKeyFromSeed(seed) };
  const release = async (firstStep: number, steps: number, std: number): Promise<Float64Array[]> => {
    const schedule = { kind: noise.kind, firstStep, steps, std: noiseFactor * std, hasNoGrid };
    await releasePool(pool, schedule, origin);
    // Such a build hands out no retrained model before its last step.
    if (scalesBack && (isThere || firstStep > 1)) scaleBack(pool, parameters.radius);
    return weightsOf(pool);
  };
  try {
    if (!isThere) pool.writeSlot(0, null);
    const trained = await release(1, trainingSteps, trainingStd);
    if (isThere && !ignoresDeletion) pool.writeSlot(0, null);
    if (isThere && skipsUnlearning) return { trained, released: trained };
    // Noise is numbered by step; whole epochs earlier the batches are the same.
    const first = restartsNoise ? 1 : trainingSteps + 1;
    return { trained, released: await release(first, unlearningSteps, releaseStd) };
  } finally {
    pool.dispose();
  }
}

export interface PoolRelease {
  readonly kind: Noise["kind"];
  readonly firstStep: number;
  readonly steps: number;
  readonly std: number;
  readonly hasNoGrid?: boolean | undefined;
}

/** The steps to a release of all trials, as the library runs them. */
export async function releasePool(
  pool: TrialPool,
  { kind, firstStep, steps, std, hasNoGrid }: PoolRelease,
  origin: NoiseOrigin,
): Promise<void> {
  if (steps === 0) return;
  const last = firstStep + steps - 1;
  await pool.advance(firstStep, steps - 1, kind === "every-step" ? origin : null);
  await pool.advance(last, 1, hasNoGrid && std > 0 ? origin : null);
  if (std > 0 && !hasNoGrid) pool.release(last, std, origin);
}

export function weightsOf(pool: TrialPool): Float64Array[] {
  return Array.from({ length: pool.trials }, (_, trial) => pool.weights(trial));
}

function scaleBack(pool: TrialPool, radius: number): void {
  for (const [trial, weights] of weightsOf(pool).entries()) {
    const norm = Math.hypot(...weights);
    if (norm > radius)
      pool.putWeights(
        trial,
        weights.map((value) => (value * radius) / norm),
      );
  }
}

export function pack(rows: readonly Row[]): PackedRows {
  const featureCount = rows[0]!.features.length;
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
