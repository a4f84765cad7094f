import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { verify } from "expunge/verify";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openTestService, signer, type TestService } from "../packages/service/testing/test-service.js";
import { postgresPrograms } from "./postgres.js";
import { createTestDatabase, type TestDatabase } from "./shared-postgres.js";
import { syntheticDataset } from "./synthetic.js";
import {
  buildWorkerProgram,
  startWorkerProcess,
  type WorkerProcess,
  type WorkerProgram,
} from "./worker-program.js";

const hasPostgres = postgresPrograms() !== null;
if (!hasPostgres) console.warn("SKIPPED: workers that hang need PostgreSQL (apt-get install postgresql).");

const LEASE_MS = 2000;
const options = { epsilon: 1, delta: 1e-4, epochs: 2, batchSize: 20, maxSteps: 1000 };
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50));

describe.skipIf(!hasPostgres)("a worker that hangs (SIGSTOP)", () => {
  let root: string;
  let program: WorkerProgram;
  let postgres: TestDatabase;
  let opened: TestService;
  let modelId: string;
  let worker: WorkerProcess;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "expunge-leases-"));
    program = await buildWorkerProgram();
  });
  afterAll(async () => {
    await program?.remove();
    await rm(root, { recursive: true, force: true });
  });
  beforeEach(async () => {
    postgres = await createTestDatabase();
    opened = await openTestService(postgres.url, syntheticDataset({ rowCount: 400 }));
    const { service, tenantId, datasetId, work } = opened;
    modelId = (await service.createModel(tenantId, { name: "m", datasetId, options })).id;
    await work();
  });
  afterEach(async () => {
    await worker?.kill();
    await opened?.close();
    await postgres?.remove();
  });

  const start = (): void => {
    worker = startWorkerProcess(program, postgres.url, root, { leaseMs: LEASE_MS, waitsToSign: true });
  };
  const rowsOf = async (text: string): Promise<readonly Record<string, unknown>[]> =>
    (await opened.database.executor.executeSql(text)).rows as Record<string, unknown>[];
  /** Everything but who works on what. */
  async function everything(): Promise<string> {
    // Leases are prolonged, and counts added up, whatever is being done.
    const tables = await rowsOf(
      "select table_name from information_schema.tables where table_schema = 'public' and table_name not in ('leases', 'request_counts', 'request_count_changes') order by 1",
    );
    const found: unknown[] = [];
    for (const { table_name } of tables)
      found.push(await rowsOf(`select '${table_name}' as name, t::text from ${table_name} t order by 2`));
    return JSON.stringify(found);
  }
  async function submit(): Promise<string> {
    const { service, tenantId, datasetId } = opened;
    return (await service.submit(tenantId, { datasetId, rows: [1, 2, 3] })).request.id;
  }
  /** By another worker, which is here. */
  async function isTakenOver(requestId: string): Promise<void> {
    const { service, tenantId, work } = opened;
    while ((await service.getRequest(tenantId, requestId)).state !== "completed") {
      await work();
      await pause();
    }
    const { timeline } = await service.getModel(tenantId, modelId);
    expect(timeline).toMatchObject({ requestCount: 1, deletedCount: 3 });
    const { items } = await service.listCertificates(tenantId);
    expect(items).toHaveLength(1);
    expect(verify(items[0]?.envelope as never, { publicKey: signer.publicKey })).toMatchObject({ ok: true });
  }

  it("is taken over from, and changes nothing when it goes on", async () => {
    start();
    const id = await submit();
    await worker.said(/^signing/);
    worker.child.kill("SIGSTOP");
    await isTakenOver(id);
    const before = await everything();
    worker.tell("go");
    worker.child.kill("SIGCONT");
    expect(await worker.said(/^failed/)).toMatch(/E_(CONFLICT|ABORTED)/);
    expect(await everything()).toBe(before);
  });

  it("within a transaction, with locks that others wait for, loses them", async () => {
    start();
    const id = await submit();
    await worker.said(/^signing/);
    await opened.database.transaction(async ({ executor }) => {
      // Its transaction has changed the model already, and waits here for the rows' pages.
      await executor.executeSql("select 1 from model_pages for update");
      worker.tell("go");
      for (;;) {
        const waiting = await rowsOf(
          "select pid from pg_stat_activity where wait_event_type = 'Lock' and query like '%model_pages%'",
        );
        if (waiting.length > 0) break;
        await executor.executeSql("select 1");
        await pause();
      }
      worker.child.kill("SIGSTOP");
    });
    await isTakenOver(id);
    const before = await everything();
    worker.child.kill("SIGCONT");
    await worker.said(/^failed/);
    expect(await everything()).toBe(before);
  });
});
