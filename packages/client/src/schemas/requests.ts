import { z } from "zod";
import { GivenTime, HoldsView, Meaning, NumberOrInfinity, PageQuery, pageOf, TimeText } from "./common.js";
import { RowNotes, RowRecord } from "./datasets.js";
import { MAX_CORRECTED, MAX_NAMED, MAX_RECEIPTS, MAX_SUBJECT, REFERENCE } from "./request-limits.js";

/** What is to be forgotten: subjects by their ids, or rows by their numbers; one of the two. */
const Subject = z.string().min(1).max(MAX_SUBJECT);
const named = {
  datasetId: z.string().max(100),
  subjects: z.array(Subject).min(1).max(MAX_NAMED).optional(),
  rows: z.array(z.number().int().min(0)).min(1).max(MAX_NAMED).optional(),
  unknown: z
    .enum(["refuse", "skip", "accept"])
    .optional()
    .describe(
      "Subjects that nobody knows: refuse the request (default), serve the others and say which were skipped, or accept even a request that names nobody who is known, which is completed at once without rows.",
    ),
};
const areOne = ({ subjects, rows }: { subjects?: unknown; rows?: unknown }): boolean =>
  (subjects === undefined) !== (rows === undefined);
const EXPECTED = { message: "Expected subjects or rows, one of them.", path: ["subjects"] };

const Reference = z
  .string()
  .regex(REFERENCE, "Expected 1 to 200 characters, without line breaks and the like.");

export const PreviewInput = z.strictObject(named).refine(areOne, EXPECTED).meta({ id: "NewPreview" });

export const NewRequest = z
  .strictObject({
    ...named,
    dueAt: GivenTime.optional().describe("Default a month from now (GDPR Art. 12(3))."),
    reference: Reference.optional().describe(
      "What you call the request by, such as a ticket's number; it is stored as it is, so it should name nobody.",
    ),
  })
  .refine(areOne, EXPECTED)
  .meta({ id: "NewRequest" });

const correction = {
  datasetId: z.string().max(100),
  rows: z
    .array(z.number().int().min(0))
    .min(1)
    .max(MAX_CORRECTED)
    .optional()
    .describe(
      "Numbers of the rows to correct, in the order of `to`; left out, each row of `to` names its owner's only row.",
    ),
  to: z
    .array(RowRecord)
    .min(1)
    .max(MAX_CORRECTED)
    .describe("Whole rows as they are from now on, by the names of their columns, label and subject too."),
};

export const CorrectionPreviewInput = z.strictObject(correction).meta({ id: "NewCorrectionPreview" });

export const NewCorrection = z
  .strictObject({
    ...correction,
    dueAt: GivenTime.optional().describe("Default a month from now (GDPR Art. 12(3))."),
    reference: Reference.optional().describe("As of a deletion request."),
  })
  .meta({ id: "NewCorrection" });

/** Repeating a request under the same key is the same request. Of a key only an HMAC is stored. */
export const SubmitHeaders = z.object({
  "idempotency-key": z
    .string()
    .regex(/^[\x21-\x7e]{1,180}$/, "Expected 1 to 180 visible characters.")
    .optional(),
  "reply-to": z.string().max(500).optional().describe("Fides: path of its callback."),
  "reply-to-token": z.string().max(8000).optional().describe("Fides: what its callback asks for."),
});

export const RequestView = z
  .object({
    id: z.string(),
    datasetId: z.string(),
    kind: z.enum(["deletion", "correction"]),
    state: z.enum(["accepted", "running", "completed", "failed", "cancelled"]),
    rowCount: z.number().int().describe("Rows that it removes, or replaces."),
    reference: z.string().nullable().describe("What whoever sent it calls it by."),
    tasks: z.array(
      z.object({
        modelId: z.string(),
        state: z.enum(["waiting", "done", "failed"]),
        certificateId: z.string().nullable(),
        holds: HoldsView.nullable(),
        meaning: Meaning,
        failure: z.string().nullable(),
        removedCount: z
          .number()
          .int()
          .nullable()
          .describe(
            "Rows that the model had, and that it removed or corrected for this request; rows that waited for its next lesson are not among them. Null until then.",
          ),
      }),
    ),
    failure: z.string().nullable(),
    receivedAt: TimeText,
    dueAt: TimeText,
    completedAt: TimeText.nullable(),
  })
  .meta({ id: "Request" });

export const AcceptedRequest = z
  .object({
    request: RequestView,
    isRepeated: z.boolean(),
    unknown: z
      .array(z.number().int())
      .describe("Places, from 0, of subjects that nobody knows and that were skipped."),
    ledgerSalt: z
      .string()
      .nullable()
      .describe(
        "Keep it: with it you can check that the ledger's entry means your request (commitToRequest). Null where a request is repeated after its data set was deleted.",
      ),
  })
  .meta({ id: "AcceptedRequest" });

export const AcceptedCorrection = AcceptedRequest.extend({
  notes: RowNotes.describe(
    "Of `to`: what the schema lets pass and hardly knows. Empty where a correction is repeated after its data set was deleted.",
  ),
}).meta({ id: "AcceptedCorrection" });

export const ReceiptsInput = z
  .strictObject({ subjects: z.array(Subject).min(1).max(MAX_RECEIPTS) })
  .meta({ id: "ReceiptsInput" });

export const ReceiptList = z
  .object({
    items: z.array(
      z.object({
        receipts: z.array(
          z.object({
            modelId: z.string(),
            certificateId: z.string(),
            salt: z.string(),
            proof: z.object({ index: z.number().int(), count: z.number().int(), path: z.array(z.string()) }),
          }),
        ),
      }),
    ),
  })
  .meta({
    id: "ReceiptList",
    description:
      "For each subject, in the order asked, what it takes to find it in the certificate of each model, and nobody else: `expunge verify` checks it. Keep them: they cannot be made again once the data set is deleted.",
  });

const Score = z
  .number()
  .nullable()
  .describe("On the evaluation rows: share predicted right, for regression the root mean squared error.");
const Milliseconds = z
  .number()
  .nullable()
  .describe("Expected; null where even a few steps take too long to try.");
const Noise = z.number().describe("Standard deviation of all noise left in the score of a row of norm 1.");

export const RequestPreview = z
  .object({
    rowCount: z.number().int(),
    unknown: z.array(z.number().int()).describe("Places of subjects that would be skipped."),
    models: z.array(
      z.object({
        modelId: z.string(),
        rowCount: z.number().int().describe("Rows that it would remove from this model."),
        steps: z.number(),
        gradientEvaluations: z.number(),
        milliseconds: Milliseconds,
        noise: Noise,
        mu: NumberOrInfinity,
        epsilon: NumberOrInfinity,
        delta: z.number(),
        holds: HoldsView.nullable(),
        meaning: Meaning,
        retrainSteps: z.number(),
        retrainGradientEvaluations: z.number(),
        score: Score,
        expectedScoreChange: z.number().nullable(),
        trades: z
          .array(
            z.object({
              steps: z.number(),
              gradientEvaluations: z.number(),
              milliseconds: Milliseconds,
              noise: Noise,
              epsilon: z.number(),
              expectedScore: Score,
              isChosen: z.boolean().describe("Whether the request will be served in this way."),
            }),
          )
          .describe("Ways to serve it, by ascending steps: more steps leave less noise."),
      }),
    ),
  })
  .meta({ id: "RequestPreview" });

export const CorrectionPreview = RequestPreview.extend({
  notes: RowNotes.describe("Of `to`: what the schema lets pass and hardly knows."),
}).meta({ id: "CorrectionPreview" });

export const RequestQuery = PageQuery.extend({
  state: z.enum(["accepted", "running", "completed", "failed", "cancelled"]).optional(),
  search: Reference.optional().describe("How the reference begins, in capitals or not, or the id."),
});

export const RequestPage = pageOf(RequestView).meta({ id: "RequestPage" });

/** A deletion request: a data set, and subjects by their ids or rows by their numbers, one of the two. */
export interface NewRequest extends z.output<typeof NewRequest> {}
/** A correction: a data set, whole rows as they are from now on, and which rows they replace. */
export interface NewCorrection extends z.output<typeof NewCorrection> {}
/** A correction that is only asked about. */
export interface CorrectionPreviewInput extends z.output<typeof CorrectionPreviewInput> {}
/** A deletion request that is only asked about: as `NewRequest`, without a due date. */
export interface PreviewInput extends z.output<typeof PreviewInput> {}
/** A request to delete or correct rows: its state, and what it has come to for each model. */
export interface RequestView extends z.output<typeof RequestView> {}
/** The answer to a submitted request: the request, and what to keep of it. */
export interface AcceptedRequest extends z.output<typeof AcceptedRequest> {}
/** The answer to a submitted correction: the same, and what the schema hardly knows of its rows. */
export interface AcceptedCorrection extends z.output<typeof AcceptedCorrection> {}
/** The subjects whose receipts are asked for. */
export interface ReceiptsInput extends z.output<typeof ReceiptsInput> {}
/** Receipts of a completed request: for each subject, in the order asked, one for each model's certificate. */
export interface ReceiptList extends z.output<typeof ReceiptList> {}
/** What a request would cost and prove for each model, and the other ways to serve it. */
export interface RequestPreview extends z.output<typeof RequestPreview> {}
/** What a correction would cost and prove in the same way, and what the schema hardly knows of its rows. */
export interface CorrectionPreview extends z.output<typeof CorrectionPreview> {}
/** Which requests to list: a page, those in one state where `state` is given, and those whose reference or id begins with `search`. */
export interface RequestQuery extends z.output<typeof RequestQuery> {}
/** A page of requests, newest first. */
export interface RequestPage extends z.output<typeof RequestPage> {}
