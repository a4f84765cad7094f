import type { KernelName } from "../accounting/choices.js";
import type { ProcessConstants } from "../accounting/process.js";
import type { ObjectiveSpec } from "../objective/objective.js";
import type { DisclosureLimit, PlannedNoise, Requesters } from "../records/training-plan.js";
import type { Proof } from "../unlearner/proof.js";
import type { AuditResult } from "./audit-result.js";

/** What an audit of a process found. Plain data, frozen: it can be written as JSON and read again. */
export interface AuditReport {
  readonly version: 2;
  /**
   * "violated": the runs contradict a claim, wrongly with a chance of at most 1 - confidence. "consistent": they do not; that is no
   * proof. "void": two samples of the same law were told apart, so the audit itself is broken and says nothing.
   */
  readonly verdict: "consistent" | "violated" | "void";
  readonly process: AuditedProcess;
  readonly requests: readonly AuditedRequest[];
  /** Steps of the process in both worlds: training, then those of all requests. */
  readonly steps: number;
  /** Models in each of the three samples: unlearned, retrained, and retrained once more for the control. */
  readonly trials: number;
  /** Seeded runs can be repeated; they prove no less. */
  readonly isSeeded: boolean;
  /** The last request's claim: the model released last against one trained by the same schedule without any row deleted. */
  readonly erasure: AuditedClaim;
  /** What everything released reveals of any `records` rows: the releases at these steps, seen together; null where it was not audited. */
  readonly disclosure:
    | (AuditedClaim & { readonly releases: readonly number[]; readonly records: number })
    | null;
  /** Retrained against retrained, certified mu and epsilon 0. */
  readonly control: AuditResult;
  /** The verdict in plain words, a sentence or two each. */
  readonly lines: readonly string[];
  /** What no audit, or not this one, can show. */
  readonly limits: readonly string[];
}

/** The process that an audit ran. */
export interface AuditedProcess {
  readonly objective: ObjectiveSpec;
  readonly constants: ProcessConstants;
  readonly featureCount: number;
  readonly outputCount: number;
  readonly epochs: number;
  readonly requesters: Requesters;
  readonly noise: PlannedNoise;
  readonly limit: DisclosureLimit | null;
  readonly kernel: KernelName;
}

/** One request of the sequence that was audited. */
export interface AuditedRequest {
  readonly rows: readonly number[];
  /** Batch of each row. */
  readonly batches: readonly number[];
  readonly stepsBefore: number;
  readonly stepsAfter: number;
  /** Standard deviation of the noise that the release added to each weight. */
  readonly noise: number;
}

/** A certified claim, and what the runs say of it. */
export interface AuditedClaim {
  readonly claim: Proof;
  readonly result: AuditResult;
}
