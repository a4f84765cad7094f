import { baselines } from "expunge/accounting";
import { fullBatch } from "./setting";

/** Noise levels that a curve is drawn through. */
const SIGMAS = Array.from({ length: 26 }, (_, i) => 0.001 * 900 ** (i / 25));
/** Halvings of the gap between two of them: to a part in five thousand. */
const ROUNDS = 10;

interface SigmaPoint {
  readonly sigma: number;
  readonly epsilon: number;
}

let curve: { readonly delta: number; readonly points: readonly SigmaPoint[] } | null = null;
let level: { readonly epsilon: number; readonly delta: number; readonly sigma: number | null } | null = null;

/** The epsilon of one record and one full-batch step at many noise levels. Nothing but delta matters, so the last answer is kept. */
export function langevinSigmas(delta: number): readonly SigmaPoint[] {
  if (curve?.delta !== delta)
    curve = { delta, points: SIGMAS.map((sigma) => ({ sigma, epsilon: langevinEpsilon(sigma, delta) })) };
  return curve.points;
}

/** Noise that meets epsilon for one request and one full-batch step; null outside of the curve. */
export function langevinSigma(epsilon: number, delta: number): number | null {
  if (level?.epsilon === epsilon && level.delta === delta) return level.sigma;
  level = { epsilon, delta, sigma: findSigma(epsilon, delta) };
  return level.sigma;
}

function findSigma(epsilon: number, delta: number): number | null {
  const points = langevinSigmas(delta);
  const above = points.findIndex((point) => point.epsilon <= epsilon);
  if (above < 1) return null;
  let [low, high] = [points[above - 1]!.sigma, points[above]!.sigma];
  for (let round = 0; round < ROUNDS; round++) {
    const middle = Math.sqrt(low * high);
    if (langevinEpsilon(middle, delta) <= epsilon) high = middle;
    else low = middle;
  }
  return high;
}

function langevinEpsilon(sigma: number, delta: number): number {
  const process = fullBatch();
  return baselines.langevinEpsilon({ process, sigma, delta, eta: process.eta }, [1]);
}
