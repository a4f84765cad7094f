import type { Deletion } from "../accounting/process.js";
import type { DeletedSlots } from "../accounting/visits.js";
import type { ObjectiveSpec, Task } from "../objective/objective.js";

export const STATEMENT_TYPE = "https://in-toto.io/Statement/v1";
export const PREDICATE_TYPE = "urn:expunge:predicate:unlearning:v1";
export const PAYLOAD_TYPE = "application/vnd.in-toto+json";

/**
 * Whether this request, or an earlier one of the same model, can have been chosen after seeing a released model. Then what holds is `budgetMu` of
 * `transcript`, where there is one, and not `claim`.
 */
export type Chosen = "independently" | "adaptively";

/** DSSE envelope (secure-systems-lab/dsse, v1.0.2). */
export interface Envelope {
  readonly payloadType: string;
  /** Base64 of the statement's JSON. */
  readonly payload: string;
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}

/** in-toto Statement v1. */
export interface Statement {
  readonly _type: typeof STATEMENT_TYPE;
  readonly subject: readonly { readonly name: string; readonly digest: { readonly sha256: string } }[];
  readonly predicateType: typeof PREDICATE_TYPE;
  readonly predicate: UnlearningPredicate;
}

/** What an unlearning certificate says. Every number of `claim`, `joint` and `cost` follows from `process` and `data`. */
export interface UnlearningPredicate {
  readonly version: 1;
  /** Random UUID. */
  readonly certificateId: string;
  /** RFC 3339, UTC. */
  readonly issuedAt: string;
  readonly generator: { readonly name: "expunge"; readonly version: string };
  readonly request: {
    /** Salted digests of the subjects named; the salt is given to whoever asked. Empty where rows were named. */
    readonly subjects: readonly string[];
    /** Rows that this request removed. */
    readonly rowCount: number;
    readonly deletion: Deletion;
    readonly chosen: Chosen;
    readonly target: { readonly epsilon: number; readonly delta: number };
  };
  readonly data: {
    readonly task: Task;
    /** Rows at the start of training. */
    readonly rowCount: number;
    readonly featureCount: number;
    readonly scaling: "l2" | "clip";
    readonly intercept: number;
    /** sha256 of the schema that turned the raw table into features: treated as public. */
    readonly schemaDigest: string | null;
  };
  readonly process: {
    readonly objective: ObjectiveSpec;
    readonly batchSize: number;
    readonly batchCount: number;
    /** Smoothness of one record's loss. */
    readonly recordSmoothness: number;
    readonly l2: number;
    readonly smoothness: number;
    readonly strongConvexity: number;
    readonly lipschitz: number;
    readonly eta: number;
    readonly contraction: number;
    /** null: no projection. */
    readonly radius: number | null;
    readonly sigma: number;
    readonly noiseStd: number;
    readonly sensitivity: number;
    readonly order: "fixed-permutation";
    readonly noiseSource: "csprng" | "seed";
    readonly kernel: "reference" | "wasm-simd";
    readonly precision: "float64" | "float32";
    /** Norm that the weights stayed within; the rounding of a step is reckoned with it. */
    readonly weightNorm: number;
    /** Unit roundoff of the precision times (weightNorm + eta lipschitz): how far rounding may move the weights at each step. */
    readonly roundingPerStep: number;
    readonly stepsBefore: number;
    readonly stepsAfter: number;
    /** Every slot deleted so far: batch, how many, and the last step it can have taken part in. */
    readonly deleted: readonly DeletedSlots[];
  };
  readonly claim: {
    readonly energy: number;
    readonly mu: number;
    readonly epsilon: number;
    readonly delta: number;
    /** Share by which the energy was raised for float32 rounding. */
    readonly roundingAllowance: number;
    readonly theorem: string;
    readonly statement: string;
  };
  /** The claim against someone who has seen every released model, and so against a requester who chose after seeing them. */
  readonly joint: {
    /** Steps at which models were released, the certified one last. */
    readonly releases: readonly number[];
    readonly energy: number;
    readonly mu: number;
    readonly epsilon: number;
    readonly statement: string;
  };
  /** What everything released so far reveals of any few records fixed beforehand, deleted or still in use. */
  readonly transcript: {
    /** How many records: those of one person. */
    readonly records: number;
    readonly energy: number;
    readonly mu: number;
    readonly epsilon: number;
    /** Largest mu, fixed before training; nothing is released beyond it. null: no such limit. */
    readonly budgetMu: number | null;
    readonly statement: string;
  };
  readonly assumptions: readonly { readonly name: string; readonly enforcedBy: string }[];
  readonly cost: {
    readonly steps: number;
    /** Rows whose gradient was computed, empty slots included: steps times batchSize. */
    readonly gradientEvaluations: number;
    /** The same number of steps run from the start: what the certified law is compared with. */
    readonly retrainSteps: number;
    readonly retrainGradientEvaluations: number;
  };
  readonly notCovered: readonly string[];
  /** A short digest of every field, so that a verifier can name the one that was altered. The signature is what protects. */
  readonly seals: Readonly<Record<string, string>>;
}
