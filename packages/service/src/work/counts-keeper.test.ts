import { expect, it } from "vitest";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { databaseLocation } from "../../testing/databases.js";
import { openTestService } from "../../testing/test-service.js";
import { countRequests } from "../requests/request-counts.js";
import { openRuntime } from "../service/runtime.js";

const location = databaseLocation("postgres");

it("a server adds up how many requests are in each state where no worker does, beside other servers", async () => {
  const { database, service, tenantId, datasetId, close } = await openTestService(
    location(),
    syntheticDataset({ rowCount: 100 }),
  );
  for (let row = 0; row < 20; row++) await service.submit(tenantId, { datasetId, rows: [row] });
  const countOf = async (what: string): Promise<number> =>
    (await database.executor.executeSql<{ n: number }>(`select count(*)::int as n from ${what}`)).rows[0]!.n;
  const counted = await countRequests(database.queries, tenantId);
  expect(await countOf("request_count_changes")).toBeGreaterThanOrEqual(20);
  const origin = "log.example";
  const servers = await Promise.all(
    [1, 2].map(() => openRuntime({ location: location(), origin, isWorking: false })),
  );
  await expect.poll(() => countOf("request_count_changes")).toBe(0);
  expect(await countRequests(database.queries, tenantId)).toEqual(counted);
  expect(counted.completed).toBe(20);
  for (const server of servers) await server.close();
  await close();
});
