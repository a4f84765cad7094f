import { z } from "zod";

const EvaluationNotes = z
  .array(
    z.object({
      code: z.string().describe("Stable: programs may look for it."),
      text: z.string().describe("What a reader must know before believing the numbers."),
      help: z.string().nullable().describe("What would help."),
    }),
  )
  .describe("Such as that the model calls every row the same.");

export const Judgement = z
  .object({
    on: z
      .enum(["evaluation", "training"])
      .describe(
        "By which rows: the evaluation rows, or the model's own. Of these only what is coarse is said.",
      ),
    rowCount: z.number().int().describe("Rows looked at; of its own some thousand where it has more."),
    baseline: z
      .object({ label: z.string(), share: z.number() })
      .nullable()
      .describe(
        "The commonest label, and its share of these rows; of its own in hundredths. null for regression.",
      ),
    notes: EvaluationNotes.describe(
      "Why it is of little use: one-class-predicted, not-above-majority or not-above-mean. None where it is of use.",
    ),
  })
  .meta({ id: "Judgement" });

const Share = z.number().nullable();
const Interval = z.array(z.number()).length(2).describe("Low and high.");

const OfClass = z.object({
  label: z.string(),
  rowCount: z.number().int().describe("Rows that have the label."),
  predictedCount: z.number().int().describe("Rows that the model gives it to."),
  precision: Share,
  recall: Share,
  f1: Share,
  auc: Share,
  averagePrecision: Share,
});

const Calibration = z.object({
  of: z.enum(["positive", "predicted"]).describe("The positive label, or that the predicted class is right."),
  bins: z.array(
    z.object({
      count: z.number().int(),
      meanPredicted: z.number(),
      observedShare: z.number(),
      predicted: Interval,
      observed: Interval,
    }),
  ),
  expectedError: z.number().describe("ECE: mean difference of observed share and mean prediction."),
  chanceError: z.number().describe("What it would be by chance, if the probabilities were right."),
});

export const ClassEvaluation = z
  .object({
    task: z.enum(["binary", "multiclass"]),
    rowCount: z.number().int(),
    accuracy: z.number(),
    accuracyInterval: Interval,
    baseline: z
      .object({ label: z.string(), share: z.number() })
      .describe("What always saying the commonest label gets right."),
    balancedAccuracy: z.number(),
    average: z.enum(["positive", "macro"]).describe("What the next five are of."),
    precision: Share,
    recall: Share,
    f1: Share,
    auc: Share,
    averagePrecision: Share,
    logLoss: Share.describe("In nats; null without probabilities, as the next two."),
    brier: Share,
    calibration: Calibration.nullable(),
    classes: z.array(OfClass).describe("By class number; empty above 100 classes."),
    confusion: z
      .array(z.array(z.number().int()))
      .nullable()
      .describe("counts[true][predicted]; null above 20 classes."),
    threshold: z.number().nullable().describe("Probability from which on a row is called positive."),
    notes: EvaluationNotes,
  })
  .meta({ id: "ClassEvaluation" });

export const RegressionEvaluation = z
  .object({
    task: z.literal("regression"),
    rowCount: z.number().int(),
    r2: Share,
    meanAbsoluteError: z.number(),
    rootMeanSquaredError: z.number(),
    baseline: z
      .object({ mean: z.number(), meanAbsoluteError: z.number(), rootMeanSquaredError: z.number() })
      .describe("What always predicting the mean gets."),
    notes: EvaluationNotes,
  })
  .meta({ id: "RegressionEvaluation" });

export const Evaluation = z
  .discriminatedUnion("task", [ClassEvaluation, RegressionEvaluation])
  .meta({ id: "Evaluation" });

export const ReleaseEvaluation = z
  .object({
    evaluation: Evaluation.nullable().describe("null without evaluation rows, and with very many of them."),
  })
  .meta({ id: "ReleaseEvaluation" });

/** Every measure of a classifier on labelled rows. */
export interface ClassEvaluation extends z.output<typeof ClassEvaluation> {}
/** Every measure of a regression on labelled rows. */
export interface RegressionEvaluation extends z.output<typeof RegressionEvaluation> {}
/** How well a model predicts labelled rows; `task` says which of the two it is. */
export type Evaluation = ClassEvaluation | RegressionEvaluation;
/** How well one release predicts the evaluation rows. */
export interface ReleaseEvaluation extends z.output<typeof ReleaseEvaluation> {}
/** Whether a model is of more use than none. */
export interface Judgement extends z.output<typeof Judgement> {}
