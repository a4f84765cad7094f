import { describe, expect, it } from "vitest";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { pack, type Row } from "../../testing/build-under-trial.js";
import { normalSource } from "../../testing/normal-samples.js";
import { disclosureEnergy, NO_RELEASES, processConstants, withReleaseAt } from "../accounting/index.js";
import {
  createTrialPool,
  type NoiseOrigin,
  noiseKeyFromSeed,
  type ProcessParameters,
} from "../engine/index.js";
import { normalCdf } from "../math/special.js";
import { Trials } from "../unlearner/trials.js";
import { type KernelNoise, possibleCount } from "./low-order-bits.js";

/*
 * One step between two released states: rows, order and the state before are known, and so is the step without its noise in either world.
 * All that stands between the attacker and the victim is that noise, down to its last bit (Mironov 2012). Slot 0 is the victim's.
 */

const WEIGHTS = 50;
const BATCH = 20;
const RUNS = 400;
type Precision = "float64" | "float32";

function rowsOf(seed: number): Row[] {
  const normal = normalSource(seed);
  return Array.from({ length: BATCH }, (_, i) => {
    const features = Array.from({ length: WEIGHTS }, () => normal());
    const norm = Math.hypot(...features);
    return { features: features.map((value) => (0.999 * value) / norm), label: i % 2 === 0 ? 1 : -1 };
  });
}

interface Case {
  readonly kernel: Precision;
  /** Whether the last step is released on its grid, or takes its noise in the kernel: the broken build. */
  readonly isBroken: boolean;
  /** From an earlier release, or from the weights of 0 that training begins with. */
  readonly isAfterRelease: boolean;
  /** Small: the projection bites. */
  readonly radius?: number;
  readonly noise?: NoiseOrigin["kind"];
}

interface Attacked {
  readonly steps: readonly [Float64Array, Float64Array];
  readonly released: readonly { readonly isThere: boolean; readonly weights: Float64Array }[];
  readonly noise: KernelNoise;
  readonly mu: number;
}

/** mu of one record over one stretch of one step, as the disclosure claim has it: of a first release after one step of training as well. */
function processFor(kernel: Precision, std: number, radius: number) {
  return processConstants({
    rowCount: BATCH,
    batchSize: BATCH,
    l2: 0.1,
    smoothness: 0.25,
    lipschitz: 1,
    radius,
    rounding: { kernel, featureCount: WEIGHTS, outputCount: 1, noiseStd: std },
  });
}

async function attacked({
  kernel,
  isBroken,
  isAfterRelease,
  radius = 64,
  noise: kind = "seed",
}: Case): Promise<Attacked> {
  const std = 0.3;
  const process = processFor(kernel, std, radius);
  const parameters: ProcessParameters = {
    objective: { kind: "logistic" },
    batchSize: BATCH,
    clip: 1,
    l2: process.strongConvexity,
    eta: process.eta,
    noiseStd: std,
    radius,
  };
  const before = new Float64Array(WEIGHTS);
  const normal = normalSource(99);
  const grid = 2 ** -22;
  if (isAfterRelease)
    for (let j = 0; j < WEIGHTS; j++) before[j] = grid * Math.round((0.6 * normal()) / grid);
  const released: { isThere: boolean; weights: Float64Array }[] = [];
  const steps: Float64Array[] = [];
  for (const isThere of [true, false]) {
    const quiet = await createTrialPool(pack(rowsOf(1)), parameters, { kernel, trials: 1, workers: 0 });
    const pool = await createTrialPool(pack(rowsOf(1)), parameters, { kernel, trials: RUNS / 2, workers: 0 });
    const noise: NoiseOrigin =
      kind === "system" ? { kind } : { kind: "seed", key: noiseKeyFromSeed(`holes ${isThere}`) };
    for (const each of [quiet, pool]) {
      if (!isThere) each.writeSlot(0, null);
      for (let trial = 0; trial < each.trials; trial++) each.putWeights(trial, before);
    }
    await quiet.advance(1, 1, null);
    steps.push(quiet.weights(0));
    await pool.advance(1, 1, isBroken ? noise : null);
    if (!isBroken) pool.release(1, std, noise);
    for (let trial = 0; trial < pool.trials; trial++)
      released.push({ isThere, weights: pool.weights(trial) });
    quiet.dispose();
    pool.dispose();
  }
  const energy = disclosureEnergy(process, std, withReleaseAt(NO_RELEASES, 1), 1);
  return {
    steps: steps as [Float64Array, Float64Array],
    released,
    noise: { std, kernel },
    mu: Math.sqrt(energy) / std,
  };
}

/** A number that is larger where the victim seems to have been there. */
type Attack = (
  weights: Float64Array,
  there: Float64Array,
  absent: Float64Array,
  noise: KernelNoise,
) => number;

const impossible: Attack = (weights, there, absent, noise) =>
  possibleCount(weights, there, noise) - possibleCount(weights, absent, noise);

/** The best attack on noise in real numbers. */
const likelihood: Attack = (weights, there, absent) =>
  weights.reduce((sum, w, j) => sum + (there[j]! - absent[j]!) * (w - 0.5 * (there[j]! + absent[j]!)), 0);

/** What cannot be decides; what is likely where nothing is impossible. */
const both: Attack = (...given) =>
  1e6 * impossible(...given) + Math.max(-1e5, Math.min(1e5, likelihood(...given)));

/** Where in its grid cell the step lay: the remainder of the released weight beside that of the step. */
const remainder: Attack = (weights, there, absent, { std }) => {
  const grid = 2 ** (Math.floor(Math.log2(std)) - 20);
  const far = (w: number, x: number): number => Math.abs((w - x) / grid - Math.round((w - x) / grid));
  return weights.reduce((sum, w, j) => sum + far(w, absent[j]!) - far(w, there[j]!), 0);
};

/** Whether Z = w / gamma - Y is even more often than not. */
const parity: Attack = (weights, there, absent, { std }) => {
  const grid = 2 ** (Math.floor(Math.log2(std)) - 20);
  const isEven = (w: number, x: number): number =>
    Math.round(w / grid - Math.round(x / grid)) % 2 === 0 ? 1 : 0;
  return weights.reduce((sum, w, j) => sum + isEven(w, there[j]!) - isEven(w, absent[j]!), 0);
};

/** Trailing zeros of the released numbers: those of one world's step may survive in them. */
const trailingZeros: Attack = (weights, there, absent) => {
  const zeros = (x: number): number => {
    let count = 0;
    for (let y = x; Number.isInteger(y * 2 ** 60) && count < 60 && !Number.isInteger(y); count++) y *= 2;
    return count;
  };
  return weights.reduce(
    (sum, w, j) => sum + Math.abs(zeros(w) - zeros(absent[j]!)) - Math.abs(zeros(w) - zeros(there[j]!)),
    0,
  );
};

/** Equal last bytes of the doubles. */
const lastBits: Attack = (weights, there, absent) => {
  const byte = (x: number): number => new Uint8Array(Float64Array.of(x).buffer)[0]!;
  return weights.reduce(
    (sum, w, j) => sum + (byte(w) === byte(there[j]!) ? 1 : 0) - (byte(w) === byte(absent[j]!) ? 1 : 0),
    0,
  );
};

const ATTACKS = { impossible, likelihood, both, remainder, parity, trailingZeros, lastBits };

/** Share of runs that an attack gets right; ties are half right. */
function successOf(
  attack: Attack,
  { released, steps: [there, absent], noise }: Pick<Attacked, "released" | "steps" | "noise">,
): number {
  const right = released.map(({ isThere, weights }) => {
    const score = attack(weights, there, absent, noise);
    return score === 0 ? 0.5 : score > 0 === isThere ? 1 : 0;
  });
  return right.reduce((sum: number, value) => sum + value, 0) / released.length;
}

/** Three standard errors. */
const SLACK = 3 * Math.sqrt(0.25 / RUNS);

describe.each(["float64", "float32"] as const)(
  "one step between two released states, kernel %s",
  (kernel) => {
    it.each<[string, Partial<Case>]>([
      ["after an earlier release", { isAfterRelease: true }],
      ["after one step of training, k = 0", { isAfterRelease: false }],
      ["where the projection bites", { isAfterRelease: true, radius: 2 }],
      ["with the operating system's noise", { isAfterRelease: true, noise: "system" }],
    ])("%s: no attack is right more often than certified", async (_, given) => {
      const found = await attacked({ kernel, isBroken: false, isAfterRelease: true, ...given });
      const most = normalCdf(found.mu / 2);
      expect(most).toBeLessThan(0.65);
      for (const [name, attack] of Object.entries(ATTACKS))
        expect(successOf(attack, found), name).toBeLessThan(most + SLACK);
    });

    it.each([true, false])(
      "noise added in the kernel gives the victim away (after a release: %s)",
      async (isAfterRelease) => {
        const found = await attacked({ kernel, isBroken: true, isAfterRelease });
        expect(successOf(both, found)).toBeGreaterThan(0.97);
      },
    );
  },
);

describe.each(["float64", "float32"] as const)("noise on release, kernel %s", (kernel) => {
  const dataset = syntheticDataset({ rowCount: 60, featureCount: 12 });
  const options = { noise: "on-release", kernel, batchSize: 20, epochs: 5, l2: 0.1, maxNoise: 3 } as const;
  const run = { trials: RUNS / 2, workers: 0 };
  const rows = [7];

  it("who knows both states before the noise is right no more often than certified", async () => {
    const trials = new Trials(dataset, options);
    const unlearned = await trials.run({ ...run, forget: [{ rows }] });
    const schedule = { without: { rows }, like: unlearned };
    const retrained = await trials.run({ ...run, ...schedule });
    const quiet = { trials: 1, workers: 0, isNoiseless: true };
    const worlds = [
      await trials.run({ ...quiet, forget: [{ rows }] }),
      await trials.run({ ...quiet, ...schedule }),
    ];
    const last = (stages: typeof unlearned) => stages.at(-1)!;
    const { noise: std, proof } = last(unlearned);
    expect(std).toBeGreaterThan(0);
    const found = {
      steps: worlds.map((stages) => last(stages).weights[0]) as [Float64Array, Float64Array],
      released: [unlearned, retrained].flatMap((stages, world) =>
        last(stages).weights.map((weights) => ({ isThere: world === 0, weights })),
      ),
      noise: { std, kernel },
    };
    const most = normalCdf((proof?.mu as number) / 2);
    for (const [name, attack] of Object.entries(ATTACKS))
      expect(successOf(attack, found), name).toBeLessThan(most + SLACK);
  });
});
