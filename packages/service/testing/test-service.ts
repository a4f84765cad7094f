import { tmpdir } from "node:os";
import { eq } from "drizzle-orm";
import { createSigner } from "expunge";
import { type Dataset, sourceOf } from "expunge/data";
import { newId } from "../src/database/ids.js";
import type { Lease } from "../src/database/leases.js";
import { type Database, type OpenDatabaseOptions, openDatabase } from "../src/database/open-database.js";
import { openQueue, type Queue } from "../src/database/queue.js";
import { models, tenants } from "../src/database/tables.js";
import { createService } from "../src/service/create-service.js";
import type { Service } from "../src/service/service.js";
import { sweep, type WorkerOptions, workOnce } from "../src/work/worker.js";

/** Held by everybody at once: what then keeps two workers apart is the model's version. */
export const NO_LEASE: Lease = { signal: new AbortController().signal, hold: async () => {} };

export const signer = createSigner(new Uint8Array(32).fill(3));

/** A service that is not served, with a tenant and a data set; it works when a test tells it to. */
export interface TestService {
  readonly database: Database;
  readonly queue: Queue;
  readonly service: Service;
  readonly tenantId: string;
  readonly datasetId: string;
  context(more?: Partial<WorkerOptions>): WorkerOptions;
  /** Does all work that there is, and looks for what was left. */
  work(more?: Partial<WorkerOptions>): Promise<void>;
  close(): Promise<void>;
}

export async function openTestService(
  location: string,
  dataset: Dataset,
  options: OpenDatabaseOptions = {},
): Promise<TestService> {
  const database = await openDatabase(location, options);
  const queue = await openQueue(database);
  const service = createService(database, queue);
  const tenantId = newId();
  await database.queries.insert(tenants).values({ id: tenantId, name: tenantId });
  const source = sourceOf(dataset);
  const { id: datasetId } = await service.createDataset(tenantId, { name: "people", source, schema: null });
  const context = (more: Partial<WorkerOptions> = {}): WorkerOptions => ({
    ...{ database, queue, signer: async () => signer, scratch: tmpdir() },
    ...more,
  });
  return {
    ...{ database, queue, service, tenantId, datasetId, context },
    async work(more) {
      while ((await workOnce(context(more))) > 0);
      await sweep(context(more));
    },
    async close() {
      await queue.close();
      await database.close();
    },
  };
}

/** Makes a model that waits for its training one that will be able to forget nobody, which no service would make. */
export async function makeHopeless({ queries }: Database, modelId: string): Promise<void> {
  const [found] = await queries
    .select({ options: models.options })
    .from(models)
    .where(eq(models.id, modelId));
  const options = { ...(found?.options as object), sigma: 1e-6, maxSteps: 1 };
  await queries.update(models).set({ options }).where(eq(models.id, modelId));
}
