import type { ObjectiveSpec, PlannedNoise } from "expunge";
import type { Deletion } from "expunge/accounting";

/** One deletion request as it was served, beside what others would have spent on it. */
export interface DemoRequest {
  /** From 1. */
  readonly index: number;
  readonly subjectCount: number;
  readonly rowCount: number;
  /** 0: earlier noise had already covered these rows. */
  readonly steps: number;
  readonly gradientEvaluations: number;
  readonly milliseconds: number;
  /** What the certificate holds. */
  readonly epsilon: number;
  /** Standard deviation of the noise that it left in the score of a row of norm 1. */
  readonly noise: number;
  readonly delta: number;
  /** On the test rows, after the request. */
  readonly accuracy: number;
  /** What the verifier said of the certificate. */
  readonly verified: boolean;
  /** Steps by the paper's accountant at the same noise and promise; null where it cannot meet the promise, or knows no such noise. */
  readonly paperSteps: number | null;
  /** Steps of training again from scratch. */
  readonly retrainSteps: number;
  /** Relative to the report. */
  readonly certificateFile: string;
}

/** What a run of the demo found: everything that the report shows, as JSON. */
export interface DemoReport {
  readonly title: string;
  readonly dataset: {
    readonly name: string;
    readonly source: string;
    readonly rowCount: number;
    readonly testRowCount: number;
    readonly featureCount: number;
    /** null: rows have no owner but themselves. */
    readonly subjectCount: number | null;
  };
  readonly plan: {
    readonly objective: ObjectiveSpec;
    readonly batchSize: number;
    readonly epochs: number;
    /** When there is noise, and how much. */
    readonly noise: PlannedNoise;
    readonly eta: number;
    readonly l2: number;
    readonly contraction: number;
    readonly epsilon: number;
    readonly delta: number;
    readonly deletion: Deletion;
  };
  readonly training: {
    readonly seconds: number;
    /** On the test rows, before any request. */
    readonly accuracy: number;
    /** Of the same training without noise; null where there was none, or it was not measured. */
    readonly noiselessAccuracy: number | null;
    readonly gradientEvaluations: number;
  };
  readonly requests: readonly DemoRequest[];
  readonly totals: {
    readonly steps: number;
    readonly gradientEvaluations: number;
    readonly milliseconds: number;
    /** null where the paper's accountant could not meet the promise for some request. */
    readonly paperSteps: number | null;
    readonly retrainSteps: number;
    /** Of training again once per request; null where it was not run. */
    readonly retrainMillisecondsMeasured: number | null;
  };
  /** How to reproduce the run and verify its certificates, one command each. */
  readonly commands: readonly string[];
}

/** A deeply frozen copy, holding nothing that JSON would not keep. */
export function freezeDemoReport(report: DemoReport): DemoReport {
  return JSON.parse(JSON.stringify(report), (_, value) => Object.freeze(value)) as DemoReport;
}
