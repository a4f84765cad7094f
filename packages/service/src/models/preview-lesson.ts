import { and, eq } from "drizzle-orm";
import type { Proof } from "expunge";
import { batchCountOf, planLesson } from "expunge/process";
import type { Disclosure } from "../child/model-claims.js";
import type { Database, Transaction } from "../database/open-database.js";
import { type LessonLength, models } from "../database/tables.js";
import type { Meant } from "../requests/holds.js";
import { rowsThatFit } from "../rows/rows-for-model.js";
import { requireTeachable } from "./lessons.js";
import { lookAtProcess } from "./look-at-process.js";
import { kernelOf, slotsOf } from "./model-kernel.js";
import type { ModelView } from "./model-views.js";
import { findFitting, MAX_NUMBERS } from "./newcomers.js";
import { noiseAfterLesson, noiseNow } from "./noise-left.js";
import { claimsAside } from "./planner.js";
import { requireProcess, type StoredProcess } from "./stored-process.js";
import { TrialTime, timeStep } from "./try-ways.js";

/**
 * What a lesson would take, and what it would leave of what is claimed of its model. `holds` and `meaning` are those of its newest certificate, which
 * stays what it is. Without rows that would join there is no lesson: no steps, and nothing changes.
 */
export interface LessonPreview extends Meant {
  readonly modelId: string;
  /** Rows that would join. */
  readonly rowCount: number;
  /** Rows that stay out: those that requests have named, */
  readonly claimedRowCount: number;
  /** those that a correction is to put in the place of a row that the model has, */
  readonly awaitedRowCount: number;
  /** and those that one lesson does not hold: another one of the same length takes them. */
  readonly laterRowCount: number;
  readonly steps: number;
  /** Passes over all batches, those of the newcomers included. */
  readonly epochs: number;
  readonly gradientEvaluations: number;
  /** Expected duration of the steps, from a few of them; null where even those take too long to try. */
  readonly milliseconds: number | null;
  readonly batchCountBefore: number;
  readonly batchCountAfter: number;
  /** Standard deviation of all noise left in the score of a row of norm 1. */
  readonly noiseBefore: number;
  readonly noiseAfter: number;
  /** As of a model's view. */
  readonly privacyBefore: Proof | null;
  readonly privacyAfter: Proof | null;
  readonly disclosureBefore: Disclosure | null;
  readonly disclosureAfter: Disclosure | null;
}

/**
 * What a lesson would come to now, by what plans lessons; nothing is changed.
 *
 * @param model             as it is shown
 * @param maxLearnedNumbers as of lessons
 * @throws ExpungeError as `askForLesson`, but where no rows wait; E_LOCKED
 */
export async function previewLesson(
  database: Database,
  tenantId: string,
  model: ModelView,
  options: LessonLength,
  maxLearnedNumbers = MAX_NUMBERS,
): Promise<LessonPreview> {
  const { queries } = database;
  const { id: modelId } = model;
  const [found] = await queries
    .select({ state: models.state, options: models.options, plan: models.plan })
    .from(models)
    .where(and(eq(models.id, modelId), eq(models.tenantId, tenantId)));
  requireTeachable(found, options);
  return lookAtProcess(
    queries,
    () => requireProcess(queries, tenantId, modelId),
    (process) => previewOf(database, process, model, options, maxLearnedNumbers),
  );
}

async function previewOf(
  database: Database,
  process: StoredProcess,
  model: ModelView,
  options: LessonLength,
  maxLearnedNumbers: number,
): Promise<LessonPreview> {
  const { queries } = database;
  const { modelId, tenantId } = process;
  const { newcomers, looked } = await findFitting(database, process, (rows) =>
    rowsThatFit(database, process, rows, maxLearnedNumbers),
  );
  const { rows, others, room } = newcomers;
  const noiseBefore = await noiseNow(queries, modelId);
  const batchCountBefore = batchCountOf(process);
  const now = {
    modelId,
    rowCount: rows.length,
    claimedRowCount: others.claimed,
    awaitedRowCount: others.awaited,
    laterRowCount: others.later,
    holds: model.holds,
    meaning: model.meaning,
    batchCountBefore,
    noiseBefore,
    privacyBefore: model.privacy,
    disclosureBefore: model.disclosure,
  };
  if (looked === null)
    return {
      ...now,
      ...{ steps: 0, epochs: 0, gradientEvaluations: 0, milliseconds: 0 },
      ...{ batchCountAfter: batchCountBefore, noiseAfter: noiseBefore },
      ...{ privacyAfter: model.privacy, disclosureAfter: model.disclosure },
    };
  const { plan } = process;
  const { wider } = looked;
  const { steps, timeline } = planLesson(wider, { rowCount: rows.length, room }, options);
  const claims = await claimsAside(tenantId, plan, timeline);
  return {
    ...now,
    steps,
    epochs: steps / room.batchCount,
    gradientEvaluations: steps * plan.process.batchSize,
    milliseconds: await timeOf(database, process, wider, steps),
    batchCountAfter: room.batchCount,
    noiseAfter: await noiseAfterLesson(queries, process, { steps, stepsInAll: timeline.steps }),
    privacyAfter: claims.privacy,
    disclosureAfter: claims.disclosure,
  };
}

/** Tried on copies of the weights, without the newcomers but with the room for them: a step is as long with them. */
async function timeOf(
  transaction: Transaction,
  process: StoredProcess,
  wider: StoredProcess,
  steps: number,
): Promise<number | null> {
  const kernel = await kernelOf(process, slotsOf(transaction, process, wider), wider);
  try {
    const stepMs = await timeStep(kernel, process, new TrialTime());
    return stepMs === null ? null : steps * stepMs;
  } finally {
    kernel.dispose();
  }
}
