import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Statement } from "expunge";
import { decodeEntry } from "expunge/ledger";
import { verify } from "expunge/verify";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { databaseTime } from "../packages/service/src/database/clock.js";
import { ledgerStaged } from "../packages/service/src/database/tables.js";
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
if (!hasPostgres)
  console.warn("SKIPPED: workers with wrong clocks need PostgreSQL (apt-get install postgresql).");

const TWO_DAYS = 2 * 86_400_000;
const SECOND = 1000;
const options = { epsilon: 1, delta: 1e-4, epochs: 2, batchSize: 20, maxSteps: 1000 };

describe.skipIf(!hasPostgres)("the clock", () => {
  let root: string;
  let program: WorkerProgram;
  let postgres: TestDatabase;
  let opened: TestService;
  let worker: WorkerProcess | undefined;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "expunge-clocks-"));
    program = await buildWorkerProgram();
  });
  afterAll(async () => {
    await program?.remove();
    await rm(root, { recursive: true, force: true });
  });
  beforeEach(async () => {
    postgres = await createTestDatabase();
    opened = await openTestService(postgres.url, syntheticDataset({ rowCount: 400 }));
  });
  afterEach(async () => {
    vi.useRealTimers();
    await worker?.kill();
    await opened?.close();
    await postgres?.remove();
  });

  const now = (): Promise<Date> => databaseTime(opened.database.queries);
  /** Entries say seconds, cut off. */
  async function entriesAreAfter(start: Date): Promise<void> {
    const end = await now();
    for (const { entry } of await opened.database.queries.select().from(ledgerStaged)) {
      const time = Date.parse(decodeEntry(entry).time);
      expect(time).toBeGreaterThanOrEqual(start.getTime() - SECOND);
      expect(time).toBeLessThanOrEqual(end.getTime());
    }
  }

  it.each([TWO_DAYS, -TWO_DAYS])("of a worker may be off by %s ms", async (offset) => {
    const { service, tenantId, datasetId } = opened;
    const start = await now();
    worker = startWorkerProcess(program, postgres.url, root, { clockOffsetMs: offset });
    const { id } = await service.createModel(tenantId, { name: "m", datasetId, options });
    const until = async (isSo: () => Promise<boolean>): Promise<void> => {
      while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 50));
    };
    await until(async () => (await service.getModel(tenantId, id)).state === "ready");
    const { request } = await service.submit(tenantId, { datasetId, rows: [1] });
    await until(async () => (await service.getRequest(tenantId, request.id)).state === "completed");
    const end = await now();
    const { items } = await service.listCertificates(tenantId);
    const { ok, issues, statement } = verify(items[0]?.envelope as never, { publicKey: signer.publicKey });
    expect({ ok, issues }).toEqual({ ok: true, issues: [] });
    const { completedAt } = await service.getRequest(tenantId, request.id);
    const times = [
      Date.parse((statement as Statement).predicate.issuedAt),
      (completedAt as Date).getTime(),
      items[0]?.createdAt.getTime() ?? 0,
    ];
    for (const time of times) {
      expect(time).toBeGreaterThanOrEqual(start.getTime());
      expect(time).toBeLessThanOrEqual(end.getTime() + 1);
    }
    await entriesAreAfter(start);
  });

  it("of a server may be off too", async () => {
    const { service, tenantId, datasetId } = opened;
    const start = await now();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + TWO_DAYS });
    const { request } = await service.submit(tenantId, { datasetId, rows: [1] });
    await service.createModel(tenantId, { name: "m", datasetId, options });
    vi.useRealTimers();
    const { receivedAt, dueAt } = request;
    expect(receivedAt.getTime()).toBeGreaterThanOrEqual(start.getTime());
    expect(receivedAt.getTime()).toBeLessThanOrEqual((await now()).getTime());
    expect(dueAt.getTime() - receivedAt.getTime()).toBe(30 * 86_400_000);
    await entriesAreAfter(start);
  });
});
