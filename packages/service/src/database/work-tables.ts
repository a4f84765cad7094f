import { bigint, jsonb, pgTable, text, uuid } from "drizzle-orm/pg-core";
import type { TrainingPlan } from "expunge";
import { bytes, moment } from "./columns.js";

/** Who works on what now: `leases.ts`. */
export const leases = pgTable("leases", {
  name: text("name").primaryKey(),
  /** Random: a holder of this moment, never to come again. */
  holder: uuid("holder").notNull(),
  /** Name of the holder's presence; null in a database of one process. */
  session: uuid("session"),
  expiresAt: moment("expires_at").notNull(),
});

/**
 * Where a training that is under way can be taken up: never shown, in no backup, and gone when the model is made or deleted. Its batch order is in
 * model_order.
 */
export const trainingCheckpoints = pgTable("training_checkpoints", {
  modelId: uuid("model_id").primaryKey(),
  plan: jsonb("plan").$type<TrainingPlan>().notNull(),
  /** Rows that are not in it, uint32. */
  leftOut: bytes("left_out").notNull(),
  stepsDone: bigint("steps_done", { mode: "number" }).notNull(),
  /** Float64, little-endian. */
  weights: bytes("weights").notNull(),
  savedAt: moment("saved_at").notNull().defaultNow(),
});

/** Restores from a backup, unfinished while there is anything that they owe (models/owed-tasks.ts). */
export const restores = pgTable("restores", {
  id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
  backupCreatedAt: moment("backup_created_at").notNull(),
  restoredAt: moment("restored_at").notNull().defaultNow(),
  finishedAt: moment("finished_at"),
});
