import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  formOf,
  startTestServer,
  TEST_FIT,
  TEST_SCHEMA,
  type TestServer,
  testTable,
} from "../../testing/test-server.js";
import type { SqlExecutor } from "../database/open-database.js";
import type { Quotas } from "../database/tables.js";
import { fullestQuota, readQuotas, setQuotas } from "./quotas.js";

let server: TestServer;
let datasetId: string;

async function upload(name: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const form = formOf({ name, schema: JSON.stringify(TEST_SCHEMA), data: testTable().csv });
  const answer = await server.call("train", "POST /v1/datasets", form);
  return { status: answer.statusCode, body: answer.json() };
}

async function submit(row: number, key?: string) {
  const headers = key === undefined ? {} : { "idempotency-key": key };
  return server.call("submit", "POST /v1/requests", { payload: { datasetId, rows: [row] }, headers });
}

const set = (quotas: Readonly<Partial<Record<keyof Quotas, number | null>>>): Promise<void> =>
  setQuotas(server.database.executor, server.tenantId, quotas);

async function usedOf(name: keyof Quotas): Promise<number> {
  const found = await readQuotas(server.database.executor, server.tenantId);
  return found.find(({ quota }) => quota === name)?.used as number;
}

beforeAll(async () => {
  server = await startTestServer();
  datasetId = (await upload("first")).body.id as string;
  // A request for it waits for this model, which nobody trains.
  const payload = { name: "m", datasetId, options: TEST_FIT };
  expect((await server.call("train", "POST /v1/models", { payload })).statusCode).toBe(202);
  await server.database.executor.executeSql("update models set state = 'ready'");
});
afterAll(() => server.close());
beforeEach(() =>
  set({ openRequests: null, requestsPerMinute: null, datasets: null, models: null, rows: null }),
);

describe("a tenant's quota", () => {
  it("is looked at by one statement for all tenants, and the fullest is told of", async () => {
    const { executor } = server.database;
    let asked = 0;
    const counting: SqlExecutor = {
      executeSql: (...what) => {
        asked += 1;
        return executor.executeSql(...what);
      },
    };
    expect(await fullestQuota(counting, null)).toBe(0);
    await set({ datasets: 4, models: 0 });
    await setQuotas(executor, server.strangerId, { datasets: 10 });
    const own = await usedOf("models");
    expect(own).toBeGreaterThan(0);
    asked = 0;
    // None are allowed: what there is counts in full.
    expect(await fullestQuota(counting, null)).toBe(own);
    expect(asked).toBe(1);
    expect(await fullestQuota(counting, server.strangerId)).toBe(0);
    await set({ models: null });
    expect(await fullestQuota(counting, null)).toBe((await usedOf("datasets")) / 4);
    await readQuotas(counting, server.tenantId);
    expect(asked).toBe(4);
    await setQuotas(executor, server.strangerId, { datasets: null });
  });

  it("of open requests lets as many in as there is room for, of those that come at once, too", async () => {
    const before = await usedOf("openRequests");
    await set({ openRequests: before + 3 });
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) => submit(i, `key ${i}`.replace(" ", "-"))),
    );
    const refused = answers.filter(({ statusCode }) => statusCode === 429);
    expect(answers.filter(({ statusCode }) => statusCode === 201)).toHaveLength(3);
    expect(refused).toHaveLength(5);
    expect(await usedOf("openRequests")).toBe(before + 3);
    expect(refused[0]?.headers["retry-after"]).toBe("30");
    expect(refused[0]?.json()).toMatchObject({
      code: "E_QUOTA",
      detail: expect.stringMatching(
        new RegExp(`at most ${before + 3} deletion requests .* quota openRequests, found \\d+ and \\d+ more`),
      ),
    });
    expect(refused[0]?.json()).not.toHaveProperty("retrySeconds");
    // Nothing of those that were refused has stayed.
    const { rows } = await server.database.executor.executeSql<{ count: number }>(
      `select (select count(*) from claimed_rows where request_id not in (select id from requests))::int
         + (select count(*) from tasks where request_id not in (select id from requests))::int as count`,
    );
    expect(rows[0]?.count).toBe(0);
    const place = answers.findIndex(({ statusCode }) => statusCode === 201);
    expect((await submit(place, `key-${place}`)).statusCode).toBe(200);
    const id = answers[place]?.json().request.id;
    expect((await server.call("submit", `DELETE /v1/requests/${id}`)).statusCode).toBe(200);
    expect((await submit(20)).statusCode).toBe(201);
    expect((await submit(21)).statusCode).toBe(429);
    // Three at once: two of them come together behind the first.
    const repeated = await Promise.all([submit(21), submit(22, "twice"), submit(22, "twice")]);
    expect(repeated.map(({ statusCode }) => statusCode)).toEqual([429, 429, 429]);
  });

  it("of requests a minute counts those of the last minute", async () => {
    await set({ requestsPerMinute: (await usedOf("requestsPerMinute")) + 1 });
    expect((await submit(30)).statusCode).toBe(201);
    const refused = await submit(31);
    expect(refused.statusCode).toBe(429);
    expect(refused.headers["retry-after"]).toBe("60");
    expect(refused.json().detail).toMatch(/quota requestsPerMinute/);
    await server.database.executor.executeSql(
      "update requests set received_at = received_at - interval '61 s'",
    );
    expect((await submit(31)).statusCode).toBe(201);
  });

  it("of data sets, models and rows refuses one more, and keeps nothing of it", async () => {
    await set({ datasets: 1 });
    const second = await upload("second");
    expect(second).toMatchObject({ status: 429, body: { code: "E_QUOTA" } });
    expect(second.body.detail).toBe(
      "Expected at most 1 data sets, which is this tenant's quota datasets, found 1 and 1 more asked for.",
    );
    await set({ datasets: null, rows: (await usedOf("rows")) + 1 });
    expect(await upload("third")).toMatchObject({
      status: 429,
      body: { detail: expect.stringMatching(/quota rows/) },
    });
    expect(await usedOf("datasets")).toBe(1);
    await set({ rows: 0 });
    expect((await upload("fourth")).status).toBe(429);
    await set({ rows: null });
    expect((await upload("fifth")).status).toBe(201);
    await set({ models: 1 });
    const payload = { name: "n", datasetId, options: TEST_FIT };
    const model = await server.call("train", "POST /v1/models", { payload });
    expect(model.statusCode).toBe(429);
    expect(model.headers["retry-after"]).toBeUndefined();
    expect(await usedOf("models")).toBe(1);
  });

  it("is one tenant's own, and shows in metrics how nearly it is used", async () => {
    await set({ datasets: 4, openRequests: 0 });
    const stranger = { key: server.strangers.submit };
    const asked = { payload: { datasetId, rows: [1] } };
    expect((await server.call(stranger, "POST /v1/requests", asked)).statusCode).toBe(404);
    await set({ openRequests: null });
    const { body } = await server.call("audit", "GET /metrics");
    expect(body).toContain(`expunge_quota_used_ratio ${(await usedOf("datasets")) / 4}`);
  });

  it("is a whole number of a kind that there is", async () => {
    for (const quotas of [{ rows: -1 }, { rows: 1.5 }, { pages: 1 } as object])
      await expect(set(quotas)).rejects.toMatchObject({ code: "E_OPTION" });
  });
});
