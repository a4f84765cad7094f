import { and, eq, sql } from "drizzle-orm";
import { ExpungeError } from "expunge";
import { newId, notFound } from "../database/ids.js";
import type { Lease } from "../database/leases.js";
import type { Database, Queries, Transaction } from "../database/open-database.js";
import type { Queue } from "../database/queue.js";
import { type LessonLength, lessons, models, type Schedule } from "../database/tables.js";
import { requireMayLearn } from "../requests/adaptive-models.js";
import { MAY_LEARN, WAITING, waitingRows } from "./waiting-rows.js";

/* When models learn: because somebody asks for it, or by their schedules. Time is the database's. */

export type StoredLesson = typeof lessons.$inferSelect;

/** A lesson that a model is to be given. */
export type Lesson = Pick<StoredLesson, "id" | "options" | "isScheduled">;

/** One as long, for the rows that a lesson has left. */
export function lessonAfter(modelId: string, { options, isScheduled }: Lesson): typeof lessons.$inferInsert {
  return { id: newId(), modelId, state: "waiting", options, isScheduled };
}

/** A lesson as the service shows it. */
export type LessonView = StoredLesson;

const MAX_COUNT = 1e6;
const MAX_HOURS = 24 * 366;

/** @throws ExpungeError E_OPTION */
export function requireLength({ epochs, steps }: LessonLength): void {
  if (epochs !== undefined && steps !== undefined)
    throw new ExpungeError("E_OPTION", "Expected epochs or steps, not both.");
  requireRange("epochs", epochs, { max: MAX_COUNT, isWhole: true });
  requireRange("steps", steps, { max: Number.MAX_SAFE_INTEGER, isWhole: true });
}

function requireRange(
  name: string,
  value: number | undefined,
  { max, isWhole }: { readonly max: number; readonly isWhole: boolean },
): void {
  if (value === undefined) return;
  const least = isWhole ? value >= 1 && Number.isInteger(value) : value > 0;
  if (least && value <= max) return;
  const expected = isWhole ? `a whole number from 1 to ${max}` : `above 0 and at most ${max}`;
  throw new ExpungeError("E_OPTION", `Expected ${name} = ${value} to be ${expected}.`);
}

/** @throws ExpungeError E_OPTION */
export function requireSchedule(schedule: Schedule): void {
  const { everyHours, rows } = schedule;
  requireLength(schedule);
  if (everyHours === undefined && rows === undefined)
    throw new ExpungeError("E_OPTION", "Expected everyHours, rows or both: when the model is to learn.");
  requireRange("everyHours", everyHours, { max: MAX_HOURS, isWhole: false });
  requireRange("rows", rows, { max: 2 ** 31, isWhole: true });
}

/**
 * Asks for a lesson. One at most waits for a model: whoever asks for it again gets that one.
 *
 * @throws ExpungeError E_NOT_FOUND, E_OPTION; E_CONFLICT where no rows wait, the model is not ready, or a lesson of another length waits
 */
export async function askForLesson(
  database: Database,
  queue: Queue,
  { tenantId, modelId }: { readonly tenantId: string; readonly modelId: string },
  options: LessonLength,
): Promise<LessonView> {
  return database.transaction(async (transaction) => {
    const { queries, executor } = transaction;
    const own = and(eq(models.id, modelId), eq(models.tenantId, tenantId));
    const [model] = await queries
      .select({ state: models.state, options: models.options, plan: models.plan })
      .from(models)
      .where(own)
      .for("no key update");
    requireTeachable(model, options);
    const waiting = await waitingLesson(queries, modelId);
    if (waiting) return requireSame(waiting, options);
    if ((await waitingRows(queries, [modelId])).get(modelId) === 0)
      throw new ExpungeError(
        "E_CONFLICT",
        "No rows wait: the model has looked at all of its data set. Add rows to the data set first.",
      );
    const id = newId();
    const values = { id, modelId, state: "waiting", options, isScheduled: false } as const;
    const [made] = await queries.insert(lessons).values(values).returning();
    await queue.add("train", [modelId], executor);
    return made as LessonView;
  });
}

/**
 * Whether a model may be asked to learn.
 *
 * @throws ExpungeError E_NOT_FOUND, E_OPTION; E_CONFLICT where it is not ready
 */
export function requireTeachable(
  model: Pick<typeof models.$inferSelect, "state" | "options" | "plan"> | undefined,
  length: LessonLength,
): void {
  requireLength(length);
  if (!model || model.state === "deleted") throw notFound("model");
  requireMayLearn(model);
  if (model.state !== "ready")
    throw new ExpungeError("E_CONFLICT", `The model is ${model.state}, not ready.`, { state: model.state });
  if (length.steps !== undefined && model.plan?.releaseAt === "epoch")
    throw new ExpungeError("E_OPTION", "Expected epochs: this model is released only where an epoch ends.");
}

function requireSame(waiting: StoredLesson, options: LessonLength): LessonView {
  const { epochs, steps } = waiting.options;
  if (epochs === options.epochs && steps === options.steps) return waiting;
  throw new ExpungeError("E_CONFLICT", "A lesson of another length waits for this model already.");
}

async function waitingLesson(queries: Queries, modelId: string): Promise<StoredLesson | undefined> {
  const [found] = await queries
    .select()
    .from(lessons)
    .where(and(eq(lessons.modelId, modelId), eq(lessons.state, "waiting")));
  return found;
}

/** The lesson that a model is to be given now: one that waits, or one that its schedule asks for. */
export function nextLesson(
  { database, lease }: { readonly database: Database; readonly lease: Lease },
  modelId: string,
): Promise<Lesson | null> {
  return database.transaction(async ({ queries }) => {
    await lease.hold(queries);
    const waiting = await waitingLesson(queries, modelId);
    if (waiting) return waiting;
    if ((await modelsDue(queries, modelId)).length === 0) return null;
    const [model] = await queries
      .select({ schedule: models.schedule })
      .from(models)
      .where(eq(models.id, modelId));
    const { epochs, steps } = model?.schedule ?? {};
    const options = {
      ...(epochs === undefined ? {} : { epochs }),
      ...(steps === undefined ? {} : { steps }),
    };
    const values = { id: newId(), modelId, state: "waiting", options, isScheduled: true } as const;
    const [made] = await queries.insert(lessons).values(values).onConflictDoNothing().returning();
    return made ?? null;
  });
}

/**
 * Models whose schedules ask for a lesson now, those first whose last one is longest ago. After a lesson that failed a schedule pauses until somebody asks for a lesson, or
 * sets it anew.
 *
 * @param modelId of one; default all
 */
export async function modelsDue(queries: Queries, modelId: string | null = null): Promise<DueModel[]> {
  const { rows } = (await queries.execute(sql`
    select id, tenant_id as "tenantId" from (
      select m.id, m.tenant_id, m.schedule, ${sql.raw(WAITING)} as waiting, newest.state as state,
        coalesce(newest.finished_at, (select max(r.released_at) from releases r where r.model_id = m.id and r.kind = 'training')) as since
      from models m join datasets d on d.id = m.dataset_id
      left join lateral (
        select l.state, l.finished_at from lessons l where l.model_id = m.id order by l.asked_at desc, l.id desc limit 1
      ) newest on true
      where ${sql.raw(MAY_LEARN)} and m.schedule is not null and (${modelId}::uuid is null or m.id = ${modelId}::uuid)
    ) scheduled
    where waiting > 0 and coalesce(state, 'done') = 'done' and (
      waiting >= (schedule ->> 'rows')::float8
      or since + (schedule ->> 'everyHours')::float8 * interval '1 hour' <= clock_timestamp()
    ) order by since, id
  `)) as unknown as { rows: DueModel[] };
  return rows;
}

interface DueModel {
  readonly id: string;
  readonly tenantId: string;
}

/**
 * Sets when a model learns by itself, or that it does not. A lesson that failed before no longer keeps it from learning.
 *
 * @throws ExpungeError E_OPTION, E_NOT_FOUND
 */
export async function setSchedule(
  { queries }: Transaction,
  { tenantId, modelId }: { readonly tenantId: string; readonly modelId: string },
  schedule: Schedule | null,
): Promise<void> {
  if (schedule !== null) requireSchedule(schedule);
  const own = and(eq(models.id, modelId), eq(models.tenantId, tenantId));
  const isIt = and(own, sql`${models.state} <> 'deleted'`);
  const [found] = await queries
    .select({ options: models.options, plan: models.plan })
    .from(models)
    .where(isIt);
  if (!found) throw notFound("model");
  if (schedule !== null) requireMayLearn(found);
  await queries.update(models).set({ schedule }).where(isIt);
  await queries.delete(lessons).where(and(eq(lessons.modelId, modelId), eq(lessons.state, "failed")));
}
