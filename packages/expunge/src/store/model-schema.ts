import { z } from "zod";
import { SUBJECT_FORMS } from "../records/subject-form.js";
import { KEY_BYTES } from "../unlearner/key-table.js";
import { count, digest, plan, positive, positiveCount, timeline } from "./process-schema.js";

/** The JSON of a generation, checked when it is read: nothing in a model directory is taken on trust. */
const description = z.strictObject({
  task: z.enum(["binary", "multiclass", "regression"]),
  labelNames: z.array(z.string()),
  featureNames: z.array(z.string()).nullable(),
  featureCount: positiveCount,
  scaling: z.strictObject({ kind: z.enum(["l2", "clip"]), intercept: z.number().min(0) }),
  schemaDigest: digest.nullable(),
  subjectForm: z.enum(SUBJECT_FORMS).exactOptional(),
  labelScaling: z.strictObject({ centre: z.number(), scale: positive }).exactOptional(),
  logOdds: z.number().exactOptional(),
  rowCount: positiveCount,
  hasSampleWeights: z.literal(true).optional(),
});

/** Bytes as base64: a million keys as texts of their own would take ten times as long to read, and as much memory. */
const bytes = z.string().transform((text, { addIssue }) => {
  const found = Buffer.from(text, "base64");
  if (found.toString("base64") !== text) addIssue("expected base64");
  return new Uint8Array(found);
});

/** 32-bit words. */
const words = bytes
  .refine(({ length }) => length > 0 && length % 4 === 0, "expected 4 bytes a row, and at least one row")
  .transform(({ buffer }) => new Uint32Array(buffer));

/** What the newest request removes: all that is needed to finish it, once more if it was interrupted. */
const removal = z.strictObject({
  rows: words,
  /** Keys of the subjects that are forgotten by it, one behind the other. */
  subjects: bytes.refine(({ length }) => length % KEY_BYTES === 0, `expected ${KEY_BYTES} bytes a subject`),
});

/** Rows that joined with the newest change, corrected ones too: the last of all rows, in order. */
const joined = z.strictObject({
  slots: words,
  /** Keys of their owners, one behind the other; none where rows have no owner. */
  owners: bytes.refine(({ length }) => length % KEY_BYTES === 0, `expected ${KEY_BYTES} bytes a row`),
  /** Steps run before. */
  step: positiveCount,
});

export const FORMAT_VERSION = 2;

export const modelRecord = z.strictObject({
  format: z.literal("expunge-model"),
  version: z.literal(FORMAT_VERSION),
  plan,
  timeline,
  description,
  weightsDigest: digest,
  hasOwners: z.boolean(),
  /** Subjects forgotten so far, the newest request's among them. */
  forgottenSubjectCount: count,
  /** null for the generation that a model was saved as. */
  removal: removal.nullable(),
  /** Left out where none joined. */
  joined: joined.exactOptional(),
  /** The generation with which rows were last given more room, which is in their file's name. Left out where they have what was planned. */
  rowsOf: positiveCount.exactOptional(),
});

export type ModelRecord = z.infer<typeof modelRecord>;
export type Removal = z.infer<typeof removal>;
export type Joined = z.infer<typeof joined>;

/** The JSON of a record, as `modelRecord` reads it. */
export function modelRecordJson(record: ModelRecord): string {
  const { removal, joined } = record;
  return JSON.stringify({
    ...record,
    removal: removal && { rows: base64(removal.rows), subjects: base64(removal.subjects) },
    ...(joined && { joined: { ...joined, slots: base64(joined.slots), owners: base64(joined.owners) } }),
  });
}

function base64({ buffer, byteOffset, byteLength }: Uint8Array | Uint32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString("base64");
}
