import { gaussianTradeOff } from "expunge/audit";

/** Phi on [0, 6] in steps of 1/100; between them a straight line is good to 1e-5. */
const STEP = 100;
const LARGEST = 6;
const PHI = Float64Array.from({ length: LARGEST * STEP + 2 }, (_, i) => normalCdf(i / STEP));

/** G_mu(1/2) is Phi(-mu). */
function normalCdf(z: number): number {
  return 1 - gaussianTradeOff(z, 0.5);
}

function phi(z: number): number {
  if (z < 0) return 1 - phi(-z);
  if (z >= LARGEST) return 1;
  const index = Math.floor(z * STEP);
  return PHI[index]! + (z * STEP - index) * (PHI[index + 1]! - PHI[index]!);
}

/** Whether two shares of right answers on a test of so many rows differ by no more than chance may: two standard errors of the first. */
export function isWithinChance(share: number, other: number, rowCount: number): boolean {
  return Math.abs(share - other) <= 2 * Math.sqrt((share * (1 - share)) / rowCount);
}

/**
 * The accuracy to be expected of a model whose every weight has Gaussian noise of a given deviation on it: the mean of Phi(margin / noise).
 *
 * @param margins y w.x / |x| of the test rows under the model without noise
 */
export function expectedAccuracy(margins: Float64Array, noise: number): number {
  if (noise === 0) return margins.filter((margin) => margin > 0).length / margins.length;
  let sum = 0;
  for (const margin of margins) sum += phi(margin / noise);
  return sum / margins.length;
}
