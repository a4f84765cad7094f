import type { Claim } from "../accounting/index.js";
import type { ProcessConstants } from "../accounting/process.js";
import type { ObjectiveSpec } from "../objective/objective.js";
import type { AuditResult } from "./audit-result.js";

/** What an audit of a process found. Plain data, frozen: it can be written as JSON and read again. */
export interface AuditReport {
  readonly version: 1;
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
  /** The claim of the last request: what was released last, against retraining without any row deleted. */
  readonly last: AuditedClaim;
  /** The claim about all releases seen together; null where it was not asked for. */
  readonly joint: (AuditedClaim & { readonly releases: readonly number[] }) | null;
  /** Retrained against retrained, certified mu and epsilon 0. */
  readonly control: AuditResult;
  /** The verdict in plain words, a sentence or two each. */
  readonly lines: readonly string[];
  /** What no audit, or not this one, can show. */
  readonly limits: readonly string[];
}

export interface AuditedProcess {
  readonly objective: ObjectiveSpec;
  /** radius null: no projection. */
  readonly constants: Omit<ProcessConstants, "radius"> & { readonly radius: number | null };
  readonly featureCount: number;
  readonly outputCount: number;
  readonly epochs: number;
  readonly sigma: number;
  /** Standard deviation of a step's noise, sqrt(2 eta) sigma. */
  readonly noiseStd: number;
}

/** One request of the sequence that was audited. */
export interface AuditedRequest {
  readonly rows: readonly number[];
  /** Batch of each row. */
  readonly batches: readonly number[];
  readonly stepsBefore: number;
  readonly stepsAfter: number;
}

export interface AuditedClaim {
  readonly claim: Claim;
  readonly result: AuditResult;
}
