import { and, asc, desc, eq, sql } from "drizzle-orm";
import { ofTenant } from "../database/conditions.js";
import type { Queries } from "../database/open-database.js";
import { models, requests } from "../database/tables.js";
import type { LiveState } from "../models/model-views.js";
import { countRequests, type RequestCounts } from "../requests/request-counts.js";
import { type WatchedRequest, watchedRequests } from "../requests/watched-requests.js";

/** What is going on, for somebody who watches. */
export interface Activity {
  /** How many are in each state. */
  readonly requests: RequestCounts;
  /** Not finished yet, oldest first; at most 50. */
  readonly open: readonly WatchedRequest[];
  /** The last that were finished; at most 10. */
  readonly recent: readonly WatchedRequest[];
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

/** In the words of the indexes that have them in order. */
const IS_OPEN = sql`${requests.state} in ('accepted', 'running')`;
const IS_OVER = sql`${requests.state} in ('completed', 'failed', 'cancelled')`;

/** What is going on, for somebody who watches. */
export async function readActivity(queries: Queries, tenantId: string): Promise<Activity> {
  const own = eq(requests.tenantId, tenantId);
  const open = await queries
    .select()
    .from(requests)
    .where(and(own, IS_OPEN))
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
  const watched = await watchedRequests(queries, [...open, ...recent]);
  return {
    requests: await countRequests(queries, tenantId),
    open: watched.slice(0, open.length),
    recent: watched.slice(open.length),
    models: shown.map(({ state, steps, ...rest }) => ({
      ...rest,
      state: state as LiveState,
      steps: steps ?? 0,
    })),
  };
}
