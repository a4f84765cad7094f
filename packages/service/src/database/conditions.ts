import { and, eq, type SQL, sql } from "drizzle-orm";
import type { datasets, models } from "./tables.js";

/** Those of a tenant that are not deleted; in the words of the indexes that have them alone, however many were deleted. */
export function ofTenant(table: typeof models | typeof datasets, tenantId: string): SQL | undefined {
  return and(eq(table.tenantId, tenantId), sql`${table.state} <> 'deleted'`);
}

/** `and` of what is there. */
export function allOf(...conditions: (SQL | undefined)[]): SQL | undefined {
  return and(sql`true`, ...conditions);
}
