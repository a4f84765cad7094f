import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { type Client, createClient } from "@expunge/client";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Database, openDatabase } from "../packages/service/src/database/open-database.js";
import { ledgerOrigin, restores, signingKeys } from "../packages/service/src/database/tables.js";
import { logVerifiers } from "../packages/service/src/keys/signing-keys.js";
import { checkLedger } from "../packages/service/src/ledger/ledger-check.js";
import { latestCheckpoint } from "../packages/service/src/ledger/ledger-checkpoints.js";
import { TEST_FIT, TEST_SCHEMA, testTable } from "../packages/service/testing/test-server.js";
import { buildCli, type Cli } from "./cli-harness.js";
import { type Wire, wireTo } from "./cut-off.js";
import { createPostgres, freePort, postgresPrograms, type TestPostgres } from "./postgres.js";
import { createTestDatabase, type TestDatabase } from "./shared-postgres.js";

const hasPostgres = postgresPrograms() !== null;
if (!hasPostgres) console.warn("SKIPPED: starting servers and workers needs PostgreSQL.");
const canRename = mayRename();
if (!canRename) console.warn("SKIPPED: hosts of other names need the right to make them (root).");

function mayRename(): boolean {
  try {
    execFileSync("unshare", ["--uts", "hostname", "other"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const KEY = Buffer.alloc(32, 5).toString("base64");
const OTHER_KEY = Buffer.alloc(32, 6).toString("base64");

interface Started {
  readonly child: ChildProcess;
  /** Everything on standard error so far. */
  readonly text: () => string;
  /** The exit code, once it has ended. */
  readonly ended: Promise<number | null>;
  /** Whether it got ready; false where it ended before. */
  isReady(): Promise<boolean>;
}

describe.skipIf(!hasPostgres)("a process of the service", { timeout: 300_000 }, () => {
  let cli: Cli;
  const running = new Set<ChildProcess>();
  beforeAll(async () => {
    cli = await buildCli();
  });
  afterEach(() => {
    for (const child of running) child.kill("SIGKILL");
  });
  afterAll(() => cli?.remove());

  function start(args: readonly string[], { host = "", databaseKey = KEY } = {}): Started {
    const command = [process.execPath, cli.main, ...args];
    const renamed = ["unshare", "--uts", "sh", "-c", `hostname ${host} && exec "$@"`, "sh", ...command];
    const [program, ...rest] = host === "" ? command : renamed;
    const env = { ...process.env, EXPUNGE_DATABASE_KEY: databaseKey };
    const child = spawn(program as string, rest, {
      env,
      cwd: cli.folder,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (part) => (text += part));
    running.add(child);
    const ended = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));
    return {
      child,
      text: () => text,
      ended,
      async isReady() {
        while (!/At work|listens on/.test(text)) {
          if (child.exitCode !== null || child.signalCode !== null) return false;
          await pause(20);
        }
        return true;
      },
    };
  }
  const worker = (url: string, ...args: string[]): string[] => ["worker", "--database", url, ...args];
  const serve = (url: string, ...args: string[]): string[] => [
    ...["serve", "--port", "0", "--no-log", "--database", url],
    ...args,
  ];

  describe("on a database of its own", () => {
    let location: TestDatabase;
    let database: Database;
    beforeAll(async () => {
      location = await createTestDatabase();
      database = await openDatabase(location.url);
    });
    afterEach(() => database.queries.delete(restores));
    afterAll(async () => {
      await database?.close();
      await location?.remove();
    });

    it.skipIf(!canRename)("keeps the ledger's origin, whatever its host is called", async () => {
      const { url } = location;
      // Both on a fresh database, as documented: nobody has said a name.
      const both = [start(worker(url), { host: "host-one" }), start(worker(url), { host: "host-two" })];
      for (const one of both) expect(await one.isReady(), one.text()).toBe(true);
      const [stored] = await database.queries.select().from(ledgerOrigin);
      expect(["host-one", "host-two"]).toContain(stored?.origin);
      for (const one of both) one.child.kill("SIGTERM");
      expect(await Promise.all(both.map(({ ended }) => ended))).toEqual([0, 0]);
      for (const one of both) expect(one.text()).not.toContain("E_LEDGER");

      const later = start(worker(url), { host: "host-three" });
      expect(await later.isReady()).toBe(true);
      later.child.kill("SIGTERM");
      expect(await later.ended).toBe(0);
      expect(later.text()).toContain(`origin is ${stored?.origin}`);
      expect(await database.queries.select().from(ledgerOrigin)).toEqual([stored]);
      // One key of certificates and one of the log.
      expect(await database.queries.$count(signingKeys)).toBe(2);
      const { note } = (await latestCheckpoint(database.queries))!;
      expect(note.split("\n")[0]).toBe(stored?.origin);
      expect(await checkLedger(database.queries, await logVerifiers(database.queries))).toMatchObject({
        ok: true,
      });
    });

    it("is refused another origin than the ledger's", async () => {
      const first = start(worker(location.url));
      expect(await first.isReady()).toBe(true);
      first.child.kill("SIGTERM");
      await first.ended;
      for (const args of [worker(location.url), serve(location.url)]) {
        const other = start([...args, "--origin", "elsewhere.example"]);
        expect(await other.ended).toBe(2);
        expect(other.text()).toMatch(/The ledger's origin is \S+,.*found elsewhere\.example/);
      }
    });

    it("ends where the database key is another", async () => {
      const first = start(worker(location.url));
      expect(await first.isReady()).toBe(true);
      first.child.kill("SIGTERM");
      await first.ended;
      for (const args of [worker(location.url), serve(location.url), serve(location.url, "--no-worker")]) {
        const wrong = start(args, { databaseKey: OTHER_KEY });
        expect([await wrong.ended, wrong.text()]).toEqual([9, expect.stringContaining("E_KEY")]);
      }
    });

    it("ends where its scratch folder is not there", async () => {
      for (const args of [worker(location.url), serve(location.url)]) {
        const wrong = start([...args, "--scratch", "/none/such"]);
        expect([await wrong.ended, wrong.text()]).toEqual([2, expect.stringContaining("/none/such")]);
      }
    });

    it("serves after a restore, with a worker and without one", async () => {
      await database.queries.insert(restores).values({ backupCreatedAt: new Date() });
      const idle = start(serve(location.url, "--no-worker"));
      expect(await idle.isReady()).toBe(true);
      idle.child.kill("SIGTERM");
      expect(await idle.ended).toBe(0);
    });

    it("ends where its port is taken", async () => {
      const first = start(serve(location.url));
      expect(await first.isReady()).toBe(true);
      const [, port] = /listens on \S+:(\d+)/.exec(first.text()) ?? [];
      const second = start(["serve", "--port", port as string, "--database", location.url]);
      expect([await second.ended, second.text()]).toEqual([
        2,
        expect.stringContaining("another one with --port"),
      ]);
      first.child.kill("SIGTERM");
      expect(await first.ended).toBe(0);
    });

    it("reads EXPUNGE_DATABASE, a server as well as a worker", async () => {
      process.env.EXPUNGE_DATABASE = location.url;
      try {
        for (const args of [["worker"], ["serve", "--port", "0", "--no-log"]]) {
          const one = start(args);
          expect(await one.isReady()).toBe(true);
          one.child.kill("SIGTERM");
          expect(await one.ended).toBe(0);
        }
      } finally {
        delete process.env.EXPUNGE_DATABASE;
      }
    });
  });

  it("waits a while for a database that is not there, and ends", async () => {
    const port = await freePort();
    const lone = start(worker(`postgres://nobody@127.0.0.1:${port}/none`));
    expect(await lone.ended).toBe(12);
    expect(lone.text()).toMatch(/is waited for: .*ECONNREFUSED/);
    expect(lone.text()).toMatch(/E_DATABASE: The database cannot be reached/);
  });

  describe.each(["serve", "worker"] as const)(
    "expunge %s that loses its database while it starts",
    (command) => {
      it("is ready once it is back, whatever it was about to ask", async () => {
        let isLost = true;
        // 1, 2, 4, ...: the first are many kinds of questions, the last ones are alike.
        let lost = 1;
        for (; isLost; lost *= 2) {
          const location = await createTestDatabase();
          const wire = await wireTo(location.url);
          const cut = wire.cutAfter(2 + lost);
          const one = start(command === "serve" ? serve(wire.url) : worker(wire.url));
          const isReady = one.isReady();
          isLost = await Promise.race([isReady.then(() => false), cut.then(() => true)]);
          wire.mend();
          expect(await isReady, `${lost}: ${one.text()}`).toBe(true);
          one.child.kill("SIGTERM");
          expect(await one.ended, `${lost}`).toBe(0);
          await wire.close();
          await location.remove();
        }
        expect(lost).toBeGreaterThan(8);
      });
    },
  );

  describe("whose PostgreSQL stops and starts again", () => {
    let postgres: TestPostgres;
    let wire: Wire;
    beforeAll(async () => {
      postgres = await createPostgres();
      wire = await wireTo(postgres.url);
    });
    afterAll(async () => {
      await wire?.close();
      await postgres?.remove();
    });

    it("answers 503 meanwhile, and goes on", async () => {
      const server = start(serve(postgres.url, "--no-worker", "--requests-per-minute", "1000000"));
      const working = start(worker(postgres.url));
      for (const one of [server, working]) expect(await one.isReady(), one.text()).toBe(true);
      const url = /listens on (\S+)/.exec(server.text())?.[1] as string;
      const key = /expunge_admin_\S+/.exec(server.text())?.[0] as string;
      const client = createClient({ url, key });
      const { datasetId, modelId } = await trained(client);
      const asked = [];
      for (let row = 0; row < 20; row++) asked.push(await client.requests.submit({ datasetId, rows: [row] }));

      await postgres.kill();
      const headers = { authorization: `Bearer ${key}` };
      for (const path of [
        "/v1/requests",
        `/v1/models/${modelId}`,
        "/ledger/checkpoint",
        "/v1/events",
        "/readyz",
      ]) {
        const answer = await fetch(`${url}${path}`, { headers });
        expect([path, answer.status, answer.headers.get("retry-after")]).toEqual([path, 503, "5"]);
        await answer.body?.cancel();
      }
      expect((await fetch(`${url}/healthz`)).status).toBe(200);
      await pause(1000);
      await postgres.start();

      await untilReady(url);
      for (const { request } of asked)
        expect((await client.requests.wait(request.id, { everyMs: 50 })).state).toBe("completed");
      expect([server.child.exitCode, working.child.exitCode]).toEqual([null, null]);
      for (const { child } of [server, working]) child.kill("SIGTERM");
      expect([await server.ended, await working.ended]).toEqual([0, 0]);
    });

    it("ends in good order while it is away", async () => {
      const both = [start(serve(wire.url)), start(worker(wire.url))];
      for (const one of both) expect(await one.isReady(), one.text()).toBe(true);
      wire.cut();
      for (const { child } of both) child.kill("SIGTERM");
      expect(await Promise.all(both.map(({ ended }) => ended))).toEqual([0, 0]);
      wire.mend();
    });
  });
});

async function trained(client: Client): Promise<{ datasetId: string; modelId: string }> {
  const { csv } = testTable();
  const { id: datasetId } = await client.datasets.create({ name: "people", schema: TEST_SCHEMA, data: csv });
  const { id: modelId } = await client.models.create({ name: "m", datasetId, options: TEST_FIT });
  expect((await client.models.wait(modelId, { everyMs: 50 })).state).toBe("ready");
  return { datasetId, modelId };
}

async function untilReady(url: string): Promise<void> {
  while ((await fetch(`${url}/readyz`)).status !== 200) await pause(50);
}
