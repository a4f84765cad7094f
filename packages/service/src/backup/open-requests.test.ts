import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sourceOf } from "expunge/data";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { databaseLocation, emptyDatabase } from "../../testing/databases.js";
import { NO_LEASE, openTestService, signer, type TestService } from "../../testing/test-service.js";
import { openQueue, type Queue } from "../database/queue.js";
import { countOwing } from "../models/owed-tasks.js";
import { readProcess, type StoredProcess } from "../models/stored-process.js";
import { putBack, takeTasks } from "../models/take-tasks.js";
import { createService } from "../service/create-service.js";
import type { Service } from "../service/service.js";
import { sweep } from "../work/worker.js";
import { restoreBackup } from "./restore-backup.js";
import { writeBackup } from "./write-backup.js";
import { writeDeletions } from "./write-deletions.js";

const options = { epsilon: 1, delta: 1e-4, epochs: 2, batchSize: 20, maxSteps: 1000 };
const dataset = syntheticDataset({ rowCount: 200 });

describe("what was asked and not done when a backup or a segment was made", () => {
  const location = databaseLocation("postgres");
  const fresh = emptyDatabase("postgres");
  let [root, full, deletions] = ["", "", ""];
  let running: TestService;
  let queue: Queue;
  let restored: Service;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "expunge-open-"));
  });
  afterAll(() => rm(root, { recursive: true, force: true }));
  beforeEach(async () => {
    [full, deletions] = [join(root, "full.backup"), await mkdtemp(join(root, "deletions-"))];
    running = await openTestService(location(), dataset);
    queue = await openQueue(fresh());
    restored = createService(fresh(), queue);
  });
  afterEach(async () => {
    await queue?.close();
    await running?.close();
  });

  const train = async (): Promise<string> => {
    const { service, tenantId, datasetId, work } = running;
    const { id } = await service.createModel(tenantId, { name: "m", datasetId, options });
    await work();
    return id;
  };
  const submit = async (row: number, datasetId = running.datasetId): Promise<string> =>
    (await running.service.submit(running.tenantId, { datasetId, rows: [row] })).request.id;
  const work = async (): Promise<void> => {
    const context = { database: fresh(), queue, signer: async () => signer, scratch: tmpdir() };
    await sweep(context);
  };
  const cannotBeTakenBack = async (id: string): Promise<void> => {
    const refused = { code: "E_CONFLICT", message: expect.stringMatching(/restored from a backup/) };
    await expect(restored.cancel(running.tenantId, id)).rejects.toMatchObject(refused);
  };

  it.each(["with", "without"])(
    "may have been done since: restored %s segments, nobody takes it back",
    async (how) => {
      const modelId = await train();
      const asked = [await submit(5)];
      await writeBackup(running.database, full);
      if (how === "with") asked.push(await submit(7));
      await writeDeletions(running.database, deletions);
      // After the newest segment: both have certificates, of which the restored service knows nothing.
      await running.work();
      for (const id of asked)
        expect(
          (await running.service.getRequest(running.tenantId, id)).tasks[0]?.certificateId,
        ).not.toBeNull();
      const options = how === "with" ? { deletions } : { isNothingLater: true };
      expect(await restoreBackup(fresh(), { backup: full, ...options })).toMatchObject({ owing: 1 });

      for (const id of asked) await cannotBeTakenBack(id);
      // Nor where a worker had them in hand, and could not certify so many together.
      const of = { database: fresh(), lease: NO_LEASE };
      const process = (await readProcess(fresh().queries, modelId)) as StoredProcess;
      const lot = await takeTasks(of, process);
      expect(lot.map(({ requestId }) => requestId)).toEqual(asked);
      await putBack(of, modelId, lot);
      for (const id of asked) await cannotBeTakenBack(id);

      expect(await countOwing(fresh().executor, null)).toBe(1);
      await expect(restored.weights(running.tenantId, modelId)).rejects.toMatchObject({ code: "E_CONFLICT" });
      await work();
      expect(await countOwing(fresh().executor, null)).toBe(0);
      for (const id of asked)
        expect((await restored.getRequest(running.tenantId, id)).state).toBe("completed");
      // What is asked of the restored service is as ever.
      const { request } = await restored.submit(running.tenantId, {
        datasetId: running.datasetId,
        rows: [9],
      });
      expect((await restored.cancel(running.tenantId, request.id)).state).toBe("cancelled");
    },
  );

  it("is over where it was asked of a data set whose upload had not ended in the backup; such an upload is over too", async () => {
    const { database, service, tenantId } = running;
    const upload = async (): Promise<string> =>
      (await service.createDataset(tenantId, { name: "u", source: sourceOf(dataset), schema: null })).id;
    const [used, unused, never] = [await upload(), await upload(), await upload()];
    const { executeSql } = database.executor;
    await executeSql("create temporary table ready as select id, description from datasets");
    await executeSql("update datasets set state = 'uploading', description = null where name = 'u'");
    await writeBackup(database, full);
    await executeSql(
      "update datasets d set state = 'ready', description = r.description from ready r where r.id = d.id and d.id <> $1",
      [never],
    );
    const id = await submit(7, used);
    await writeDeletions(database, deletions);
    await restoreBackup(fresh(), { backup: full, deletions });
    const { rows } = await fresh().executor.executeSql<{ id: string; state: string }>(
      "select id, state from datasets where name = 'u'",
    );
    expect(new Map(rows.map((row) => [row.id, row.state]))).toEqual(
      new Map([
        [used, "deleted"],
        [unused, "deleted"],
        [never, "failed"],
      ]),
    );
    expect((await restored.getRequest(tenantId, id)).state).toBe("completed");
    const { rows: left } = await fresh().executor.executeSql(
      "select from dataset_pages where dataset_id = $1",
      [used],
    );
    expect(left).toEqual([]);
  });
});
