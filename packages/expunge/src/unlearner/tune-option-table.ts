import type { OptionEntry } from "./option-entry.js";

export const TUNE_MEASURES = {
  accuracy: "share of rows predicted right",
  auc: "area under the ROC curve",
  r2: "the coefficient of determination",
} as const;

/** What plans are compared by: share of rows predicted right, area under the ROC curve, or the coefficient of determination. */
export type TuneMeasure = keyof typeof TUNE_MEASURES;

/** The options of `tune` that `fit` has not, or means otherwise; `TuneOptions` and the command read this table. */
export const TUNE_OPTIONS = {
  holdOut: {
    ...{ takes: "number", min: 0, openMin: true, max: 1, openMax: true },
    text: "share of the rows (of {public}, where it is given) that trials are scored on, in (0, 1)",
    usual: 0.2,
    note: "As often as work allows another such share is held out, until every row has been.",
  },
  measure: {
    takes: "choice",
    choices: TUNE_MEASURES,
    text: "what plans are compared by",
    usual: "accuracy, auc where one of two classes is rare, r2 for regression",
  },
  candidates: { takes: "integer", min: 1, text: "most plans to try", usual: 24 },
  trials: { takes: "integer", min: 1, text: "independent models a plan and hold-out", usual: 2 },
  requests: {
    ...{ takes: "integer", min: 1 },
    text: "requests simulated for each, of one row, one after another",
    usual: 10,
  },
  maxWork: {
    ...{ takes: "number", min: 0, openMin: true },
    text: "floating-point operations that all trials together should take",
    usual: 1e11,
    note: "That is some tens of seconds. Where more would be needed there are fewer hold-outs, then trials see fewer rows (1,000 at the least), then fewer plans are tried (8 at the least).",
  },
  seed: {
    takes: "text",
    text: "fixes hold-out, batch orders, requests and noise of the trials; the chosen plan is not seeded",
  },
} as const satisfies Readonly<Record<string, OptionEntry>>;
