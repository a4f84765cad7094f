import type { AuditResult } from "expunge/audit";
import { atLeastWords, boundWords, numberWords, percentWords } from "../../shared/numbers.js";

type Found = Pick<AuditResult, "violations" | "certified" | "mu" | "epsilon" | "confidence">;

/**
 * The figures behind an audit's verdict: those of the claim that it refutes. A certificate bounds an attack's errors at every rate of false
 * alarms, by mu; epsilon at its delta is one consequence of that. The first can be refuted where the second is not yet.
 */
export function figuresOfAudit({ violations, certified, mu, epsilon, confidence }: Found): string {
  const sure = `with ${percentWords(confidence, 0)} confidence`;
  const ofEpsilon = `Certified: ε at most ${boundWords(certified.epsilon)}, at δ = ${numberWords(certified.delta)}. The attack shows: ε at least ${atLeastWords(epsilon)}, ${sure}.`;
  const isEpsilonRefuted = violations.some((claim) => claim !== "mu");
  if (violations.length === 0 || isEpsilonRefuted || certified.mu === undefined) return ofEpsilon;
  return [
    `Certified for all rates of false alarms together: mu at most ${boundWords(certified.mu)}. The attack shows: mu at least ${atLeastWords(mu.bound)}, ${sure}. That is what refutes the claim.`,
    `So few models do not refute its ε by itself: certified is at most ${boundWords(certified.epsilon)}, and shown at least ${atLeastWords(epsilon)}.`,
  ].join(" ");
}
