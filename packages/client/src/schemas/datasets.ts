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
  featureCount: z
    .number()
    .int()
    .describe("Numbers of a row, the constant among them where scaling.intercept is not 0."),
  featureNames: z.array(z.string()).nullable().describe("Without the constant, which has no name."),
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

/** What a schema lets pass and hardly knows. It names no value, and nobody. */
export const RowNotes = z
  .array(
    z.object({
      column: z.string(),
      kind: z
        .enum(["unknown", "missing", "far"])
        .describe(
          "A category that the schema does not list and ignores, none at all, or a number more than ten scales from its column's centre.",
        ),
      count: z.number().int().describe("Rows that have one."),
      rows: z
        .array(z.number().int())
        .describe("The first of them, five at most, counted from 1 in what came."),
      text: z.string().describe("All of it in a sentence."),
    }),
  )
  .describe("Cells that the schema let pass and hardly knows, by column and kind: 100 notes at most.");

export const StoredDataset = DatasetView.extend({ notes: RowNotes }).meta({ id: "StoredDataset" });

const Cell = z.union([z.string().max(100_000), z.number(), z.boolean(), z.null()]);

/** A row by the names of its columns, those of the table that the data set was made of. */
export const RowRecord = z.record(z.string().max(1000), Cell);

export const AddedRows = z
  .strictObject({
    rows: z
      .array(RowRecord)
      .min(1)
      .max(10_000)
      .describe("By the names of their columns, label and subject too; null where nothing is known."),
  })
  .meta({ id: "AddedRows" });

export const KeyHeaders = z.object({
  "idempotency-key": z
    .string()
    .regex(/^[\x21-\x7e]{1,180}$/, "Expected 1 to 180 visible characters.")
    .optional(),
});

export const AdditionView = z
  .object({
    id: z.string(),
    datasetId: z.string(),
    firstRow: z.number().int().describe("Number of the first row, from 0; the others follow it."),
    rowCount: z.number().int(),
    isRepeated: z
      .boolean()
      .describe("Whether the idempotency key was there already: nothing was added again."),
    notes: RowNotes,
    receivedAt: TimeText,
  })
  .meta({ id: "Addition" });

export const SchemaView = z
  .record(z.string(), z.unknown())
  .meta({ id: "Schema", description: "How columns become features, as it was uploaded." });

export const DatasetPage = pageOf(DatasetView).meta({ id: "DatasetPage" });

/** A data set: its state, and what is known of its rows once they are read. */
export interface DatasetView extends z.output<typeof DatasetView> {}
/** A data set that has just been stored, and what its schema hardly knows of the rows. */
export interface StoredDataset extends z.output<typeof StoredDataset> {}
/** A row by the names of its columns. */
export type RowRecord = z.output<typeof RowRecord>;
/** Rows that were added to a data set by one call. */
export interface AdditionView extends z.output<typeof AdditionView> {}
/** A page of data sets, newest first. */
export interface DatasetPage extends z.output<typeof DatasetPage> {}
