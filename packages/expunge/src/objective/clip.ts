/**
 * The scalar derivative of a one-output loss, held so that the record's gradient (derivative times row) has norm <= clip.
 *
 *   clipped = max(-clip / |x|, min(clip / |x|, derivative)),   0 for an empty row
 *
 * A held monotone function is monotone and no steeper, so the clipped map is still the gradient of a convex function of
 * the same smoothness. That fails for more than one output: see `Objective.clippable`.
 *
 * Source: docs/theory.md, "Learning and unlearning are one process".
 *
 * @param derivative d loss / d output, any finite number
 * @param clip       M > 0
 * @param rowNorm    |x| >= 0
 */
export function clipDerivative(derivative: number, clip: number, rowNorm: number): number {
  if (rowNorm === 0) return 0;
  const limit = clip / rowNorm;
  return Math.min(limit, Math.max(-limit, derivative));
}
