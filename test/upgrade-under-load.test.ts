import pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MIGRATIONS } from "../packages/service/src/database/migrations.js";
import { openDatabase } from "../packages/service/src/database/open-database.js";
import { beginning } from "../packages/service/src/database/take-tables.js";
import { postgresPrograms } from "./postgres.js";
import { createReleasedDatabase } from "./released-database.js";
import type { TestDatabase } from "./shared-postgres.js";

describe.skipIf(postgresPrograms() === null)("a database that is brought up to date while it is used", () => {
  let postgres: TestDatabase;
  let clients: pg.Client[];
  let [tenantId, datasetId, modelId] = ["", "", ""];

  beforeEach(async () => {
    postgres = await createReleasedDatabase();
    clients = [];
    const client = await connect();
    const { rows } = await client.query("select tenant_id, dataset_id, id from models");
    ({ tenant_id: tenantId, dataset_id: datasetId, id: modelId } = rows[0]);
  });
  afterEach(async () => {
    for (const client of clients) await client.end();
    await postgres.remove();
  });

  async function connect(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: postgres.url, application_name: "the other" });
    await client.connect();
    clients.push(client);
    return client;
  }
  const upgrade = async (tablesWaitMs?: number): Promise<void> => {
    const database = await openDatabase(
      postgres.url,
      tablesWaitMs === undefined ? {} : { tablesWaitMs, connections: 2 },
    );
    await database.close();
  };
  const applied = async (): Promise<number> =>
    (await clients[0]!.query("select 1 from expunge_migrations")).rows.length;
  const waitingForLocks = async (): Promise<number> =>
    (
      await clients[0]!.query(
        "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
      )
    ).rows.length;

  /** A request, as a server takes it in. */
  async function submit(client: pg.Client): Promise<void> {
    await client.query("begin");
    await client.query("select 1 from datasets where id = $1 for share", [datasetId]);
    const { rows } = await client.query(
      `insert into requests (id, tenant_id, dataset_id, state, fingerprint, row_count, received_at, due_at)
         values (gen_random_uuid(), $1, $2, 'accepted', '', 1, now(), now() + interval '1 month') returning id`,
      [tenantId, datasetId],
    );
    const { id } = rows[0];
    await client.query("insert into claimed_rows values ($1, 1, $2)", [datasetId, id]);
    await client.query("select 1 from models where id = $1 for key share", [modelId]);
    await client.query(
      "insert into tasks (request_id, model_id, state, received_at) values ($1, $2, 'waiting', now())",
      [id, modelId],
    );
    await client.query("commit");
  }

  /** Requests, as a worker serves them. */
  async function serve(client: pg.Client): Promise<void> {
    await client.query("begin");
    await client.query("update models set progress = null where id = $1", [modelId]);
    const { rows } = await client.query(
      "select request_id as id from tasks where model_id = $1 and state = 'waiting' order by received_at limit 10 for update",
      [modelId],
    );
    const ids = rows.map(({ id }) => id);
    await client.query("select 1 from requests where id = any($1) order by id for no key update", [ids]);
    await client.query("update requests set state = 'completed', completed_at = now() where id = any($1)", [
      ids,
    ]);
    await client.query("update tasks set state = 'done' where request_id = any($1)", [ids]);
    await client.query("commit");
  }

  /** What a page shows, by single statements. */
  async function look(client: pg.Client): Promise<void> {
    await client.query("select count(*) from tasks where model_id = $1 and state = 'waiting'", [modelId]);
    await client.query(
      "select requests.id from claimed_rows join requests on requests.id = request_id order by received_at desc limit 50",
    );
    await client.query("select models.id from models join datasets on datasets.id = dataset_id");
  }

  /** Tables one after another, against all order, as a transaction of this version may. */
  async function wander(client: pg.Client): Promise<void> {
    await client.query(`begin; ${beginning}`);
    for (const table of ["claimed_rows", "tasks", "requests", "models", "tenants", "datasets"])
      await client.query(`select 1 from ${table} limit 1`);
    await client.query("commit");
  }

  it("waits for a transaction that goes on to tables which come later", async () => {
    const worker = await connect();
    await worker.query("begin");
    await worker.query("update models set progress = null where id = $1", [modelId]);
    const upgraded = upgrade();
    await expect.poll(waitingForLocks).toBeGreaterThan(0);
    await worker.query("update requests set failure = null where tenant_id = $1", [tenantId]);
    await worker.query("commit");
    await upgraded;
    expect(await applied()).toBe(MIGRATIONS.length);
  });

  it.each([
    { what: "of the older version", rounds: [submit, submit, submit, serve, serve, look, look] },
    { what: "of this one", rounds: [wander, wander, wander, wander, wander, wander, look, look] },
  ])("ends nobody's transaction $what, and they go on when it is done", async ({ rounds }) => {
    const counts = rounds.map(() => 0);
    let isOver = false;
    const errors: unknown[] = [];
    const all = rounds.map(async (round, i) => {
      const client = await connect();
      while (!isOver) {
        await round(client);
        counts[i]! += 1;
      }
    });
    for (const one of all) one.catch((error) => errors.push(error));
    const more = async (): Promise<void> => {
      const least = counts.map((count) => count + 5);
      await expect.poll(() => errors.length > 0 || counts.every((count, i) => count >= least[i]!)).toBe(true);
    };
    await more();
    await upgrade();
    await more();
    isOver = true;
    await Promise.allSettled(all);
    expect(errors).toEqual([]);
    expect(await applied()).toBe(MIGRATIONS.length);
  });

  it("is refused where somebody does not leave its tables, is as it was, and keeps nobody waiting meanwhile", async () => {
    const backup = await connect();
    await backup.query("begin isolation level repeatable read");
    await backup.query("select count(*) from requests");
    const before = await applied();
    const upgraded = expect(upgrade(2500)).rejects.toMatchObject({
      code: "E_DATABASE",
      message: expect.stringMatching(/using its tables for 3 seconds: .*\(the other\).*Nothing was changed/),
    });
    let isOver = false;
    const over = upgraded.finally(() => {
      isOver = true;
    });
    const other = await connect();
    while (!isOver) {
      await submit(other);
      await serve(other);
    }
    await over;
    expect(await applied()).toBe(before);
    await backup.query("commit");
    await upgrade();
    expect(await applied()).toBe(MIGRATIONS.length);
  });
});
