import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Client, createClient, everyItem } from "@expunge/client";
import { verify } from "expunge/verify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApiKey, createTenant } from "../packages/service/src/accounts/api-keys.js";
import { openDatabase } from "../packages/service/src/database/open-database.js";
import { TEST_FIT, TEST_SCHEMA, testTable } from "../packages/service/testing/test-server.js";
import { createPostgres, freePort, postgresPrograms, type TestPostgres } from "./postgres.js";

const cli = join(import.meta.dirname, "../packages/expunge/dist/cli.js");
const isReady = existsSync(cli) && postgresPrograms() !== null;
if (!isReady) console.warn("SKIPPED: killing the server needs PostgreSQL and a build (npm run build).");

/** More by: EXPUNGE_SERVER_KILLS=200 npx vitest run test/serve-crash.test.ts */
const KILLS = Number(process.env.EXPUNGE_SERVER_KILLS ?? 6);
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe.skipIf(!isReady)(`after ${KILLS} times kill -9 to a server that works too`, () => {
  let postgres: TestPostgres;
  let server: ChildProcess;
  let client: Client;
  let port: number;

  async function serve(): Promise<void> {
    const args = ["serve", "--port", String(port), "--no-log", "--database", postgres.url];
    server = spawn(process.execPath, [cli, ...args, "--requests-per-minute", "1000000"], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let text = "";
    server.stderr?.on("data", (part) => (text += part));
    while (!text.includes("listens on") && server.exitCode === null) await pause(10);
    if (server.exitCode !== null) throw new Error(text);
  }
  async function kill(): Promise<void> {
    const ended = new Promise((resolve) => server.once("exit", resolve));
    server.kill("SIGKILL");
    await ended;
  }
  /** As a careful client does: the same call until there is an answer. */
  async function insist<T>(call: () => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await call();
      } catch (error) {
        // A start may take long on a machine that is busy.
        if (attempt === 6000) throw error;
        await pause(20);
      }
    }
  }

  beforeAll(async () => {
    postgres = await createPostgres();
    port = await freePort();
    const database = await openDatabase(postgres.url);
    const tenantId = await createTenant(database, "one");
    const { key } = await createApiKey(database, { tenantId, role: "admin", label: "test" });
    await database.close();
    client = createClient({ url: `http://127.0.0.1:${port}`, key });
    await serve();
  });
  afterAll(async () => {
    await kill();
    await postgres?.remove();
  });

  it("what it had accepted is done, once, and certified", { timeout: 60_000 + KILLS * 20_000 }, async () => {
    const { csv } = testTable();
    const { id: datasetId } = await client.datasets.create({ name: "p", schema: TEST_SCHEMA, data: csv });
    const { id: modelId } = await client.models.create({ name: "m", datasetId, options: TEST_FIT });
    await client.models.wait(modelId, { everyMs: 20 });

    let isKilling = true;
    const killing = (async () => {
      for (let i = 0; i < KILLS; i++) {
        await pause(100 + 600 * Math.random());
        await kill();
        await serve();
      }
      isKilling = false;
    })();
    const accepted: string[] = [];
    for (let row = 0; row < 150 && (isKilling || row < 20); row++) {
      const options = { idempotencyKey: `row-${row}` };
      const answer = await insist(() => client.requests.submit({ datasetId, rows: [row] }, options));
      accepted.push(answer.request.id);
      await pause(KILLS * 3);
    }
    await killing;
    expect(new Set(accepted).size).toBe(accepted.length);
    const certificates = new Set<string>();
    for (const id of accepted) {
      const done = await insist(() => client.requests.wait(id, { everyMs: 20 }));
      expect(done).toMatchObject({ state: "completed", rowCount: 1, tasks: [{ modelId, state: "done" }] });
      certificates.add(done.tasks[0]?.certificateId as string);
    }
    const { timeline } = await client.models.get(modelId);
    expect(timeline).toMatchObject({ deletedCount: accepted.length, requestCount: certificates.size });
    const certified = new Set<string>();
    const list = (query: { after?: string; limit?: number }) => client.models.releases(modelId, query);
    for await (const { certificateId } of everyItem(list)) if (certificateId) certified.add(certificateId);
    expect(certified).toEqual(certificates);
    const [key] = (await client.keySet()).keys;
    const publicKey = new Uint8Array(Buffer.from(key?.x as string, "base64url"));
    for (const id of certificates) {
      const { envelope } = await client.certificates.get(id);
      expect(verify(envelope as never, { publicKey })).toMatchObject({ ok: true });
    }
  });
});
