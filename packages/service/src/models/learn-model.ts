import { and, eq } from "drizzle-orm";
import { ExpungeError } from "expunge";
import { type LearnedSlots, learnSlots, planLesson, slotCountOf, type WatchedRun } from "expunge/process";
import { NOW } from "../database/clock.js";
import { heeding } from "../database/ending-at.js";
import { insertJson } from "../database/insert-json.js";
import { signalOf } from "../database/leases.js";
import { isOneOf } from "../database/one-of.js";
import type { Queries } from "../database/open-database.js";
import type { StoredJudgement } from "../database/stored-judgement.js";
import { joinedRows, lessons, models, releases, returnedRows } from "../database/tables.js";
import { requireMayLearn } from "../requests/adaptive-models.js";
import { orderOfModel, putNewSlots } from "../rows/model-order.js";
import { type PutSlots, placeSlots } from "../rows/pages.js";
import { contentsForModel } from "../rows/rows-for-model.js";
import { type PlacedPages, placePages } from "../rows/stored-pages.js";
import { orDiscard } from "../rows/sweep-objects.js";
import { isAnyDue } from "./begin-training.js";
import { type Score, scoreRelease } from "./evaluate-release.js";
import { hasForgotten } from "./forgotten-rows.js";
import { judgeRelease } from "./judge-release.js";
import { type Lesson, lessonAfter, nextLesson } from "./lessons.js";
import { kernelOf, putChanged, slotsOf } from "./model-kernel.js";
import { findFitting, MAX_NUMBERS, type Newcomers } from "./newcomers.js";
import { noiseAfterLesson } from "./noise-left.js";
import { ownRowsOf } from "./own-rows.js";
import {
  bytesOfWeights,
  disclosureOf,
  joinedRanges,
  readProcess,
  type StoredProcess,
} from "./stored-process.js";
import type { UnlearnContext } from "./unlearn-model.js";
import { LOOK_MS, MARGIN_MS, SAFETY, type WatchOptions } from "./watch-training.js";

/** As of trainings: lessons let deletions of other models go first, and look for requests of their own that cannot wait at least as often as trainings save. */
export interface LearnContext extends UnlearnContext, Pick<WatchOptions, "giveWay" | "checkpointMs"> {
  /** Most rows that one lesson takes, unless it is fewer that fit; default 262,144. The others are the next one's. */
  readonly maxLearned?: number;
  /** Most numbers that these may have together as slots hold them; default 2^24. */
  readonly maxLearnedNumbers?: number;
}

/** Thrown where a lesson makes room for a request that cannot wait for its end; it begins again behind it. */
class Postponed extends Error {}

/**
 * Gives a model the lesson that waits for it, or that its schedule asks for: the rows that have come since join it in free slots, further steps of the
 * same process run, and the model is released. One transaction: weights, timeline, rows, order and the lesson's end. Until it commits nothing of it is
 * there: a lesson that was interrupted begins anew, with other slots and fresh noise, and nobody has seen what ran before.
 *
 * Rows that a request has claimed do not join.
 *
 * @throws ExpungeError E_CONFLICT where another worker was faster, E_ABORTED; whatever else fails, to be tried again
 */
export async function learnModel(work: LearnContext, modelId: string): Promise<void> {
  const context = heeding(work);
  const lesson = await nextLesson(context, modelId);
  if (lesson === null) return;
  const process = await readProcess(context.database.queries, modelId);
  // Not trained yet: the end of the training looks for lessons.
  if (process === null) return;
  try {
    await give(context, process, lesson);
  } catch (error) {
    if (error instanceof Postponed) return;
    if (!isFinal(error)) throw error;
    await fail(context, lesson, error);
  }
}

/** What would go wrong again: what does not fit into memory too. */
function isFinal(error: unknown): error is Error {
  if (error instanceof RangeError) return true;
  const codes = ["E_OPTION", "E_ASSUMPTION", "E_DATA", "E_INFEASIBLE"];
  return error instanceof ExpungeError && codes.includes(error.code);
}

async function give(context: LearnContext, process: StoredProcess, lesson: Lesson): Promise<void> {
  const { database, maxLearnedNumbers = MAX_NUMBERS } = context;
  const { plan, modelId } = process;
  // Whoever asked for it before that was refused.
  requireMayLearn({ options: {}, plan });
  const { newcomers, looked } = await findFitting(
    database,
    process,
    (rows) => contentsForModel(database, process, rows, maxLearnedNumbers),
    context.maxLearned,
  );
  const { rows, room, rowCount } = newcomers;
  if (looked === null) return commit(context, process, lesson, newcomers, null);
  const { contents, wider } = looked;
  const asked = { rowCount: rows.length, room, contents };
  const { steps } = planLesson(wider, asked, lesson.options);
  const stored = slotsOf(database, process, wider);
  const kernel = await kernelOf(process, stored, wider);
  try {
    const onSlice = watchLesson(context, process, steps);
    const options = { ...lesson.options, signal: signalOf(context), onSlice };
    const learned = await learnSlots(wider, kernel, asked, options);
    const { weights, timeline, changed } = learned;
    const score = await scoreRelease(database, modelId, { ...process, weights });
    const slotCount = slotCountOf({ plan, timeline });
    const next = { weights, changed, slotCount };
    const judgement = await judgeRelease(score, plan, () => ownRowsOf(stored, process, wider, next));
    const put = await putChanged(database, process, wider, changed, slotCount);
    await orDiscard(database, put.pages, async () => {
      const order = await putNewSlots(database, modelId, { rows, slots: changed.slots }, rowCount);
      await orDiscard(database, order, () =>
        commit(context, process, lesson, newcomers, { ...learned, score, judgement, put, order }),
      );
    });
  } finally {
    kernel.dispose();
  }
}

/** What is done between the steps of a lesson. */
function watchLesson(
  { database, giveWay, checkpointMs = LOOK_MS }: LearnContext,
  { modelId }: StoredProcess,
  steps: number,
): NonNullable<WatchedRun["onSlice"]> {
  const start = performance.now();
  const lookMs = Math.min(LOOK_MS, checkpointMs);
  let lookAt = start + lookMs;
  return async ({ stepsDone }) => {
    await giveWay?.();
    const now = performance.now();
    if (now < lookAt) return;
    lookAt = now + lookMs;
    const leftMs = ((now - start) / stepsDone) * (steps - stepsDone);
    if (await isAnyDue(database.queries, modelId, SAFETY * leftMs + MARGIN_MS)) throw new Postponed();
  };
}

interface Given extends LearnedSlots {
  readonly score: Score;
  readonly judgement: StoredJudgement | null;
  /** The model's pages and its order with the newcomers, already written. */
  readonly put: PutSlots;
  readonly order: readonly PlacedPages[];
}

function commit(
  { database, lease }: LearnContext,
  process: StoredProcess,
  lesson: Lesson,
  newcomers: Newcomers,
  given: Given | null,
): Promise<void> {
  const { modelId, version, plan } = process;
  return database.transaction(async (transaction) => {
    const { queries, executor } = transaction;
    await lease.hold(queries);
    await requireNotGone(queries, process, newcomers.rows);
    const changed = await queries
      .update(models)
      .set({
        rowCount: newcomers.lookedAt,
        settledCount: newcomers.settled,
        failure: null,
        ...(given && {
          weights: bytesOfWeights(given.weights),
          judgement: given.judgement,
          timeline: given.timeline,
          disclosure: disclosureOf(plan, given.timeline),
          version: version + 1,
          pageSlots: given.put.pageSlots,
        }),
      })
      .where(and(eq(models.id, modelId), eq(models.version, version)))
      .returning({ id: models.id });
    if (changed.length === 0)
      throw new ExpungeError("E_CONFLICT", "The model has changed meanwhile; nothing was changed.");
    const end = { state: "done", rowCount: newcomers.rows.length, finishedAt: NOW } as const;
    await queries
      .update(lessons)
      .set({ ...end, version: given && version + 1 })
      .where(eq(lessons.id, lesson.id));
    if (newcomers.isMore) await queries.insert(lessons).values(lessonAfter(modelId, lesson));
    if (given === null) return;
    await placeSlots(executor, modelId, given.put);
    await placePages(executor, orderOfModel(modelId), given.order);
    const learned = isOneOf(returnedRows.row, newcomers.rows, "integer");
    await queries.delete(returnedRows).where(and(eq(returnedRows.modelId, modelId), learned));
    const ranges = joinedRanges(newcomers.rows, process.timeline.steps);
    await insertJson(
      executor,
      joinedRows,
      ranges.map((range) => ({ modelId, ...range })),
    );
    await queries.insert(releases).values({
      modelId,
      version: version + 1,
      kind: "lesson",
      steps: given.timeline.steps,
      unlearnSteps: given.steps,
      requestCount: 0,
      rowCount: 0,
      joinedCount: newcomers.rows.length,
      noise: await noiseAfterLesson(queries, process, {
        steps: given.steps,
        stepsInAll: given.timeline.steps,
      }),
      ...given.score,
    });
  }, "large");
}

/** A request that was served while the lesson ran took a row for one that the model never had. */
async function requireNotGone(
  queries: Queries,
  process: StoredProcess,
  rows: readonly number[],
): Promise<void> {
  if (!(await hasForgotten(queries, process, rows))) return;
  throw new ExpungeError("E_CONFLICT", "A request was served meanwhile; nothing was changed.");
}

/** Says why a lesson cannot be given. */
async function fail({ database, lease }: LearnContext, { id }: Lesson, error: Error): Promise<void> {
  await database.transaction(async ({ queries }) => {
    await lease.hold(queries);
    await queries
      .update(lessons)
      .set({ state: "failed", failure: error.message, finishedAt: NOW })
      .where(and(eq(lessons.id, id), eq(lessons.state, "waiting")));
  });
}
