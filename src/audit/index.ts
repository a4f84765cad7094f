/** The statistics of a privacy audit: lower confidence bounds from unlearned and retrained models, against a certificate. */
export { type AuditOptions, auditSamples } from "./audit.js";
export type {
  AuditReach,
  AuditResult,
  CertifiedClaim,
  JudgedBound,
  StatisticEstimate,
} from "./audit-result.js";
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
export {
  type BoundMethod,
  type Claim,
  type ErrorCounts,
  epsilonLowerBound,
  muLowerBound,
} from "./lower-bounds.js";
export { type ChosenRule, chooseRule, countErrors, type ThresholdRule } from "./threshold-rule.js";
export {
  epsilonDeltaTradeOff,
  gaussianTradeOff,
  type TradeOffOptions,
  type TradeOffPoint,
  tradeOffCurve,
} from "./trade-off.js";
