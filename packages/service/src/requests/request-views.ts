import { eq, inArray } from "drizzle-orm";
import type { Holds } from "expunge";
import type { Queries } from "../database/open-database.js";
import {
  certificates,
  type RequestKind,
  type RequestState,
  type requests,
  type TaskState,
  tasks,
} from "../database/tables.js";
import { kindOf } from "./deletion-request.js";
import type { Draft } from "./draft-requests.js";
import { type Meant, meantByTask } from "./holds.js";

/* Requests as the service shows them. */

export interface TaskView extends Meant {
  readonly modelId: string;
  readonly state: TaskState;
  readonly certificateId: string | null;
  readonly failure: string | null;
  /** Rows that the model had, and that it removed or corrected for this request; null until then. */
  readonly removedCount: number | null;
}

export interface RequestView {
  readonly id: string;
  readonly datasetId: string;
  readonly kind: RequestKind;
  readonly state: RequestState;
  /** Rows that it removes. */
  readonly rowCount: number;
  /** What the tenant calls it by; null where it was not said. */
  readonly reference: string | null;
  readonly tasks: readonly TaskView[];
  readonly failure: string | null;
  readonly receivedAt: Date;
  readonly dueAt: Date;
  readonly completedAt: Date | null;
  /** What a protocol in front of this one asked to keep with the request. */
  readonly envelope: unknown;
}

/** A request just taken in, with what only whoever asked may know. */
export interface AcceptedRequest {
  readonly request: RequestView;
  /** Whether it is an earlier one that came again under its idempotency key. */
  readonly isRepeated: boolean;
  /** Places of subjects that nobody knows, which were skipped. */
  readonly unknown: readonly number[];
  /** Salt under which the ledger's entry commits to what was asked (`commitToRequest`); null for one repeated after its data set was deleted. */
  readonly ledgerSalt: string | null;
}

export async function requestViews(
  queries: Queries,
  found: readonly (typeof requests.$inferSelect)[],
): Promise<RequestView[]> {
  if (found.length === 0) return [];
  const ids = found.map(({ id }) => id);
  const tasksOf = byRequest(await findTasks(queries, ids));
  return found.map((request) => viewOf(request, tasksOf.get(request.id)));
}

export function viewOf(request: typeof requests.$inferSelect, own: readonly TaskView[] = []): RequestView {
  return {
    id: request.id,
    datasetId: request.datasetId,
    kind: request.kind,
    state: request.state,
    rowCount: request.rowCount,
    reference: request.reference,
    tasks: own,
    failure: request.failure,
    receivedAt: request.receivedAt,
    dueAt: request.dueAt,
    completedAt: request.completedAt,
    envelope: request.envelope,
  };
}

/** A task with the request that it is of. */
export interface FoundTask {
  readonly requestId: string;
  readonly view: TaskView;
}

/** A task as it lies in the database, with what its certificate proves. */
export interface TaskRow extends Omit<TaskView, keyof Meant> {
  readonly requestId: string;
  readonly holds: Holds | null;
}

export const taskOf = ({ requestId, holds, ...task }: TaskRow): FoundTask => ({
  requestId,
  view: { ...task, ...meantByTask(task.state, holds) },
});

async function findTasks(queries: Queries, ids: readonly string[]): Promise<FoundTask[]> {
  const { requestId, modelId, state, certificateId, failure, removedCount } = tasks;
  const found = await queries
    .select({ requestId, modelId, state, certificateId, failure, removedCount, holds: certificates.holds })
    .from(tasks)
    .leftJoin(certificates, eq(certificates.id, tasks.certificateId))
    .where(inArray(requestId, [...ids]))
    .orderBy(modelId);
  return found.map(taskOf);
}

/** In their order. */
export function byRequest(found: readonly FoundTask[]): ReadonlyMap<string, TaskView[]> {
  const views = new Map<string, TaskView[]>();
  for (const { requestId, view } of found) {
    const own = views.get(requestId);
    if (own) own.push(view);
    else views.set(requestId, [view]);
  }
  return views;
}

/** When a request was taken in, and by when it must be done. */
export interface Times {
  readonly receivedAt: Date;
  readonly dueAt: Date;
}

/** As it would be read: nothing has been done about it yet. */
export function viewOfNew(
  { id, request }: Pick<Draft, "id" | "request">,
  times: Times,
  rowCount: number,
  modelIds: readonly string[],
): RequestView {
  const { datasetId, envelope = null, reference } = request;
  const task = {
    state: "waiting",
    certificateId: null,
    failure: null,
    removedCount: null,
    ...meantByTask("waiting", null),
  } as const;
  return {
    ...{ id, datasetId, kind: kindOf(request), state: "accepted", rowCount, envelope, ...times },
    reference: reference ?? null,
    tasks: modelIds.toSorted().map((modelId) => ({ modelId, ...task })),
    failure: null,
    completedAt: null,
  };
}
