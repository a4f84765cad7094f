import { eq } from "drizzle-orm";
import { ExpungeError } from "expunge";
import type { Queries } from "../database/open-database.js";
import { models } from "../database/tables.js";
import type { StoredProcess } from "./stored-process.js";

/**
 * Looks at a trained model and its rows, for an answer that changes nothing. No lock keeps a worker from writing its pages anew meanwhile, in another form too:
 * they do not fit what was read of the model then, though nothing is damaged. It is read once more.
 *
 * @param read the model, null where it is not there or not trained
 * @returns what was seen; null where there is nothing to look at
 * @throws ExpungeError E_LOCKED where it was changed twice; whatever `look` throws
 */
export async function lookAtProcess<P extends StoredProcess | null, T>(
  queries: Queries,
  read: () => Promise<P>,
  look: (process: NonNullable<P>) => Promise<T>,
): Promise<T | (P & null)> {
  for (let isAgain = false; ; isAgain = true) {
    const process = await read();
    if (process === null) return null as P & null;
    try {
      return await look(process as NonNullable<P>);
    } catch (error) {
      if (!isOfRows(error) || !(await hasChanged(queries, process))) throw error;
      if (isAgain)
        throw new ExpungeError("E_LOCKED", "The model is being worked on. Try again a little later.");
    }
  }
}

/** Pages that do not fit, or whose objects are gone. */
const isOfRows = (error: unknown): boolean =>
  error instanceof ExpungeError && (error.code === "E_MODEL" || error.code === "E_DATABASE");

async function hasChanged(queries: Queries, { modelId, version }: StoredProcess): Promise<boolean> {
  const [found] = await queries
    .select({ version: models.version })
    .from(models)
    .where(eq(models.id, modelId));
  return found?.version !== version;
}
