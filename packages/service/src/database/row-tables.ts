import { bigint, boolean, index, integer, pgTable, primaryKey, uuid } from "drizzle-orm/pg-core";
import { bytes, moment } from "./columns.js";

/* Where the pages of rows lie, which are outside the database (rows/stored-pages.ts). */

/** Where rows are kept: what sets this database's objects apart from others', and whether the place has been marked as its own. */
export const rowStore = pgTable("row_store", {
  id: uuid("id").primaryKey().defaultRandom(),
  isMarked: boolean("is_marked").notNull().default(false),
  /** When somebody last began to look for objects that nothing needs. */
  sweptAt: moment("swept_at"),
});

/** Objects that hold pages, or held some; those that no transaction has made its own are not here. */
export const rowObjects = pgTable("row_objects", {
  id: uuid("id").primaryKey(),
  byteCount: bigint("byte_count", { mode: "number" }).notNull(),
  createdAt: moment("created_at").notNull().defaultNow(),
  /** Since when no page lies in it; it is removed a while later. */
  unusedSince: moment("unused_since"),
  /** Found without an entry, and to be removed: nobody can make it his own any more. */
  isCondemned: boolean("is_condemned").notNull().default(false),
});

/** Where a page lies, and the key that opens it: erased with it. */
const pagePlace = () => ({
  page: integer("page").notNull(),
  key: bytes("key").notNull(),
  objectId: uuid("object_id").notNull(),
  startByte: integer("start_byte").notNull(),
  byteCount: integer("byte_count").notNull(),
});

/** Rows in the order they came; zeros where they are erased. */
export const datasetPages = pgTable(
  "dataset_pages",
  { datasetId: uuid("dataset_id").notNull(), ...pagePlace() },
  (table) => [
    primaryKey({ columns: [table.datasetId, table.page] }),
    index("dataset_pages_by_object").on(table.objectId),
  ],
);

/** Rows in training order; zeros, or a replacement, where they are forgotten. */
export const modelPages = pgTable(
  "model_pages",
  { modelId: uuid("model_id").notNull(), ...pagePlace() },
  (table) => [
    primaryKey({ columns: [table.modelId, table.page] }),
    index("model_pages_by_object").on(table.objectId),
  ],
);

/** slotOfRow, ORDER_ROWS to a page. */
export const modelOrder = pgTable(
  "model_order",
  { modelId: uuid("model_id").notNull(), ...pagePlace() },
  (table) => [
    primaryKey({ columns: [table.modelId, table.page] }),
    index("model_order_by_object").on(table.objectId),
  ],
);
