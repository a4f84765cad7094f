import { and, eq, isNotNull, sql } from "drizzle-orm";
import { ExpungeError } from "expunge";
import { type Standing, withCapacityFor } from "expunge/process";
import type { Queries } from "../database/open-database.js";
import { models } from "../database/tables.js";
import type { RowsToCome } from "../datasets/rows-to-come.js";
import { mostAlone } from "../rows/rows-for-model.js";

/** The longest row of a correction. */
interface Longest {
  /** Its place. */
  readonly index: number;
  /** Its numbers other than 0. */
  readonly count: number;
}

/**
 * Whether every trained model of a data set can have the rows of a correction. Of one whose training ends later the worker finds out (models/correct-rows.ts).
 *
 * @throws ExpungeError E_DATA naming the place of a row too long; E_OPTION for too many with room for the longest
 */
export async function requireSpace(
  queries: Queries,
  datasetId: string,
  { rows: { sparse }, rowCount }: RowsToCome,
): Promise<void> {
  if (sparse === undefined || rowCount === 0) return;
  const longest = longestIn(sparse.starts);
  const isSparse = isNotNull(sql`${models.plan} -> 'sparse'`);
  const found = await queries
    .select({ id: models.id, plan: models.plan, timeline: models.timeline })
    .from(models)
    .where(and(eq(models.datasetId, datasetId), eq(models.state, "ready"), isSparse))
    .orderBy(models.id);
  for (const { id, plan, timeline } of found) {
    if (plan === null || timeline === null) continue;
    requireRows(id, withRoom(id, { plan, timeline }, longest), longest, rowCount);
  }
}

function longestIn(starts: Uint32Array): Longest {
  let longest = { index: 0, count: 0 };
  for (let index = 0; index + 1 < starts.length; index++) {
    const count = starts[index + 1]! - starts[index]!;
    if (count > longest.count) longest = { index, count };
  }
  return longest;
}

function withRoom(modelId: string, standing: Standing, { index, count }: Longest): Standing {
  try {
    return withCapacityFor(standing, count);
  } catch (error) {
    if (!(error instanceof ExpungeError && error.code === "E_DATA")) throw error;
    const message = `to[${index}]: ${error.message} Nothing was accepted. Delete the row, or delete model ${modelId}.`;
    throw new ExpungeError("E_DATA", message, { ...error.details, index, modelId });
  }
}

function requireRows(modelId: string, wider: Standing, { index, count }: Longest, rowCount: number): void {
  const expected = mostAlone(wider);
  if (rowCount <= expected) return;
  throw new ExpungeError(
    "E_OPTION",
    `Expected at most ${expected} corrected rows at once, found ${rowCount}: each takes as much room in model ${modelId} as the longest there is, and to[${index}] has ${count} numbers other than 0. Nothing was accepted. Correct them in several requests.`,
    { index, expected, found: rowCount, modelId },
  );
}
