import {
  bigint,
  boolean,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import type { DataDescription, Envelope, Evaluation, Holds, ModelTimeline, TrainingPlan } from "expunge";
import type { Schema } from "expunge/data";
import { randomBytes } from "expunge/process";
import { bytes, moment } from "./columns.js";
import type { Schedule } from "./living-tables.js";
import type { StoredJudgement } from "./stored-judgement.js";

export * from "./callback-tables.js";
export * from "./ledger-tables.js";
export * from "./living-tables.js";
export * from "./row-tables.js";
export * from "./work-tables.js";

/*
 * The tables, as migrations.ts makes them; a test compares the two. Nothing here names a subject: owners are HMACs under a data
 * set's secret, digests are salted. No row grows with the number of requests served.
 */

export const tenants = pgTable("tenants", {
  id: uuid("id").primaryKey(),
  name: text("name").notNull().unique(),
  /** What idempotency keys are hashed under. */
  secret: bytes("secret")
    .notNull()
    .$defaultFn(() => randomBytes(32)),
  createdAt: moment("created_at").notNull().defaultNow(),
  quotas: jsonb("quotas").$type<Quotas>(),
});

/** What the operator lets a tenant have at most; what is missing is not limited. */
export interface Quotas {
  readonly openRequests?: number;
  readonly requestsPerMinute?: number;
  readonly datasets?: number;
  readonly models?: number;
  readonly rows?: number;
}

/** What an API key may do; docs/service.md says which routes each role has. */
export type Role = "submit" | "train" | "audit" | "admin";

export const apiKeys = pgTable("api_keys", {
  id: uuid("id").primaryKey(),
  tenantId: uuid("tenant_id").notNull(),
  role: text("role").$type<Role>().notNull(),
  label: text("label").notNull(),
  /** SHA-256 of the secret, which is 32 random bytes: nothing to guess, so no slow hash is needed. */
  hash: bytes("hash").notNull(),
  createdAt: moment("created_at").notNull().defaultNow(),
  revokedAt: moment("revoked_at"),
});

export type DatasetState = "uploading" | "ready" | "failed" | "deleted";
export const datasets = pgTable("datasets", {
  id: uuid("id").primaryKey(),
  tenantId: uuid("tenant_id").notNull(),
  name: text("name").notNull(),
  state: text("state").$type<DatasetState>().notNull(),
  schema: jsonb("schema").$type<Schema>(),
  /** null until all rows are there. */
  description: jsonb("description").$type<DataDescription>(),
  /** 32 bytes: the key of owners and salts. */
  secret: bytes("secret").notNull(),
  /** Rows of every page but the last. */
  pageRows: integer("page_rows").notNull(),
  /** How rows lie in pages (rows/dataset-rows.ts); null for all their numbers, as in all data sets before there was another form. */
  pageForm: text("page_form").$type<"sparse">(),
  createdAt: moment("created_at").notNull().defaultNow(),
});

/** Who owns which row; removed when the row is erased from the data set. */
export const owners = pgTable(
  "owners",
  {
    datasetId: uuid("dataset_id").notNull(),
    row: integer("row").notNull(),
    owner: bytes("owner").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.datasetId, table.row] }),
    index("owners_by_owner").on(table.datasetId, table.owner),
  ],
);

/** Rows that requests have claimed, each for itself: they are in no new training from then on. */
export const claimedRows = pgTable(
  "claimed_rows",
  {
    datasetId: uuid("dataset_id").notNull(),
    row: integer("row").notNull(),
    requestId: uuid("request_id").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.datasetId, table.row, table.requestId] }),
    index("claimed_rows_by_request").on(table.requestId, table.row),
  ],
);

export type ModelStateName = "waiting" | "training" | "ready" | "failed" | "deleted";

export const models = pgTable("models", {
  id: uuid("id").primaryKey(),
  tenantId: uuid("tenant_id").notNull(),
  datasetId: uuid("dataset_id").notNull(),
  name: text("name").notNull(),
  state: text("state").$type<ModelStateName>().notNull(),
  /** Rows that every release is scored on; null for none. */
  evaluationDatasetId: uuid("evaluation_dataset_id"),
  /** Options of `fit`, as they were asked for. */
  options: jsonb("options").notNull(),
  plan: jsonb("plan").$type<TrainingPlan>(),
  timeline: jsonb("timeline").$type<ModelTimeline>(),
  /** Of everything released up to the version; null where noise comes on release alone. */
  disclosure: jsonb("disclosure").$type<StoredDisclosure>(),
  /** Float64, little-endian. */
  weights: bytes("weights"),
  /** Goes up by one with every change of the timeline; nobody commits on top of another version than the one read. */
  version: integer("version").notNull(),
  /** Slots of every page but the last. */
  pageSlots: integer("page_slots").notNull(),
  /** Share of a training that is done; null where none is under way. */
  progress: doublePrecision("progress"),
  failure: text("failure"),
  createdAt: moment("created_at").notNull().defaultNow(),
  /** Rows of its data set that it has looked at: those behind them wait for its next lesson. */
  rowCount: integer("row_count").notNull().default(0),
  /** When it learns by itself; null where it does not. */
  schedule: jsonb("schedule").$type<Schedule>(),
  /** Rows behind those that it has looked at that it is done with: they joined, or were to be forgotten before that. */
  settledCount: integer("settled_count").notNull().default(0),
  /** Of what is released now, and of that alone; null where nothing is said. */
  judgement: jsonb("judgement").$type<StoredJudgement>(),
});

/** What made a release. */
export type ReleaseKind = "training" | "deletion" | "correction" | "lesson";

/** Every state of a model that left the service: after its training, and after each lot of requests. */
export const releases = pgTable(
  "releases",
  {
    modelId: uuid("model_id").notNull(),
    version: integer("version").notNull(),
    /** Of the whole timeline so far, and of this lot. */
    steps: bigint("steps", { mode: "number" }).notNull(),
    unlearnSteps: bigint("unlearn_steps", { mode: "number" }).notNull(),
    /** Requests that the lot answered; none for the training. */
    requestCount: integer("request_count").notNull(),
    /** Rows that it removed. */
    rowCount: integer("row_count").notNull(),
    /** Standard deviation of all noise left in a weight. */
    noise: doublePrecision("noise").notNull(),
    certificateId: uuid("certificate_id"),
    /** On the evaluation rows; null where there are none, or where the task has no such score. */
    accuracy: doublePrecision("accuracy"),
    rootMeanSquaredError: doublePrecision("root_mean_squared_error"),
    evaluation: jsonb("evaluation").$type<Evaluation>(),
    releasedAt: moment("released_at").notNull().defaultNow(),
    kind: text("kind").$type<ReleaseKind>().notNull().default("deletion"),
    /** Rows that joined by it, corrected ones among them. */
    joinedCount: integer("joined_count").notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.modelId, table.version] })],
);

/** What everything released reveals of any `records` records, in JSON: what is infinite is null. */
export interface StoredDisclosure {
  readonly records: number;
  readonly mu: number | null;
  readonly epsilon: number | null;
  readonly delta: number;
}

export type RequestState = "accepted" | "running" | "completed" | "failed" | "cancelled";

export type RequestKind = "deletion" | "correction";

/** A request to delete or correct rows of a data set, and so of every model trained on it. */
export const requests = pgTable(
  "requests",
  {
    id: uuid("id").primaryKey(),
    tenantId: uuid("tenant_id").notNull(),
    datasetId: uuid("dataset_id").notNull(),
    state: text("state").$type<RequestState>().notNull(),
    /** HMAC of the key under the tenant's secret. */
    idempotencyKey: text("idempotency_key"),
    /** Keyed digest of what was asked, so that a key used twice for different things is refused. */
    fingerprint: bytes("fingerprint").notNull(),
    rowCount: integer("row_count").notNull(),
    failure: text("failure"),
    receivedAt: moment("received_at").notNull(),
    dueAt: moment("due_at").notNull(),
    completedAt: moment("completed_at"),
    /** What a protocol in front of this one (OpenDSR) must remember of the request. */
    envelope: jsonb("envelope"),
    /** What the tenant calls it by: a ticket's number. */
    reference: text("reference"),
    kind: text("kind").$type<RequestKind>().notNull().default("deletion"),
  },
  (table) => [
    uniqueIndex("requests_by_key").on(table.tenantId, table.idempotencyKey),
    index("requests_by_dataset").on(table.datasetId, table.state),
  ],
);

/** Whom a request names, by place in its list; each owner once. Where nobody knows who is named, and that was to be skipped, there is no owner. */
export const namedSubjects = pgTable(
  "named_subjects",
  {
    requestId: uuid("request_id").notNull(),
    place: integer("place").notNull(),
    datasetId: uuid("dataset_id").notNull(),
    owner: bytes("owner"),
    /** Of the id, under a salt that is this subject's in this request. */
    digest: bytes("digest"),
  },
  (table) => [
    primaryKey({ columns: [table.requestId, table.place] }),
    index("named_subjects_by_owner").on(table.datasetId, table.owner),
  ],
);

export type TaskState = "waiting" | "done" | "failed";

/** What a request asks of one model. */
export const tasks = pgTable(
  "tasks",
  {
    requestId: uuid("request_id").notNull(),
    modelId: uuid("model_id").notNull(),
    state: text("state").$type<TaskState>().notNull(),
    certificateId: uuid("certificate_id"),
    failure: text("failure"),
    /** The request's, so that those that wait are found in order. */
    receivedAt: moment("received_at").notNull(),
    /** Rows that the model had, and that it removed or corrected for this request; null until then. */
    removedCount: integer("removed_count"),
    /** Whether it may name rows behind those that the model had looked at when it came; those are never fewer. */
    namesNewRows: boolean("names_new_rows").notNull().default(true),
  },
  (table) => [
    primaryKey({ columns: [table.requestId, table.modelId] }),
    index("tasks_by_model").on(table.modelId, table.state),
  ],
);

export const certificates = pgTable("certificates", {
  id: uuid("id").primaryKey(),
  tenantId: uuid("tenant_id").notNull(),
  modelId: uuid("model_id").notNull(),
  envelope: jsonb("envelope").$type<Envelope>().notNull(),
  /** As the envelope says it. */
  holds: jsonb("holds").$type<Holds>().notNull(),
  /** Place in the ledger; null until it is there. */
  ledgerIndex: bigint("ledger_index", { mode: "number" }),
  createdAt: moment("created_at").notNull().defaultNow(),
});

/** The leaves of each certificate's tree of subjects, in order: the owners whose rows it removed, by the request that named them first. */
export const certifiedSubjects = pgTable(
  "certified_subjects",
  {
    certificateId: uuid("certificate_id").notNull(),
    place: integer("place").notNull(),
    modelId: uuid("model_id").notNull(),
    owner: bytes("owner").notNull(),
    requestId: uuid("request_id").notNull(),
    digest: bytes("digest").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.certificateId, table.place] }),
    index("certified_subjects_by_owner").on(table.modelId, table.owner),
  ],
);

export const signingKeys = pgTable("signing_keys", {
  id: text("id").primaryKey(),
  /** Ed25519 seed. */
  secret: bytes("secret").notNull(),
  publicKey: bytes("public_key").notNull(),
  createdAt: moment("created_at").notNull().defaultNow(),
  retiredAt: moment("retired_at"),
});
