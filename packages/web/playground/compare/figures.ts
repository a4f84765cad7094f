import {
  baselines,
  calibrateSigma,
  noiseStdFromSigma,
  type ProcessConstants,
  paper,
  planUnlearning,
} from "expunge/accounting";
import { langevinSigma, langevinSigmas } from "./langevin-noise";
import { descentProcess, expungeProcess, fullBatch, MNIST_SIZE, paperProcess, type Setting } from "./setting";

export const METHODS = ["expunge", "paper", "descent", "langevin", "retraining"] as const;
export type Method = (typeof METHODS)[number];

export interface NoisePoint {
  readonly method: Method;
  readonly epsilon: number;
  /** Standard deviation of the noise that ends up in every weight of the released model. */
  readonly noise: number;
}

export interface StepPoint {
  readonly method: Method;
  /** Requests served so far. */
  readonly request: number;
  /** Passes over the data so far. */
  readonly passes: number;
}

/** Epsilons of the curves. */
const EPSILONS = Array.from({ length: 25 }, (_, i) => 0.05 * 100 ** (i / 24));

/** Noise that lets one pass over the data forget any one record, for every method and epsilon. */
export function noiseCurves(setting: Setting): readonly NoisePoint[] {
  const points: NoisePoint[] = EPSILONS.flatMap((epsilon) => [
    { method: "expunge", epsilon, noise: expungeNoise(setting, epsilon).noise },
    { method: "paper", epsilon, noise: paperNoise(setting, epsilon).noise },
    { method: "descent", epsilon, noise: descentNoise(setting, epsilon) },
  ]);
  for (const { sigma, epsilon } of langevinSigmas(setting.delta))
    points.push({ method: "langevin", epsilon, noise: inWeights(fullBatch(), sigma, setting.epochs) });
  return points;
}

export interface LevelNoise {
  readonly sigma: number;
  readonly noise: number;
}

export function expungeNoise({ batchSize, epochs, delta }: Setting, epsilon: number): LevelNoise {
  const process = expungeProcess(batchSize);
  const { sigma } = calibrateSigma({ process, epsilon, delta, epochs, unlearnSteps: process.batchCount });
  return { sigma, noise: inWeights(process, sigma, epochs) };
}

export function paperNoise({ batchSize, epochs, delta }: Setting, epsilon: number): LevelNoise {
  const process = paperProcess(batchSize);
  const sigma = paper.calibrateSigma({ process, epsilon, delta, unlearnEpochs: 1 });
  return { sigma, noise: inWeights(process, sigma, epochs) };
}

/** Its noise comes with the release, straight into the weights. */
export function descentNoise({ delta }: Setting, epsilon: number): number {
  return baselines.descentToDeleteSigma({ process: descentProcess(), epsilon, delta, iterations: 1 });
}

/** null where the levels that it is looked for in do not reach. */
export function langevinNoise({ delta, epochs }: Setting, epsilon: number): LevelNoise | null {
  const sigma = langevinSigma(epsilon, delta);
  return sigma === null ? null : { sigma, noise: inWeights(fullBatch(), sigma, epochs) };
}

/** The noise of all steps as the weights hold it: every step's share shrinks by c with every later one. */
export function inWeights(process: ProcessConstants, sigma: number, epochs: number): number {
  const { contraction, batchCount } = process;
  const logC = 2 * Math.log(contraction);
  const shares = Math.expm1(epochs * batchCount * logC) / Math.expm1(logC);
  return noiseStdFromSigma(process, sigma) * Math.sqrt(shares);
}

/** Passes over the data after each request, at the noise chosen. Shorter or empty where a method cannot serve them. */
export function stepCurves(setting: Setting): readonly StepPoint[] {
  const { epochs, requests } = setting;
  return [
    ...expungePasses(setting),
    ...running("paper", paperEpochs(setting)),
    ...running("descent", descentIterations(setting)),
    ...running("retraining", new Array<number>(requests).fill(epochs)),
  ];
}

/** Langevin's groups of records as a curve: nothing changes within a group. */
export function langevinCurve(
  answer: { readonly records: number; readonly steps: readonly number[] },
  requests: number,
): readonly StepPoint[] {
  let passes = 0;
  return answer.steps.map((steps, i) => {
    passes += steps;
    return { method: "langevin", request: Math.min(requests, (i + 1) * answer.records), passes };
  });
}

function expungePasses(setting: Setting): readonly StepPoint[] {
  const { batchCount } = expungeProcess(setting.batchSize);
  const first = setting.epochs * batchCount;
  try {
    return expungePlan(setting).requests.map(({ request, totalSteps }) => ({
      ...{ method: "expunge", request },
      passes: (totalSteps - first) / batchCount,
    }));
  } catch {
    // With so little noise no number of steps certifies this.
    return [];
  }
}

export function expungePlan({ epsilon, delta, batchSize, epochs, requests, sigma, slot }: Setting) {
  const { rowCount, l2, smoothness, lipschitz } = MNIST_SIZE;
  return planUnlearning({
    ...{ rowCount, l2, smoothness, lipschitz, batchSize, epochs, requests, sigma, slot, epsilon, delta },
    deletion: "tombstone",
  });
}

function paperEpochs({ batchSize, sigma, epsilon, delta, requests }: Setting): readonly number[] {
  const epochs = paper.sequentialEpochs({
    process: paperProcess(batchSize),
    ...{ sigma, epsilon, delta, requests },
  });
  return epochs.length < requests ? [] : epochs;
}

function descentIterations({ epsilon, delta, requests }: Setting): readonly number[] {
  const { dimension } = MNIST_SIZE;
  const process = descentProcess();
  return Array.from({ length: requests }, (_, i) =>
    baselines.descentToDeleteIterations({ process, epsilon, delta, dimension, request: i + 1 }),
  );
}

function running(method: Method, each: readonly number[]): StepPoint[] {
  let passes = 0;
  return each.map((more, i) => {
    passes += more;
    return { method, request: i + 1, passes };
  });
}
