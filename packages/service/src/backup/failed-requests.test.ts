import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { databaseLocation, emptyDatabase } from "../../testing/databases.js";
import { storedBytes } from "../../testing/stored-rows.js";
import { makeHopeless, openTestService, type TestService } from "../../testing/test-service.js";
import { openQueue } from "../database/queue.js";
import { chooseOrigin } from "../keys/log-origin.js";
import { currentLogSigner } from "../keys/signing-keys.js";
import { publishCheckpoint } from "../ledger/ledger-checkpoints.js";
import { sequenceLedger } from "../ledger/ledger-sequencer.js";
import { createService } from "../service/create-service.js";
import { restoreBackup } from "./restore-backup.js";
import { writeBackup } from "./write-backup.js";
import { writeDeletions } from "./write-deletions.js";

const options = { epsilon: 1, delta: 1e-4, epochs: 2, batchSize: 20, maxSteps: 1000 };
const dataset = syntheticDataset({ rowCount: 400 });
const bytesOfRow = (row: number): Buffer =>
  Buffer.from(dataset.features.slice(row * dataset.featureCount, (row + 1) * dataset.featureCount).buffer);

describe("a request that has failed in the backup", () => {
  const location = databaseLocation("postgres");
  const fresh = emptyDatabase("postgres");
  let root: string;
  let running: TestService;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "expunge-failed-"));
  });
  afterAll(() => rm(root, { recursive: true, force: true }));
  beforeEach(async () => {
    running = await openTestService(location(), dataset);
  });
  afterEach(() => running?.close());

  const sign = async (): Promise<void> => {
    const { database } = running;
    await sequenceLedger(database);
    const { signer: log } = await database.transaction((transaction) => currentLogSigner(transaction));
    await publishCheckpoint(database, log);
  };

  it.each(["was deleted", "had moved on"] as const)(
    "is done where the only model that it failed in %s after it",
    async (what) => {
      const { service, tenantId, datasetId, database, work } = running;
      await chooseOrigin(database.queries, "log.example");
      const create = async () => (await service.createModel(tenantId, { name: "m", datasetId, options })).id;
      const hopeless = await create();
      await makeHopeless(database, hopeless);
      await work();
      const stays = await create();
      await work();
      const { id } = (await service.submit(tenantId, { datasetId, rows: [7] })).request;
      await work();
      expect((await service.getRequest(tenantId, id)).state).toBe("failed");
      await sign();
      const [full, deletions] = [join(root, `${what}.backup`), join(root, what)];
      await writeBackup(database, full);
      if (what === "was deleted") {
        await service.deleteModel(tenantId, hopeless);
        expect((await service.getRequest(tenantId, id)).state).toBe("completed");
      }
      // As one that has served another request.
      else
        await database.executor.executeSql("update models set version = version + 1 where id = $1", [
          hopeless,
        ]);
      await service.submit(tenantId, { datasetId, rows: [9] });
      await sign();
      await writeDeletions(database, deletions);
      await restoreBackup(fresh(), { backup: full, deletions });

      const queue = await openQueue(fresh());
      const restored = createService(fresh(), queue);
      expect(await restored.getRequest(tenantId, id)).toMatchObject({
        state: "completed",
        failure: null,
        tasks: [{ modelId: stays, state: "done" }],
      });
      await queue.close();
      const left = await storedBytes(fresh(), ({ owner }) => owner === datasetId);
      expect([7, 8].map((row) => left.includes(bytesOfRow(row)))).toEqual([false, true]);
    },
  );
});
