import { DomainError } from "../errors.js";
import { requireNumber } from "./domain.js";
import { Minorant } from "./minorant.js";
import { riseOf, scaleOf, timeOf } from "./scaled.js";

/** Two runs of a process whose contraction and noise may differ from step to step; index 0 is step 1. */
export interface Schedule {
  /** c_k in (0, 1]. */
  readonly contractions: ArrayLike<number>;
  /** nu_k >= 0: standard deviation of step k's noise per coordinate; 0 for none. */
  readonly noiseStds: ArrayLike<number>;
  /** s_k >= 0: how far the step can drive the runs apart. */
  readonly shifts: ArrayLike<number>;
}

/**
 * mu^2 of the pair of final laws of a schedule: the least sum of (a_k / nu_k)^2 over all plans with z_0 = 0,
 * z_k = c_k z_{k-1} + s_k - a_k >= 0, z_N = 0 and a_k = 0 where nu_k = 0.
 *
 * With w_k = prod_{j>k} c_j, t_k = sum_{j<=k} w_j^2 nu_j^2 and S_k = sum_{j<=k} w_j s_j it is the energy of the greatest convex minorant of
 * the points (t_k, S_k).
 *
 * Source:  docs/theory.md, "Any schedule of noise"; Bok, Su, Altschuler 2024 (shifted interpolation, meta-theorem).
 * Rounding: never below the exact value.
 * Checked: spec vectors-2 schedule; quadratic programmes over random schedules; the exact law of linear maps.
 * @returns mu^2 >= 0; Infinity where no noise comes after a shift
 * @throws DomainError E_DOMAIN
 */
export function scheduleMuSquare({ contractions, noiseStds, shifts }: Schedule): number {
  const steps = shifts.length;
  if (contractions.length !== steps)
    throw new DomainError("contractions.length", contractions.length, `to equal shifts.length = ${steps}`);
  if (noiseStds.length !== steps)
    throw new DomainError("noiseStds.length", noiseStds.length, `to equal shifts.length = ${steps}`);
  const weights = new Float64Array(steps);
  let weight = 1;
  for (let k = steps - 1; k >= 0; k--) {
    const contraction = contractions[k];
    const [std, shift] = [noiseStds[k], shifts[k]];
    requireNumber(`contractions[${k}]`, contraction, { min: 0, openMin: true, max: 1 });
    requireNumber(`noiseStds[${k}]`, std, { min: 0 });
    requireNumber(`shifts[${k}]`, shift, { min: 0 });
    // Steps after the last shift and the last noise change nothing, so that the unit is the newest of these.
    if (weight === 1 && shift === 0 && std === 0) continue;
    weights[k] = weight;
    weight *= contraction;
  }
  const scale = scaleFor(noiseStds, weights);
  const minorant = new Minorant();
  for (let k = 0; k < steps; k++) {
    const w = weights[k]!;
    minorant.push(timeOf(noiseStds[k]!, w, scale), riseOf(shifts[k]!, w, scale));
  }
  // Each product of contractions is off by a rounding a step.
  return minorant.energyTo(0, 0) * (1 + 1e-12 + steps * 2 ** -50);
}

/** From the newest noise. */
function scaleFor(noiseStds: ArrayLike<number>, weights: Float64Array): number {
  for (let k = weights.length - 1; k >= 0; k--)
    if (noiseStds[k]! > 0) return scaleOf(noiseStds[k]!, weights[k]!);
  return 1;
}
