import { count, inArray, type SQL, sql } from "drizzle-orm";
import type { Queries } from "../database/open-database.js";
import { type requests, type TaskState, tasks } from "../database/tables.js";
import { byRequest, findTasks, type RequestView, type TaskView, viewOf } from "./request-views.js";

/** A request as somebody who watches is told of it: of very many models, too, it is a few lines. */
export interface WatchedRequest extends RequestView {
  /** How many models it asks something of, by how far they are. */
  readonly taskCounts: TaskCounts;
  /** Of those that are done or failed the first, by the models' ids. */
  readonly tasks: readonly TaskView[];
}

type TaskCounts = Readonly<Record<TaskState, number>>;

/** Tasks of a request of which watchers are told. */
const MOST_TOLD = 3;
/** Tasks of all requests together up to which they are read; more are counted where they lie. */
const FEW = 500;

const NONE: TaskCounts = { waiting: 0, done: 0, failed: 0 };

interface Summary {
  readonly counts: ReadonlyMap<string, TaskCounts>;
  /** Of each request the first that do not wait. */
  readonly first: ReadonlyMap<string, readonly TaskView[]>;
}

export async function watchedRequests(
  queries: Queries,
  found: readonly (typeof requests.$inferSelect)[],
): Promise<WatchedRequest[]> {
  if (found.length === 0) return [];
  const ids = found.map(({ id }) => id);
  const some = await findTasks(queries, inArray(tasks.requestId, ids), FEW + 1);
  const { counts, first } = some.length <= FEW ? summaryOf(byRequest(some)) : await summarise(queries, ids);
  return found.map((request) => ({
    ...viewOf(request, first.get(request.id)),
    taskCounts: counts.get(request.id) ?? NONE,
  }));
}

function summaryOf(all: ReadonlyMap<string, readonly TaskView[]>): Summary {
  const counts = new Map<string, TaskCounts>();
  const first = new Map<string, readonly TaskView[]>();
  for (const [id, own] of all) {
    const states = { ...NONE };
    for (const { state } of own) states[state] += 1;
    counts.set(id, states);
    const over = own.filter(({ state }) => state !== "waiting");
    first.set(id, over.sort((a, b) => (a.modelId < b.modelId ? -1 : 1)).slice(0, MOST_TOLD));
  }
  return { counts, first };
}

async function summarise(queries: Queries, ids: readonly string[]): Promise<Summary> {
  const { requestId, state } = tasks;
  const counted = await queries
    .select({ requestId, state, count: count() })
    .from(tasks)
    .where(inArray(requestId, [...ids]))
    .groupBy(requestId, state);
  const counts = new Map<string, TaskCounts>();
  for (const one of counted)
    counts.set(one.requestId, { ...(counts.get(one.requestId) ?? NONE), [one.state]: one.count });
  const areOver = [...counts].filter(([, { done, failed }]) => done + failed > 0).map(([id]) => id);
  return { counts, first: byRequest(await findTasks(queries, areFirst(areOver))) };
}

/** Of each request's that do not wait, by the order of the key. */
const areFirst = (ids: readonly string[]): SQL => sql`(${tasks.requestId}, ${tasks.modelId}) in (
  select request_id, model_id from json_array_elements_text(${JSON.stringify(ids)}::json) asked (id) cross join lateral (
    select t.request_id, t.model_id from tasks t where t.request_id = asked.id::uuid and t.state <> 'waiting' order by t.model_id limit ${MOST_TOLD}
  ) first)`;
