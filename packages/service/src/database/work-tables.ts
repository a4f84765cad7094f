import { pgTable, text, uuid } from "drizzle-orm/pg-core";
import { moment } from "./columns.js";

/** Who works on what now: `leases.ts`. */
export const leases = pgTable("leases", {
  name: text("name").primaryKey(),
  /** Random: a holder of this moment, never to come again. */
  holder: uuid("holder").notNull(),
  /** Name of the holder's presence; null in a database of one process. */
  session: uuid("session"),
  expiresAt: moment("expires_at").notNull(),
});
