import { monotoneRoot, smallestInteger } from "../math/root.js";
import { logAddExp } from "../math/special.js";
import { requireNumber } from "./domain.js";
import { epsilonFromRenyiSlope, renyiSlopeFromEpsilon } from "./gaussian.js";
import type { ProcessConstants } from "./process.js";

/**
 * The accountant of Chien, Wang, Chen, Li, "Certified Machine Unlearning via Noisy Stochastic Gradient Descent", NeurIPS 2024
 * (arXiv 2403.17105), as restated in docs/theory.md, "The paper's accountant". For reproduction: `timeline` proves more. Records are replaced, so
 * a visit shifts by 2 eta M / b whatever `process.deletion` says.
 */

/** A paper-style question about K epochs of unlearning. */
export interface PaperOptions {
  readonly process: ProcessConstants;
  readonly sigma: number;
  readonly delta: number;
  /** K: epochs of unlearning. */
  readonly unlearnEpochs: number;
  /** S: records removed at once; default 1. */
  readonly records?: number;
  /**
   * `worst`: any batch order (Theorem 3.2 with the worst slot); a number: the slot's known batch; `random`: averaged over a
   * random order, the slot unknown.
   */
  readonly order?: "worst" | "random" | number;
  /** T: epochs of learning, for the bound that does not assume convergence. Needs a finite radius. */
  readonly learnEpochs?: number;
  /** Hoelder exponent p > 1 of that bound: 2 as in the authors' program (the default), or the best. */
  readonly hoelder?: number | "best";
}

/** Z: how far apart replacing `records` records can drive two stationary runs, at most 2R. */
export function distance(process: ProcessConstants, records = 1): number {
  const { eta, lipschitz, batchSize, batchCount, contraction, radius } = process;
  requireNumber("records", records, { min: 1, integer: true });
  // 1 - c^l; without contraction nothing but the ball bounds the distance.
  const gap = -Math.expm1(batchCount * Math.log(contraction));
  if (!(gap > 0)) return 2 * radius;
  return Math.min((2 * eta * lipschitz * records) / (batchSize * gap), 2 * radius);
}

/** epsilon at delta after K epochs of unlearning. @throws DomainError E_DOMAIN */
export function epsilon(options: PaperOptions): number {
  requireNumber("unlearnEpochs", options.unlearnEpochs, { min: 0, integer: true });
  requireNumber("sigma", options.sigma, { min: 0, openMin: true });
  if (options.learnEpochs !== undefined) return nonConvergedEpsilon(options, options.learnEpochs);
  if (options.order === "random") return randomOrderEpsilon(options);
  return epsilonFromRenyiSlope(convergedSlope(options), options.delta);
}

/** Smallest K >= 1 that meets epsilon, null beyond 2^40. */
export function epochsToUnlearn(
  options: Omit<PaperOptions, "unlearnEpochs"> & { readonly epsilon: number },
): number | null {
  return smallestInteger((K) => epsilon({ ...options, unlearnEpochs: K }) <= options.epsilon, 1, 2 ** 40);
}

/** Smallest sigma that meets epsilon after K epochs. Closed form for the converged bound of a known or the worst slot. */
export function calibrateSigma(options: Omit<PaperOptions, "sigma"> & { readonly epsilon: number }): number {
  if (options.learnEpochs === undefined && options.order !== "random") {
    const slopeAtOne = convergedSlope({ ...options, sigma: 1 });
    return Math.sqrt(slopeAtOne / renyiSlopeFromEpsilon(options.epsilon, options.delta));
  }
  const excess = (logSigma: number): number =>
    epsilon({ ...options, sigma: Math.exp(logSigma) }) - options.epsilon;
  let meets = 0;
  while (excess(meets) > 0) meets += 1;
  let fails = meets - 1;
  while (excess(fails) <= 0) fails -= 1;
  return Math.exp(monotoneRoot(excess, fails, meets));
}

/** A sequence of requests in the paper's setting; each must meet (epsilon, delta). */
export interface PaperSequenceOptions {
  readonly process: ProcessConstants;
  readonly sigma: number;
  readonly epsilon: number;
  readonly delta: number;
  readonly requests: number;
  /** Records in each request; a list where they differ. Default 1. */
  readonly records?: number | readonly number[];
}

/**
 * Epochs of each of a sequence of requests. As in the authors' program the first uses the worst-case form
 * and the later ones the form with (1 - c^2) / (c^{-2Kl} - 1). Stops early where no K up to 2^40 suffices.
 */
export function sequentialEpochs(options: PaperSequenceOptions): readonly number[] {
  const { process, sigma, epsilon: target, delta, requests, records = 1 } = options;
  requireNumber("requests", requests, { min: 1, integer: true });
  requireNumber("sigma", sigma, { min: 0, openMin: true });
  const largestSlope = renyiSlopeFromEpsilon(target, delta);
  const variance = 2 * process.eta * sigma * sigma;
  const logC = Math.log(process.contraction);
  const distanceOf = (request: number): number =>
    distance(process, typeof records === "number" ? records : records[request - 1]);
  const epochs: number[] = [];
  let current = distanceOf(1);
  for (let request = 1; request <= requests; request++) {
    const slope = (K: number): number => {
      const steps = K * process.batchCount;
      const factor = request === 1 ? Math.exp(2 * steps * logC) : shiftFactor(logC, steps);
      return ((current * current) / variance) * factor;
    };
    const K = smallestInteger((k) => slope(k) <= largestSlope, 1, 2 ** 40);
    if (K === null) break;
    epochs.push(K);
    if (request === requests) break;
    const carried = Math.exp(K * process.batchCount * logC) * current;
    current = Math.min(carried + distanceOf(request + 1), 2 * process.radius);
  }
  return Object.freeze(epochs);
}

/** (1 - c^2) / (c^{-2k} - 1), 1/k at c = 1. */
function shiftFactor(logC: number, steps: number): number {
  if (logC === 0) return 1 / steps;
  return -Math.expm1(2 * logC) / Math.expm1(-2 * steps * logC);
}

/** eps_alpha / alpha of the converged bound. */
function convergedSlope({ process, sigma, unlearnEpochs, records, order = "worst" }: PaperOptions): number {
  const Z = distance(process, records);
  const logC = Math.log(process.contraction);
  const decay = Math.exp(unlearnEpochs * process.batchCount * logC);
  const place = typeof order === "number" ? Math.exp((process.batchCount - order - 1) * logC) : 1;
  if (typeof order === "number") {
    requireNumber("order", order, { min: 0, max: process.batchCount - 1, integer: true });
  }
  return (Z * place * decay) ** 2 / (2 * process.eta * sigma * sigma);
}

/** eps_alpha = 1/(alpha-1) log mean_j exp((alpha-1) eps_alpha(Z_j)), at the best alpha. */
function randomOrderEpsilon(options: PaperOptions): number {
  const { process, delta } = options;
  const slopes = Array.from({ length: process.batchCount }, (_, j) =>
    convergedSlope({ ...options, order: j }),
  );
  const logInverse = -Math.log(delta);
  return leastOver((u) => {
    const alpha = 1 + u;
    const log = slopes.reduce((sum, slope) => logAddExp(sum, u * alpha * slope), Number.NEGATIVE_INFINITY);
    return (log - Math.log(slopes.length) + logInverse) / u;
  });
}

/**
 * The bound for T epochs of learning. With p fixed, (alpha - 1/p)/(alpha - 1) alpha G + log(1/delta)/(alpha-1), where
 * G = q e1(1) + p e2(1), is least at (alpha-1)^2 = 1/q + log(1/delta)/G.
 */
function nonConvergedEpsilon(options: PaperOptions, learnEpochs: number): number {
  const { process, sigma, delta, unlearnEpochs, records, hoelder = 2 } = options;
  requireNumber("learnEpochs", learnEpochs, { min: 1, integer: true });
  requireNumber("radius", process.radius, { min: 0 });
  const logC = Math.log(process.contraction);
  const variance = 2 * process.eta * sigma * sigma;
  const start = 2 * process.radius * Math.exp(learnEpochs * process.batchCount * logC);
  const first = start ** 2 / variance;
  const decay = Math.exp(2 * unlearnEpochs * process.batchCount * logC);
  const second = ((distance(process, records) + start) ** 2 * decay) / variance;
  const logInverse = -Math.log(delta);
  const at = (p: number): number => {
    const q = p / (p - 1);
    const G = q * first + p * second;
    return G * (1 + 1 / q) + 2 * Math.sqrt(G * (G / q + logInverse));
  };
  if (hoelder === "best") return leastOver((u) => at(1 + u));
  requireNumber("hoelder", hoelder, { min: 1, openMin: true });
  return at(hoelder);
}

/** Least value of a function of u > 0 that falls, then rises in log u; every u gives a valid bound. */
function leastOver(value: (u: number) => number): number {
  const GOLDEN = (Math.sqrt(5) - 1) / 2;
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let logU = -30; logU <= 60; logU += 0.5) {
    const here = value(Math.exp(logU));
    if (here < least) [least, best] = [here, logU];
  }
  let [low, high] = [best - 0.5, best + 0.5];
  for (let round = 0; round < 80; round++) {
    const a = high - GOLDEN * (high - low);
    const b = low + GOLDEN * (high - low);
    if (value(Math.exp(a)) <= value(Math.exp(b))) high = b;
    else low = a;
  }
  return Math.min(least, value(Math.exp(0.5 * (low + high))));
}
