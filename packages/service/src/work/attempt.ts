import { and, eq, isNotNull } from "drizzle-orm";
import { ExpungeError } from "expunge";
import { causesOf, namingLostConnection } from "../database/connection-lost.js";
import type { Lease } from "../database/leases.js";
import type { Queries } from "../database/open-database.js";
import type { QueueName } from "../database/queue.js";
import { models } from "../database/tables.js";
import { learnModel } from "../models/learn-model.js";
import { trainModel } from "../models/train-model.js";
import { unlearnModel } from "../models/unlearn-model.js";
import { isAborted } from "../objects/ending-at.js";
import type { WorkerOptions } from "./worker-options.js";

const MIN_REST_MS = 500;
const MAX_REST_MS = 300_000;

/** Models by what was done with them when it failed. They are left alone for a while, longer each time: the others must not wait for them, nor deletions for a lesson. */
export type Rests = Map<string, Rest>;

/** What failed, and for how long it is left alone. */
export interface Rest {
  readonly forMs: number;
  readonly until: number;
  /** How often it has failed, one time after another, and how the last time. */
  readonly tries: number;
  readonly error: unknown;
}

type Context = WorkerOptions & { readonly lease: Lease };

/** "more" where there may be more to do, "failed" where it did, or was told to end; "skipped" where a model rests, or another worker is at it. */
export type Outcome = "done" | "more" | "failed" | "skipped";

/** Works on one model, where nobody else does. */
export async function attempt(
  options: WorkerOptions,
  rests: Rests,
  work: QueueName,
  modelId: string,
): Promise<Outcome> {
  const key = `${work} ${modelId}`;
  const rest = rests.get(key);
  if (rest && performance.now() < rest.until) return "skipped";
  try {
    const isMore = await options.database.exclusively(`model ${modelId}`, async (lease) => {
      const isMore = await workOn({ ...options, lease }, work, modelId);
      if (!isMore) await forgetFailure(options.database.queries, modelId);
      return isMore;
    });
    if (isMore === null) return "skipped";
    rests.delete(key);
    return isMore ? "more" : "done";
  } catch (error) {
    if (isToldToEnd(options, error)) return "failed";
    options.onFailure?.({ work, modelId, error: error as Error });
    letRest(rests, key, error);
    const failure = failureOf(error, rest !== undefined);
    if (failure !== null) await noteFailure(options.database.queries, modelId, failure);
    return "failed";
  }
}

/** @returns whether there may be more to do */
async function workOn(context: Context, work: QueueName, modelId: string): Promise<boolean> {
  if (work === "train") await trainModel(context, modelId);
  // After a training: the requests that came during it.
  const isMore = await unlearnModel(context, modelId);
  if (work === "unlearn" || isMore) return isMore;
  await learnModel(context, modelId);
  return unlearnModel(context, modelId);
}

/** Does something else for a model, which keeps nobody from the others where it fails: it is told, and rests. */
export async function attemptUpkeep(
  options: WorkerOptions,
  rests: Rests,
  key: string,
  modelId: string | null,
  use: () => Promise<unknown>,
): Promise<void> {
  const rest = rests.get(key);
  if (rest && performance.now() < rest.until) return;
  try {
    await use();
    rests.delete(key);
  } catch (error) {
    if (isToldToEnd(options, error)) return;
    options.onFailure?.({ work: "round", modelId, error: error as Error });
    letRest(rests, key, error);
  }
}

/** Twice as long as the last time. */
function letRest(rests: Rests, key: string, error: unknown): void {
  const { forMs: before, tries } = rests.get(key) ?? { forMs: MIN_REST_MS, tries: 0 };
  const forMs = Math.min(MAX_REST_MS, 2 * before);
  rests.set(key, { forMs, until: performance.now() + forMs, tries: tries + 1, error });
}

function isToldToEnd({ stopping }: WorkerOptions, error: unknown): boolean {
  return stopping?.aborted === true && isAborted(error);
}

/**
 * What is wrong with the model, for whoever looks at it; null where nothing is, since another worker was faster, say. What nobody has foreseen may be over the next
 * time, as a connection that was lost is: it is said where it comes again.
 */
function failureOf(error: unknown, isAgain: boolean): string | null {
  const named = namingLostConnection(error);
  if (error instanceof ExpungeError || (isAgain && named instanceof ExpungeError)) {
    const known = named as ExpungeError;
    return known.code === "E_CONFLICT" || known.code === "E_ABORTED" ? null : withoutPath(known);
  }
  // Nobody knows what its words may quote.
  return isAgain ? `An error that nobody has foreseen: the worker's log has it, as ${nameOf(error)}.` : null;
}

function nameOf(error: unknown): string {
  const { name, code } = causesOf(error).at(-1) ?? { name: "Error" };
  return typeof code === "string" ? code : name;
}

/** Where a worker keeps its files is nobody's business but its operator's, who has it in the log. */
function withoutPath({ message, details: { file } }: ExpungeError): string {
  return typeof file === "string" && file.includes("/") ? message.replaceAll(file, "a file") : message;
}

/** For whoever looks at the model: why its requests wait. It goes away with the next success. */
async function noteFailure(queries: Queries, modelId: string, failure: string): Promise<void> {
  await queries
    .update(models)
    .set({ failure })
    .where(eq(models.id, modelId))
    .catch(() => {});
}

/** Of one that has nothing left to do. One whose training failed, or waits, has its own. */
async function forgetFailure(queries: Queries, modelId: string): Promise<void> {
  const isOver = and(eq(models.id, modelId), eq(models.state, "ready"), isNotNull(models.failure));
  await queries.update(models).set({ failure: null }).where(isOver);
}
