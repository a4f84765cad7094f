/**
 * min sum a_k^2 subject to z_k = c z_{k-1} + s_k - a_k >= 0 and z_N = 0, by brute force over the active sets: whichever z_k are
 * zero at the optimum, the plan is the least-norm solution of those equations, which falls apart into stretches between
 * neighbouring zeros. Every set whose plan stays feasible is tried (by dynamic programming over the zeros). Small N only.
 *
 * @param start    step after which spending begins (0: the beginning)
 * @param distance z at `start`
 */
export function leastEnergyByQuadraticProgramme(
  timeline: {
    contraction: number;
    steps: number;
    visits: readonly number[];
    sensitivities: readonly number[];
  },
  start = 0,
  distance = 0,
): number {
  const { contraction: c, steps, visits, sensitivities } = timeline;
  const shift = new Array<number>(steps + 1).fill(0);
  visits.forEach((v, i) => {
    shift[v]! += sensitivities[i]!;
  });
  // best[k]: least energy of a plan with z_k = 0; the stretch from a zero at i to the next zero at k spends a_j = g c^{k-j}.
  const best = new Array<number>(steps + 1).fill(Number.POSITIVE_INFINITY);
  best[start] = 0;
  for (let k = start + 1; k <= steps; k++) {
    for (let i = start; i < k; i++) {
      if (!Number.isFinite(best[i])) continue;
      best[k] = Math.min(best[k]!, best[i]! + stretchEnergy(c, shift, i, k, i === start ? distance : 0));
    }
  }
  return best[steps]!;
}

function stretchEnergy(
  c: number,
  shift: readonly number[],
  from: number,
  to: number,
  distance: number,
): number {
  let need = distance * c ** (to - from);
  let norm = 0;
  for (let j = from + 1; j <= to; j++) {
    need += shift[j]! * c ** (to - j);
    norm += c ** (2 * (to - j));
  }
  const gain = need / norm;
  let z = distance;
  for (let j = from + 1; j <= to; j++) {
    z = c * z + shift[j]! - gain * c ** (to - j);
    if (z < -1e-12 * (1 + need)) return Number.POSITIVE_INFINITY;
  }
  return need * gain;
}

/**
 * The same where contraction and noise differ from step to step: min sum (a_k / nu_k)^2, a_k = 0 where nu_k = 0. Index 0 is step 1.
 */
export function leastMuSquareByQuadraticProgramme(schedule: {
  contractions: readonly number[];
  noiseStds: readonly number[];
  shifts: readonly number[];
}): number {
  const steps = schedule.shifts.length;
  const best = new Array<number>(steps + 1).fill(Number.POSITIVE_INFINITY);
  best[0] = 0;
  for (let k = 1; k <= steps; k++) {
    for (let i = 0; i < k; i++) {
      if (Number.isFinite(best[i])) best[k] = Math.min(best[k]!, best[i]! + stretchMuSquare(schedule, i, k));
    }
  }
  return best[steps]!;
}

/** Least cost of going from z_from = 0 to z_to = 0 with no zero between; Infinity where that is not feasible. */
function stretchMuSquare(
  { contractions, noiseStds, shifts }: Parameters<typeof leastMuSquareByQuadraticProgramme>[0],
  from: number,
  to: number,
): number {
  const weight = new Array<number>(to + 1).fill(1);
  for (let j = to - 1; j > from; j--) weight[j] = weight[j + 1]! * contractions[j]!;
  let need = 0;
  let norm = 0;
  for (let j = from + 1; j <= to; j++) {
    need += weight[j]! * shifts[j - 1]!;
    norm += (weight[j]! * noiseStds[j - 1]!) ** 2;
  }
  if (need === 0) return 0;
  if (norm === 0) return Number.POSITIVE_INFINITY;
  const gain = need / norm;
  let z = 0;
  for (let j = from + 1; j <= to; j++) {
    z = contractions[j - 1]! * z + shifts[j - 1]! - gain * weight[j]! * noiseStds[j - 1]! ** 2;
    if (z < -1e-12 * (1 + need)) return Number.POSITIVE_INFINITY;
  }
  return need * gain;
}
