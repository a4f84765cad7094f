import { type Dataset, runTrials } from "expunge";
import { MNIST_SIZE } from "../compare/setting";
import { digitData } from "../lab/digits";
import type { LabData, MeasureOptions, Tasks } from "./messages";
import { datasetOf } from "./model";

const TEST_ROWS = 2000;

/** Digits as many as MNIST has of 3 and 8, made once. */
let made: { readonly data: LabData; readonly train: Dataset } | null = null;

function digits() {
  if (made !== null) return made;
  const { data } = digitData(MNIST_SIZE.rowCount, TEST_ROWS, 1);
  made = { data, train: datasetOf(data) };
  return made;
}

function options({ batchSize, epochs }: MeasureOptions, sigma: number) {
  const { l2 } = MNIST_SIZE;
  const noise = "every-step" as const;
  return { noise, sigma, batchSize, epochs, l2, workers: 0, deletion: "replace" as const };
}

/** The model without noise, and how far each test row is from its boundary. */
export async function margins(ask: Tasks["margins"]["ask"]): Promise<Tasks["margins"]["answer"]> {
  const { data, train } = digits();
  const trained = await runTrials(train, { ...options(ask, 1), trials: 1, isNoiseless: true });
  const weights = trained[0].weights[0]!;
  const test = datasetOf({ ...data, ...data.test });
  const { features, labels, featureCount, rowCount } = test;
  const found = new Float64Array(rowCount);
  for (let row = 0; row < rowCount; row++) {
    let sum = 0;
    let square = 0;
    for (let k = 0; k < featureCount; k++) {
      const value = features[row * featureCount + k]!;
      sum += value * weights[k]!;
      square += value * value;
    }
    found[row] = (labels[row]! * sum) / Math.sqrt(square);
  }
  return { margins: found.sort(), score: found.filter((margin) => margin > 0).length / rowCount };
}

/** The same for a noise level, by training: what the estimate is worth. */
export async function measure({
  sigma,
  trials,
  ...rest
}: Tasks["measure"]["ask"]): Promise<Tasks["measure"]["answer"]> {
  const { data, train } = digits();
  const [{ weights }] = await runTrials(train, { ...options(rest, sigma), trials });
  const test = datasetOf({ ...data, ...data.test });
  const scores = weights.map((one) => accuracyOf(one, test)).sort((a, b) => a - b);
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  return { mean, low: scores[0]!, high: scores.at(-1)! };
}

function accuracyOf(weights: Float64Array, { features, labels, featureCount, rowCount }: Dataset): number {
  let right = 0;
  for (let row = 0; row < rowCount; row++) {
    let sum = 0;
    for (let k = 0; k < featureCount; k++) sum += features[row * featureCount + k]! * weights[k]!;
    if (sum >= 0 === labels[row]! > 0) right++;
  }
  return right / rowCount;
}
