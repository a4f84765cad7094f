import { and, inArray, sql } from "drizzle-orm";
import { ExpungeError } from "expunge";
import type { Queries } from "../database/open-database.js";
import { requests } from "../database/tables.js";

/** Requests that are due within this time are told of before they are overdue. */
const SOON_HOURS = 24;

/** What there is to be told of requests' due dates; null where all is well. It names nobody. */
export async function lookAtDueDates(queries: Queries): Promise<ExpungeError | null> {
  const isSoon = sql`${requests.dueAt} < now() + ${SOON_HOURS} * interval '1 hour'`;
  const [found] = await queries
    .select({
      late: sql<number>`(count(*) filter (where ${requests.dueAt} < now()))::int`,
      soon: sql<number>`(count(*) filter (where ${requests.dueAt} >= now()))::int`,
    })
    .from(requests)
    .where(and(inArray(requests.state, ["accepted", "running", "failed"]), isSoon));
  const { late = 0, soon = 0 } = found ?? {};
  if (late + soon === 0) return null;
  return new ExpungeError(
    "E_CONFLICT",
    `Deletion requests that are overdue: ${late}; due within ${SOON_HOURS} hours: ${soon}. GET /v1/requests says what each waits for.`,
    { late, soon },
  );
}
