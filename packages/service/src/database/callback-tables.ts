import { integer, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { bytes, moment } from "./columns.js";

/** What a controller asked by OpenDSR; its requests are found by its id in their envelopes. There may be none: nobody knows the subject. */
export const erasures = pgTable(
  "erasures",
  {
    tenantId: uuid("tenant_id").notNull(),
    subjectRequestId: uuid("subject_request_id").notNull(),
    version: text("version").$type<"1.0" | "2.0">().notNull(),
    /** HMAC of the identities under the tenant's secret, so that an id used for somebody else is refused. */
    fingerprint: text("fingerprint").notNull(),
    receivedAt: moment("received_at").notNull(),
    dueAt: moment("due_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.subjectRequestId] })],
);

/** An address that is to be told how a request, or an erasure, goes on; each by itself. */
export const callbacks = pgTable("callbacks", {
  id: uuid("id").primaryKey(),
  tenantId: uuid("tenant_id").notNull(),
  /** Fides asks for one request; */
  requestId: uuid("request_id"),
  /** OpenDSR for an erasure. */
  subjectRequestId: uuid("subject_request_id"),
  address: text("address").notNull(),
  /** What Fides wants to see again; it goes when Fides has been told. */
  token: text("token"),
  tokenDigest: bytes("token_digest"),
  /** Who is told, of one tenant: those that are silent hold up nobody else. */
  receiver: text("receiver").notNull(),
  /** Status that was told last. */
  told: text("told").notNull(),
  /** Since there was something new. */
  attempts: integer("attempts").notNull().default(0),
  /** When it is to be told, or looked at; null where there is nothing to tell. */
  tryAt: moment("try_at"),
});

/** Requests by protocols whose state has changed; whoever tells of them takes them away. */
export const requestNews = pgTable("request_news", {
  id: uuid("id").primaryKey(),
  requestId: uuid("request_id").notNull(),
});
