import pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { costOf, recorded } from "../../../../test/explained.js";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { DATABASES, databaseLocation } from "../../testing/databases.js";
import { openTestService, type TestService } from "../../testing/test-service.js";
import { forgottenRows, hasForgotten } from "./forgotten-rows.js";
import { findNewcomers } from "./newcomers.js";
import { readProcess, type StoredProcess } from "./stored-process.js";

const options = { epsilon: 1, delta: 1e-4, epochs: 2, batchSize: 20, sigma: 0.05, maxSteps: 1000 };

describe.each(DATABASES)("on %s rows that a model has forgotten", (kind) => {
  const location = databaseLocation(kind);
  let test: TestService;
  let process: StoredProcess;
  beforeEach(async () => {
    test = await openTestService(location(), syntheticDataset({ rowCount: 200 }));
    const { database, service, tenantId, datasetId } = test;
    const { id } = await service.createModel(tenantId, { name: "m", datasetId, options });
    await test.work();
    process = (await readProcess(database.queries, id)) as StoredProcess;
  });
  afterEach(() => test?.close());

  const execute = (text: string) => test.database.executor.executeSql(text);
  /** Requests that are done, or wait, of rows each: as they are stored. */
  const claim = async (from: number, rows: string, state: "done" | "waiting" = "done"): Promise<void> => {
    const { tenantId, datasetId } = test;
    const id = `md5('${datasetId}-${from}')::uuid`;
    await execute(
      `insert into requests (id, tenant_id, dataset_id, state, fingerprint, row_count, received_at, due_at, kind)
         values (${id}, '${tenantId}', '${datasetId}', 'completed', '', 1, now(), now(), 'deletion')`,
    );
    await execute(
      `insert into tasks (request_id, model_id, state, received_at) values (${id}, '${process.modelId}', '${state}', now())`,
    );
    await execute(`insert into claimed_rows select '${datasetId}', i, ${id} from ${rows} i`);
  };

  it("are those of requests that it is done with, wherever they stand", async () => {
    const { queries } = test.database;
    const stretch = 2 ** 20;
    const gone = [0, 7, 8, 9, stretch - 1, stretch, 5 * stretch + 3, 2 ** 31 - 2];
    await claim(1, `unnest(array[${gone.join()}])`);
    // One that two requests claim, and some of one that it is not done with.
    await claim(2, "unnest(array[8])");
    await claim(3, "unnest(array[10, 11])", "waiting");
    const forgotten = await forgottenRows(queries, process);
    const asked = [...gone, 1, 6, 10, 11, 15, stretch - 2, stretch + 1, 5 * stretch, 6 * stretch];
    expect(asked.filter((row) => forgotten.has(row))).toEqual(gone);
    expect(await hasForgotten(queries, process, [1, 2, 10])).toBe(false);
    expect(await hasForgotten(queries, process, [1, 9])).toBe(true);
    expect(await hasForgotten(queries, process, [])).toBe(false);
  });

  it("and those that were corrected are not gone through by who looks for newcomers", async ({ skip }) => {
    skip(kind === "pglite", "its pages are not counted");
    const { datasetId } = test;
    const count = 5000;
    await claim(1, `generate_series(200, ${199 + count})`);
    await execute(
      `insert into corrected_rows (request_id, dataset_id, "row", successor)
         select md5('${datasetId}-1')::uuid, '${datasetId}', 199 + i, 200 + i from generate_series(1, ${count}) i`,
    );
    await execute(
      `update datasets set description = description || '{"rowCount": ${201 + count}}' where id = '${datasetId}'`,
    );
    // It has looked at all of them but the last.
    await execute(`update models set row_count = ${200 + count} where id = '${process.modelId}'`);
    const now = (await readProcess(test.database.queries, process.modelId)) as StoredProcess;
    const admin = new pg.Client({ connectionString: location() });
    await admin.connect();
    try {
      await admin.query("vacuum analyze");
      const asked = await recorded(async () => {
        const { rows } = await findNewcomers(test.database, now);
        expect(rows).toEqual([200 + count]);
      });
      const statements = asked.filter(({ text }) => text.includes("corrected_rows"));
      expect(statements).toHaveLength(1);
      const { rows } = await admin.query({ text: statements[0]!.text, values: [...statements[0]!.values] });
      expect(rows).toHaveLength(1);
      const { scanned, buffers } = await costOf(admin, statements[0]!);
      expect(scanned).not.toHaveProperty("corrected_rows");
      expect(buffers).toBeLessThan(20);
    } finally {
      await admin.end();
    }
  });
});
