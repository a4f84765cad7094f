import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { verify } from "expunge/verify";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { sweepObjects } from "../packages/service/src/rows/sweep-objects.js";
import { storedBytes } from "../packages/service/testing/stored-rows.js";
import { openTestService, signer, type TestService } from "../packages/service/testing/test-service.js";
import { type Wire, wireTo } from "./cut-off.js";
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

describe.skipIf(!hasPostgres).each(["that hangs (SIGSTOP)", "whose packets are lost"] as const)(
  "a worker %s",
  (kind) => {
    let root: string;
    let program: WorkerProgram;
    let postgres: TestDatabase;
    let opened: TestService;
    let modelId: string;
    let worker: WorkerProcess;
    let wire: Wire;

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
      wire = await wireTo(postgres.url);
      opened = await openTestService(postgres.url, syntheticDataset({ rowCount: 400 }));
      const { service, tenantId, datasetId, work } = opened;
      modelId = (await service.createModel(tenantId, { name: "m", datasetId, options })).id;
      await work();
    });
    afterEach(async () => {
      await worker?.kill();
      await wire?.close();
      await opened?.close();
      await postgres?.remove();
    });

    const start = (): void => {
      worker = startWorkerProcess(program, wire.url, root, { leaseMs: LEASE_MS, waitsToSign: true });
    };
    const hide = (): void => {
      if (kind === "whose packets are lost") wire.stall();
      else worker.child.kill("SIGSTOP");
    };
    const show = (): void => {
      if (kind === "whose packets are lost") wire.mend();
      else worker.child.kill("SIGCONT");
    };
    const rowsOf = async (text: string): Promise<readonly Record<string, unknown>[]> =>
      (await opened.database.executor.executeSql(text)).rows as Record<string, unknown>[];
    /** Everything but who works on what. */
    async function everything(): Promise<string> {
      // Leases are prolonged, counts added up, and the place of rows is swept, whatever is being done.
      const tables = await rowsOf(
        "select table_name from information_schema.tables where table_schema = 'public' and table_name not in ('leases', 'request_counts', 'request_count_changes', 'row_objects', 'row_store') order by 1",
      );
      // What it had written in vain it has refused for good, and removed.
      const found: unknown[] = [await rowsOf("select id from row_objects where not is_condemned order by 1")];
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
      expect(verify(items[0]?.envelope as never, { publicKey: signer.publicKey })).toMatchObject({
        ok: true,
      });
    }

    it("is taken over from, and changes nothing when it goes on", async () => {
      start();
      const id = await submit();
      await worker.said(/^signing/);
      hide();
      await isTakenOver(id);
      const before = await everything();
      worker.tell("go");
      show();
      await worker.said(/^failed E_(CONFLICT|ABORTED)/);
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
        hide();
      });
      await isTakenOver(id);
      const before = await everything();
      show();
      await worker.said(/^failed/);
      expect(await everything()).toBe(before);
    });
  },
);

describe.skipIf(!hasPostgres)("a worker that is killed while it erases many rows", () => {
  it("loses nothing and leaves no row, whichever object it was about to write", async () => {
    const root = await mkdtemp(join(tmpdir(), "expunge-leases-"));
    const program = await buildWorkerProgram();
    const postgres = await createTestDatabase();
    // Four rows to a page: they take three objects in the data set, and three in the model.
    const dataset = syntheticDataset({ rowCount: 3000, featureCount: 1000 });
    const test = await openTestService(postgres.url, dataset);
    const { service, tenantId, datasetId, database } = test;
    const large = { epochs: 1, batchSize: 100, l2: 0.1, maxNoise: 1000, maxSteps: 1000 };
    const modelId = (await service.createModel(tenantId, { name: "m", datasetId, options: large })).id;
    await test.work();
    const rows = Array.from({ length: 2980 }, (_, row) => row);
    const { request } = await service.submit(tenantId, { datasetId, rows });
    const holds = async (row: number): Promise<boolean> => {
      const { featureCount, features } = dataset;
      const own = features.slice(row * featureCount, (row + 1) * featureCount);
      return (await storedBytes(database)).includes(Buffer.from(own.buffer));
    };
    for (let diesAtObject = 1; diesAtObject <= 6; diesAtObject++) {
      const worker = startWorkerProcess(program, postgres.url, root, { diesAtObject });
      await new Promise((resolve) => worker.child.once("exit", resolve));
      expect((await service.getRequest(tenantId, request.id)).state).toBe("running");
      expect((await service.getModel(tenantId, modelId)).timeline?.requestCount).toBe(0);
    }
    expect(await holds(7)).toBe(true);
    await test.work();
    expect((await service.getRequest(tenantId, request.id)).state).toBe("completed");
    const { items } = await service.listCertificates(tenantId);
    expect(items).toHaveLength(1);
    expect(verify(items[0]?.envelope as never, { publicKey: signer.publicKey })).toMatchObject({ ok: true });
    expect([await holds(7), await holds(2990)]).toEqual([false, true]);
    // What the killed ones had written goes, and nothing else.
    await sweepObjects(database, { unusedMs: 0, unknownMs: 0 });
    const left: string[] = [];
    for await (const { name } of database.objects.list()) left.push(name);
    const { rows: used } = await database.executor.executeSql<{ id: string }>(
      "select id from row_objects where not is_condemned",
    );
    expect(left.sort()).toEqual([...used.map(({ id }) => id), "marker"].sort());
    expect(await holds(2990)).toBe(true);
    await test.close();
    await postgres.remove();
    await program.remove();
    await rm(root, { recursive: true, force: true });
  });
});
