const TOLERANCE = 1e-4;

/**
 * Requires that every contender does the same work: one noiseless epoch from zero weights has to end where it ends for the first
 * of them, which is the reference kernel where that takes part.
 *
 * @throws Error naming the contender that differs
 */
export async function requireSameWork(makers, rows, parameters) {
  let expected;
  for (const make of makers) {
    const contender = await make(rows, { ...parameters, noiseStd: 0 });
    await contender.run(1);
    const weights = Float64Array.from(await contender.weights());
    expected ??= weights;
    requireClose(contender.name, weights, expected, parameters.batchSize);
    await contender.dispose();
  }
}

/** @throws Error naming the contender whose weights after one noiseless epoch are not those expected */
export function requireClose(name, weights, expected, batchSize) {
  const difference = norm(weights.map((weight, i) => weight - expected[i])) / norm(expected);
  if (weights.length === expected.length && difference <= TOLERANCE) return;
  throw new Error(
    `${name} does not do the same work: after one noiseless epoch (d = ${expected.length}, b = ${batchSize}) its weights ` +
      `differ from the first contender's by ${difference.toExponential(1)} of their norm, more than ${TOLERANCE}.`,
  );
}

/** NaN stays NaN, which no comparison accepts. */
const norm = (values) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
