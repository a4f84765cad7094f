import { selectRows, sourceOf } from "expunge/data";
import { given } from "expunge/process";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { postgresPrograms } from "../../../../test/postgres.js";
import { createTestDatabase, type TestDatabase } from "../../../../test/shared-postgres.js";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { openTestService, type TestService } from "../../testing/test-service.js";
import { type KeyDigest, keyDigests } from "../accounts/idempotency.js";
import { setQuotas } from "../accounts/quotas.js";
import { newId } from "../database/ids.js";
import { models, tenants } from "../database/tables.js";
import { createSubmitter } from "../requests/submitter.js";
import { createService } from "./create-service.js";

const dataset = syntheticDataset({ rowCount: 100 });
const options = { epsilon: 1, delta: 1e-4, epochs: 2, batchSize: 20, sigma: 0.05, maxSteps: 1000 };

describe.skipIf(postgresPrograms() === null)("where somebody holds what is asked for", () => {
  let postgres: TestDatabase;
  let test: TestService;
  let holder: pg.Client;
  let watcher: pg.Client;
  let other: { readonly tenantId: string; readonly datasetId: string };

  beforeEach(async () => {
    postgres = await createTestDatabase();
    test = await openTestService(postgres.url, dataset, { connections: 4 });
    holder = new pg.Client({ connectionString: postgres.url });
    await holder.connect();
    watcher = new pg.Client({ connectionString: postgres.url });
    await watcher.connect();
    const tenantId = newId();
    await test.database.queries.insert(tenants).values({ id: tenantId, name: tenantId });
    const input = { name: "d", source: sourceOf(dataset), schema: null };
    other = { tenantId, datasetId: (await test.service.createDataset(tenantId, input)).id };
  });
  afterEach(async () => {
    await holder.end();
    await watcher.end();
    await test.close();
    await postgres.remove();
  });

  /** Within a transaction PostgreSQL says once what goes on, and then the same: so not by the holder. */
  const waitingForLocks = async (): Promise<number> =>
    (
      await watcher.query(
        "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
      )
    ).rows.length;

  /** What has become of some calls so far. */
  const outcomesOf = (calls: readonly Promise<unknown>[]): string[] => {
    const outcomes: string[] = [];
    for (const call of calls)
      call.then(
        () => outcomes.push("done"),
        (error) => outcomes.push(error.code),
      );
    return outcomes;
  };

  it("calls that would change it leave connections to others, and are told to come again", async () => {
    const { service, tenantId, datasetId } = test;
    const { id } = await service.createModel(tenantId, { name: "m", datasetId, options });
    await holder.query("begin");
    await holder.query("select 1 from models where id = $1 for update", [id]);
    await holder.query("select 1 from datasets where id = $1 for update", [datasetId]);
    const calls = [
      ...Array.from({ length: 4 }, () => service.createModel(tenantId, { name: "m", datasetId, options })),
      ...Array.from({ length: 4 }, () => service.deleteModel(tenantId, id)),
    ];
    const outcomes = outcomesOf(calls);
    // One that changes something, and one that deletes.
    await expect.poll(waitingForLocks, { timeout: 60_000 }).toBe(2);
    await service.createModel(other.tenantId, { name: "m", datasetId: other.datasetId, options });
    expect(outcomes).toEqual([]);
    await expect.poll(() => outcomes.length, { timeout: 30_000 }).toBeGreaterThan(0);
    await holder.query("rollback");
    await expect.poll(() => outcomes.length, { timeout: 60_000 }).toBe(calls.length);
    expect(outcomes[0]).toBe("E_LOCKED");
    expect(outcomes).toContain("done");
  }, 120_000);

  it("a deletion that takes long keeps its tenant's other changes from nothing", async () => {
    const { database, queue, tenantId, datasetId } = test;
    let letGo = (): void => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const slow: typeof database = {
      ...database,
      transaction: async (use, kind) => {
        if (kind === "large") await held;
        return database.transaction(use, kind);
      },
    };
    const service = createService(slow, queue);
    const outcomes = outcomesOf([service.deleteDataset(tenantId, datasetId)]);
    const source = sourceOf(dataset);
    const { id } = await test.service.createDataset(tenantId, { name: "second", source, schema: null });
    const model = await service.createModel(tenantId, { name: "m", datasetId: id, options });
    expect([model.state, outcomes]).toEqual(["waiting", []]);
    letGo();
    await expect.poll(() => outcomes).toEqual(["done"]);
  }, 120_000);

  it("data sets, rows and corrections that are uploaded give their turns back, and are to come again", async () => {
    const { database, service, tenantId, datasetId } = test;
    await setQuotas(database.executor, other.tenantId, { datasets: 10 });
    await holder.query("begin");
    await holder.query("select 1 from datasets where id = $1 for update", [datasetId]);
    await holder.query("select 1 from tenants where id = $1 for no key update", [other.tenantId]);
    const row = sourceOf(selectRows(dataset, Uint32Array.of(1)));
    const correction = { datasetId, rows: [1], to: row };
    const calls = [
      service.addRows(tenantId, datasetId, { source: row }),
      service.correct(tenantId, correction),
      service.createDataset(other.tenantId, { name: "second", source: row, schema: null }),
    ];
    const codes = (await Promise.allSettled(calls)).map(
      (call) => (call as PromiseRejectedResult).reason?.code,
    );
    expect(codes).toEqual(calls.map(() => "E_LOCKED"));
    await holder.query("rollback");
    expect(await service.addRows(tenantId, datasetId, { source: row })).toMatchObject({ firstRow: 100 });
    expect((await service.correct(tenantId, correction)).isRepeated).toBe(false);
  }, 120_000);

  it.each(["adds rows", "corrects one", "deletes a model"] as const)(
    "requests that come later let whoever %s go first, and keep nobody else waiting",
    async (what) => {
      const { service, tenantId, datasetId, queue } = test;
      const { id } = await service.createModel(tenantId, { name: "m", datasetId, options });
      await test.work();
      const submitter = createSubmitter(test.database, queue, { againMs: 600_000, heldMs: 600_000 });
      // As other servers' lots do, one after another, so that at every time there is one.
      await holder.query("begin");
      await holder.query("select 1 from datasets where id = $1 for share", [datasetId]);
      await holder.query("select 1 from models where id = $1 for key share", [id]);
      const row = sourceOf(selectRows(dataset, Uint32Array.of(1)));
      const ways = {
        "adds rows": () => service.addRows(tenantId, datasetId, { source: row }),
        "corrects one": () => service.correct(tenantId, { datasetId, rows: [1], to: row }),
        "deletes a model": () => service.deleteModel(tenantId, id),
      };
      const order: string[] = [];
      const first = ways[what]().then(() => order.push(what));
      await expect.poll(waitingForLocks, { timeout: 60_000 }).toBe(1);
      const later = submitter.submit(tenantId, { datasetId, rows: [2] }).then(() => order.push("later"));
      await expect.poll(waitingForLocks, { timeout: 60_000 }).toBe(2);
      await submitter.submit(other.tenantId, { datasetId: other.datasetId, rows: [1] });
      expect(order).toEqual([]);
      await holder.query("commit");
      await Promise.all([first, later]);
      expect(order).toEqual([what, "later"]);
    },
    120_000,
  );

  it("nobody keeps others from a data set that is not theirs", async () => {
    const { service, tenantId, datasetId } = test;
    await holder.query("begin");
    await holder.query("select 1 from datasets where id = $1 for share", [datasetId]);
    await expect(service.deleteDataset(other.tenantId, datasetId)).rejects.toMatchObject({
      code: "E_NOT_FOUND",
    });
    await service.submit(tenantId, { datasetId, rows: [1] });
    await holder.query("commit");
  }, 120_000);

  it("submissions do not wait for another tenant's quotas", async () => {
    const { database, service, tenantId, datasetId } = test;
    await setQuotas(database.executor, tenantId, { openRequests: 10 });
    await holder.query("begin");
    await holder.query("select 1 from tenants where id = $1 for no key update", [tenantId]);
    const patient = createSubmitter(database, test.queue, { heldMs: 600_000 });
    const own = patient.submit(tenantId, { datasetId, rows: [1], idempotencyKey: "one" });
    const outcomes = outcomesOf([own]);
    await patient.submit(other.tenantId, { datasetId: other.datasetId, rows: [1] });
    await patient.submit(other.tenantId, { datasetId: other.datasetId, rows: [2] });
    expect(outcomes).toEqual([]);
    await holder.query("rollback");
    expect((await own).isRepeated).toBe(false);
    const again = await service.submit(tenantId, { datasetId, rows: [1], idempotencyKey: "one" });
    expect(again).toMatchObject({ isRepeated: true, request: { id: (await own).request.id } });
  }, 120_000);

  it("submissions do not wait for another tenant's idempotency key that is not committed, nor for its pages", async () => {
    const { database, queue, tenantId, datasetId } = test;
    const digestOf = (await keyDigests(database.executor, [tenantId])).get(tenantId) as KeyDigest;
    await holder.query("begin");
    await holder.query(
      `insert into requests (id, tenant_id, dataset_id, state, idempotency_key, fingerprint, row_count, received_at, due_at)
       values ($1, $2, $3, 'accepted', $4, '\\x00', 1, now(), now())`,
      [newId(), tenantId, datasetId, digestOf("one")],
    );
    const submitter = createSubmitter(database, queue, { heldMs: 600_000 });
    const submit = (row: number, idempotencyKey?: string) =>
      submitter.submit(tenantId, { datasetId, rows: [row], ...given({ idempotencyKey }) });
    const others = (row: number) => submitter.submit(...request(other, row));
    // The first is alone, the others come together behind it.
    const early = others(1);
    const held = [submit(1, "one")];
    const outcomes = outcomesOf(held);
    await Promise.all([early, others(2), submit(2, "two"), submit(3)]);
    held.push(submit(1, "one"));
    await others(3);
    expect(outcomes).toEqual([]);
    await holder.query("rollback");
    const [first, again] = await Promise.all(held);
    expect([first?.isRepeated, again?.isRepeated]).toEqual([false, true]);
    expect(again?.request.id).toBe(first?.request.id);
    await holder.query("begin");
    await holder.query("select 1 from dataset_pages where dataset_id = $1 for update", [datasetId]);
    const waiting = [submit(4, "four"), submit(5)];
    const pending = outcomesOf(waiting);
    await others(4);
    expect(pending).toEqual([]);
    await holder.query("rollback");
    expect((await Promise.all(waiting)).map((one) => one.request.state)).toEqual(["completed", "completed"]);
  }, 30_000);

  /** As many more tenants with quotas and a data set of few rows each. */
  async function tenantsWithQuotas(count: number) {
    const made: (typeof other)[] = [];
    for (let i = 0; i < count; i++) {
      const tenantId = newId();
      await test.database.queries.insert(tenants).values({ id: tenantId, name: tenantId });
      await setQuotas(test.database.executor, tenantId, { openRequests: 10 });
      const source = sourceOf(syntheticDataset({ rowCount: 5 }));
      const { id } = await test.service.createDataset(tenantId, { name: "d", source, schema: null });
      // Else its rows would be erased at once, each tenant's by themselves.
      const model = {
        id: newId(),
        tenantId,
        datasetId: id,
        name: "m",
        options: {},
        version: 0,
        pageSlots: 1,
      };
      await test.database.queries.insert(models).values({ ...model, state: "ready" });
      made.push({ tenantId, datasetId: id });
    }
    return made;
  }
  const hold = (client: pg.Client, those: readonly (typeof other)[]) =>
    client.query("select 1 from tenants where id = any($1::uuid[]) order by id for no key update", [
      those.map(({ tenantId }) => tenantId),
    ]);
  const request = ({ tenantId, datasetId }: typeof other, row = 1) =>
    [tenantId, { datasetId, rows: [row] }] as const;
  it("submissions of many tenants wait together for another server's commit", async () => {
    const many = await tenantsWithQuotas(30);
    const submitter = createSubmitter(test.database, test.queue, { againMs: 600_000 });
    await holder.query("begin");
    await hold(holder, many);
    const calls = many.map((one) => submitter.submit(...request(one)));
    const outcomes = outcomesOf(calls);
    await expect.poll(waitingForLocks, { timeout: 60_000 }).toBe(1);
    // Nobody else waits for them, and they have all had their turns before.
    await submitter.submit(...request(other));
    expect(outcomes).toEqual([]);
    await holder.query("commit");
    const answers = await Promise.all(calls);
    expect(answers.map(({ request }) => request.state)).toEqual(many.map(() => "accepted"));
  }, 120_000);

  it("submissions wait a little while for another tenant's quotas that are held on", async () => {
    const [long, short] = (await tenantsWithQuotas(2)) as [typeof other, typeof other];
    const submitter = createSubmitter(test.database, test.queue, { againMs: 100, heldMs: 600_000 });
    const second = new pg.Client({ connectionString: postgres.url });
    await second.connect();
    try {
      await holder.query("begin");
      await hold(holder, [long]);
      await second.query("begin");
      await hold(second, [short]);
      const calls = [submitter.submit(...request(long)), submitter.submit(...request(short))] as const;
      const outcomes = outcomesOf([calls[0]]);
      await expect.poll(waitingForLocks, { timeout: 60_000 }).toBeGreaterThan(0);
      await second.query("commit");
      await calls[1];
      await submitter.submit(...request(short, 2));
      expect(outcomes).toEqual([]);
      await holder.query("commit");
      expect((await calls[0]).request.state).toBe("accepted");
    } finally {
      await second.end();
    }
  }, 120_000);

  it("submissions are to come again where it is held on, and leave their turns to others", async () => {
    const many = await tenantsWithQuotas(5);
    const submitter = createSubmitter(test.database, test.queue, { againMs: 100, heldMs: 100 });
    await holder.query("begin");
    await hold(holder, many);
    const calls = many.flatMap((one) => [1, 2].map((row) => submitter.submit(...request(one, row))));
    const codes = (await Promise.allSettled(calls)).map(
      (call) => (call as PromiseRejectedResult).reason?.code,
    );
    expect(codes).toEqual(calls.map(() => "E_LOCKED"));
    await holder.query("commit");
    const [accepted] = await Promise.all(many.map((one) => submitter.submit(...request(one))));
    expect(accepted?.isRepeated).toBe(false);
  }, 120_000);
});
