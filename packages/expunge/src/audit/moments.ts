/** Mean of vectors of one length; at least one. */
export function meanOf(runs: readonly Float64Array[]): Float64Array {
  const mean = new Float64Array(runs[0]!.length);
  for (const weights of runs) for (let j = 0; j < mean.length; j++) mean[j]! += weights[j]!;
  return mean.map((sum) => sum / runs.length);
}

/** A group of runs about its own mean. */
export interface Group {
  readonly runs: readonly Float64Array[];
  readonly mean: Float64Array;
}

/** Standard deviation of each coordinate about the means of the groups (at least one), divided by the number of runs. */
export function pooledDeviations(groups: readonly Group[]): Float64Array {
  const sums = new Float64Array(groups[0]!.mean.length);
  let count = 0;
  for (const { runs, mean } of groups) {
    count += runs.length;
    for (const weights of runs)
      for (let j = 0; j < sums.length; j++) {
        const offset = weights[j]! - mean[j]!;
        sums[j]! += offset * offset;
      }
  }
  return sums.map((sum) => Math.sqrt(sum / count));
}

/**
 * The correlation matrix about the groups' means, drawn towards the identity by Ledoit and Wolf's share.
 *
 *   (1 - r) S + r I,   r = min(1, sum_k ||z_k z_k' - S||^2 / (n^2 ||S - I||^2))
 *
 * Source: Ledoit, Wolf 2004, *A well-conditioned estimator for large-dimensional covariance matrices*, section 3, on
 *         standardised coordinates, where the target's scale is 1.
 *
 * @param deviations from `pooledDeviations`, all > 0 (1 for coordinates that never change)
 * @returns d x d, row-major, symmetric, positive definite
 */
export function shrunkCorrelation(groups: readonly Group[], deviations: Float64Array): Float64Array {
  const d = deviations.length;
  const sums = new Float64Array(d * d);
  const z = new Float64Array(d);
  let count = 0;
  let fourthMoments = 0;
  for (const { runs, mean } of groups) {
    count += runs.length;
    for (const weights of runs) {
      let squares = 0;
      for (let j = 0; j < d; j++) {
        const zj = (weights[j]! - mean[j]!) / deviations[j]!;
        z[j] = zj;
        squares += zj * zj;
      }
      fourthMoments += squares * squares;
      for (let i = 0; i < d; i++) {
        const zi = z[i]!;
        const row = i * d;
        for (let j = 0; j <= i; j++) sums[row + j]! += zi * z[j]!;
      }
    }
  }
  let norm = 0;
  let distance = 0;
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      const value = sums[i * d + j]! / count;
      const twice = i === j ? 1 : 2;
      norm += twice * value * value;
      distance += twice * (value - (i === j ? 1 : 0)) ** 2;
      sums[i * d + j] = value;
    }
  }
  const noise = (fourthMoments / count - norm) / count;
  // Never less than a hair: it keeps the matrix positive definite where coordinates are copies of one another.
  const share = distance > 0 ? Math.min(1, Math.max(1e-9, noise / distance)) : 1;
  for (let i = 0; i < d; i++)
    for (let j = 0; j <= i; j++) {
      const value = (1 - share) * sums[i * d + j]! + (i === j ? share : 0);
      sums[i * d + j] = value;
      sums[j * d + i] = value;
    }
  return sums;
}

/**
 * Solves A x = b by Cholesky's factors.
 *
 * @param matrix d x d, row-major, symmetric positive definite; its lower triangle is overwritten by the factor
 */
export function solvePositiveDefinite(matrix: Float64Array, b: Float64Array): Float64Array {
  const d = b.length;
  const x = b.slice();
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * d + j]!;
      for (let k = 0; k < j; k++) sum -= matrix[i * d + k]! * matrix[j * d + k]!;
      // The pivot of a matrix that rounding has made singular is raised to the rounding.
      matrix[i * d + j] = i === j ? Math.sqrt(Math.max(sum, 1e-14)) : sum / matrix[j * d + j]!;
    }
    for (let k = 0; k < i; k++) x[i]! -= matrix[i * d + k]! * x[k]!;
    x[i]! /= matrix[i * d + i]!;
  }
  for (let i = d - 1; i >= 0; i--) {
    for (let k = i + 1; k < d; k++) x[i]! -= matrix[k * d + i]! * x[k]!;
    x[i]! /= matrix[i * d + i]!;
  }
  return x;
}
