import { z } from "zod";
import { ClaimView, GivenTime, PageQuery, pageOf, TimeText } from "./common.js";

/** What is to be forgotten: subjects by their ids, or rows by their numbers; one of the two. */
const named = {
  datasetId: z.string().max(100),
  subjects: z.array(z.string().min(1).max(1000)).min(1).max(10_000).optional(),
  rows: z.array(z.number().int().min(0)).min(1).max(10_000).optional(),
};
const areOne = ({ subjects, rows }: { subjects?: unknown; rows?: unknown }): boolean =>
  (subjects === undefined) !== (rows === undefined);
const EXPECTED = { message: "Expected subjects or rows, one of them.", path: ["subjects"] };

export const PreviewInput = z.strictObject(named).refine(areOne, EXPECTED).meta({ id: "NewPreview" });

export const NewRequest = z
  .strictObject({
    ...named,
    chosen: z
      .enum(["independently", "adaptively"])
      .optional()
      .describe("Default adaptively: whoever asks may have seen a model first."),
    dueAt: GivenTime.optional().describe("Default a month from now (GDPR Art. 12(3))."),
  })
  .refine(areOne, EXPECTED)
  .meta({ id: "NewRequest" });

/** Repeating a request under the same key is the same request. Keys are stored as they come: a ticket's number, never a person's. */
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
    state: z.enum(["accepted", "running", "completed", "failed", "cancelled"]),
    rowCount: z.number().int().describe("Rows that it removes."),
    chosen: z.enum(["independently", "adaptively"]),
    tasks: z.array(
      z.object({
        modelId: z.string(),
        state: z.enum(["waiting", "done", "failed"]),
        certificateId: z.string().nullable(),
        failure: z.string().nullable(),
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
    salt: z
      .string()
      .nullable()
      .describe("Keep it: with it you can check that certificates mean your subjects; null for rows."),
    ledgerSalt: z
      .string()
      .nullable()
      .describe(
        "Keep it: with it you can check that the ledger's entry means your request (commitToRequest). Null, like salt, where a request is repeated after its data set was deleted.",
      ),
  })
  .meta({ id: "AcceptedRequest" });

export const RequestPreview = z
  .object({
    rowCount: z.number().int(),
    models: z.array(
      z.object({
        modelId: z.string(),
        steps: z.number(),
        gradientEvaluations: z.number(),
        retrainSteps: z.number(),
        claim: ClaimView,
        joint: ClaimView.describe("Over all releases, for these rows."),
        transcript: ClaimView.describe(
          "Over all releases, for any plan.budget.records rows, or any one row where there is no budget.",
        ),
      }),
    ),
  })
  .meta({ id: "RequestPreview" });

export const RequestQuery = PageQuery.extend({
  state: z.enum(["accepted", "running", "completed", "failed", "cancelled"]).optional(),
});

export const RequestPage = pageOf(RequestView).meta({ id: "RequestPage" });

export type NewRequest = z.output<typeof NewRequest>;
export type PreviewInput = z.output<typeof PreviewInput>;
export type RequestView = z.output<typeof RequestView>;
export type AcceptedRequest = z.output<typeof AcceptedRequest>;
export type RequestPreview = z.output<typeof RequestPreview>;
export type RequestQuery = z.output<typeof RequestQuery>;
export type RequestPage = z.output<typeof RequestPage>;
