import { and, eq } from "drizzle-orm";
import { ExpungeError } from "expunge";
import { rowWidthAt, type Standing, withCapacityFor } from "expunge/process";
import type { Queries } from "../database/open-database.js";
import { models } from "../database/tables.js";
import type { RowsToCome } from "../datasets/rows-to-come.js";
import { mostCorrected } from "../rows/rows-for-model.js";

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
 * @param most numbers that they may have together as a model's slots hold them
 * @throws ExpungeError E_DATA naming the place of a row too long; E_OPTION for too many of them, with room for the longest where the model's rows are sparse
 */
export async function requireSpace(
  queries: Queries,
  datasetId: string,
  { rows: { sparse }, rowCount }: Pick<RowsToCome, "rows" | "rowCount">,
  most?: number,
): Promise<void> {
  const longest = longestIn(sparse?.starts ?? new Uint32Array(0));
  const found = await queries
    .select({ id: models.id, plan: models.plan, timeline: models.timeline })
    .from(models)
    .where(and(eq(models.datasetId, datasetId), eq(models.state, "ready")))
    .orderBy(models.id);
  for (const { id, plan, timeline } of found) {
    if (plan === null || timeline === null) continue;
    const standing = { plan, timeline };
    const wider = plan.sparse ? withRoom(id, standing, longest) : standing;
    const expected = mostCorrected(wider, most);
    if (rowCount > expected) throw tooMany(id, wider, { expected, found: rowCount, longest });
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

function tooMany(
  modelId: string,
  wider: Standing,
  {
    expected,
    found,
    longest: { index, count },
  }: { readonly expected: number; readonly found: number; readonly longest: Longest },
): ExpungeError {
  const isSparse = wider.plan.sparse !== undefined;
  const reason = isSparse
    ? `each takes as much room in model ${modelId} as the longest there is, and to[${index}] has ${count} numbers other than 0`
    : `each is ${rowWidthAt(wider)} numbers long in model ${modelId}`;
  return new ExpungeError(
    "E_OPTION",
    `Expected at most ${expected} corrected rows at once, found ${found}: ${reason}. Nothing was accepted. Correct them in several requests.`,
    { field: "to", expected, found, modelId, ...(isSparse ? { index } : {}) },
  );
}
