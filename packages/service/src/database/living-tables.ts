import {
  bigint,
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { bytes, moment } from "./columns.js";

/* What there is to say of rows that arrive, are corrected, and join models. */

/** When rows joined a model, as ranges: the steps that it had run. Rows of its start are in none. */
export const joinedRows = pgTable(
  "joined_rows",
  {
    modelId: uuid("model_id").notNull(),
    firstRow: integer("first_row").notNull(),
    /** The row behind the last. */
    endRow: integer("end_row").notNull(),
    step: bigint("step", { mode: "number" }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.modelId, table.firstRow] })],
);

/** Rows that a model's training left out for a request that was taken back afterwards: they wait for its next lesson. */
export const returnedRows = pgTable(
  "returned_rows",
  { modelId: uuid("model_id").notNull(), row: integer("row").notNull() },
  (table) => [primaryKey({ columns: [table.modelId, table.row] })],
);

/** Rows that came to a data set after it was made, by one call each. */
export const additions = pgTable(
  "additions",
  {
    id: uuid("id").primaryKey(),
    tenantId: uuid("tenant_id").notNull(),
    datasetId: uuid("dataset_id").notNull(),
    /** HMAC of the key under the tenant's secret. */
    idempotencyKey: text("idempotency_key"),
    /** Keyed digest of the rows and their owners. */
    fingerprint: bytes("fingerprint").notNull(),
    firstRow: integer("first_row").notNull(),
    rowCount: integer("row_count").notNull(),
    receivedAt: moment("received_at").notNull().defaultNow(),
  },
  (table) => [
    uniqueIndex("additions_by_key").on(table.tenantId, table.idempotencyKey),
    index("additions_by_dataset").on(table.datasetId),
  ],
);

/** Rows that a correction replaces, and the rows that take their places. */
export const correctedRows = pgTable(
  "corrected_rows",
  {
    requestId: uuid("request_id").notNull(),
    datasetId: uuid("dataset_id").notNull(),
    row: integer("row").notNull(),
    successor: integer("successor").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.requestId, table.row] }),
    uniqueIndex("corrected_rows_by_successor").on(table.datasetId, table.successor),
  ],
);

export type LessonState = "waiting" | "done" | "failed";

/** How long a model goes on learning: passes over all batches, or steps of one batch each; neither is one pass. */
export interface LessonLength {
  readonly epochs?: number;
  readonly steps?: number;
}

/** When a model learns by itself, as soon as one of the two is so, and any rows wait. */
export interface Schedule extends LessonLength {
  /** Hours since its last lesson, or since its training. */
  readonly everyHours?: number;
  /** Rows that wait. */
  readonly rows?: number;
}

/** Lessons of models: one at most waits for each. */
export const lessons = pgTable(
  "lessons",
  {
    id: uuid("id").primaryKey(),
    modelId: uuid("model_id").notNull(),
    state: text("state").$type<LessonState>().notNull(),
    options: jsonb("options").$type<LessonLength>().notNull(),
    /** Whether the model's schedule asked for it. */
    isScheduled: boolean("is_scheduled").notNull(),
    /** Rows that joined by it. */
    rowCount: integer("row_count"),
    /** Of the release that it made; null where it made none. */
    version: integer("version"),
    failure: text("failure"),
    askedAt: moment("asked_at").notNull().defaultNow(),
    finishedAt: moment("finished_at"),
  },
  (table) => [index("lessons_by_model").on(table.modelId, table.askedAt, table.id)],
);
