import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eq } from "drizzle-orm";
import type { Statement } from "expunge";
import { verify } from "expunge/verify";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { databaseLocation, emptyDatabase } from "../../testing/databases.js";
import { misplacedRows } from "../../testing/placed-slots.js";
import { openTestService, signer, type TestService } from "../../testing/test-service.js";
import { openQueue, type Queue } from "../database/queue.js";
import { models, returnedRows } from "../database/tables.js";
import { chooseOrigin } from "../keys/log-origin.js";
import { currentLogSigner } from "../keys/signing-keys.js";
import { publishCheckpoint } from "../ledger/ledger-checkpoints.js";
import { sequenceLedger } from "../ledger/ledger-sequencer.js";
import { createService } from "../service/create-service.js";
import { sweep, workOnce } from "../work/worker.js";
import { restoreBackup } from "./restore-backup.js";
import { writeBackup } from "./write-backup.js";
import { writeDeletions } from "./write-deletions.js";

/* Rows that a training left out for requests that were then taken back, before the backup or after it: they wait for the restored model, too. */

const options = { epsilon: 1, delta: 1e-4, epochs: 2, batchSize: 20, maxSteps: 1000 };
/** Requests wait for others to come: they can be taken back. */
const unhurried = { maxWaitMs: 60_000 };

describe("rows of requests that were taken back", () => {
  const location = databaseLocation("postgres");
  const fresh = emptyDatabase("postgres");
  let root: string;
  let running: TestService;
  let queue: Queue;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "expunge-returned-"));
  });
  afterAll(() => rm(root, { recursive: true, force: true }));
  beforeEach(async () => {
    running = await openTestService(location(), syntheticDataset({ rowCount: 400 }));
    await chooseOrigin(running.database.queries, "log.example");
  });
  afterEach(async () => {
    await queue?.close();
    await running?.close();
  });

  const submit = async (rows: number[]): Promise<string> =>
    (await running.service.submit(running.tenantId, { datasetId: running.datasetId, rows })).request.id;
  const sign = async (): Promise<void> => {
    const { database } = running;
    await sequenceLedger(database);
    const { signer: log } = await database.transaction((transaction) => currentLogSigner(transaction));
    await publishCheckpoint(database, log);
  };
  const returnedTo = async (modelId: string): Promise<number[]> => {
    const { queries } = fresh();
    const found = await queries.select().from(returnedRows).where(eq(returnedRows.modelId, modelId));
    return found.map(({ row }) => row).sort((a, b) => a - b);
  };

  it("are learned by a restored model that was trained without them, wherever the request was taken back", async () => {
    const { service, tenantId, datasetId, database } = running;
    const create = async () => (await service.createModel(tenantId, { name: "m", datasetId, options })).id;
    const first = await create();
    await running.work(unhurried);
    const [before, after, stays] = [await submit([5, 6]), await submit([7, 8]), await submit([8, 9])];
    // The first model has them, and keeps the requests open; the second is trained without them.
    const second = await create();
    await running.work(unhurried);
    await service.cancel(tenantId, before);
    await sign();
    const [full, deletions] = [join(root, "full.backup"), join(root, "deletions")];
    await writeBackup(database, full);
    await service.cancel(tenantId, after);
    await sign();
    await writeDeletions(database, deletions);
    await restoreBackup(fresh(), { backup: full, deletions });

    const { queries } = fresh();
    const states = await queries.select({ id: models.id, state: models.state }).from(models);
    expect(new Map(states.map(({ id, state }) => [id, state]))).toEqual(
      new Map([first, second].map((id) => [id, "ready"])),
    );
    // Row 8 is named by another request still.
    expect(await returnedTo(second)).toEqual([5, 6, 7, 8]);
    expect(await returnedTo(first)).toEqual([]);
    queue = await openQueue(fresh());
    const restored = createService(fresh(), queue);
    const context = { database: fresh(), queue, signer: async () => signer, scratch: root };
    const work = async (): Promise<void> => {
      while ((await workOnce(context)) > 0);
      await sweep(context);
    };
    expect((await restored.getModel(tenantId, second)).waitingRowCount).toBe(3);
    expect((await restored.getModel(tenantId, first)).waitingRowCount).toBe(0);
    const { id } = await restored.learn(tenantId, second, { steps: 5 });
    await work();
    expect(await restored.getLesson(tenantId, second, id)).toMatchObject({ state: "done", rowCount: 3 });
    expect(await misplacedRows(fresh(), second)).toEqual([]);
    // The request that stayed was served: nobody has its rows.
    expect((await restored.getRequest(tenantId, stays)).state).toBe("completed");
    expect((await restored.getModel(tenantId, second)).waitingRowCount).toBe(0);
    // Those that were learned are forgotten as others are.
    const { request } = await restored.submit(tenantId, { datasetId, rows: [5, 7] });
    await work();
    const { tasks } = await restored.getRequest(tenantId, request.id);
    const task = tasks.find(({ modelId }) => modelId === second);
    expect(task).toMatchObject({ state: "done", removedCount: 2 });
    const { envelope } = await restored.getCertificate(tenantId, task?.certificateId as string);
    expect(verify(envelope, { publicKey: signer.publicKey })).toMatchObject({ ok: true, issues: [] });
    const { predicate } = JSON.parse(Buffer.from(envelope.payload, "base64").toString()) as Statement;
    expect((predicate.lives?.joined ?? []).flatMap(({ joined, count }) => Array(count).fill(joined))).toEqual(
      [40, 40],
    );
    expect(await misplacedRows(fresh(), second)).toEqual([]);
  });
});
