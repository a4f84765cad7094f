import type { ReleaseView } from "../packages/service/src/models/model-views.js";
import type { Service } from "../packages/service/src/service/service.js";

/** Every release of a model, oldest first, page by page. */
export async function releasesOf(
  service: Service,
  tenantId: string,
  modelId: string,
): Promise<readonly ReleaseView[]> {
  const found: ReleaseView[] = [];
  for (let after: string | null = ""; after !== null; ) {
    const options: { limit: number; after?: string } = { limit: 200, ...(after === "" ? {} : { after }) };
    const { items, next } = await service.listReleases(tenantId, modelId, options);
    found.push(...items);
    after = next;
  }
  return found.reverse();
}
