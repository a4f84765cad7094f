import { gaussLegendre } from "../math/quadrature.js";
import { monotoneRoot } from "../math/root.js";
import { millsRatio, normalCdf, normalLogPdf } from "../math/special.js";
import { requireNumber } from "./domain.js";

/** Added, relatively, to every delta: well above the rounding of the formulas below, well below the 1e-10 promised. */
const SAFETY = 4e-12;

/** Half-width in standard deviations up to which the difference of Mills' ratios is integrated, not subtracted. */
const INTEGRATION_HALF_WIDTH = 1;
const RULE = gaussLegendre(20);

/**
 * The smallest delta for which a mu-GDP pair is (epsilon, delta)-indistinguishable.
 *
 *   delta = Phi(mu/2 - eps/mu) - exp(eps) Phi(-mu/2 - eps/mu)
 *
 * With x = eps/mu, h = mu/2 and Mills' ratio r this is phi(x-h) (r(x-h) - r(x+h)): no large terms cancel. For small h
 * the difference is the integral of 1 - u r(u) over [x-h, x+h].
 *
 * Source:   Dong, Roth, Su 2022, Corollary 2.13.
 * Rounding: never below the exact value; relative error < 1e-10 for mu in [1e-6, 50] and delta >= 1e-300.
 * Checked:  spec vectors gdp.deltaOfMuEpsilon (60 digits).
 *
 * @param mu      in [0, inf)
 * @param epsilon in nats, in [0, inf)
 * @returns delta in [0, 1]
 * @throws DomainError E_DOMAIN
 */
export function deltaFromMu(mu: number, epsilon: number): number {
  requireNumber("mu", mu, { min: 0 });
  requireNumber("epsilon", epsilon, { min: 0 });
  if (mu === 0) return 0;
  const log = logDelta(mu, epsilon);
  // Below the smallest double the exact value is still positive; the answer must not fall under it.
  return Math.min(1, Math.max(Math.exp(log) * (1 + SAFETY), Number.MIN_VALUE));
}

/**
 * The (epsilon, delta) curve of a mu-GDP pair, solved for epsilon.
 *
 * Source:   Dong, Roth, Su 2022, Corollary 2.13.
 * Rounding: never below the exact value; relative error < 1e-10 for mu in [1e-6, 50], delta in [1e-30, 0.5].
 * Checked:  spec vectors gdp.epsilonOfMuDelta (60 digits).
 *
 * @param mu    in [0, inf)
 * @param delta in (0, 1)
 * @returns epsilon in nats, >= 0
 * @throws DomainError E_DOMAIN
 */
export function epsilonFromMu(mu: number, delta: number): number {
  requireNumber("mu", mu, { min: 0 });
  requireNumber("delta", delta, { min: 0, openMin: true, max: 1, openMax: true });
  if (mu === 0) return 0;
  const target = Math.log(delta) - SAFETY;
  const excess = (epsilon: number): number => logDelta(mu, epsilon) - target;
  if (excess(0) <= 0) return 0;
  // delta <= Phi(mu/2 - eps/mu) <= exp(-(eps/mu - mu/2)^2 / 2) gives an epsilon that surely meets.
  const meets = mu * (mu / 2 + Math.sqrt(-2 * target)) * (1 + 1e-9);
  return monotoneRoot(excess, 0, meets);
}

/**
 * The largest mu for which every mu-GDP pair is (epsilon, delta)-indistinguishable.
 *
 * Source:   Dong, Roth, Su 2022, Corollary 2.13.
 * Rounding: never above the exact value; relative error < 1e-10 over the ranges of `epsilonFromMu`.
 * Checked:  spec vectors gdp.muOfEpsilonDelta (60 digits).
 *
 * @param epsilon in nats, in [0, inf)
 * @param delta   in (0, 1)
 * @returns mu > 0
 * @throws DomainError E_DOMAIN
 */
export function muFromEpsilonDelta(epsilon: number, delta: number): number {
  requireNumber("epsilon", epsilon, { min: 0 });
  requireNumber("delta", delta, { min: 0, openMin: true, max: 1, openMax: true });
  const target = Math.log(delta) - SAFETY;
  const excess = (logMu: number): number => logDelta(Math.exp(logMu), epsilon) - target;
  let meets = 0;
  while (excess(meets) > 0) meets -= 1;
  let fails = meets + 1;
  while (excess(fails) <= 0) fails += 1;
  const logMu = monotoneRoot(excess, fails, meets);
  // exp rounds; a mu a few units lower meets all the more.
  return Math.exp(logMu) * (1 - 1e-14 * Math.max(1, Math.abs(logMu)));
}

/**
 * Renyi divergence of order alpha of a mu-GDP pair N(0,1), N(mu,1): alpha mu^2 / 2.
 *
 * Source: Mironov 2017, Proposition 7; an upper bound for every pair obtained by the timeline accountant.
 *
 * @param mu    in [0, inf)
 * @param alpha in (1, inf)
 * @throws DomainError E_DOMAIN
 */
export function renyiFromMu(mu: number, alpha: number): number {
  requireNumber("mu", mu, { min: 0 });
  requireNumber("alpha", alpha, { min: 1, openMin: true });
  return 0.5 * alpha * mu * mu;
}

/**
 * The epsilon at a given delta of a process whose Renyi divergence is alpha * slope at every order alpha > 1.
 *
 *   min over alpha of alpha slope + log(1/delta)/(alpha-1) = slope + 2 sqrt(slope log(1/delta))
 *
 * Source: docs/theory.md, "Conversions"; Mironov 2017, Proposition 3.
 */
export function epsilonFromRenyiSlope(slope: number, delta: number): number {
  requireNumber("slope", slope, { min: 0 });
  requireNumber("delta", delta, { min: 0, openMin: true, max: 1, openMax: true });
  return slope + 2 * Math.sqrt(slope * -Math.log(delta));
}

/** The largest slope whose `epsilonFromRenyiSlope` is epsilon. */
export function renyiSlopeFromEpsilon(epsilon: number, delta: number): number {
  requireNumber("epsilon", epsilon, { min: 0 });
  requireNumber("delta", delta, { min: 0, openMin: true, max: 1, openMax: true });
  const logInverse = -Math.log(delta);
  const root = epsilon / (Math.sqrt(logInverse + epsilon) + Math.sqrt(logInverse));
  return root * root;
}

/** log delta(mu, epsilon) without the safety margin, for mu > 0. */
function logDelta(mu: number, epsilon: number): number {
  const h = mu / 2;
  const x = epsilon / mu;
  const low = x - h;
  const high = x + h;
  if (h <= INTEGRATION_HALF_WIDTH) return normalLogPdf(low) + Math.log(integratedMillsDrop(x, h));
  if (low >= 0) return normalLogPdf(low) + Math.log(millsRatio(low) - millsRatio(high));
  // The centre of the first normal lies above the threshold: the first term is at least 1/2 and nothing cancels badly.
  return Math.log(normalCdf(-low) - Math.exp(normalLogPdf(low)) * millsRatio(high));
}

/** r(x-h) - r(x+h) as the integral of -r'(u) = 1 - u r(u) > 0. */
function integratedMillsDrop(x: number, h: number): number {
  let sum = 0;
  for (let i = 0; i < RULE.nodes.length; i++) {
    const u = x + h * RULE.nodes[i]!;
    sum += RULE.weights[i]! * millsSlope(u);
  }
  return h * sum;
}

/** 1 - u r(u), by its asymptotic series where the subtraction would lose digits. */
function millsSlope(u: number): number {
  if (u < 40) return 1 - u * millsRatio(u);
  const v = 1 / (u * u);
  return v * (1 - 3 * v * (1 - 5 * v * (1 - 7 * v * (1 - 9 * v))));
}
