import { tmpdir } from "node:os";
import { createSigner } from "expunge";
import { sourceOf } from "expunge/data";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newId } from "../packages/service/src/database/ids.js";
import { openDatabase } from "../packages/service/src/database/open-database.js";
import { openQueue } from "../packages/service/src/database/queue.js";
import { tenants } from "../packages/service/src/database/tables.js";
import { deliverCallbacks } from "../packages/service/src/protocols/callbacks.js";
import {
  countOverdue,
  countRequests,
  foldRequestCounts,
} from "../packages/service/src/requests/request-counts.js";
import { createService } from "../packages/service/src/service/create-service.js";
import type { Service } from "../packages/service/src/service/service.js";
import { sweep, workOnce } from "../packages/service/src/work/worker.js";
import { costOf, recorded, type Statement } from "./explained.js";
import { createPostgres, postgresPrograms, type TestPostgres } from "./postgres.js";
import { syntheticDataset } from "./synthetic.js";

const hasPostgres = postgresPrograms() !== null;
if (!hasPostgres)
  console.warn("SKIPPED: what a long history costs needs PostgreSQL (apt-get install postgresql).");

/** More by: EXPUNGE_HISTORY=1000000 npx vitest run test/service-history.test.ts */
const SERVED = Number(process.env.EXPUNGE_HISTORY ?? 50_000);
const signer = createSigner(new Uint8Array(32).fill(3));
const dataset = syntheticDataset();
const tenantId = newId();

describe.skipIf(!hasPostgres)(`after ${SERVED} requests`, () => {
  let postgres: TestPostgres;
  let admin: pg.Client;
  let datasetId: string;
  let modelId: string;

  /** A service that is ended again: then the database has counted all that it read. */
  async function run(use: (service: Service, work: () => Promise<void>) => Promise<void>): Promise<void> {
    const database = await openDatabase(postgres.url);
    const queue = await openQueue(database);
    const context = { database, queue, scratch: tmpdir(), signer: async () => signer };
    const work = async (): Promise<void> => {
      while ((await workOnce(context)) > 0);
      await sweep(context);
      await deliverCallbacks(database, { processor: null, fides: null });
    };
    await use(createService(database, queue), work);
    await queue.close();
    await database.close();
  }

  beforeAll(async () => {
    postgres = await createPostgres();
    await run(async (service, work) => {
      const database = await openDatabase(postgres.url);
      await database.queries.insert(tenants).values({ id: tenantId, name: "history" });
      await database.close();
      const source = sourceOf(dataset);
      datasetId = (await service.createDataset(tenantId, { name: "people", source, schema: null })).id;
      const options = { epochs: 2, batchSize: 20, maxSteps: 1000 };
      modelId = (await service.createModel(tenantId, { name: "m", datasetId, options })).id;
      await work();
    });
    admin = new pg.Client({ connectionString: postgres.url });
    await admin.connect();
    // Requests that were served long ago, some by way of OpenDSR, each with its row, its subject and its task.
    await admin.query(
      `insert into requests (id, tenant_id, dataset_id, state, fingerprint, row_count, received_at, due_at, completed_at, envelope)
       select md5(i::text)::uuid, $1, $2, 'completed', '', 1, now() - interval '1 year', now(), now() - interval '1 year' + i * interval '1 s',
         case when i % 2 = 0 then '{"protocol": "opendsr", "delivery": {"notified": "completed"}}'::jsonb end
       from generate_series(1, ${SERVED}) i`,
      [tenantId, datasetId],
    );
    await admin.query(
      `insert into named_subjects select id, 0, dataset_id, decode(md5('a' || id::text) || md5(id::text), 'hex'), '' from requests`,
    );
    await admin.query(
      "insert into claimed_rows select $1, 1000000 + i, md5(i::text)::uuid from generate_series(1, $2::int) i",
      [datasetId, SERVED],
    );
    await admin.query(
      "insert into tasks (request_id, model_id, state, received_at) select id, $1, 'done', received_at from requests",
      [modelId],
    );
    await admin.query("vacuum analyze");
  });
  afterAll(async () => {
    await admin?.end();
    await postgres?.remove();
  });

  /** Rows that were read of each table since the count was begun. */
  async function rowsRead(): Promise<Record<string, number>> {
    const { rows } = await admin.query(
      `select relname, (seq_tup_read + coalesce(idx_tup_fetch, 0))::int as count from pg_stat_user_tables
       where relname in ('requests', 'tasks', 'claimed_rows', 'named_subjects', 'certified_subjects', 'certificates', 'releases')`,
    );
    return Object.fromEntries(rows.map(({ relname, count }) => [relname, count]));
  }

  it("one more reads no more than its own rows, wherever it is looked at", async () => {
    await admin.query("select pg_stat_reset()");
    const subject = dataset.subjects?.[7] as string;
    await run(async (service, work) => {
      await service.preview(tenantId, { datasetId, subjects: [subject] });
      const { request } = await service.submit(tenantId, { datasetId, subjects: [subject] });
      await work();
      expect((await service.getRequest(tenantId, request.id)).state).toBe("completed");
      expect((await service.receipts(tenantId, request.id, [subject]))[0]).toHaveLength(1);
      // Whoever is forgotten already: found by name, not by looking through all requests.
      await service.submit(tenantId, { datasetId, subjects: [subject] });
      await work();
      await service.getModel(tenantId, modelId);
      await service.listReleases(tenantId, modelId);
      expect((await service.listRequests(tenantId, { limit: 10 })).items).toHaveLength(10);
      expect((await service.listRequests(tenantId, { state: "accepted" })).items).toHaveLength(0);
      expect((await service.activity(tenantId)).requests.completed).toBe(SERVED + 2);
    });
    await new Promise((resolve) => setTimeout(resolve, 500));
    const read = await rowsRead();
    for (const [table, count] of Object.entries(read)) expect(count, table).toBeLessThan(500);
    expect(read.requests).toBeGreaterThan(0);
  });

  it("every statement that is asked often finds what it needs by an index, on few pages", async () => {
    const statements: Statement[] = [];
    await run(async (service, work) => {
      const database = await openDatabase(postgres.url);
      const { queries } = database;
      const next = (await service.listRequests(tenantId, { limit: 50 })).next as string;
      await service.submit(tenantId, { datasetId, subjects: [dataset.subjects?.[50] as string] });
      const asked = await recorded(async () => {
        await service.activity(tenantId);
        await service.listRequests(tenantId, { limit: 50, after: next });
        await service.listRequests(tenantId, { limit: 50, state: "failed" });
        await service.getRequest(tenantId, "c4ca4238-a0b9-2382-0dcc-509a6f75849b");
        await countRequests(queries, null);
        await countOverdue(queries, null);
        await service.submit(tenantId, { datasetId, subjects: [dataset.subjects?.[51] as string] });
        await work();
      });
      statements.push(...asked);
      await database.close();
    });
    expect(statements.length).toBeGreaterThan(50);
    let explained = 0;
    for (const statement of statements) {
      // What a transaction has changed since may not be changed once more.
      const cost = await costOf(admin, statement).catch(() => null);
      if (cost === null) continue;
      explained += 1;
      expect(cost.buffers, cost.text).toBeLessThan(1000);
      const large = ["requests", "named_subjects", "claimed_rows", "tasks", "callbacks"];
      for (const table of large) expect(cost.scanned[table] ?? 0, `${table}: ${cost.text}`).toBe(0);
    }
    expect(explained).toBeGreaterThan(40);
  });

  it("counts what is in each state as the requests themselves do, before and after it is added up", async () => {
    const database = await openDatabase(postgres.url);
    const byRequests = async (): Promise<Record<string, number>> => {
      const { rows } = await admin.query(
        "select state, count(*)::int as count from requests where tenant_id = $1 group by state",
        [tenantId],
      );
      return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
    };
    const areSame = async (): Promise<void> => {
      const counts = Object.entries(await countRequests(database.queries, tenantId));
      expect(Object.fromEntries(counts.filter(([, count]) => count > 0))).toEqual(await byRequests());
    };
    await areSame();
    await admin.query("update requests set state = 'failed' where id = md5('1')::uuid");
    await admin.query("begin; update requests set state = 'cancelled' where id = md5('2')::uuid; rollback");
    await areSame();
    expect((await byRequests()).failed).toBe(1);
    await Promise.all([foldRequestCounts(database), foldRequestCounts(database)]);
    await areSame();
    const { rows } = await admin.query("select count(*)::int as count from request_count_changes");
    expect(rows[0].count).toBe(0);
    await database.close();
  });
});
