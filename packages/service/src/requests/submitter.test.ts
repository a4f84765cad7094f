import { sourceOf } from "expunge/data";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { postgresPrograms } from "../../../../test/postgres.js";
import { createTestDatabase, type TestDatabase } from "../../../../test/shared-postgres.js";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { type SilentBucket, startSilentBucket } from "../../testing/silent-bucket.js";
import { openTestService, type TestService } from "../../testing/test-service.js";
import { newId } from "../database/ids.js";
import { models, tenants } from "../database/tables.js";
import type { AcceptedRequest } from "./request-views.js";
import { MAX_AT_ONCE, type Waiting, WaitingLine } from "./waiting-requests.js";

const dataset = syntheticDataset({ rowCount: 300 });

describe("a line of requests", () => {
  const line = (): {
    line: WaitingLine;
    push(tenantId: string, named?: number, signal?: AbortSignal): Promise<AcceptedRequest>;
  } => {
    const made = new WaitingLine();
    return {
      line: made,
      push: (tenantId, named = 1, signal) =>
        new Promise((resolve, reject) => {
          const rows = Array.from({ length: named }, (_, i) => i);
          made.push({ tenantId, request: { datasetId: "d", rows }, signal, resolve, reject });
        }),
    };
  };
  const tenantsOf = (lot: readonly Waiting[]): string => lot.map(({ tenantId }) => tenantId).join("");

  it("gives each tenant its turn, however many one has", () => {
    const { line: waiting, push } = line();
    for (let i = 0; i < 2 * MAX_AT_ONCE; i++) void push("a");
    for (const tenantId of ["b", "c", "c"]) void push(tenantId);
    const lot = tenantsOf(waiting.take());
    expect([lot.length, lot.slice(0, 6)]).toEqual([MAX_AT_ONCE, "abcaca"]);
    void push("b");
    expect(tenantsOf(waiting.take()).slice(0, 3)).toBe("aba");
  });

  it("keeps the turn of whoever names too many for what is left of a lot", () => {
    const { line: waiting, push } = line();
    for (const [tenantId, named] of [
      ["a", 6000],
      ["b", 9000],
      ["c", 1],
      ["a", 1],
    ] as const)
      void push(tenantId, named);
    expect([1, 2, 3].map(() => tenantsOf(waiting.take()))).toEqual(["a", "bca", ""]);
    expect(waiting.isEmpty).toBe(true);
  });

  it("passes over those who have left, and tells them", async () => {
    const { line: waiting, push } = line();
    const leaving = new AbortController();
    const left = [push("a", 1, leaving.signal), push("b", 1, leaving.signal)].map((one) =>
      one.catch((error) => error.code),
    );
    void push("a");
    leaving.abort();
    expect(tenantsOf(waiting.take())).toBe("a");
    expect(waiting.isEmpty).toBe(true);
    expect(await Promise.all(left)).toEqual(["E_ABORTED", "E_ABORTED"]);
  });
});

describe.skipIf(postgresPrograms() === null)("requests that are taken in", () => {
  let bucket: SilentBucket;
  let postgres: TestDatabase;
  let test: TestService;
  const other = { tenantId: newId(), datasetId: "" };
  beforeAll(async () => {
    bucket = await startSilentBucket();
    postgres = await createTestDatabase();
    test = await openTestService(postgres.url, dataset, { rows: bucket.place });
    await test.database.queries.insert(tenants).values({ id: other.tenantId, name: "other" });
    other.datasetId = await withModel(other.tenantId);
  });
  afterAll(async () => {
    await test?.close();
    await postgres?.remove();
    await bucket?.remove();
  });
  beforeEach(() => bucket.set("answers"));

  const store = async (tenantId: string): Promise<string> => {
    const input = { name: "d", source: sourceOf(dataset), schema: null };
    return (await test.service.createDataset(tenantId, input)).id;
  };
  async function withModel(tenantId: string): Promise<string> {
    const datasetId = await store(tenantId);
    const model = { id: newId(), tenantId, datasetId, name: "m", options: {}, version: 0, pageSlots: 1 };
    await test.database.queries.insert(models).values({ ...model, state: "ready" });
    return datasetId;
  }
  const submit = (tenantId: string, datasetId: string, row = 1, signal?: AbortSignal): Promise<string> =>
    test.service.submit(tenantId, { datasetId, rows: [row] }, signal).then(
      ({ request }) => request.state,
      (error: { code?: string }) => `refused: ${error.code}`,
    );
  /** Of transactions, how many begin until something is done. */
  async function counting<T>(use: () => Promise<T>): Promise<{ readonly count: number; readonly found: T }> {
    const { transaction } = test.database;
    let count = 0;
    Object.assign(test.database, {
      transaction: (...what: Parameters<typeof transaction>) => {
        count += 1;
        return transaction(...what);
      },
    });
    try {
      const found = await use();
      return { count, found };
    } finally {
      Object.assign(test.database, { transaction });
    }
  }
  const damage = (id: string) =>
    test.database.executor.executeSql(
      `update datasets set description = jsonb_set(description, '{rowCount}', '2600000000') where id = $1`,
      [id],
    );

  it("wait for no objects, unless rows are erased for them", async () => {
    bucket.set("silent");
    let isDone = false;
    // The second comes once the data set is known as one without models.
    const first = [1, 2].map(async (row) => {
      if (row === 2) await expect.poll(bucket.waiting, { timeout: 60_000 }).toBeGreaterThan(0);
      const state = await submit(test.tenantId, test.datasetId, row);
      isDone = true;
      return state;
    });
    await expect.poll(bucket.waiting, { timeout: 60_000 }).toBeGreaterThan(0);
    expect(await submit(other.tenantId, other.datasetId)).toBe("accepted");
    expect(isDone).toBe(false);
    bucket.set("answers");
    expect(await Promise.all(first)).toEqual(["completed", "completed"]);
  });

  it.each(["another tenant's", "the same tenant's"])(
    "do not go one by one where one of them makes a lot fail, and not for long where it comes again: %s",
    async (whose) => {
      const tenantId = whose === "the same tenant's" ? other.tenantId : test.tenantId;
      const bad = await store(tenantId);
      await damage(bad);
      const good = (from: number) =>
        Array.from({ length: 100 }, (_, i) => submit(other.tenantId, other.datasetId, from + i));
      // The first is alone, the others come together behind it.
      const first = await counting(() => Promise.all([...good(0), submit(tenantId, bad), ...good(100)]));
      expect(first.found.filter((state) => state !== "accepted")).toEqual([
        expect.stringMatching(/^refused/),
      ]);
      expect(first.count).toBeLessThan(whose === "the same tenant's" ? 20 : 6);
      const again = await counting(() => Promise.all([...good(0), submit(tenantId, bad), ...good(100)]));
      expect(again.found.filter((state) => state !== "accepted")).toEqual([
        expect.stringMatching(/^refused/),
      ]);
      expect(again.count).toBe(3);
    },
  );

  it("are not accepted for those who have left", async () => {
    const { transaction } = test.database;
    let go = (): void => {};
    const free = new Promise<void>((resolve) => {
      go = resolve;
    });
    Object.assign(test.database, {
      transaction: (...what: Parameters<typeof transaction>) => free.then(() => transaction(...what)),
    });
    try {
      const leaving = new AbortController();
      const first = submit(other.tenantId, other.datasetId);
      const second = submit(other.tenantId, other.datasetId, 2, leaving.signal);
      leaving.abort();
      go();
      expect([await first, await second]).toEqual(["accepted", "refused: E_ABORTED"]);
    } finally {
      go();
      Object.assign(test.database, { transaction });
    }
  });
});
