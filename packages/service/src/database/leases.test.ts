import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DATABASES, databaseLocation } from "../../testing/databases.js";
import type { Lease } from "./leases.js";
import { type Database, openDatabase } from "./open-database.js";

const LEASE_MS = 500;
const CONFLICT = { code: "E_CONFLICT" };

/** Until something else says that it is over. */
function opening(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

const isAborted = ({ signal }: Lease): Promise<unknown> =>
  signal.aborted ? Promise.resolve() : new Promise((resolve) => signal.addEventListener("abort", resolve));

const hold = (database: Database, lease: Lease): Promise<void> =>
  database.transaction(({ queries }) => lease.hold(queries));

describe.each(DATABASES)("leases in %s", (kind) => {
  const location = databaseLocation(kind);
  let database: Database;
  beforeAll(async () => {
    database = await openDatabase(location(), { leaseMs: LEASE_MS });
  });
  afterAll(() => database?.close());

  const execute = (text: string): Promise<{ rows: unknown[] }> => database.executor.executeSql(text);
  /** As somebody else does, once its time is up. */
  const takeOver = () => execute("update leases set holder = gen_random_uuid()");

  it("are one's at a time, last as long as their holder says that it is there, and are given back", async () => {
    const found = await database.exclusively("a", async (lease) => {
      expect(await database.exclusively("a", async () => true)).toBeNull();
      expect(await database.exclusively("b", async () => true)).toBe(true);
      const expiry = async () => JSON.stringify((await execute("select name, expires_at from leases")).rows);
      const first = await expiry();
      while ((await expiry()) === first) await new Promise((resolve) => setTimeout(resolve, LEASE_MS / 10));
      await hold(database, lease);
      return (await execute("select name from leases")).rows;
    });
    expect(found).toEqual([{ name: "a" }]);
    expect((await execute("select * from leases")).rows).toEqual([]);
    await expect(
      database.exclusively("a", async () => {
        throw new Error("no");
      }),
    ).rejects.toThrow("no");
    expect(await database.exclusively("a", async () => true)).toBe(true);
  });

  it("that somebody has taken over end their holder's work, whose transactions fail", async () => {
    await database.exclusively("a", async (lease) => {
      await takeOver();
      await expect(hold(database, lease)).rejects.toMatchObject(CONFLICT);
      await isAborted(lease);
      expect(lease.signal.reason).toMatchObject(CONFLICT);
    });
    // What is now another's is not given back.
    expect((await execute("select name from leases")).rows).toEqual([{ name: "a" }]);
    await execute("delete from leases");
  });
});

describe("leases of two processes", () => {
  const location = databaseLocation("postgres");
  let databases: [Database, Database];
  beforeAll(async () => {
    if (location() === "memory:") return;
    const open = () => openDatabase(location(), { leaseMs: 60_000 });
    databases = [await open(), await open()];
  });
  afterAll(() => Promise.all(databases?.map((one) => one.close()) ?? []));

  /** Takes a lease and keeps it. */
  async function keep(name: string): Promise<{ lease: Lease; end(): Promise<void> }> {
    const { opened, open } = opening();
    let held = (_: Lease): void => {};
    const lease = new Promise<Lease>((resolve) => {
      held = resolve;
    });
    const ended = databases[0].exclusively(name, async (one) => {
      held(one);
      await opened;
    });
    return {
      lease: await lease,
      async end() {
        open();
        await ended;
      },
    };
  }

  it("whose holder's session ends can be taken at once, and nobody waits for one who is committing", async () => {
    const [first, second] = databases;
    const { lease, end } = await keep("a");
    expect(await second.exclusively("a", async () => true)).toBeNull();
    await second.executor.executeSql("update leases set expires_at = '2020-01-01'");
    await first.transaction(async ({ queries }) => {
      await lease.hold(queries);
      // Time is up, yet it is left to finish.
      expect(await second.exclusively("a", async () => true)).toBeNull();
    });
    await second.executor.executeSql("update leases set expires_at = '2100-01-01'");
    expect(await second.exclusively("a", async () => true)).toBeNull();
    await second.executor.executeSql(
      "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and pid <> pg_backend_pid() and database = (select oid from pg_database where datname = current_database())",
    );
    // A session that is told to end takes a moment.
    await expect
      .poll(() => second.exclusively("a", () => hold(first, lease).catch(({ code }) => code)))
      .toBe("E_CONFLICT");
    await end();
  });
});
