import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { verify } from "expunge/verify";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MIGRATIONS } from "../packages/service/src/database/migrations.js";
import { openDatabase } from "../packages/service/src/database/open-database.js";
import { tenants } from "../packages/service/src/database/tables.js";
import { logVerifiers, publicKeySet } from "../packages/service/src/keys/signing-keys.js";
import { checkLedger } from "../packages/service/src/ledger/ledger-check.js";
import { openRuntime, type Runtime } from "../packages/service/src/service/runtime.js";
import { postgresPrograms } from "./postgres.js";
import { createReleasedDatabase, RELEASED } from "./released-database.js";
import type { TestDatabase } from "./shared-postgres.js";

const hasPostgres = postgresPrograms() !== null;
if (!hasPostgres)
  console.warn("SKIPPED: the upgrade of a database needs PostgreSQL (apt-get install postgresql).");

describe("migrations that are released", () => {
  it("are never edited, and stay first", () => {
    const released = JSON.parse(readFileSync(join(RELEASED, "released-migrations.json"), "utf8"));
    const digests = MIGRATIONS.map(({ name, sql }) => ({
      name,
      sha256: createHash("sha256").update(sql).digest("hex"),
    }));
    expect(digests.slice(0, released.length)).toEqual(released);
  });
});

/** Of the database in released.sql. */
const ORIGIN = "upgrade.example/log";
const DATABASE_KEY = Buffer.alloc(32, 7).toString("base64");

describe.skipIf(!hasPostgres)("a database of the last released schema", () => {
  let postgres: TestDatabase;
  let runtime: Runtime;

  beforeAll(async () => {
    postgres = await createReleasedDatabase();
    runtime = await openRuntime({ location: postgres.url, origin: ORIGIN, databaseKey: DATABASE_KEY });
  });
  afterAll(async () => {
    await runtime?.close();
    await postgres?.remove();
  });

  it("is brought up to date, and goes on: what was accepted before is carried out and certified", async () => {
    const { service, database } = runtime;
    const { queries } = database;
    const [tenant] = await queries.select({ id: tenants.id }).from(tenants);
    const tenantId = tenant?.id as string;
    const states = async () => (await service.listRequests(tenantId)).items.map(({ state }) => state);
    expect(await states()).toHaveLength(2);
    while ((await states()).some((state) => state !== "completed"))
      await new Promise((resolve) => setTimeout(resolve, 100));

    const { keys } = await publicKeySet(queries);
    const publicKey = keys.map(({ x }) => new Uint8Array(Buffer.from(x, "base64url")));
    const { items } = await service.listCertificates(tenantId);
    expect(items).toHaveLength(2);
    // The newer one goes on from the older one, which the older version made and worded.
    const all = items.map(({ envelope }) => envelope);
    const notesBeside = (chain: typeof all): string[] =>
      all.flatMap((envelope) => {
        const { issues, notes } = verify(envelope, { publicKey, chain });
        expect(issues).toEqual([]);
        return notes.filter((note) => !note.startsWith("Earlier wording: "));
      });
    expect(notesBeside([])).toEqual([expect.stringMatching(/^This is request 2 of its model/)]);
    expect(notesBeside(all)).toEqual([]);

    const ledger = await checkLedger(queries, await logVerifiers(queries));
    expect(ledger).toMatchObject({ ok: true, issues: [] });
  });

  it("is left as it is by whoever may not change its tables", async () => {
    const older = await createReleasedDatabase();
    const client = new pg.Client({ connectionString: older.url });
    try {
      await client.connect();
      for (const tables of ["keep", "make"] as const)
        await expect(openDatabase(older.url, { tables })).rejects.toMatchObject({
          code: "E_DATABASE",
          message: expect.stringMatching(
            /of an older version, without migration "0003 .*Nothing was changed/,
          ),
        });
      const { rows } = await client.query("select max(name) as last from expunge_migrations");
      expect(rows).toEqual([{ last: "0002 evaluations" }]);
    } finally {
      await client.end();
      await older.remove();
    }
  });

  it("takes what an unfinished restore brought back for begun: nobody takes it back", async () => {
    const restored = await createReleasedDatabase();
    const client = new pg.Client({ connectionString: restored.url });
    try {
      await client.connect();
      await client.query("insert into restores (backup_created_at) values (now())");
      await (await openDatabase(restored.url)).close();
      const { rows } = await client.query("select state from requests order by state");
      expect(rows).toEqual([{ state: "completed" }, { state: "running" }]);
    } finally {
      await client.end();
      await restored.remove();
    }
  });
});
