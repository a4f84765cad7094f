import type { BatchSlots } from "../accounting/cell-visits.js";
import type { Deletion, KernelName, NoiseKind } from "../accounting/choices.js";
import type { Phase } from "../accounting/phases.js";
import type { RoundingKind } from "../accounting/rounding.js";
import type { ObjectiveSpec, Task } from "../objective/objective.js";
import type { FeatureMap } from "./feature-map.js";
import type { Requesters, TunedOn, Weighting } from "./training-plan.js";

export const STATEMENT_TYPE = "https://in-toto.io/Statement/v1";
export const PREDICATE_TYPE = "urn:expunge:predicate:unlearning:v2";
export const PAYLOAD_TYPE = "application/vnd.in-toto+json";

/** DSSE envelope (secure-systems-lab/dsse, v1.0.2). */
export interface Envelope {
  readonly payloadType: string;
  /** Base64 of the statement's canonical JSON. */
  readonly payload: string;
  readonly signatures: readonly { readonly keyid?: string; readonly sig: string }[];
}

/** in-toto Statement v1. Its one subject is the model that the certificate speaks of: the new one. */
export interface Statement {
  readonly _type: typeof STATEMENT_TYPE;
  readonly subject: readonly [{ readonly name: string; readonly digest: { readonly sha256: string } }];
  readonly predicateType: typeof PREDICATE_TYPE;
  readonly predicate: UnlearningPredicate;
}

/** What is proved of a request, and against whom. */
export interface Holds {
  readonly epsilon: number;
  readonly delta: number;
  readonly against: Requesters;
}

/** What an unlearning certificate says. Every number of its claims and of `cost` follows from the rest. */
export interface UnlearningPredicate {
  readonly version: 2;
  /** Random UUID. */
  readonly certificateId: string;
  /** RFC 3339, UTC. */
  readonly issuedAt: string;
  readonly generator: { readonly name: "expunge"; readonly version: string };
  /** Hex sha256 of the weights file that this request began from. */
  readonly modelBefore: string;
  readonly request: {
    /** 1 for the model's first request. */
    readonly number: number;
    /** Subjects named: how many, and the Merkle root of their salted digests; 0 and null where rows were named. */
    readonly subjects: { readonly count: number; readonly root: string | null };
    /** Rows that this request removed. */
    readonly rowCount: number;
    /** The batches they lay in; null where they lay in more than MAX_LISTED_BATCHES. */
    readonly slots: readonly BatchSlots[] | null;
    readonly deletion: Deletion;
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
    readonly outputCount: number;
    readonly batchSize: number;
    readonly batchCount: number;
    /** Smoothness of one record's loss. */
    readonly recordSmoothness: number;
    readonly l2: number;
    readonly smoothness: number;
    readonly lipschitz: number;
    readonly eta: number;
    readonly contraction: number;
    /** The weights stay within it at every step. */
    readonly radius: number;
    readonly sensitivity: number;
    readonly order: "fixed-permutation";
    readonly kernel: KernelName;
    readonly rounding: RoundingKind;
    /** rho: how far the rounding of one step may move the weights. */
    readonly roundingPerStep: number;
    readonly isTuned: boolean;
    /** What records' gradients were multiplied by; not there where every record counted fully. */
    readonly weighting?: Weighting;
    /** What stood between scaled rows and the process; not there where nothing did. `data.featureCount` is then the columns before it. */
    readonly features?: Omit<FeatureMap, "inputCount">;
    /** Whether the longest row had a say in how rows are held, and so in the order of additions; not there where it had none. */
    readonly isRowFormFromData?: true;
    /** What the trials saw that options were chosen by; not there where nothing was tuned. */
    readonly tunedOn?: TunedOn;
  };
  readonly noise: {
    readonly kind: NoiseKind;
    readonly source: "csprng" | "seed";
    /** null where noise comes on release. */
    readonly sigma: number | null;
    /** Standard deviation on each weight: of every step, or of this release (0 where it took no step). */
    readonly std: number;
    /** gamma: the grid of this release; 0 where it took no step. */
    readonly grid: number;
  };
  readonly timeline: {
    readonly stepsBefore: number;
    readonly stepsAfter: number;
    /** X: nothing before it is listed, whatever was deleted. */
    readonly start: number;
    /** The cells of the history, column by column. */
    readonly cells: {
      readonly steps: readonly number[];
      readonly shifts: readonly number[];
      readonly stds: readonly number[];
    };
    /** Rows deleted by all requests so far. */
    readonly deletedCount: number;
    /** Releases with noise so far. */
    readonly releaseCount: number;
  };
  /** Where records joined or were corrected, now or before; not there where the rows were only ever those at the start. */
  readonly lives?: {
    /** The cycle's lengths, the first `process.batchCount`. */
    readonly phases: readonly Phase[];
    /** Records that joined since the start of training, corrected ones' successors among them. */
    readonly joinedCount: number;
    /** How often the model went on learning. */
    readonly lessonCount: number;
    /** Whether this request's rows were corrected: other records stand in their slots from then on. */
    readonly isCorrection: boolean;
    /** Of this request's slots those whose records joined later, by batch and step; the others were there from the start. null with `request.slots`. */
    readonly joined: readonly Required<BatchSlots>[] | null;
    /** Hex sha256 of the weights file that the request before left, where the model has learned since; else null. */
    readonly previous: string | null;
    readonly statement: string;
  };
  /** Retraining without every record deleted so far: for requests that do not depend on the noise. */
  readonly erasure: {
    readonly mu: number;
    readonly epsilon: number;
    readonly delta: number;
    /** Share of delta that goes to the tails of the noise. */
    readonly tailDelta: number;
    readonly theorem: string;
    readonly statement: string;
  };
  /** Everything ever released, for any `records` records fixed beforehand; null where noise comes on release alone: nothing bounds it then. */
  readonly disclosure: {
    readonly records: number;
    readonly mu: number;
    /** null where the tails of the noise leave nothing of delta at the epsilon that mu comes to; never with a limit. */
    readonly epsilon: number | null;
    readonly delta: number;
    /** null with epsilon. */
    readonly tailDelta: number | null;
    /** Fixed before training; nothing is released beyond it. Policy "adaptive" alone. */
    readonly limit: { readonly epsilon: number; readonly delta: number } | null;
    readonly older: readonly { readonly length: number; readonly count: number }[];
    readonly from: number;
    readonly lengths: readonly number[];
    readonly statement: string;
  } | null;
  readonly holds: Holds & { readonly statement: string };
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

/** Labels that may have weights: a certificate lists them. */
export const MAX_CLASS_WEIGHTS = 1000;

/** A request that empties slots in more batches than this does not list them. */
export const MAX_LISTED_BATCHES = 512;
