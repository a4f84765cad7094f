import type { Target } from "../accounting/unlearning.js";
import type { TunedOn } from "../records/training-plan.js";
import type { FitOptions } from "./options.js";
import type { Searched } from "./tune-candidates.js";
import type { TuneMeasure } from "./tune-option-table.js";

/** What a plan costs, in gradient evaluations (rows visited), for all rows of the data. */
export interface TunedWork {
  readonly training: number;
  /** Of the first request, its row in the worst place. */
  readonly request: number;
  /** Of training and as many requests as were simulated. */
  readonly total: number;
}

/** What models were worth after each simulated request. */
export interface TunedScores {
  readonly mean: number;
  readonly least: number;
  /** How far the mean lies below the best plan's. */
  readonly behind: number;
  /** Standard error of `behind`, over the rows that both were scored on; 0 for the best plan itself. */
  readonly standardError: number;
}

/** A plan that was tried. */
export interface TunedCandidate extends Searched {
  readonly stepsPerRequest: number;
  readonly work: TunedWork;
  /** Score after training, before any request. */
  readonly before: number;
  /** null where no requests were simulated: training alone fell behind, or cheaper plans did as well. */
  readonly after: TunedScores | null;
  /** Why there are no scores after requests although they were tried; null otherwise. */
  readonly problem: string | null;
  readonly isDefault: boolean;
  /** Whether no other plan is as good for less work, or better for as much. */
  readonly isOnFrontier: boolean;
  readonly isChosen: boolean;
}

/** What a search found. */
export interface Tuning {
  /** "public": trials saw nothing but data declared public. "private": they saw the data, and the choice depends on its records. */
  readonly tunedOn: TunedOn;
  readonly measure: TuneMeasure;
  /** Every simulated request was certified to it. */
  readonly target: Target;
  readonly rows: {
    /** Rows that the plans are for. */
    readonly data: number;
    /** Rows that trials learned from, and were scored on. */
    readonly trained: number;
    readonly scored: number;
  };
  /** Times that the rows were cut in two; every row is scored on at most once. */
  readonly holdOuts: number;
  /** Independent models a plan and hold-out. */
  readonly trials: number;
  /** Requests for one row each, one after another, to each of them. */
  readonly requests: number;
  /** By ascending work. */
  readonly candidates: readonly TunedCandidate[];
  /** For `fit(data, chosen)`. */
  readonly chosen: FitOptions;
  /** What to know of these figures, in sentences. */
  readonly notes: readonly string[];
}

/** How far a search has come. */
export interface TuneProgress {
  /** Training alone, all plans; then those that are left, with requests. */
  readonly stage: "training" | "requests";
  readonly done: number;
  readonly total: number;
}
