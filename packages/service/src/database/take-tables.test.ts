import { randomBytes } from "node:crypto";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { postgresPrograms } from "../../../../test/postgres.js";
import { createTestDatabase, type TestDatabase } from "../../../../test/shared-postgres.js";
import { takeTables } from "./take-tables.js";

/** As roles that are no superusers: from these PostgreSQL hides when transactions of others began. */
describe.skipIf(postgresPrograms() === null)("who holds the tables", () => {
  let database: TestDatabase;
  let clients: pg.Client[];
  const ours = `ours_${randomBytes(6).toString("hex")}`;
  const others = `others_${randomBytes(6).toString("hex")}`;
  let superuser: pg.Client;

  beforeEach(async () => {
    database = await createTestDatabase();
    clients = [];
    superuser = await connect(null, "superuser");
    await superuser.query(`
      create role ${ours} login; create role ${others} login;
      create table requests (id integer); alter table requests owner to ${ours};
      grant select on requests to ${others}`);
  });
  afterEach(async () => {
    for (const client of clients.slice(1)) await client.end();
    await superuser.query(`drop owned by ${ours}, ${others}; drop role ${ours}, ${others}`);
    await superuser.end();
    await database.remove();
  });

  async function connect(role: string | null, program: string): Promise<pg.Client> {
    const url = new URL(database.url);
    if (role !== null) url.username = role;
    const client = new pg.Client({ connectionString: url.href, application_name: program });
    await client.connect();
    clients.push(client);
    return client;
  }
  const pidOf = async (client: pg.Client): Promise<number> =>
    (await client.query("select pg_backend_pid() as pid")).rows[0].pid;
  const use = async (client: pg.Client): Promise<void> => {
    await client.query("begin");
    await client.query("select from requests");
  };

  /** Tries until it is refused. @param afterTry what happens after each failed try */
  async function refused(afterTry: () => Promise<void>): Promise<string> {
    const migrating = await connect(ours, "migrating");
    await migrating.query("begin");
    const executeSql = async <Row>(text: string, values?: unknown[]): Promise<{ rows: Row[] }> => {
      const { rows } = await migrating.query(text, values);
      if (text === "rollback to savepoint taking") await afterTry();
      return { rows: rows as Row[] };
    };
    return takeTables({ executeSql }, 10).then(
      () => "taken",
      ({ message }) => message,
    );
  }

  it("is another role's session that has been there all the time, not one of ours that has just come", async () => {
    const backup = await connect(others, "backup");
    await use(backup);
    const young = await connect(ours, "young");
    expect(await refused(() => use(young))).toContain(
      `: PostgreSQL's process ${await pidOf(backup)} (backup) of another user. Nothing`,
    );
  });

  it("is not a process that has begun another transaction meanwhile", async () => {
    const busy = await connect(ours, "busy");
    await use(busy);
    const backup = await connect(others, "backup");
    await use(backup);
    const again = async (): Promise<void> => {
      await busy.query("commit");
      await use(busy);
    };
    expect(await refused(again)).toContain(`process ${await pidOf(backup)} (backup) of another user.`);
  });

  it("is one of ours with its seconds where that has been there as long", async () => {
    const ourOwn = await connect(ours, "our own");
    await use(ourOwn);
    await use(await connect(others, "backup"));
    expect(await refused(async () => undefined)).toMatch(
      new RegExp(`process ${await pidOf(ourOwn)} \\(our own\\) for \\d+ seconds\\. Nothing`),
    );
  });
});
