import type { FeatureKind } from "expunge";
import type { AuditReport, AuditResult } from "expunge/audit";
import type { Envelope, Holds } from "expunge/verify";

/** Rows as the page holds them; the engine scales them into the unit ball. */
export interface LabData {
  /** rowCount x featureCount, row-major, without the intercept. */
  readonly features: Float32Array;
  readonly featureCount: number;
  readonly labels: Float32Array;
  readonly task: "binary" | "multiclass";
  readonly labelNames: readonly string[];
  readonly scaling: "clip" | "l2";
  readonly intercept: number;
  /** Rows that are scored but never trained on; null to score on the training rows. */
  readonly test: { readonly features: Float32Array; readonly labels: Float32Array } | null;
}

export interface Digits {
  /** The training rows as they look: rowCount x pixels, ink in [0, 1]. */
  readonly pictures: Float32Array;
  /** The same less an average picture: what is the same in all digits tells nobody anything. */
  readonly data: LabData;
}

/** What the visitor chooses about training. */
export interface LabSettings {
  readonly epsilon: number;
  readonly delta: number;
  readonly batchSize: number;
  /** Most noise that a request may leave in the score of a row of norm 1. */
  readonly maxNoise: number;
  readonly epochs: number;
  /** What the model is linear in; of points on a board alone. Default the point itself. */
  readonly features?: FeatureKind;
}

export interface Trained {
  readonly weights: Float64Array;
  /** What it says of the places of a grid over the board; null where it is linear in the row itself, and its weights say all. */
  readonly grid: Float64Array | null;
  readonly score: number;
  readonly steps: number;
  readonly milliseconds: number;
}

/** A request that was served: rows forgotten, or the old values of a row that was corrected. */
export interface Forgotten extends Trained {
  readonly rows: readonly number[];
  readonly isCorrection: boolean;
  readonly certificate: Envelope;
  readonly publicKey: Uint8Array;
  /** Left in the score of a row of norm 1, as a standard deviation. */
  readonly noise: number;
  readonly holds: Holds;
}

/** Points that came to a model that was there: they have the next numbers. */
export interface Joined extends Trained {
  readonly rows: readonly number[];
}

/** Models that forgot a row, that only say so, and that never saw it, in one plane. */
export interface Clouds {
  readonly honest: readonly CloudPoint[];
  readonly cheating: readonly CloudPoint[];
  readonly never: readonly CloudPoint[];
  /** Whether a test found out that the row is still in the cheating ones. */
  readonly isCaught: boolean;
  /** What that test shows at least, and what the certificate says. */
  readonly shown: number;
  readonly certified: number;
}

/** A model as a point of a plane: along the direction in which the two worlds differ, and across it. */
export type CloudPoint = readonly [along: number, across: number];

export interface Audited {
  /** Whether the models that "forgot" still held the row. */
  readonly isCheating: boolean;
  readonly verdict: AuditReport["verdict"];
  readonly result: AuditResult;
  readonly lines: readonly string[];
  readonly limits: readonly string[];
  readonly unlearned: readonly CloudPoint[];
  readonly retrained: readonly CloudPoint[];
}

/** What the accuracy of a whole curve is estimated from: how far every test row is from the boundary of a model without noise. */
export interface Margins {
  /** y w.x / |x| of each row, ascending. */
  readonly margins: Float64Array;
  readonly score: number;
}

export interface MeasureOptions {
  readonly batchSize: number;
  readonly epochs: number;
}

/** Everything that the page asks of its worker, with what comes back. */
export interface Tasks {
  train: {
    readonly ask: { readonly data: LabData; readonly settings: LabSettings };
    readonly answer: Trained;
  };
  preview: { readonly ask: { readonly row: number }; readonly answer: { readonly steps: number } };
  forget: { readonly ask: { readonly row: number }; readonly answer: Forgotten };
  join: {
    readonly ask: { readonly features: Float32Array; readonly label: number };
    readonly answer: Joined;
  };
  correct: {
    readonly ask: { readonly row: number; readonly label: number };
    readonly answer: Forgotten;
  };
  /** Weights of models from the beginning, as the certificate compares: without the rows, in the same batches, with the same noise. */
  fan: { readonly ask: { readonly rows: readonly number[] }; readonly answer: readonly Float64Array[] };
  clouds: {
    readonly ask: { readonly data: LabData; readonly settings: LabSettings; readonly row: number };
    readonly answer: Clouds;
  };
  retrain: { readonly ask: { readonly without: readonly number[] }; readonly answer: Trained };
  audit: {
    readonly ask: {
      readonly data: LabData;
      readonly settings: LabSettings;
      readonly row: number;
      readonly trials: number;
      readonly isCheating: boolean;
    };
    readonly answer: Audited;
  };
  digits: {
    readonly ask: { readonly trainRows: number; readonly testRows: number; readonly seed: number };
    readonly answer: Digits;
  };
  margins: { readonly ask: MeasureOptions; readonly answer: Margins };
  measure: {
    readonly ask: MeasureOptions & { readonly sigma: number; readonly trials: number };
    readonly answer: { readonly mean: number; readonly low: number; readonly high: number };
  };
  langevin: {
    readonly ask: {
      readonly epsilon: number;
      readonly delta: number;
      readonly sigma: number;
      readonly requests: number;
    };
    readonly answer: { readonly records: number; readonly steps: readonly number[] };
  };
}

export type TaskName = keyof Tasks;

export interface Request<Name extends TaskName = TaskName> {
  readonly id: number;
  readonly name: Name;
  readonly ask: Tasks[Name]["ask"];
}

export type Reply =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly error: string }
  | { readonly id: number; readonly done: number; readonly total: number };
