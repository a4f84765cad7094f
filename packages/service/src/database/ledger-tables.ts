import { bigint, integer, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { bytes, moment } from "./columns.js";

/** Entries that are certain to be in the ledger, but have no place yet: one sequencer gives them out, so that requests need not queue for it. */
export const ledgerStaged = pgTable("ledger_staged", {
  id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
  entry: bytes("entry").notNull(),
  certificateId: uuid("certificate_id"),
});

export const ledgerEntries = pgTable("ledger_entries", {
  index: bigint("index", { mode: "number" }).primaryKey(),
  entry: bytes("entry").notNull(),
});

export const ledgerNodes = pgTable(
  "ledger_nodes",
  {
    level: integer("level").notNull(),
    index: bigint("index", { mode: "number" }).notNull(),
    hash: bytes("hash").notNull(),
  },
  (table) => [primaryKey({ columns: [table.level, table.index] })],
);

/** Signed checkpoints, one for each size that was ever published. */
export const ledgerCheckpoints = pgTable("ledger_checkpoints", {
  size: bigint("size", { mode: "number" }).primaryKey(),
  note: text("note").notNull(),
  createdAt: moment("created_at").notNull().defaultNow(),
});

/** The ledger's name, in one row. */
export const ledgerOrigin = pgTable("ledger_origin", {
  id: integer("id").primaryKey(),
  origin: text("origin").notNull(),
  chosenAt: moment("chosen_at").notNull().defaultNow(),
});
