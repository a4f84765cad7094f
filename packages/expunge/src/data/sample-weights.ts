import { cellError, dataError, type Place } from "./data-error.js";
import type { Dataset } from "./dataset.js";
import type { RowChunk, RowSource } from "./row-source.js";

/*
 * Weights of rows. Where rows are kept (files, a database, kernels) a row's weight stands behind its features, as one number more: so
 * whatever erases or replaces a row does the same to its weight.
 */

/** What errors call the weights of arrays. */
export const SAMPLE_WEIGHTS = "sampleWeights";

/** @throws ExpungeError E_DATA where there are weights, but not one a row */
export function requireSampleWeights(
  weights: ArrayLike<number> | undefined,
  rowCount: number,
  file: string,
): void {
  if (weights === undefined || weights?.length === rowCount) return;
  throw dataError({ file }, `${rowCount} ${SAMPLE_WEIGHTS}, one a row`, String(weights?.length ?? weights));
}

/** A row's weight as float32. @throws ExpungeError E_DATA for what is no number in (0, 1] */
export function sampleWeightOf(value: unknown, place: () => Place): number {
  const weight = typeof value === "number" ? Math.fround(value) : Number.NaN;
  // The least weights would be 0 in float32.
  if (weight > 0 && weight <= 1 && (value as number) <= 1) return weight;
  throw cellError(place(), "a weight in (0, 1]", value);
}

/** Numbers of a row as it is kept: its features, and its weight where rows have one. */
export function storedWidthOf(facts: {
  readonly featureCount: number;
  readonly hasSampleWeights?: boolean | undefined;
}): number {
  return facts.featureCount + (facts.hasSampleWeights ? 1 : 0);
}

/** The rows of a source as they are kept; `featureCount` is then the stored width. Sparse rows stay as they are, their weights beside them. */
export function storedRows(source: RowSource): RowSource {
  if (!source.hasSampleWeights || source.isSparse) return source;
  const { featureCount } = source;
  async function* chunks(): AsyncGenerator<RowChunk> {
    for await (const { features, labels, subjects, sampleWeights } of source.chunks()) {
      const stored = joinWeights(features, sampleWeights as Float32Array, featureCount);
      yield { features: stored, labels, subjects };
    }
  }
  return { ...source, featureCount: featureCount + 1, chunks };
}

/** Features of stored rows, without their weights. */
export function featuresOfStored(
  stored: Float32Array,
  facts: Pick<Dataset, "featureCount" | "hasSampleWeights">,
): Float32Array {
  if (!facts.hasSampleWeights) return stored;
  const { featureCount } = facts;
  const rowCount = stored.length / (featureCount + 1);
  const features = new Float32Array(rowCount * featureCount);
  for (let row = 0; row < rowCount; row++) {
    const start = row * (featureCount + 1);
    features.set(stored.subarray(start, start + featureCount), row * featureCount);
  }
  return features;
}

function joinWeights(features: Float32Array, weights: Float32Array, featureCount: number): Float32Array {
  const width = featureCount + 1;
  const stored = new Float32Array(weights.length * width);
  for (let row = 0; row < weights.length; row++) {
    stored.set(features.subarray(row * featureCount, (row + 1) * featureCount), row * width);
    stored[row * width + featureCount] = weights[row]!;
  }
  return stored;
}
