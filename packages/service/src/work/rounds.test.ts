import { eq } from "drizzle-orm";
import { sourceOf } from "expunge/data";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { makeHopeless, openTestService, signer, type TestService } from "../../testing/test-service.js";
import { newId } from "../database/ids.js";
import { datasets, models } from "../database/tables.js";
import { attempt, type Rests } from "./attempt.js";
import { sweepDeletions } from "./rounds.js";
import { startWorker, type WorkFailure } from "./worker.js";

const dataset = syntheticDataset({ rowCount: 200 });
const options = { epsilon: 1, delta: 1e-4, epochs: 2, batchSize: 20, sigma: 0.05, maxSteps: 1000 };

let test: TestService;
beforeEach(async () => {
  test = await openTestService("memory:", dataset);
});
afterEach(() => test.close());

const train = async (datasetId = test.datasetId): Promise<string> => {
  const { id } = await test.service.createModel(test.tenantId, { name: "m", datasetId, options });
  await test.work();
  return id;
};
const submit = async (rows: number[], datasetId = test.datasetId, more: object = {}): Promise<string> =>
  (await test.service.submit(test.tenantId, { datasetId, rows, ...more })).request.id;
const stateOf = async (id: string) => (await test.service.getRequest(test.tenantId, id)).state;
const failureOf = async (id: string) => (await test.service.getModel(test.tenantId, id)).failure;

describe("a sweep", () => {
  it.each(["training", "failed"] as const)(
    "serves other models where one that is %s cannot be closed, tells of it and lets it rest",
    async (state) => {
      const { database, service, tenantId } = test;
      const good = await train();
      const { id: damaged } = await service.createDataset(tenantId, {
        ...{ name: "damaged", source: sourceOf(dataset), schema: null },
      });
      const { id: bad } = await service.createModel(tenantId, { name: "m", datasetId: damaged, options });
      await database.queries.update(models).set({ state: "training" }).where(eq(models.id, bad));
      await submit([1], damaged, { dueAt: new Date(Date.now() + 60_000) });
      await database.queries.update(models).set({ state }).where(eq(models.id, bad));
      await database.executor.executeSql("delete from dataset_pages where dataset_id = $1", [damaged]);
      const asked = await submit([1]);
      const failures: WorkFailure[] = [];
      const context = test.context({ onFailure: (failure) => void failures.push(failure) });
      const rests: Rests = new Map();
      expect(await sweepDeletions(context, rests)).toBe(1);
      expect(await stateOf(asked)).toBe("completed");
      expect(
        failures.map(({ modelId, error }) => [modelId, (error as Error & { code: string }).code]),
      ).toEqual([[bad, "E_MODEL"]]);
      await sweepDeletions(context, rests);
      expect(failures).toHaveLength(1);
      expect(await failureOf(good)).toBeNull();
    },
  );
});

describe("uploads that never ended", () => {
  it("are removed in pieces, each by itself, and those that may go on are not", async () => {
    const { database, tenantId } = test;
    const upload = async (age: string, rowCount: number): Promise<string> => {
      const id = newId();
      await database.queries.insert(datasets).values({
        ...{ id, tenantId, name: "lost", state: "uploading", secret: new Uint8Array(32), pageRows: 1 },
      });
      const { executeSql } = database.executor;
      await executeSql("update datasets set created_at = now() - $2::interval where id = $1", [id, age]);
      await executeSql(
        `insert into owners (dataset_id, "row", owner) select $1, n - 1, '' from generate_series(1, $2::integer) n`,
        [id, rowCount],
      );
      return id;
    };
    const [stuck, lost, recent] = [
      await upload("3 days", 1),
      await upload("2 days", 50_001),
      await upload("1 hour", 1),
    ];
    await database.executor.executeSql(
      `create function refuse() returns trigger language plpgsql as $$ begin raise exception 'It cannot be removed.'; end $$`,
    );
    await database.executor.executeSql(
      `create trigger refuse before delete on owners for each row when (old.dataset_id = '${stuck}') execute function refuse()`,
    );
    const sizes: number[] = [];
    const { transaction } = database;
    Object.assign(database, {
      transaction: ((use, kind) =>
        transaction(async (inner) => {
          const count = async () =>
            (
              await inner.executor.executeSql<{ n: number }>(
                "select count(*)::int as n from owners where dataset_id = $1",
                [lost],
              )
            ).rows[0]!.n;
          const before = await count();
          const result = await use(inner);
          sizes.push(before - (await count()));
          return result;
        }, kind)) as typeof transaction,
    });
    const failures: string[] = [];
    const worker = startWorker(
      test.context({ pollMs: 20, onFailure: ({ error }) => void failures.push(error.message) }),
    );
    const there = async (id: string): Promise<boolean> =>
      (await database.queries.select().from(datasets).where(eq(datasets.id, id))).length > 0;
    await expect.poll(() => there(lost), { timeout: 30_000 }).toBe(false);
    await worker.stop();
    Object.assign(database, { transaction });
    expect([await there(stuck), await there(recent)]).toEqual([true, true]);
    expect(failures).toHaveLength(1);
    expect(Math.max(...sizes)).toBe(50_000);
  }, 60_000);
});

describe("a model's failure", () => {
  const failing = (error: Error) => test.context({ signer: () => Promise.reject(error), maxBatch: 1 });
  const late = Object.assign(new Error("canceling statement due to statement timeout"), { code: "57014" });
  /** As if it had rested. */
  const wake = (rests: Rests): void => {
    for (const [key, rest] of rests) rests.set(key, { ...rest, until: 0 });
  };

  it.each([
    {
      error: late,
      failure: "The database did not answer in time: canceling statement due to statement timeout.",
    },
    {
      error: new TypeError("Cannot read 'somebody@example.org'"),
      failure: "An error that nobody has foreseen: the worker's log has it, as TypeError.",
    },
  ])(
    "says what keeps it from being served where that comes again, until it is over: $error",
    async ({ error, failure }) => {
      const id = await train();
      await submit([1]);
      const rests: Rests = new Map();
      await attempt(failing(error), rests, "unlearn", id);
      expect(await failureOf(id)).toBeNull();
      wake(rests);
      await attempt(failing(error), rests, "unlearn", id);
      expect(await failureOf(id)).toBe(failure);
      wake(rests);
      await attempt(test.context(), rests, "unlearn", id);
      expect(await failureOf(id)).toBeNull();
    },
  );

  it("is over with requests for rows that the model never had, and with one that failed for good", async () => {
    const { database, service, tenantId, datasetId } = test;
    const fail = () => database.queries.update(models).set({ failure: "It was damaged." });
    const id = await train();
    const { firstRow } = await service.addRows(tenantId, datasetId, { source: sourceOf(dataset) });
    const strange = await submit([firstRow]);
    await fail();
    await test.work();
    expect([await stateOf(strange), await failureOf(id)]).toEqual(["completed", null]);

    const { id: other } = await service.createModel(tenantId, { name: "hopeless", datasetId, options });
    await makeHopeless(database, other);
    await test.work();
    const hopeless = await submit([7]);
    await fail();
    await test.work({ signer: async () => signer });
    expect([await stateOf(hopeless), await failureOf(other)]).toEqual(["failed", null]);
  });
});
