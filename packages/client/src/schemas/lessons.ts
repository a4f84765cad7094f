import { z } from "zod";
import { DisclosureView, HoldsView, Meaning, ProofView, pageOf, TimeText } from "./common.js";

const length = {
  epochs: z
    .number()
    .int()
    .min(1)
    .max(1e6)
    .optional()
    .describe("Passes over all batches, those of the new rows included; default 1."),
  steps: z
    .number()
    .int()
    .min(1)
    .optional()
    .describe(
      "Steps of one batch each, in place of epochs; not for a model that is released at the ends of epochs.",
    ),
};
const isOne = ({ epochs, steps }: { epochs?: unknown; steps?: unknown }): boolean =>
  epochs === undefined || steps === undefined;
const EXPECTED = { message: "Expected epochs or steps, not both.", path: ["steps"] };

export const NewLesson = z.strictObject(length).refine(isOne, EXPECTED).meta({ id: "NewLesson" });

export const Schedule = z
  .strictObject({
    everyHours: z
      .number()
      .positive()
      .max(24 * 366)
      .optional()
      .describe("Learn so many hours after the last lesson, or the training."),
    rows: z.number().int().min(1).optional().describe("Learn when so many rows wait."),
    ...length,
  })
  .refine(isOne, EXPECTED)
  .refine(({ everyHours, rows }) => everyHours !== undefined || rows !== undefined, {
    message: "Expected everyHours, rows or both.",
    path: ["everyHours"],
  })
  .meta({ id: "Schedule" });

export const LessonView = z
  .object({
    id: z.string(),
    modelId: z.string(),
    state: z.enum(["waiting", "done", "failed"]),
    options: z.object({ epochs: z.number().int().optional(), steps: z.number().int().optional() }),
    isScheduled: z.boolean().describe("Whether the model's schedule asked for it."),
    rowCount: z.number().int().nullable().describe("Rows that joined by it."),
    version: z.number().int().nullable().describe("Of the release that it made; null where no row joined."),
    failure: z.string().nullable(),
    askedAt: TimeText,
    finishedAt: TimeText.nullable(),
  })
  .meta({ id: "Lesson" });

const Noise = z.number().describe("Standard deviation of all noise left in the score of a row of norm 1.");
const Privacy = ProofView.nullable().describe(
  "Of the release, for any record in use; null where noise comes on release alone.",
);
const Disclosure = DisclosureView.nullable().describe(
  "Of everything released up to it, for any so many records; null as for privacy.",
);

export const LessonPreview = z
  .object({
    modelId: z.string(),
    rowCount: z.number().int().describe("Rows that would join."),
    claimedRowCount: z.number().int().describe("Rows that requests have named: they stay out."),
    awaitedRowCount: z
      .number()
      .int()
      .describe("Rows that a correction is to put in the place of a row that the model has: they stay out."),
    laterRowCount: z
      .number()
      .int()
      .describe("Rows beyond those that one lesson holds: another lesson of the same length takes them."),
    steps: z.number().int(),
    epochs: z.number().describe("Passes over all batches, those of the new rows included."),
    gradientEvaluations: z.number(),
    milliseconds: z
      .number()
      .nullable()
      .describe("Expected, of the steps alone; null where even a few steps take too long to try."),
    batchCountBefore: z.number().int().describe("Batches of the cycle."),
    batchCountAfter: z.number().int().describe("More where too few slots are free."),
    noiseBefore: Noise,
    noiseAfter: Noise,
    holds: HoldsView.nullable().describe(
      "Of the newest certificate, before and after: a lesson weakens no certificate, and issues none.",
    ),
    meaning: Meaning,
    privacyBefore: Privacy,
    privacyAfter: Privacy,
    disclosureBefore: Disclosure,
    disclosureAfter: Disclosure,
  })
  .meta({ id: "LessonPreview" });

export const LessonPage = pageOf(LessonView).meta({ id: "LessonPage" });

export const LessonParams = z.strictObject({ id: z.string().max(100), lessonId: z.string().max(100) });

/** How long a model goes on learning: epochs or steps, by default one epoch. */
export interface NewLesson extends z.output<typeof NewLesson> {}
/** When a model learns by itself: as soon as one of its conditions is so and rows wait. */
export interface Schedule extends z.output<typeof Schedule> {}
/** A lesson: whether it has been given, and what it came to. */
export interface LessonView extends z.output<typeof LessonView> {}
/** What a lesson would take, which rows it would leave, and what it would leave of what is claimed. */
export interface LessonPreview extends z.output<typeof LessonPreview> {}
/** A page of a model's lessons, newest first. */
export interface LessonPage extends z.output<typeof LessonPage> {}
