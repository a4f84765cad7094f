import type { Dataset } from "../data/dataset.js";
import { optionError, requireKnownKeys, wordedError } from "../errors.js";
import { given } from "../given.js";
import { randomBytes, toBase64 } from "../records/bytes.js";
import { FIT_OPTION_NAMES } from "./fit-option-table.js";
import { namesAsKeys, requirePositiveInteger } from "./option-checks.js";
import type { FitOptions } from "./options.js";
import type { TuneMeasure } from "./tune-option-table.js";
import { TUNE_OPTIONS } from "./tune-option-table.js";
import type { TuneProgress } from "./tune-result.js";

/** Options of `fit` that are searched, follow from what is, or belong to noise at every step, which is not searched. */
const NOT_FOR_TUNE = [
  "l2",
  "batchSize",
  "epochs",
  "eta",
  "radius",
  "maxSteps",
  "requesters",
  "noise",
  "sigma",
  "unlearnSteps",
  "rowsPerRequest",
  "releaseAt",
  "adaptiveEpsilon",
  "tunedOn",
] as const;

/** How plans are searched; what else `fit` takes is passed on to every trial and to the chosen plan. */
export interface TuneOptions extends Omit<FitOptions, (typeof NOT_FOR_TUNE)[number] | "requests" | "seed"> {
  /** Rows that anybody may know, none of them in the data: trials then see nothing else. Same columns and labels as the data. */
  readonly public?: Dataset;
  /**
   * Share of the rows (of `public`, where it is given) that trials are scored on, in (0, 1); default 0.2. As often as work allows another
   * such share is held out, until every row has been.
   */
  readonly holdOut?: number;
  /**
   * What plans are compared by: "accuracy" (share of rows predicted right), "auc" (area under the ROC curve) or "r2" (the coefficient of
   * determination); default accuracy, auc where one of two classes is rare, r2 for regression.
   */
  readonly measure?: TuneMeasure;
  /** Most plans to try; default 24. */
  readonly candidates?: number;
  /** Independent models a plan and hold-out; default 2. */
  readonly trials?: number;
  /** Requests simulated for each, of one row, one after another; default 10. */
  readonly requests?: number;
  /**
   * Floating-point operations that all trials together should take; default 1e11. That is some tens of seconds. Where more would be needed
   * there are fewer hold-outs, then trials see fewer rows (1,000 at the least), then fewer plans are tried (8 at the least).
   */
  readonly maxWork?: number;
  /** Fixes hold-out, batch orders, requests and noise of the trials; the chosen plan is not seeded. */
  readonly seed?: string | number;
  /** Threads; default one a core, 0 for the calling thread. */
  readonly workers?: number;
  readonly signal?: AbortSignal;
  /** Called as trials end. */
  readonly onProgress?: (progress: TuneProgress) => void;
}

const SEARCH_OPTIONS: readonly (keyof TuneOptions)[] = [
  ...(Object.keys(TUNE_OPTIONS) as (keyof typeof TUNE_OPTIONS)[]),
  ...(["public", "workers", "signal", "onProgress"] as const),
];

/** Those of the search, and those of `fit` that are not searched. */
const KNOWN_OPTIONS = namesAsKeys([
  ...SEARCH_OPTIONS,
  ...FIT_OPTION_NAMES.filter((name) => !(NOT_FOR_TUNE as readonly string[]).includes(name)),
]);

/** Options with their defaults, those of `fit` apart. */
export interface Search {
  readonly holdOut: number;
  readonly candidates: number;
  readonly trials: number;
  readonly requests: number;
  readonly maxWork: number;
  readonly seed: string;
  readonly run: Pick<TuneOptions, "workers" | "signal">;
  readonly report: (progress: TuneProgress) => void;
  readonly fitOptions: FitOptions;
}

/** @throws ExpungeError E_OPTION */
export function searchFrom(options: TuneOptions): Search {
  const { workers, signal, seed } = options;
  const {
    holdOut = TUNE_OPTIONS.holdOut.usual,
    candidates = TUNE_OPTIONS.candidates.usual,
    trials = TUNE_OPTIONS.trials.usual,
    requests = TUNE_OPTIONS.requests.usual,
    maxWork = TUNE_OPTIONS.maxWork.usual,
  } = options;
  for (const [name, value] of Object.entries({ candidates, trials, requests }))
    requirePositiveInteger(name, value);
  if (!(maxWork > 0)) throw optionError("maxWork", maxWork, "in (0, inf]");
  return {
    holdOut,
    candidates,
    trials,
    requests,
    maxWork,
    seed: seed === undefined ? toBase64(randomBytes(12)) : String(seed),
    run: given({ workers, signal }),
    report: options.onProgress ?? (() => {}),
    fitOptions: fitOptionsOf(options),
  };
}

function fitOptionsOf(options: TuneOptions): FitOptions {
  const passed: [string, unknown][] = [];
  for (const [key, value] of Object.entries(options)) {
    if ((SEARCH_OPTIONS as readonly string[]).includes(key) || value === undefined) continue;
    if ((NOT_FOR_TUNE as readonly string[]).includes(key))
      throw wordedError(
        "E_OPTION",
        ({ field }) =>
          `${field(key)} is not an option of tune: it is searched, follows from what is, or is for noise at every step, which is not searched.`,
      );
    passed.push([key, value]);
  }
  requireKnownKeys("the options of tune", given(options), KNOWN_OPTIONS);
  return Object.fromEntries(passed);
}
