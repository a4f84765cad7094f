import { z } from "zod";
import { ClaimView, NumberOrInfinity, pageOf, plainText, TimeText } from "./common.js";

const Objective = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("logistic") }),
  z.strictObject({ kind: z.literal("softmax"), classCount: z.number().int().min(2) }),
  z.strictObject({ kind: z.literal("smoothedHinge"), width: z.number().positive() }),
  z.strictObject({ kind: z.literal("huberRegression"), threshold: z.number().positive() }),
]);
const count = z.number().int().min(1);

/** Options of `fit`; seeds and the reference kernel are for experiments. */
export const FitOptions = z
  .strictObject({
    objective: z
      .union([z.enum(["logistic", "softmax", "smoothedHinge", "huberRegression"]), Objective])
      .optional(),
    epsilon: z.number().min(0).describe("What every deletion request must meet, in nats."),
    delta: z.number().gt(0).lt(1),
    sigma: z.number().positive().optional().describe("Noise level; or unlearnSteps; or neither."),
    unlearnSteps: count.optional().describe("Steps that one request may take; the noise follows."),
    requests: count.max(10_000).optional(),
    rowsPerRequest: count.max(100_000).optional(),
    adaptiveEpsilon: z
      .number()
      .positive()
      .optional()
      .describe("What everything ever released may reveal of one person (rowsPerRequest rows), in nats."),
    batchSize: count.optional(),
    epochs: count.max(10_000).optional(),
    l2: z.number().min(0).optional(),
    eta: z.number().positive().optional(),
    clip: z.number().positive().optional(),
    radius: z.number().positive().optional(),
    weightNorm: z.number().positive().optional(),
    deletion: z.enum(["tombstone", "replace"]).optional(),
    releaseAt: z.enum(["step", "epoch"]).optional(),
    maxSteps: count.optional(),
  })
  .meta({ id: "FitOptions" });

export const NewModel = z
  .strictObject({
    name: plainText(200),
    datasetId: z.string().max(100),
    evaluationDatasetId: z
      .string()
      .max(100)
      .optional()
      .describe("Rows of the same schema that every release is scored on; keep it small."),
    options: FitOptions,
  })
  .meta({ id: "NewModel" });

const Plan = z.object({
  version: z.literal(1),
  objective: Objective,
  process: z.object({
    rowCount: z.number(),
    batchSize: z.number(),
    batchCount: z.number(),
    strongConvexity: z.number(),
    smoothness: z.number(),
    lipschitz: z.number(),
    eta: z.number(),
    contraction: z.number(),
    deletion: z.enum(["tombstone", "replace"]),
    sensitivity: z.number(),
    radius: NumberOrInfinity,
    roundingPerStep: z.number(),
  }),
  featureCount: z.number().int(),
  outputCount: z.number().int(),
  epochs: z.number().int(),
  sigma: z.number(),
  target: z.object({ epsilon: z.number(), delta: z.number() }),
  budget: z
    .object({ epsilon: z.number(), records: z.number().int() })
    .nullable()
    .describe("What everything ever released may reveal of that many records; null: no such limit."),
  releaseAt: z.enum(["step", "epoch"]),
  maxSteps: z.number(),
  weightNorm: z.number(),
});

/** What has happened to a model, without the places of deleted rows. */
const Timeline = z.object({
  steps: z.number().int(),
  releases: z.array(z.number().int()),
  requests: z.array(
    z.object({
      certificateId: z.string(),
      rowCount: z.number().int(),
      stepsBefore: z.number().int(),
      stepsAfter: z.number().int(),
    }),
  ),
});

export const ModelView = z
  .object({
    id: z.string(),
    name: z.string(),
    datasetId: z.string(),
    evaluationDatasetId: z.string().nullable(),
    state: z.enum(["waiting", "training", "ready", "failed"]),
    progress: z.number().nullable().describe("Share of the training that is done; null where none is."),
    plan: Plan.nullable(),
    timeline: Timeline.nullable(),
    privacy: ClaimView.nullable().describe("Of the model released now, for any record still in use."),
    privacyOfAll: ClaimView.nullable().describe(
      "Of everything released so far together, for any plan.budget.records rows, or any one row where there is no budget.",
    ),
    failure: z.string().nullable(),
    createdAt: TimeText,
  })
  .meta({ id: "Model" });

export const ModelPage = pageOf(ModelView).meta({ id: "ModelPage" });

export const ReleaseList = z
  .object({
    items: z.array(
      z.object({
        version: z.number().int(),
        steps: z.number().describe("Of the whole timeline so far."),
        unlearnSteps: z.number(),
        retrainSteps: z.number().describe("What a retraining in place of this release takes."),
        gradientEvaluations: z.number(),
        retrainGradientEvaluations: z.number(),
        requestCount: z.number().int().describe("Requests that it answers; 0 for the training."),
        certificateId: z.string().nullable(),
        accuracy: z.number().nullable().describe("On the evaluation rows."),
        rootMeanSquaredError: z.number().nullable().describe("For regression."),
        privacy: ClaimView,
        releasedAt: TimeText,
      }),
    ),
  })
  .meta({ id: "ReleaseList", description: "Oldest first." });

const Rows = z.array(z.array(z.number()).min(1)).min(1).max(100_000);

export const PredictionInput = z
  .strictObject({ rows: Rows.describe("Raw features, before scaling and without the intercept.") })
  .meta({ id: "RawRows" });

export const Prediction = z
  .object({
    labels: z.array(z.number()).describe("-1/+1, class numbers, or values."),
    probabilities: z
      .array(z.number())
      .nullable()
      .describe("Of the positive label; for softmax of each class, row by row; null where there are none."),
  })
  .meta({ id: "Prediction" });

export const EvaluationInput = z
  .strictObject({ rows: Rows, labels: z.array(z.number()).min(1).max(100_000) })
  .meta({ id: "LabelledRows" });

export const Evaluation = z
  .object({
    rowCount: z.number().int(),
    accuracy: z.number().nullable().describe("Share predicted right; null for regression."),
    rootMeanSquaredError: z.number().nullable().describe("For regression; else null."),
  })
  .meta({ id: "Evaluation" });

export type NewModel = z.output<typeof NewModel>;
export type ModelView = z.output<typeof ModelView>;
export type ModelPage = z.output<typeof ModelPage>;
export type ReleaseList = z.output<typeof ReleaseList>;
export type Prediction = z.output<typeof Prediction>;
export type Evaluation = z.output<typeof Evaluation>;
