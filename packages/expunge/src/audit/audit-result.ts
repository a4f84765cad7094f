import type { Claim, ErrorCounts } from "./lower-bounds.js";
import type { ThresholdRule } from "./threshold-rule.js";
import type { TradeOffPoint } from "./trade-off.js";

/** What a certificate claims; mu where it claims Gaussian differential privacy too. */
export interface CertifiedClaim {
  /** In [0, inf). */
  readonly mu?: number;
  /** In nats, in [0, inf). */
  readonly epsilon: number;
  /** In [0, 1). */
  readonly delta: number;
}

/** A lower bound that the judged runs show, with all that it takes to compute it again. */
export interface JudgedBound {
  /** At least 0, always finite: with n runs nothing beyond `AuditReach` can be shown. */
  readonly bound: number;
  /** The chance that this bound exceeds the truth is at most this. */
  readonly error: number;
  readonly exceedsCertified: boolean;
  readonly statistic: string;
  readonly rule: ThresholdRule;
  readonly counts: ErrorCounts;
}

/** One statistic on the choosing runs. Estimates only: nothing here is a bound. */
export interface StatisticEstimate {
  readonly name: string;
  /** The bounds that seemed within reach where the rules were chosen; the largest of each claim was judged. */
  readonly promised: Readonly<Record<Claim, number>>;
  /** |difference of means| over the pooled deviation of the scores: mu, were the scores Gaussian of one deviation. */
  readonly gaussianMu: number;
}

/** What so many judged runs can show. */
export interface AuditReach {
  /** The largest bounds possible: those of an attack without a single error. A larger certified value cannot be refuted. */
  readonly mu: number;
  readonly epsilon: number;
  /** About the bounds to be expected if the truth were N(0,1) against N(certified mu, 1); null where no mu is certified. */
  readonly ifTight: { readonly mu: number; readonly epsilon: number } | null;
}

/** What an audit found. Plain data, frozen. */
export interface AuditResult {
  /** "violated" is wrong with a chance of at most 1 - confidence; "consistent" is no proof: a better attack may exist. */
  readonly verdict: "consistent" | "violated";
  /** The claims whose lower bound exceeds the certified value. */
  readonly violations: readonly Claim[];
  readonly certified: CertifiedClaim;
  /** All three bounds hold together with at least this chance. */
  readonly confidence: number;
  readonly runs: {
    readonly dimension: number;
    /** Of each sample; the three parts below add up to it. */
    readonly perSample: number;
    readonly fitting: number;
    readonly selecting: number;
    readonly judged: number;
  };
  /** In both directions at once: a pair is mu-GDP if and only if its mirror image is. */
  readonly mu: JudgedBound;
  /** unlearned(S) <= e^epsilon retrained(S) + delta. */
  readonly epsilonForward: JudgedBound;
  /** retrained(S) <= e^epsilon unlearned(S) + delta. */
  readonly epsilonBackward: JudgedBound;
  /** The larger of the two bounds on epsilon: a bound on the epsilon of both directions. */
  readonly epsilon: number;
  /**
   * Not bounds: mu and epsilon on the judged scores of the statistic judged for mu, were they Gaussian of one deviation.
   * mu is Infinity for scores that do not vary, and epsilon then null, as it is at delta = 0, where no Gaussian pair has one.
   */
  readonly estimate: {
    readonly statistic: string;
    readonly gaussianMu: number;
    readonly gaussianEpsilon: number | null;
  };
  readonly reach: AuditReach;
  readonly statistics: readonly StatisticEstimate[];
  /** Of the judged scores of the statistic judged for mu; its band has a confidence of its own, as large as the audit's. */
  readonly tradeOff: readonly TradeOffPoint[];
}
