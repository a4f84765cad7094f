import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sourceOf } from "expunge/data";
import { verify } from "expunge/verify";
import { build } from "rolldown";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { restoreBackup } from "../packages/service/src/backup/restore-backup.js";
import { writeBackup } from "../packages/service/src/backup/write-backup.js";
import { writeDeletions } from "../packages/service/src/backup/write-deletions.js";
import { newId } from "../packages/service/src/database/ids.js";
import { type Database, openDatabase } from "../packages/service/src/database/open-database.js";
import { tenants } from "../packages/service/src/database/tables.js";
import { logVerifiers, publicKeySet } from "../packages/service/src/keys/signing-keys.js";
import { checkLedger } from "../packages/service/src/ledger/ledger-check.js";
import { openRuntime, type Runtime } from "../packages/service/src/service/runtime.js";
import { postgresPrograms } from "./postgres.js";
import { createTestDatabase, type TestDatabase } from "./shared-postgres.js";
import { syntheticDataset } from "./synthetic.js";

const hasPostgres = postgresPrograms() !== null;
if (!hasPostgres) console.warn("SKIPPED: restoring into PostgreSQL (apt-get install postgresql).");

/** More by: EXPUNGE_KILLS=50 npx vitest run test/service-restore.test.ts */
const KILLS = Number(process.env.EXPUNGE_KILLS ?? 4);
const ORIGIN = "log.example";
const dataset = syntheticDataset({ rowCount: 300 });
const options = { epsilon: 1, delta: 1e-4, epochs: 2, batchSize: 20, maxSteps: 1000 };

describe.skipIf(!hasPostgres)("a backup that was made while requests came in", () => {
  let root: string;
  let script: string;
  const copies: TestDatabase[] = [];

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "expunge-restore-"));
    // Inside the repository, where packages are found.
    const cache = join("node_modules", ".cache", `expunge-restore-${process.pid}`);
    await mkdir(cache, { recursive: true });
    script = join(cache, "restore-child.mjs");
    await build({
      input: "test/restore-child.ts",
      output: { file: script, format: "esm", codeSplitting: false },
      platform: "node",
      resolve: { conditionNames: ["@expunge/source"] },
      external: [/^node:/, "pg", "pg-boss", "@electric-sql/pglite", /^drizzle-orm/],
      logLevel: "silent",
    });
  });
  afterAll(async () => {
    for (const copy of copies) await copy.remove();
    await rm(join(script, ".."), { recursive: true, force: true });
    await rm(root, { recursive: true, force: true });
  });

  async function newDatabase(): Promise<string> {
    const copy = await createTestDatabase();
    copies.push(copy);
    return copy.url;
  }

  const start = (location: string): Promise<Runtime> =>
    openRuntime({ location, origin: ORIGIN, scratch: root });

  async function until(database: Database, condition: string): Promise<void> {
    for (;;) {
      const { rows } = await database.executor.executeSql(`select (${condition}) as is_so`);
      if ((rows as { is_so: boolean }[])[0]?.is_so) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** kill -9 to a restore, somewhere in it. */
  async function killed(arguments_: string[], afterMs: number): Promise<void> {
    const child = spawn(process.execPath, [script, ...arguments_], { stdio: ["ignore", "pipe", "inherit"] });
    const ended = once(child, "exit");
    await once(child.stdout, "data");
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    child.kill("SIGKILL");
    await ended;
  }

  it(`is restored after ${KILLS} times kill -9: nothing is lost, nothing twice`, {
    timeout: 600_000,
  }, async () => {
    const [full, deletions] = [join(root, "full.backup"), join(root, "deletions")];
    const old = await start(await newDatabase());
    const tenantId = newId();
    await old.database.queries.insert(tenants).values({ id: tenantId, name: "one" });
    const source = sourceOf(dataset);
    const { id: datasetId } = await old.service.createDataset(tenantId, { name: "d", source, schema: null });
    const { id: modelId } = await old.service.createModel(tenantId, { name: "m", datasetId, options });
    await until(old.database, "select bool_and(state = 'ready') from models");

    const accepted: string[] = [];
    let isOver = false;
    const submitting = (async () => {
      for (let row = 0; !isOver || row < 60; row++) {
        const { request } = await old.service.submit(tenantId, {
          datasetId,
          rows: [row % 300],
          idempotencyKey: `${row}`,
        });
        accepted.push(request.id);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    await until(old.database, "select count(*) >= 5 from requests");
    await writeBackup(old.database, full);
    for (let i = 0; i < 3; i++) await writeDeletions(old.database, deletions);
    isOver = true;
    await submitting;
    await writeDeletions(old.database, deletions);
    await old.close();

    const location = await newDatabase();
    await (await openDatabase(location)).close();
    for (let i = 0; i < KILLS; i++) await killed([location, full, deletions], 20 + 60 * i);
    const database = await openDatabase(location);
    // One that was killed too late has done it; then there is nothing left to do.
    await restoreBackup(database, { backup: full, deletions }).catch((error) =>
      expect(error).toMatchObject({ code: "E_CONFLICT" }),
    );
    await database.close();

    const now = await start(location);
    await until(now.database, "select not exists (select 1 from requests where state <> 'completed')");
    await until(now.database, "select bool_and(state = 'ready') from models");
    await until(now.database, "select not exists (select 1 from ledger_staged)");
    const { rows } = await now.database.executor.executeSql("select id from requests order by id");
    expect(rows.map((row) => (row as { id: string }).id)).toEqual([...accepted].sort());
    // One entry for each request, and of each certificate the answers that were given before.
    const asked = await now.database.executor.executeSql(
      `select request_id from (select entry ->> 'requestId' as request_id, entry ->> 'kind' as kind
         from (select convert_from(entry, 'UTF8')::jsonb as entry from ledger_entries) e) f where kind = 'request' order by request_id`,
    );
    expect(asked.rows.map((row) => (row as { request_id: string }).request_id)).toEqual([...accepted].sort());
    expect((await now.service.getModel(tenantId, modelId)).state).toBe("ready");
    const verifiers = await logVerifiers(now.database.queries);
    expect(await checkLedger(now.database.queries, verifiers)).toMatchObject({ ok: true, issues: [] });
    const keys = (await publicKeySet(now.database.queries)).keys.map(
      ({ x }) => new Uint8Array(Buffer.from(x, "base64url")),
    );
    const { items } = await now.service.listCertificates(tenantId);
    expect(items.length).toBeGreaterThan(0);
    for (const { envelope } of items)
      expect(keys.some((publicKey) => verify(envelope, { publicKey }).ok)).toBe(true);
    await now.close();
  });
});
