import { eq } from "drizzle-orm";
import { ExpungeError } from "expunge";
import type { Queries } from "../database/open-database.js";
import type { QueueName } from "../database/queue.js";
import { models } from "../database/tables.js";
import { learnModel } from "../models/learn-model.js";
import { trainModel } from "../models/train-model.js";
import { unlearnModel } from "../models/unlearn-model.js";
import type { WorkerOptions } from "./worker-options.js";

const MIN_REST_MS = 500;
const MAX_REST_MS = 300_000;

/** Models by what was done with them when it failed. They are left alone for a while, longer each time: the others must not wait for them, nor deletions for a lesson. */
export type Rests = Map<string, { readonly forMs: number; readonly until: number }>;

/**
 * Works on one model, where nobody else does.
 *
 * @returns "more" where there may be more to do, "later" where it failed, rests, or another worker is at it
 */
export async function attempt(
  options: WorkerOptions,
  rests: Rests,
  work: QueueName,
  modelId: string,
): Promise<"done" | "more" | "later"> {
  const key = `${work} ${modelId}`;
  const rest = rests.get(key);
  if (rest && performance.now() < rest.until) return "later";
  try {
    const isMore = await options.database.exclusively(`model ${modelId}`, async (lease) => {
      const context = { ...options, lease };
      if (work === "train") await trainModel(context, modelId);
      // After a training: the requests that came during it.
      const isMore = await unlearnModel(context, modelId);
      if (work === "unlearn" || isMore) return isMore;
      await learnModel(context, modelId);
      return unlearnModel(context, modelId);
    });
    if (isMore === null) return "later";
    rests.delete(key);
    return isMore ? "more" : "done";
  } catch (error) {
    if (isToldToEnd(options, error)) return "later";
    options.onFailure?.({ work, modelId, error: error as Error });
    const forMs = Math.min(MAX_REST_MS, 2 * (rest?.forMs ?? MIN_REST_MS));
    rests.set(key, { forMs, until: performance.now() + forMs });
    if (isOfModel(error)) await noteFailure(options.database.queries, modelId, withoutPath(error));
    return "later";
  }
}

function isToldToEnd({ stopping }: WorkerOptions, error: unknown): boolean {
  return stopping?.aborted === true && error instanceof ExpungeError && error.code === "E_ABORTED";
}

/** Whether something is wrong with the model; not where another worker was faster. */
function isOfModel(error: unknown): error is ExpungeError {
  return error instanceof ExpungeError && error.code !== "E_CONFLICT" && error.code !== "E_ABORTED";
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
