import type { Envelope, Holds } from "../records/certificate.js";
import type { TrainingPlan } from "../records/training-plan.js";
import { holdsOf } from "./asked.js";
import type { PendingForget } from "./forget.js";
import type { Proof } from "./proof.js";
import type { Receipts } from "./receipts.js";
import type { ResolvedRequest } from "./request.js";

/** What a deletion request came to, besides the new model. */
export interface ForgetOutcome {
  /** The certificate of this request, null where nothing was left to remove. */
  readonly certificate: Envelope | null;
  readonly certificateId: string | null;
  /** Ids of certificates that cover those named who were forgotten before. */
  readonly earlierCertificates: readonly string[];
  /** For each subject named and removed: the salt and the proof with which it finds itself in the certificate; null where rows were named. */
  readonly receipts: Receipts | null;
  /** Positions, in the request, of unknown ids that were skipped. */
  readonly unknown: readonly number[];
  readonly rowCount: number;
  readonly steps: number;
  /** Standard deviation of all noise left in a weight: the noise in the score of a row of norm 1. */
  readonly noise: number;
  readonly gradientEvaluations: number;
  /** The erasure claim; null where nothing was removed. */
  readonly proof: Proof | null;
  /** What the certificate proves of this request, and against whom; null where nothing was removed or the run is seeded. */
  readonly holds: Holds | null;
}

/** @param pending null where everybody named was forgotten before */
export function outcomeOf(
  plan: TrainingPlan,
  resolved: ResolvedRequest,
  pending: PendingForget | null,
): ForgetOutcome {
  const { earlier, unknown, rows } = resolved;
  const release = pending?.cost.release;
  const steps = release?.steps ?? 0;
  return {
    certificate: pending?.certificate ?? null,
    certificateId: pending?.certificateId ?? null,
    earlierCertificates: earlier,
    receipts: pending && pending.receipts.count > 0 ? pending.receipts : null,
    unknown,
    rowCount: rows.length,
    steps,
    noise: release?.left ?? 0,
    gradientEvaluations: steps * plan.process.batchSize,
    proof: pending?.cost.proof ?? null,
    holds: pending && holdsOf(plan, pending.cost.proof),
  };
}
