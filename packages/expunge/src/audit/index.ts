/**
 * Privacy audits: attacks on certificates. `runAudit` runs the models, `auditSamples` holds the statistics. docs/audits.md is the manual.
 *
 * @module expunge/audit
 */
export { type AuditOptions, auditSamples } from "./audit.js";
export type { AuditedClaim, AuditedProcess, AuditedRequest, AuditReport } from "./audit-report.js";
export type {
  AuditReach,
  AuditResult,
  CertifiedClaim,
  JudgedBound,
  StatisticEstimate,
} from "./audit-result.js";
export { auditText } from "./audit-text.js";
export { lowerBinomialBound, upperBinomialBound } from "./clopper-pearson.js";
export {
  builtInStatistics,
  distanceToRetrained,
  type FittingRuns,
  forgottenLoss,
  knownDirection,
  likelihoodRatio,
  meanDifference,
  type Statistic,
  scaledDistanceToRetrained,
} from "./directions.js";
export { impossibleNoise, type KernelNoise } from "./low-order-bits.js";
export {
  type BoundMethod,
  type Claim,
  type ErrorCounts,
  epsilonLowerBound,
  muLowerBound,
} from "./lower-bounds.js";
export { hardestRows } from "./rows.js";
export { type AuditRunOptions, auditTrials, runAudit } from "./run-audit.js";
export { type ChosenRule, chooseRule, countErrors, type ThresholdRule } from "./threshold-rule.js";
export {
  epsilonDeltaTradeOff,
  gaussianTradeOff,
  type TradeOffOptions,
  type TradeOffPoint,
  tradeOffCurve,
} from "./trade-off.js";
