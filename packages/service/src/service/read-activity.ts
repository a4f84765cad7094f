import { and, asc, desc, eq, inArray, sql } from "drizzle-orm";
import { ofTenant } from "../database/conditions.js";
import type { Queries } from "../database/open-database.js";
import { models, type RequestState, requests } from "../database/tables.js";
import type { LiveState } from "../models/model-views.js";
import { type RequestView, requestViews } from "../requests/request-views.js";

/** What is going on, for somebody who watches. */
export interface Activity {
  /** How many are in each state. */
  readonly requests: Readonly<Record<RequestState, number>>;
  /** Not finished yet, oldest first; at most 50. */
  readonly open: readonly RequestView[];
  /** The last that were finished; at most 10. */
  readonly recent: readonly RequestView[];
  /** Newest first; at most 200. */
  readonly models: readonly {
    readonly id: string;
    readonly name: string;
    readonly state: LiveState;
    readonly progress: number | null;
    readonly steps: number;
  }[];
}

const MAX_OPEN = 50;
const MAX_RECENT = 10;
const MAX_MODELS = 200;

/** In the words of the index that has them in order. */
const IS_OVER = sql`${requests.state} in ('completed', 'failed', 'cancelled')`;

/** What is going on, for somebody who watches. */
export async function readActivity(queries: Queries, tenantId: string): Promise<Activity> {
  const own = eq(requests.tenantId, tenantId);
  const open = await queries
    .select()
    .from(requests)
    .where(and(own, inArray(requests.state, ["accepted", "running"])))
    .orderBy(asc(requests.receivedAt), asc(requests.id))
    .limit(MAX_OPEN);
  const recent = await queries
    .select()
    .from(requests)
    .where(and(own, IS_OVER))
    .orderBy(desc(sql`coalesce(${requests.completedAt}, ${requests.receivedAt})`), desc(requests.id))
    .limit(MAX_RECENT);
  const shown = await queries
    .select({
      id: models.id,
      name: models.name,
      state: models.state,
      progress: models.progress,
      steps: sql<number | null>`(${models.timeline} ->> 'steps')::bigint::int`,
    })
    .from(models)
    .where(ofTenant(models, tenantId))
    .orderBy(desc(models.createdAt), desc(models.id))
    .limit(MAX_MODELS);
  return {
    requests: await countStates(queries, tenantId),
    open: await requestViews(queries, open),
    recent: await requestViews(queries, recent),
    models: shown.map(({ state, steps, ...rest }) => ({
      ...rest,
      state: state as LiveState,
      steps: steps ?? 0,
    })),
  };
}

async function countStates(queries: Queries, tenantId: string): Promise<Record<RequestState, number>> {
  const counts = { accepted: 0, running: 0, completed: 0, failed: 0, cancelled: 0 };
  const found = await queries
    .select({ state: requests.state, count: sql<number>`count(*)::int` })
    .from(requests)
    .where(eq(requests.tenantId, tenantId))
    .groupBy(requests.state);
  for (const { state, count } of found) counts[state] = count;
  return counts;
}
