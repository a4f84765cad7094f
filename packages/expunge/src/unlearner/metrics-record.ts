import type { Task } from "../objective/objective.js";

/** A closed interval. */
export type Interval = readonly [low: number, high: number];

/** What a reader must know before believing the numbers beside it. */
export interface EvaluationNote {
  readonly code: EvaluationNoteCode;
  /** What is so, in a sentence. */
  readonly text: string;
  /** What would help; null where nothing needs to. */
  readonly help: string | null;
}

/** The kind of a note. Codes are stable, so programs may look for them. */
export type EvaluationNoteCode =
  /** The model gives every row the same label, though the rows have several. */
  | "one-class-predicted"
  /** Accuracy is at or below that of the label that most rows have, or its interval contains that. */
  | "not-above-majority"
  /** All rows have one label: nothing that compares classes is defined. */
  | "one-class-in-data"
  /** Classes that the model knows and no row has. */
  | "absent-class"
  /** A class has so few rows that its numbers are mostly chance. */
  | "few-rows-of-class"
  /** The rarest class is outnumbered 20 to 1 or worse: accuracy says little. */
  | "imbalance"
  /** Probabilities are off by more than chance explains. */
  | "miscalibrated"
  /** Regression: no better than predicting the labels' mean. */
  | "not-above-mean"
  /** Regression: all labels are equal. */
  | "constant-labels";

/** One class against all others. Shares of nothing (no row has it, nothing was called it) are null. */
export interface ClassScores {
  readonly label: string;
  /** Rows that have the label. */
  readonly rowCount: number;
  /** Rows that the model gives it to. */
  readonly predictedCount: number;
  /** Of the rows called so, the share that are. */
  readonly precision: number | null;
  /** Of the rows that are, the share called so. */
  readonly recall: number | null;
  readonly f1: number | null;
  readonly auc: number | null;
  readonly averagePrecision: number | null;
}

/** Some rows of nearly equal predicted probability. */
export interface CalibrationBin {
  readonly count: number;
  readonly meanPredicted: number;
  readonly observedShare: number;
  /** Least and greatest predicted probability in the bin. */
  readonly predicted: Interval;
  /** Wilson's 95% interval around `observedShare`. */
  readonly observed: Interval;
}

/** How far predicted probabilities are from the shares observed. */
export interface Calibration {
  /** What is predicted: that the label is the positive one, or, of several classes, that the class predicted is right. */
  readonly of: "positive" | "predicted";
  readonly bins: readonly CalibrationBin[];
  /** Mean over rows of |observedShare - meanPredicted| of their bin (ECE). */
  readonly expectedError: number;
  /** What `expectedError` would be of itself, by chance, if the probabilities were right. */
  readonly chanceError: number;
}

/** How well a classifier predicts labelled rows. */
export interface ClassEvaluation {
  readonly task: "binary" | "multiclass";
  readonly rowCount: number;
  readonly accuracy: number;
  /** Wilson's 95% interval: what the number of rows alone leaves open. */
  readonly accuracyInterval: Interval;
  /** What always predicting the commonest label of these rows gets right. */
  readonly baseline: { readonly label: string; readonly share: number };
  /** Mean recall of the classes that occur. */
  readonly balancedAccuracy: number;
  /** Whether the next five are of the positive label, or the plain mean over classes ("macro"), where an undefined share counts as 0. */
  readonly average: "positive" | "macro";
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
  /** Of the classes that occur, each against the rest; null where only one does. */
  readonly auc: number | null;
  readonly averagePrecision: number | null;
  /** Null where the objective gives no probabilities, as the next two are. */
  readonly logLoss: number | null;
  readonly brier: number | null;
  readonly calibration: Calibration | null;
  /** One a class, in the order of the label names: [negative, positive] for binary. */
  readonly classes: readonly ClassScores[];
  /** counts[true][predicted], in the order of `classes`; null above 256 classes. */
  readonly confusion: readonly (readonly number[])[] | null;
  /** Probability from which on a row is called positive; null where there is none to choose. */
  readonly threshold: number | null;
  readonly notes: readonly EvaluationNote[];
}

/** How well a regression predicts labelled rows, in the labels' own units. */
export interface RegressionEvaluation {
  readonly task: "regression";
  readonly rowCount: number;
  /** 1 - residual / total sum of squares; null where all labels are equal. */
  readonly r2: number | null;
  readonly meanAbsoluteError: number;
  readonly rootMeanSquaredError: number;
  /** What always predicting the mean of these labels gets; its R^2 is 0. */
  readonly baseline: {
    readonly mean: number;
    readonly meanAbsoluteError: number;
    readonly rootMeanSquaredError: number;
  };
  readonly notes: readonly EvaluationNote[];
}

/** How good a model is on labelled rows. Frozen, and plain JSON. */
export type Evaluation = ClassEvaluation | RegressionEvaluation;

/** What a model said of rows, and what is true of them. */
export interface Predictions {
  readonly task: Task;
  /** [negative, positive] for binary, by class number for multiclass, none for regression. */
  readonly labelNames: readonly string[];
  /** -1/+1, or 0..classCount-1, or real. */
  readonly labels: ArrayLike<number>;
  /** Linear outputs: one a row, or one a row and class, row-major. May be left out for classes where `probabilities` are there. */
  readonly outputs?: ArrayLike<number> | null;
  /** Of the positive label, or of each class, row-major; none where the objective has none. */
  readonly probabilities?: ArrayLike<number> | null;
  /** Binary with probabilities only: in (0, 1), default 0.5. */
  readonly threshold?: number;
}
