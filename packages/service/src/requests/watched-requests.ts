import { count, inArray, sql } from "drizzle-orm";
import type { Queries } from "../database/open-database.js";
import { type requests, type TaskState, tasks } from "../database/tables.js";
import {
  byRequest,
  type FoundTask,
  type RequestView,
  type TaskRow,
  type TaskView,
  taskOf,
  viewOf,
} from "./request-views.js";

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
/** Tasks of a request up to which all of them are read; more are counted where they lie. */
const FEW = 20;

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
  const some = [...byRequest(await firstTasks(queries, ids, { most: FEW + 1 }))];
  const few = summaryOf(some.filter(([, own]) => own.length <= FEW));
  const many = await summarise(
    queries,
    some.filter(([, own]) => own.length > FEW).map(([id]) => id),
  );
  return found.map((request) => ({
    ...viewOf(request, few.first.get(request.id) ?? many.first.get(request.id)),
    taskCounts: few.counts.get(request.id) ?? many.counts.get(request.id) ?? NONE,
  }));
}

function summaryOf(all: readonly (readonly [string, readonly TaskView[]])[]): Summary {
  const counts = new Map<string, TaskCounts>();
  const first = new Map<string, readonly TaskView[]>();
  for (const [id, own] of all) {
    const states = { ...NONE };
    for (const { state } of own) states[state] += 1;
    counts.set(id, states);
    first.set(id, own.filter(({ state }) => state !== "waiting").slice(0, MOST_TOLD));
  }
  return { counts, first };
}

async function summarise(queries: Queries, ids: readonly string[]): Promise<Summary> {
  if (ids.length === 0) return { counts: new Map(), first: new Map() };
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
  const over = await firstTasks(queries, areOver, { most: MOST_TOLD, isOver: true });
  return { counts, first: byRequest(over) };
}

/**
 * Of each request the first tasks, by the models' ids, as the key has them in order: no more are read than those, and what comes before them.
 *
 * @param isOver those that are done or failed alone
 */
async function firstTasks(
  queries: Queries,
  ids: readonly string[],
  { most, isOver = false }: { readonly most: number; readonly isOver?: boolean },
): Promise<FoundTask[]> {
  const which = isOver ? sql`and state <> 'waiting'` : sql``;
  const { rows } = (await queries.execute(sql`
    select t.request_id as "requestId", t.model_id as "modelId", t.state, t.certificate_id as "certificateId", t.failure,
      t.removed_count as "removedCount", c.holds
    from json_array_elements_text(${JSON.stringify(ids)}::json) asked (id) cross join lateral (
      select * from tasks where request_id = asked.id::uuid ${which} order by model_id limit ${most}
    ) t left join certificates c on c.id = t.certificate_id
    order by t.model_id`)) as unknown as { rows: TaskRow[] };
  return rows.map(taskOf);
}
