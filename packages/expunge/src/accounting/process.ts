import { DomainError } from "../errors.js";
import type { Deletion } from "./choices.js";
import { requireNumber } from "./domain.js";
import type { Phase } from "./phases.js";
import { ROW_NORM_SLACK, type Rounding, roundingPerStep } from "./rounding.js";

/** A process as its user gives it; `processConstants` derives and checks the rest. */
export interface ProcessOptions {
  /** n: records at the start. */
  readonly rowCount: number;
  /** b. */
  readonly batchSize: number;
  /** lambda = m: strong convexity that the regulariser gives every batch's loss, >= 0. */
  readonly l2: number;
  /** Smoothness of one record's loss, without the regulariser. Logistic on rows of norm <= 1: 1/4. */
  readonly smoothness: number;
  /** M: bound on one record's gradient norm after clipping. */
  readonly lipschitz: number;
  /** Step size; 1/L by default; at most 2/(L+m). */
  readonly eta?: number;
  /** Radius of the projection ball, Infinity (the default) for none. */
  readonly radius?: number;
  readonly deletion?: Deletion;
  /** The arithmetic that steps are run in; exact (no rounding) where none is given. */
  readonly rounding?: Rounding;
}

/** The constants of PNSGD that the proofs need (docs/theory.md, "Learning and unlearning are one process"). Every one of them is derived or checked here. */
export interface ProcessConstants {
  readonly rowCount: number;
  readonly batchSize: number;
  /** l = ceil(n / b): steps in an epoch. A last batch with empty slots still divides by b. */
  readonly batchCount: number;
  /** The cycle's lengths, where it has grown since; never part of a plan. */
  readonly phases?: readonly Phase[];
  /** m = lambda. */
  readonly strongConvexity: number;
  /** L = smoothness of one loss + lambda. */
  readonly smoothness: number;
  /** M. */
  readonly lipschitz: number;
  readonly eta: number;
  /** c = 1 - eta m. */
  readonly contraction: number;
  readonly deletion: Deletion;
  /** eta M / b, or 2 eta M / b when records are replaced. */
  readonly sensitivity: number;
  readonly radius: number;
  /** D: number of weights; 0 for exact arithmetic, where it does not matter. */
  readonly dimension: number;
  /** rho: bound on the rounding of one step, in the norm of the weights; 0 for exact arithmetic. */
  readonly roundingPerStep: number;
}

/** The constants of a process that a history depends on. */
export type StepConstants = Pick<
  ProcessConstants,
  "contraction" | "batchCount" | "phases" | "sensitivity" | "radius"
>;

/**
 * Source:   docs/theory.md, "Learning and unlearning are one process"; the contraction of a gradient step is Hardt, Recht, Singer 2016, Lemma 3.7.
 * @throws DomainError E_DOMAIN, in particular where eta > 2/(L+m)
 */
export function processConstants(options: ProcessOptions): ProcessConstants {
  const {
    rowCount,
    batchSize,
    l2,
    lipschitz,
    radius = Number.POSITIVE_INFINITY,
    deletion = "tombstone",
  } = options;
  requireNumber("rowCount", rowCount, { min: 1, integer: true });
  requireNumber("batchSize", batchSize, { min: 1, integer: true, max: rowCount });
  requireNumber("l2", l2, { min: 0 });
  requireNumber("smoothness", options.smoothness, { min: 0, openMin: true });
  requireNumber("lipschitz", lipschitz, { min: 0, openMin: true });
  requireNumber("radius", radius, { min: 0, openMin: true, allowInfinity: true });
  if (deletion !== "tombstone" && deletion !== "replace") {
    throw new DomainError("deletion", deletion, 'to be "tombstone" or "replace"');
  }
  const smoothness = options.smoothness + l2;
  const slack = options.rounding ? ROW_NORM_SLACK : 1;
  const largestEta = 2 / (options.smoothness * slack + l2 + l2);
  const eta = options.eta ?? 1 / smoothness;
  requireNumber("eta", eta, { min: 0, openMin: true, max: largestEta });
  const factor = deletion === "replace" ? 2 : 1;
  const { rounding } = options;
  const step = { batchSize, lipschitz, eta, radius, recordSmoothness: options.smoothness };
  return Object.freeze({
    rowCount,
    batchSize,
    batchCount: Math.ceil(rowCount / batchSize),
    strongConvexity: l2,
    smoothness,
    lipschitz,
    eta,
    contraction: contractionOf(eta, l2),
    deletion,
    sensitivity: ((factor * eta * lipschitz) / batchSize) * slack,
    radius,
    dimension: rounding ? rounding.featureCount * rounding.outputCount : 0,
    roundingPerStep: rounding ? roundingPerStep(rounding, step) : 0,
  });
}

/** Standard deviation of the noise of one step: sqrt(2 eta) sigma (docs/theory.md, "Learning and unlearning are one process"). */
export function noiseStdFromSigma(process: Pick<ProcessConstants, "eta">, sigma: number): number {
  requireNumber("sigma", sigma, { min: 0 });
  return Math.sqrt(2 * process.eta) * sigma;
}

/** Beyond this a step forgets so much that the rounding of 1 - eta m would matter. */
const MAX_ETA_M = 0.999;

/** 1 - eta m, rounded up. */
function contractionOf(eta: number, m: number): number {
  requireNumber("eta * l2", eta * m, { min: 0, max: MAX_ETA_M });
  return Math.min(1, 1 - eta * m + 2 ** -52);
}
