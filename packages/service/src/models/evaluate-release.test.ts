import { sourceOf } from "expunge/data";
import pg from "pg";
import { expect, it } from "vitest";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { databaseLocation } from "../../testing/databases.js";
import { openTestService } from "../../testing/test-service.js";
import { scoreRelease } from "./evaluate-release.js";
import { readProcess, type StoredProcess } from "./stored-process.js";

const location = databaseLocation("postgres");
const options = { epsilon: 1, delta: 1e-4, epochs: 2, batchSize: 20, maxSteps: 1000 };
const USUAL_MS = 2000;

it("takes as long for the claims of an evaluation data set as what grows with a data set may", async () => {
  const timeLimits = { usual: USUAL_MS, large: 600_000 };
  const opened = await openTestService(location(), syntheticDataset({ rowCount: 200 }), { timeLimits });
  const { database, service, tenantId, datasetId, work } = opened;
  const other = new pg.Client({ connectionString: location() });
  await other.connect();
  try {
    const source = sourceOf(syntheticDataset({ rowCount: 40, seed: 2 }));
    const { id } = await service.createDataset(tenantId, { name: "judges", source, schema: null });
    const made = { name: "m", datasetId, evaluationDatasetId: id, options };
    const { id: modelId } = await service.createModel(tenantId, made);
    await work();
    const process = (await readProcess(database.queries, modelId)) as StoredProcess;
    const waitedMs = async (): Promise<number> => {
      const { rows } = await database.executor.executeSql<{ ms: number }>(
        `select extract(epoch from clock_timestamp() - query_start)::float8 * 1000 as ms from pg_stat_activity
           where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return rows[0]?.ms ?? 0;
    };
    await other.query("begin; lock table claimed_rows in access exclusive mode");
    const score = scoreRelease(database, modelId, process);
    // One that has given up has no score.
    let isOver = false;
    void score.finally(() => (isOver = true));
    await expect.poll(async () => isOver || (await waitedMs()) > 2 * USUAL_MS).toBe(true);
    await other.query("commit");
    expect((await score).accuracy).toBeGreaterThan(0);
  } finally {
    await other.end();
    await opened.close();
  }
});
