import { eq } from "drizzle-orm";
import type { Queries } from "../database/open-database.js";
import { lessons, models } from "../database/tables.js";
import { deletePages } from "./delete-model.js";

/** Erases what a model was: it waits for a training on what is left of its rows, or is deleted. What requests ask of it stays to be seen to. */
export async function beginAnew(
  queries: Queries,
  id: string,
  { state, version }: { readonly state: "waiting" | "deleted"; readonly version: number },
): Promise<void> {
  await queries
    .update(models)
    .set({
      ...{ state, version },
      plan: null,
      timeline: null,
      disclosure: null,
      weights: null,
      progress: null,
      failure: null,
    })
    .where(eq(models.id, id));
  await deletePages(queries, id);
  await queries.delete(lessons).where(eq(lessons.modelId, id));
}
