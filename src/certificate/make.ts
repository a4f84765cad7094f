import { noiseStdFromSigma, type ProcessConstants } from "../accounting/process.js";
import { transcriptEnergy } from "../accounting/transcript.js";
import { type Claim, claimFromEnergy, jointEnergy, type Target } from "../accounting/unlearning.js";
import { type DeletedSlots, ROUNDING_ALLOWANCE } from "../accounting/visits.js";
import { ExpungeError } from "../errors.js";
import type { ObjectiveSpec } from "../objective/objective.js";
import { randomBytes } from "../records/bytes.js";
import {
  type Chosen,
  PREDICATE_TYPE,
  STATEMENT_TYPE,
  type Statement,
  type UnlearningPredicate,
} from "../records/certificate.js";
import { VERSION } from "../version.js";
import { sealOf, sealPredicate } from "./seals.js";
import { bytesToHexUuid } from "./uuid.js";
import {
  ASSUMPTIONS,
  CLAIM_STATEMENT,
  JOINT_STATEMENT,
  NOT_COVERED,
  THEOREM,
  TRANSCRIPT_STATEMENT,
} from "./wording.js";

/** What one served request contributes to its certificate. */
export interface CertificateFacts {
  readonly process: ProcessConstants;
  readonly objective: ObjectiveSpec;
  readonly recordSmoothness: number;
  /** Norm of the weights that the rounding of a step is reckoned with. */
  readonly weightNorm: number;
  readonly sigma: number;
  readonly noiseSource: "csprng" | "seed";
  readonly kernel: "reference" | "wasm-simd";
  readonly precision: "float64" | "float32";
  readonly data: UnlearningPredicate["data"];
  readonly target: Target;
  readonly chosen: Chosen;
  /** null: none. */
  readonly budget: { readonly mu: number; readonly records: number } | null;
  readonly subjects: readonly string[];
  /** Rows removed by this request. */
  readonly rowCount: number;
  readonly stepsBefore: number;
  readonly stepsAfter: number;
  /** All slots deleted so far, this request's included. */
  readonly deleted: readonly DeletedSlots[];
  /** Steps of all releases so far, this one last. */
  readonly releases: readonly number[];
  /** Hex sha256 of the weights files. */
  readonly modelBefore: string;
  readonly modelAfter: string;
  readonly claim: Claim;
  readonly certificateId: string;
}

/** A fresh certificate id. */
export function newCertificateId(): string {
  return bytesToHexUuid(randomBytes(16));
}

/** States what was done and what it proves; the numbers are the accountant's, nothing is chosen here. */
export function makeStatement(facts: CertificateFacts): Statement {
  const { process, deleted, releases, sigma, target } = facts;
  const joint = claimFromEnergy(process, sigma, jointEnergy({ process, deleted, releases }), target.delta);
  const records = facts.budget?.records ?? 1;
  const spent = transcriptEnergy({ process, releases, records });
  const transcript = claimFromEnergy(process, sigma, spent, target.delta);
  if (![joint.epsilon, transcript.epsilon].every(Number.isFinite))
    throw new ExpungeError(
      "E_INFEASIBLE",
      "With so little noise everything released reveals without bound who was in the data: nothing was released. Train with more noise.",
    );
  const steps = facts.stepsAfter - facts.stepsBefore;
  const body: Omit<UnlearningPredicate, "seals"> = {
    version: 1,
    certificateId: facts.certificateId,
    issuedAt: new Date().toISOString(),
    generator: { name: "expunge", version: VERSION },
    request: {
      subjects: facts.subjects,
      rowCount: facts.rowCount,
      deletion: process.deletion,
      chosen: facts.chosen,
      target: { epsilon: target.epsilon, delta: target.delta },
    },
    data: facts.data,
    process: {
      objective: facts.objective,
      batchSize: process.batchSize,
      batchCount: process.batchCount,
      recordSmoothness: facts.recordSmoothness,
      l2: process.strongConvexity,
      smoothness: process.smoothness,
      strongConvexity: process.strongConvexity,
      lipschitz: process.lipschitz,
      eta: process.eta,
      contraction: process.contraction,
      radius: process.radius === Number.POSITIVE_INFINITY ? null : process.radius,
      sigma,
      noiseStd: noiseStdFromSigma(process, sigma),
      sensitivity: process.sensitivity,
      order: "fixed-permutation",
      noiseSource: facts.noiseSource,
      kernel: facts.kernel,
      precision: facts.precision,
      weightNorm: facts.weightNorm,
      roundingPerStep: process.roundingPerStep,
      stepsBefore: facts.stepsBefore,
      stepsAfter: facts.stepsAfter,
      deleted,
    },
    claim: {
      ...facts.claim,
      roundingAllowance: ROUNDING_ALLOWANCE,
      theorem: THEOREM,
      statement: CLAIM_STATEMENT,
    },
    joint: {
      releases,
      energy: joint.energy,
      mu: joint.mu,
      epsilon: joint.epsilon,
      statement: JOINT_STATEMENT,
    },
    transcript: {
      records,
      energy: transcript.energy,
      mu: transcript.mu,
      epsilon: transcript.epsilon,
      budgetMu: facts.budget?.mu ?? null,
      statement: TRANSCRIPT_STATEMENT,
    },
    assumptions: ASSUMPTIONS,
    cost: {
      steps,
      gradientEvaluations: steps * process.batchSize,
      retrainSteps: facts.stepsAfter,
      retrainGradientEvaluations: facts.stepsAfter * process.batchSize,
    },
    notCovered: NOT_COVERED,
  };
  const seals = {
    ...sealPredicate(body),
    "model-before": sealOf("model-before", facts.modelBefore),
    "model-after": sealOf("model-after", facts.modelAfter),
  };
  return {
    _type: STATEMENT_TYPE,
    subject: [
      { name: "model-before", digest: { sha256: facts.modelBefore } },
      { name: "model-after", digest: { sha256: facts.modelAfter } },
    ],
    predicateType: PREDICATE_TYPE,
    predicate: { ...body, seals },
  };
}
