import { DELETIONS, FEATURE_KINDS, KERNELS, RELEASE_POINTS, REQUESTERS, TUNED_ON } from "expunge/options";
import { z } from "zod";
import { DisclosureView, HoldsView, Meaning, ProofView, pageOf, plainText, TimeText } from "./common.js";
import { RowNotes, RowRecord } from "./datasets.js";
import { Judgement } from "./evaluation.js";
import { FitOptions, Objective } from "./fit-options.js";
import { Schedule } from "./lessons.js";

export const NewModel = z
  .strictObject({
    name: plainText(200),
    datasetId: z.string().max(100),
    evaluationDatasetId: z
      .string()
      .max(100)
      .optional()
      .describe("Rows of the same schema that every release is scored on; keep it small."),
    options: FitOptions.optional(),
    schedule: Schedule.optional().describe("When it learns by itself what comes to its data set."),
  })
  .meta({ id: "NewModel" });

const Plan = z.object({
  version: z.literal(2),
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
    deletion: z.enum(DELETIONS),
    sensitivity: z.number(),
    radius: z.number(),
    dimension: z.number(),
    roundingPerStep: z.number(),
  }),
  featureCount: z
    .number()
    .int()
    .describe("Columns of a row as the process sees it: mapped, where there is a map."),
  outputCount: z.number().int(),
  epochs: z.number().int(),
  requesters: z.enum(REQUESTERS),
  noise: z.discriminatedUnion("kind", [
    z.object({
      kind: z.literal("on-release"),
      most: z.number().describe("Most noise that a release may leave in a weight, as a standard deviation."),
    }),
    z.object({ kind: z.literal("every-step"), sigma: z.number(), std: z.number() }),
  ]),
  limit: z
    .object({ epsilon: z.number(), delta: z.number(), records: z.number().int() })
    .nullable()
    .describe("What everything ever released may reveal of that many records. Adaptive requesters only."),
  target: z.object({ epsilon: z.number(), delta: z.number() }),
  releaseAt: z.enum(RELEASE_POINTS),
  maxSteps: z.number(),
  isTuned: z.boolean(),
  tunedOn: z.enum(TUNED_ON).optional().describe("Not there where nothing was tuned."),
  kernel: z.enum(KERNELS),
  weighting: z
    .object({ classes: z.array(z.number()).nullable(), isBalanced: z.boolean(), samples: z.boolean() })
    .optional()
    .describe(
      "Weights of labels in their order, and whether rows have their own; left out where every row counts fully.",
    ),
  features: z
    .object({
      kind: z.enum(FEATURE_KINDS).exclude(["linear"]),
      inputCount: z.number().int(),
      count: z.number().int(),
      bandwidth: z.number().nullable(),
      isBandwidthFromData: z.boolean(),
      seed: z.string(),
    })
    .optional()
    .describe("The map between scaled rows and the process; left out where there is none."),
});

export const ModelPlanInput = NewModel.pick({ datasetId: true, options: true }).meta({
  id: "PlannedModel",
});

export const ModelPlan = z
  .object({
    plan: Plan,
    trainingSteps: z.number().int(),
    privacy: ProofView.nullable().describe(
      "Of the model as it would be trained, for anybody in it; null where noise comes on release alone.",
    ),
    firstRequest: z
      .object({
        steps: z.number().int(),
        noise: z.number().describe("Standard deviation of all noise left in the score of a row of norm 1."),
        holds: HoldsView.nullable(),
        meaning: Meaning,
      })
      .nullable()
      .describe(
        "A first request to delete one row, in the place that costs most, before the model has learned again; null where it could not be certified.",
      ),
    refusal: z.string().nullable().describe("Why it could not; null where it could."),
  })
  .meta({ id: "ModelPlan" });

/** What has happened to a model; its releases are a list of their own. */
const Timeline = z.object({
  steps: z.number().int(),
  requestCount: z.number().int().describe("Certificates so far; one may answer several requests."),
  deletedCount: z.number().int().describe("Rows deleted so far."),
  releaseCount: z.number().int().describe("Releases with noise so far."),
  certificateId: z.string().nullable().describe("The newest."),
  joinedCount: z.number().int().describe("Rows that joined since the training, corrected ones among them."),
  lessonCount: z.number().int(),
  batchCount: z.number().int().describe("Batches of the cycle now."),
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
    holds: HoldsView.nullable().describe("Of the newest certificate; null before the first."),
    meaning: Meaning,
    privacy: ProofView.nullable().describe(
      "Of the model released now, for any record still in use; null where noise comes on release alone: then nothing is proved of them.",
    ),
    disclosure: DisclosureView.nullable().describe(
      "Of everything released so far together, for any so many records; null as for privacy.",
    ),
    judgement: Judgement.nullable().describe(
      "Whether what is released now is of more use than no model; null until it is trained, and where nothing is said: without evaluation rows, of a model with noise at every step or whose deletions put others in their place.",
    ),
    schedule: Schedule.nullable().describe("When it learns by itself; null where it does not."),
    waitingRowCount: z
      .number()
      .int()
      .describe(
        "Rows that it may learn: they came to its data set since it looked at it last, and nobody asked to delete them. 0 for a model for adaptive requesters, which learns none.",
      ),
    failure: z.string().nullable(),
    createdAt: TimeText,
  })
  .meta({ id: "Model" });

export const ModelPage = pageOf(ModelView).meta({ id: "ModelPage" });

export const ReleaseView = z
  .object({
    version: z.number().int(),
    kind: z.enum(["training", "deletion", "correction", "lesson"]).describe("What made it."),
    steps: z.number().describe("Of the whole timeline so far."),
    unlearnSteps: z.number(),
    retrainSteps: z.number().describe("What a retraining in place of this release takes."),
    gradientEvaluations: z.number(),
    retrainGradientEvaluations: z.number(),
    requestCount: z.number().int().describe("Requests that it answers; 0 for trainings and lessons."),
    rowCount: z.number().int().describe("Rows that it removed."),
    joinedCount: z
      .number()
      .int()
      .describe("Rows that joined by it, corrected ones among them; of the training all that it had."),
    noise: z.number().describe("Standard deviation of all noise left in the score of a row of norm 1."),
    certificateId: z.string().nullable(),
    accuracy: z.number().nullable().describe("On the evaluation rows."),
    rootMeanSquaredError: z.number().nullable().describe("For regression."),
    privacy: ProofView.nullable(),
    releasedAt: TimeText,
  })
  .meta({ id: "Release" });

export const ReleasePage = pageOf(ReleaseView).meta({ id: "ReleasePage" });

const Row = z.array(z.number(), {
  error:
    "Expected a row as a list of numbers, in the order of the data set's featureNames; /v1/models/<id>/predict takes rows by the names of their columns as records.",
});
const Rows = z.array(Row.min(1)).min(1).max(100_000);

export const PredictionInput = z
  .strictObject({
    rows: Rows.optional().describe(
      "Raw features in the order of the data set's featureNames, before scaling and without the intercept.",
    ),
    records: z
      .array(RowRecord)
      .min(1)
      .max(10_000)
      .optional()
      .describe(
        "Or rows by the names of the columns of the data set's table, read by its schema; label and subject may be left out, null where nothing is known.",
      ),
  })
  .refine(({ rows, records }) => (rows === undefined) !== (records === undefined), {
    error: "Expected either rows or records.",
  })
  .meta({ id: "RawRows" });

export const Prediction = z
  .object({
    labels: z.array(z.number()).describe("-1/+1, class numbers, or values."),
    names: z.array(z.string()).nullable().describe("What the data called these labels; null for regression."),
    probabilities: z
      .array(z.number())
      .nullable()
      .describe("Of the positive label; for softmax of each class, row by row; null where there are none."),
    notes: RowNotes.optional().describe("Of records: what the schema lets pass and hardly knows."),
  })
  .meta({ id: "Prediction" });

export const EvaluationInput = z
  .strictObject({ rows: Rows, labels: z.array(z.number()).min(1).max(100_000) })
  .meta({ id: "LabelledRows" });

export const ReleaseParams = z.strictObject({
  id: z.string().max(100),
  version: z.coerce.number().int().min(0).describe("Of the release, as listed."),
});

/** A model to be trained: a name, a data set, and the options of `fit`. */
export interface NewModel extends z.output<typeof NewModel> {}
/** A model that is only asked about: a data set, and the options of `fit`. */
export interface ModelPlanInput extends z.output<typeof ModelPlanInput> {}
/** What a model would be, and what its first request would cost and prove; nothing is trained. */
export interface ModelPlan extends z.output<typeof ModelPlan> {}
/** A model: its state, its plan and timeline, and what is proved of its newest release. */
export interface ModelView extends z.output<typeof ModelView> {}
/** A page of models, newest first. */
export interface ModelPage extends z.output<typeof ModelPage> {}
/** One release of a model: its cost in steps, its noise, and how well it predicts. */
export interface ReleaseView extends z.output<typeof ReleaseView> {}
/** A page of a model's releases, newest first. */
export interface ReleasePage extends z.output<typeof ReleasePage> {}
/** Predicted labels, and probabilities where the model has them. */
export interface Prediction extends z.output<typeof Prediction> {}
