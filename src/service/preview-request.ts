import { and, eq } from "drizzle-orm";
import { claimFromEnergy, jointEnergy } from "../accounting/unlearning.js";
import type { Queries } from "../database/open-database.js";
import { datasets, models } from "../database/tables.js";
import { ExpungeError } from "../errors.js";
import { transcriptClaim } from "../unlearner/budget.js";
import { costOf } from "../unlearner/feasibility.js";
import type { DataDescription } from "../unlearner/model-state.js";
import { notFound, requireId } from "./ids.js";
import { keyringOf } from "./keyring.js";
import { slotsOfRows } from "./pages.js";
import { requireShape } from "./request-shape.js";
import { rowsLeft, rowsNamed } from "./rows-named.js";
import type { DeletionRequest, RequestPreview } from "./service.js";
import { readProcess } from "./stored-process.js";
import { ofTenant } from "./views.js";

/** What a request would cost each model that is trained; nothing is changed. @throws as `submitRequest`; ExpungeError E_INFEASIBLE */
export async function previewRequest(
  queries: Queries,
  tenantId: string,
  request: DeletionRequest,
): Promise<RequestPreview> {
  requireShape(request);
  const own = and(eq(datasets.id, requireId(request.datasetId, "data set")), ofTenant(datasets, tenantId));
  const [dataset] = await queries.select().from(datasets).where(own);
  if (!dataset?.description) throw notFound("data set");
  const { rowCount } = dataset.description as DataDescription;
  const searched = { id: dataset.id, rowCount, keyring: keyringOf(dataset.secret) };
  const [named] = await rowsNamed(queries, searched, [request]);
  if (!named || named instanceof ExpungeError) throw named;
  const rows = await rowsLeft(queries, dataset.id, named.rows);
  const trained = await queries
    .select({ id: models.id })
    .from(models)
    .where(eq(models.datasetId, dataset.id));
  const costs: RequestPreview["models"][number][] = [];
  for (const { id } of trained) {
    const process = await readProcess(queries, id);
    if (!process) continue;
    const { plan, timeline } = process;
    const { batchSize, batchCount } = plan.process;
    const slots = await slotsOfRows(queries, id, await rowsLeft(queries, dataset.id, rows, id));
    const { steps, claim, deleted } = costOf(process, slots, plan.target);
    const releases = steps === 0 ? timeline.releases : [...timeline.releases, timeline.steps + steps];
    const energy = jointEnergy({ process: plan.process, deleted, releases });
    const retrainSteps = Math.max(timeline.steps, plan.epochs * batchCount);
    costs.push({
      modelId: id,
      steps,
      gradientEvaluations: steps * batchSize,
      retrainSteps,
      claim,
      joint: claimFromEnergy(plan.process, plan.sigma, energy, plan.target.delta),
      transcript: transcriptClaim(plan, releases, plan.budget?.records ?? 1),
    });
  }
  return { rowCount: rows.length, models: costs };
}
