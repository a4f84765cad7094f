import { smallestInteger } from "../math/root.js";
import { requireNumber } from "./domain.js";

/** Other methods, for comparison (docs/theory.md, "Baselines"). Full batch; n, m, L, M as in `processConstants`. */
export interface BaselineProcess {
  readonly rowCount: number;
  readonly strongConvexity: number;
  readonly smoothness: number;
  readonly lipschitz: number;
}

/** A request to descent-to-delete, with the (epsilon, delta) that it must meet. */
export interface DescentToDeleteOptions {
  readonly process: BaselineProcess;
  readonly epsilon: number;
  readonly delta: number;
  /** I: gradient steps of the request. */
  readonly iterations: number;
}

/** gamma = (L-m)/(L+m): contraction of a gradient step of size 2/(L+m). */
export function descentToDeleteContraction({ smoothness, strongConvexity }: BaselineProcess): number {
  requireNumber("strongConvexity", strongConvexity, { min: 0, openMin: true });
  return (smoothness - strongConvexity) / (smoothness + strongConvexity);
}

/**
 * Standard deviation of the noise on release after I steps, one request.
 * Source: Neel, Roth, Sharifi-Malvajerdi 2021 (arXiv 2007.02923), Theorem 9, restated in docs/theory.md, "Baselines".
 */
export function descentToDeleteSigma(options: DescentToDeleteOptions): number {
  const { process, epsilon, delta, iterations } = checked(options);
  const logInverse = Math.log(1 / delta);
  const slack = rootGap(logInverse + epsilon, logInverse);
  return (
    (4 * Math.SQRT2 * process.lipschitz * remaining(process, iterations)) /
    (process.strongConvexity * process.rowCount * slack)
  );
}

/** The same with a private internal state (only noisy models are ever seen; noiseless ones are kept). */
export function descentToDeletePrivateSigma(options: DescentToDeleteOptions): number {
  const { process, epsilon, delta, iterations } = checked(options);
  const base = 2 * Math.log(2 / delta);
  const slack = rootGap(base + 3 * epsilon, base + 2 * epsilon);
  return (
    (8 * process.lipschitz * remaining(process, iterations)) /
    (process.strongConvexity * process.rowCount * slack)
  );
}

/** Steps of the i-th request (i >= 1) with a private internal state; `factor` scales the minimum, dimension d. */
export function descentToDeleteIterations(options: {
  readonly process: BaselineProcess;
  readonly epsilon: number;
  readonly delta: number;
  readonly dimension: number;
  readonly request: number;
  readonly factor?: number;
}): number {
  const { process, epsilon, delta, dimension, request, factor = 1 } = options;
  requireNumber("dimension", dimension, { min: 1, integer: true });
  requireNumber("request", request, { min: 1, integer: true });
  requireNumber("factor", factor, { min: 1 });
  const gamma = descentToDeleteContraction(process);
  const logInverseGamma = Math.log(1 / gamma);
  const base = 2 * Math.log(2 / delta);
  const least =
    Math.log(Math.sqrt(2 * dimension) / (1 - gamma) / rootGap(base + epsilon, base)) / logInverseGamma;
  const growth = Math.log(Math.log((4 * dimension * request) / delta)) / logInverseGamma;
  return Math.ceil(least) * factor + Math.ceil(growth);
}

/** A request to Langevin unlearning with full batches and noise level sigma, at delta. */
export interface LangevinOptions {
  readonly process: BaselineProcess;
  readonly sigma: number;
  readonly delta: number;
  readonly eta: number;
  /** S: records per request, default 1. */
  readonly records?: number;
}

/** Renyi divergence between two stationary laws that differ in S records: 4 alpha S^2 M^2 / (m sigma^2 n^2). */
export function langevinInitialRenyi(options: LangevinOptions, alpha: number): number {
  const { process, sigma, records = 1 } = options;
  requireNumber("sigma", sigma, { min: 0, openMin: true });
  requireNumber("strongConvexity", process.strongConvexity, { min: 0, openMin: true });
  return (
    (4 * alpha * (records * process.lipschitz) ** 2) /
    (process.strongConvexity * (sigma * process.rowCount) ** 2)
  );
}

/**
 * Renyi divergence of order alpha after the last of a sequence of requests with K_1, K_2, ... steps.
 *
 *   eps^(1) = exp(-K eta m / alpha) eps0_alpha
 *   eps^(s) = exp(-K eta m / alpha) (alpha - 1/2)/(alpha - 1) (eps0_{2 alpha} + eps^{(s-1)}_{2 alpha})
 *
 * Source: Chien, Wang, Chen, Li, "Langevin Unlearning", NeurIPS 2024 (arXiv 2401.10371), restated in docs/theory.md, "Baselines".
 */
export function langevinRenyi(options: LangevinOptions, steps: readonly number[], alpha: number): number {
  requireNumber("alpha", alpha, { min: 1, openMin: true });
  const last = steps.at(-1);
  if (last === undefined) return langevinInitialRenyi(options, alpha);
  const { process, eta } = options;
  const decay = Math.exp((-last * eta * process.strongConvexity) / alpha);
  if (steps.length === 1) return decay * langevinInitialRenyi(options, alpha);
  const before = langevinRenyi(options, steps.slice(0, -1), 2 * alpha);
  return decay * ((alpha - 0.5) / (alpha - 1)) * (langevinInitialRenyi(options, 2 * alpha) + before);
}

/** epsilon at delta after the last request, at the best order on a fine grid (every order gives a valid bound). */
export function langevinEpsilon(options: LangevinOptions, steps: readonly number[]): number {
  requireNumber("delta", options.delta, { min: 0, openMin: true, max: 1, openMax: true });
  const logInverse = -Math.log(options.delta);
  let least = Number.POSITIVE_INFINITY;
  for (let logU = -8; logU <= 16; logU += 0.01) {
    const u = Math.exp(logU);
    least = Math.min(least, langevinRenyi(options, steps, 1 + u) + logInverse / u);
  }
  return least;
}

/** Smallest number of steps that one more request needs after earlier ones; null beyond 2^30. */
export function langevinStepsToUnlearn(
  options: LangevinOptions & { readonly epsilon: number },
  earlier: readonly number[] = [],
): number | null {
  return smallestInteger((K) => langevinEpsilon(options, [...earlier, K]) <= options.epsilon, 0, 2 ** 30);
}

/** gamma^I / (1 - gamma^I). */
function remaining(process: BaselineProcess, iterations: number): number {
  const logPower = iterations * Math.log(descentToDeleteContraction(process));
  return Math.exp(logPower) / -Math.expm1(logPower);
}

/** sqrt(a) - sqrt(b) without cancellation. */
function rootGap(a: number, b: number): number {
  return (a - b) / (Math.sqrt(a) + Math.sqrt(b));
}

function checked(options: DescentToDeleteOptions): DescentToDeleteOptions {
  requireNumber("epsilon", options.epsilon, { min: 0, openMin: true });
  requireNumber("delta", options.delta, { min: 0, openMin: true, max: 1, openMax: true });
  requireNumber("iterations", options.iterations, { min: 1, integer: true });
  return options;
}
