import { createDataset, type Dataset } from "expunge/data";
import { seededRandom } from "../report/seeded-random.js";

/** Rows to learn from and rows to judge by. */
export interface Split {
  readonly train: Dataset;
  readonly test: Dataset;
  /** Features as they are before rows are scaled, for scikit-learn; where it is not given the scaled ones. */
  readonly plain?: {
    readonly train: Float32Array;
    readonly test: Float32Array;
    readonly featureCount: number;
  };
}

export interface MadeUpOptions {
  readonly rowCount: number;
  readonly testCount: number;
  readonly featureCount: number;
  readonly seed: number;
  /** Default 2. */
  readonly classCount?: number;
  /** Columns that labels depend on; default all. */
  readonly usefulCount?: number;
  /** Correlation of neighbouring columns; default 0.5. */
  readonly correlation?: number;
  /** Spread of the scores that labels are drawn by; default 2. */
  readonly strength?: number;
  /** Share of positive labels; two classes only, default 0.5. */
  readonly rate?: number;
}

/**
 * A made-up table: Gaussian columns, each correlated with its neighbour, labels drawn by a logistic (or softmax) model of some of them. Rows are scaled as
 * tables are, with a constant feature. The same options give the same rows.
 */
export function madeUpTable(options: MadeUpOptions): Split {
  const { rowCount, testCount, featureCount: d, seed } = options;
  const { classCount = 2, usefulCount = d, correlation = 0.5, strength = 2, rate = 0.5 } = options;
  const random = seededRandom(seed);
  const outputs = classCount === 2 ? 1 : classCount;
  const directions = Array.from({ length: outputs }, () =>
    Float64Array.from({ length: d }, (_, j) => (j < usefulCount ? random.normal() : 0)),
  );
  const count = rowCount + testCount;
  const features = new Float64Array(count * d);
  const scores = directions.map(() => new Float64Array(count));
  const left = Math.sqrt(1 - correlation ** 2);
  // Which column a useful one is makes no difference to a model, but neighbours should not all be useful.
  const place = shuffledPlaces(d, random.uniform);
  for (let row = 0; row < count; row++) {
    let previous = random.normal();
    for (let j = 0; j < d; j++) {
      if (j > 0) previous = correlation * previous + left * random.normal();
      const column = place[j]!;
      features[row * d + column] = previous;
      for (let k = 0; k < outputs; k++) scores[k]![row]! += previous * directions[k]![column]!;
    }
  }
  for (const score of scores) scaleTo(score, strength);
  const labels =
    classCount === 2 ? binaryLabels(scores[0]!, rate, random.uniform) : largestLabels(scores, random.uniform);
  const task = classCount === 2 ? ("binary" as const) : ("multiclass" as const);
  const part = (from: number, to: number): Dataset =>
    createDataset({
      features: features.subarray(from * d, to * d),
      featureCount: d,
      labels: labels.subarray(from, to),
      task,
      scaling: "l2",
      intercept: 1,
    });
  return { train: part(0, rowCount), test: part(rowCount, count) };
}

/**
 * A made-up table of amounts as CSV: Gaussian columns, each correlated with its neighbour, and a label that is linear in them, with noise: in the hundreds, or,
 * skewed, as prices are, its exponential.
 */
export function madeUpAmounts(options: {
  readonly rowCount: number;
  readonly featureCount: number;
  readonly seed: number;
  readonly isSkewed: boolean;
}): string {
  const { rowCount, featureCount: d, seed, isSkewed } = options;
  const random = seededRandom(seed);
  const direction = unit(Float64Array.from({ length: d }, () => random.normal()));
  const lines = [[...Array.from(direction, (_, j) => `x${j}`), "amount"].join(",")];
  for (let row = 0; row < rowCount; row++) {
    let previous = random.normal();
    let score = 0.5 * random.normal();
    const cells = Array.from(direction, (weight) => {
      previous = 0.5 * previous + Math.sqrt(0.75) * random.normal();
      score += weight * previous;
      return (10 + 3 * previous).toFixed(4);
    });
    const amount = isSkewed ? 200_000 * Math.exp(0.5 * score) : 300 + 50 * score;
    lines.push(cells.concat(amount.toFixed(2)).join(","));
  }
  return `${lines.join("\n")}\n`;
}

/**
 * Made-up embeddings: a common direction, a spectrum that falls like a power, two classes apart along many directions, rows of norm 1 without a constant
 * feature, as vectors from a language or vision model are.
 */
export function madeUpEmbeddings(options: {
  readonly rowCount: number;
  readonly testCount: number;
  readonly featureCount: number;
  readonly seed: number;
}): Split {
  const { rowCount, testCount, featureCount: d, seed } = options;
  const random = seededRandom(seed);
  const spectrum = unit(Float64Array.from({ length: d }, (_, j) => (1 + j) ** -0.5));
  const common = unit(Float64Array.from({ length: d }, () => random.normal()));
  const normals = unit(Float64Array.from({ length: d }, () => random.normal()));
  const apart = normals.map((value, j) => 1.3 * value * spectrum[j]! * Math.sqrt(2));
  const part = (count: number): Dataset => {
    const features = new Float32Array(count * d);
    const labels = new Float32Array(count);
    for (let row = 0; row < count; row++) {
      const label = random.chance(0.5) ? 1 : -1;
      labels[row] = label;
      for (let j = 0; j < d; j++)
        features[row * d + j] = common[j]! + spectrum[j]! * random.normal() + label * apart[j]!;
    }
    return createDataset({ features, featureCount: d, labels, task: "binary", scaling: "l2" });
  };
  return { train: part(rowCount), test: part(testCount) };
}

function unit(values: Float64Array): Float64Array {
  const norm = Math.hypot(...values);
  return values.map((value) => value / norm);
}

function shuffledPlaces(count: number, uniform: () => number): Uint32Array {
  const places = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(uniform() * (i + 1));
    [places[i], places[j]] = [places[j]!, places[i]!];
  }
  return places;
}

function scaleTo(scores: Float64Array, strength: number): void {
  let [sum, squares] = [0, 0];
  for (const score of scores) {
    sum += score;
    squares += score * score;
  }
  const mean = sum / scores.length;
  const factor = strength / Math.sqrt(squares / scores.length - mean * mean);
  for (let i = 0; i < scores.length; i++) scores[i]! *= factor;
}

/** -1 and +1 by the logistic model whose offset makes a share of them positive. */
function binaryLabels(scores: Float64Array, rate: number, uniform: () => number): Float32Array {
  const few = scores.subarray(0, Math.min(scores.length, 20_000));
  let [low, high] = [-30, 30];
  for (let round = 0; round < 50; round++) {
    const middle = (low + high) / 2;
    const share = few.reduce((sum, score) => sum + sigmoid(score + middle), 0) / few.length;
    if (share < rate) low = middle;
    else high = middle;
  }
  return Float32Array.from(scores, (score) => (uniform() < sigmoid(score + low) ? 1 : -1));
}

/** 0, 1, ... by the softmax model (the largest of scores with Gumbel noise). */
function largestLabels(scores: readonly Float64Array[], uniform: () => number): Float32Array {
  return Float32Array.from(scores[0]!, (_, row) => {
    let [best, label] = [Number.NEGATIVE_INFINITY, 0];
    scores.forEach((score, k) => {
      const value = score[row]! - Math.log(-Math.log(Math.max(uniform(), 2 ** -40)));
      if (value > best) [best, label] = [value, k];
    });
    return label;
  });
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
