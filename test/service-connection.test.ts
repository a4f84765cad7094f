import { tmpdir } from "node:os";
import { createSigner } from "expunge";
import { sourceOf } from "expunge/data";
import { verify } from "expunge/verify";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newId } from "../packages/service/src/database/ids.js";
import { type Database, openDatabase } from "../packages/service/src/database/open-database.js";
import { openQueue, type Queue } from "../packages/service/src/database/queue.js";
import { tenants } from "../packages/service/src/database/tables.js";
import type { AcceptedRequest } from "../packages/service/src/requests/request-views.js";
import { createService } from "../packages/service/src/service/create-service.js";
import type { Service } from "../packages/service/src/service/service.js";
import { startWorker, type Worker } from "../packages/service/src/work/worker.js";
import { createPostgres, postgresPrograms, type TestPostgres } from "./postgres.js";
import { releasesOf } from "./releases-of.js";
import { syntheticDataset } from "./synthetic.js";

const hasPostgres = postgresPrograms() !== null;
if (!hasPostgres) console.warn("SKIPPED: losing connections needs PostgreSQL (apt-get install postgresql).");

const CUTS = 60;
const REQUESTS = 120;
const signer = createSigner(new Uint8Array(32).fill(3));
const dataset = syntheticDataset({ rowCount: 1000 });
const tenantId = newId();
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe.skipIf(!hasPostgres)(`while every connection is cut ${CUTS} times`, () => {
  let postgres: TestPostgres;
  let database: Database;
  let queue: Queue;
  let service: Service;
  let worker: Worker;
  let admin: pg.Client;

  beforeAll(async () => {
    postgres = await createPostgres();
    database = await openDatabase(postgres.url);
    queue = await openQueue(database);
    service = createService(database, queue);
    await database.queries.insert(tenants).values({ id: tenantId, name: "connection" });
    admin = new pg.Client({ connectionString: postgres.url, application_name: "admin" });
    await admin.connect();
    worker = startWorker({
      database,
      queue,
      scratch: tmpdir(),
      signer: async () => signer,
      pollMs: 5,
      sweepMs: 100,
      maxBatch: 3,
    });
  });
  afterAll(async () => {
    await worker?.stop();
    await admin?.end();
    await queue?.close();
    await database?.close();
    await postgres?.remove();
  });

  /** As a careful client does: the same key until there is an answer. */
  async function insist<T>(call: () => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await call();
      } catch (error) {
        if (attempt === 200) throw error;
        await pause(10);
      }
    }
  }

  it("nothing that was accepted is lost, and nothing is done twice", async () => {
    const source = sourceOf(dataset);
    const { id: datasetId } = await service.createDataset(tenantId, { name: "people", source, schema: null });
    const options = { epsilon: 1, delta: 1e-4, epochs: 2, batchSize: 20, maxSteps: 20_000 };
    const { id: modelId } = await service.createModel(tenantId, { name: "m", datasetId, options });
    while ((await insist(() => service.getModel(tenantId, modelId))).state !== "ready") await pause(20);

    let cut = 0;
    const cutting = (async () => {
      for (let i = 0; i < CUTS; i++) {
        await pause(20 + 60 * Math.random());
        const { rowCount } = await admin.query(
          "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'expunge'",
        );
        cut += rowCount ?? 0;
      }
    })();
    const accepted: AcceptedRequest[] = [];
    for (let row = 0; row < REQUESTS; row++) {
      const idempotencyKey = newId();
      const request = { datasetId, rows: [row], idempotencyKey };
      accepted.push(await insist(() => service.submit(tenantId, request)));
      await pause(20);
    }
    await cutting;
    expect(cut).toBeGreaterThan(CUTS);
    for (const { request } of accepted) {
      while ((await insist(() => service.getRequest(tenantId, request.id))).state !== "completed")
        await pause(20);
    }

    const { timeline } = await service.getModel(tenantId, modelId);
    expect(timeline?.deletedCount).toBe(REQUESTS);
    const served = await releasesOf(service, tenantId, modelId);
    expect(served.reduce((sum, { rowCount }) => sum + rowCount, 0)).toBe(REQUESTS);
    const { rows } = await admin.query("select count(*)::int as count from requests");
    expect(rows).toEqual([{ count: REQUESTS }]);
    const ids = new Set<string>();
    for (const { request } of accepted) {
      const { tasks } = await service.getRequest(tenantId, request.id);
      ids.add(tasks[0]?.certificateId as string);
    }
    const certified = served.flatMap(({ certificateId }) => certificateId ?? []);
    expect(certified.sort()).toEqual([...ids].sort());
    expect(timeline?.requestCount).toBe(ids.size);
    for (const id of ids) {
      const { envelope } = await service.getCertificate(tenantId, id);
      expect(verify(envelope, { publicKey: signer.publicKey })).toMatchObject({ ok: true });
    }
  });
});
