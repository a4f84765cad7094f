import { z } from "zod";
import { pageOf, plainText, TimeText } from "./common.js";

export const DatasetName = plainText(200);

/** The parts of an upload, in this order. */
export const DatasetUpload = z.object({
  name: DatasetName,
  schema: z
    .record(z.string(), z.unknown())
    .describe("How columns become features; `expunge schema infer` drafts it."),
  data: z.string().meta({ format: "binary", description: "CSV, gzipped or not, or Parquet; the last part." }),
});

const DataDescription = z.object({
  task: z.enum(["binary", "multiclass", "regression"]),
  rowCount: z.number().int(),
  featureCount: z.number().int(),
  featureNames: z.array(z.string()).nullable(),
  labelNames: z.array(z.string()),
  scaling: z.object({ kind: z.enum(["l2", "clip"]), intercept: z.number() }),
  schemaDigest: z.string().nullable(),
  hasSampleWeights: z.boolean().optional().describe("true where every row has a weight of its own."),
  subjectForm: z.enum(["none", "NFC", "NFC-trim-lower-case"]).optional(),
  labelScaling: z
    .object({ centre: z.number(), scale: z.number() })
    .optional()
    .describe("Regression: a label is centre + scale times what is stored."),
  logOdds: z.number().optional().describe("Two classes: of the positive label, as declared."),
});

export const DatasetView = z
  .object({
    id: z.string(),
    name: z.string(),
    state: z.enum(["uploading", "ready", "failed"]),
    description: DataDescription.nullable(),
    hasSubjects: z.boolean(),
    createdAt: TimeText,
  })
  .meta({ id: "Dataset" });

export const DatasetPage = pageOf(DatasetView).meta({ id: "DatasetPage" });

/** A data set: its state, and what is known of its rows once they are read. */
export interface DatasetView extends z.output<typeof DatasetView> {}
/** A page of data sets, newest first. */
export interface DatasetPage extends z.output<typeof DatasetPage> {}
