import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { sourceOf } from "expunge/data";
import { verify } from "expunge/verify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newId } from "../packages/service/src/database/ids.js";
import { type Database, openDatabase } from "../packages/service/src/database/open-database.js";
import { openQueue, type Queue } from "../packages/service/src/database/queue.js";
import { certificates, tenants } from "../packages/service/src/database/tables.js";
import { publicKeySet } from "../packages/service/src/keys/signing-keys.js";
import { latestCheckpoint } from "../packages/service/src/ledger/ledger-checkpoints.js";
import { createService } from "../packages/service/src/service/create-service.js";
import type { Service } from "../packages/service/src/service/service.js";
import { postgresPrograms } from "./postgres.js";
import { createTestDatabase, type TestDatabase } from "./shared-postgres.js";
import { syntheticDataset } from "./synthetic.js";

const cli = join(import.meta.dirname, "../packages/expunge/dist/cli.js");
/** What a process writes: its log on standard output, and notes on standard error. */
function linesOf({ stdout, stderr }: ChildProcessWithoutNullStreams): {
  readonly log: () => { readonly msg: string }[];
  readonly notes: () => string;
} {
  let [log, notes] = ["", ""];
  stdout.on("data", (part) => (log += part));
  stderr.on("data", (part) => (notes += part));
  const lines = (): string[] => log.split("\n").filter((line) => line !== "");
  return { log: () => lines().map((line) => JSON.parse(line)), notes: () => notes };
}

const isReady = postgresPrograms() !== null && existsSync(cli);
if (!isReady) console.warn("SKIPPED: expunge worker needs PostgreSQL and a build (npm run build).");

describe.skipIf(!isReady)("expunge worker", () => {
  let postgres: TestDatabase;
  let database: Database;
  let queue: Queue;
  let service: Service;
  const tenantId = newId();

  beforeAll(async () => {
    postgres = await createTestDatabase();
    database = await openDatabase(postgres.url);
    queue = await openQueue(database);
    service = createService(database, queue);
    await database.queries.insert(tenants).values({ id: tenantId, name: "cli" });
  });
  afterAll(async () => {
    await queue?.close();
    await database?.close();
    await postgres?.remove();
  });

  it("trains, forgets, signs and keeps the ledger, two at a time, and ends in good order", async () => {
    const env = { ...process.env, EXPUNGE_DATABASE_KEY: Buffer.alloc(32, 7).toString("base64") };
    const workers = [1, 2].map(() =>
      spawn(process.execPath, [cli, "worker", "--database", postgres.url, "--origin", "log.example"], {
        env,
      }),
    );
    const said = workers.map(linesOf);
    const ended = workers.map((worker) => new Promise((resolve) => worker.once("close", resolve)));
    const source = sourceOf(syntheticDataset());
    const { id: datasetId } = await service.createDataset(tenantId, { name: "people", source, schema: null });
    const options = { epsilon: 1, delta: 1e-4, epochs: 2, batchSize: 20, maxSteps: 1000 };
    const model = await service.createModel(tenantId, { name: "m", datasetId, options });
    const until = async (isSo: () => Promise<boolean>): Promise<void> => {
      while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 50));
    };
    await until(async () => (await service.getModel(tenantId, model.id)).state === "ready");
    const { request } = await service.submit(tenantId, { datasetId, rows: [1, 2, 3] });
    await until(async () => (await service.getRequest(tenantId, request.id)).state === "completed");
    await until(async () => {
      const [row] = await database.queries.select().from(certificates);
      return row?.ledgerIndex !== null && ((await latestCheckpoint(database.queries))?.size ?? 0) === 2;
    });
    const { items } = await service.listCertificates(tenantId);
    const [key] = (await publicKeySet(database.queries)).keys;
    const publicKey = new Uint8Array(Buffer.from(key?.x as string, "base64url"));
    expect(verify(items[0]?.envelope as never, { publicKey })).toMatchObject({ ok: true, issues: [] });
    for (const worker of workers) worker.kill("SIGTERM");
    expect(await Promise.all(ended)).toEqual([0, 0]);
    for (const { log, notes } of said) {
      expect(notes()).toBe("");
      // As the log of requests has them.
      for (const line of log()) expect(line).toMatchObject({ level: 30, time: expect.any(Number) });
      expect(log().map(({ msg }) => msg)).toEqual([
        "At work. The ledger's origin is log.example.",
        "Finishing what is in hand.",
      ]);
    }
  });

  it("says what it waits for and why it ends, a line of JSON each; with --no-log in lines for people", async () => {
    const nowhere = ["worker", "--database", "postgres://nobody@127.0.0.1:1/none"];
    const start = (...args: string[]) => spawn(process.execPath, [cli, ...nowhere, ...args]);
    const [one, other] = [start(), start("--no-log")];
    const [said, told] = [linesOf(one), linesOf(other)];
    const ends = [one, other].map((child) => new Promise((resolve) => child.once("close", resolve)));
    expect(await Promise.all(ends)).toEqual([12, 12]);
    expect(said.log()).toEqual([
      { level: 40, time: expect.any(Number), msg: expect.stringMatching(/is waited for: .*ECONNREFUSED/) },
      {
        ...{ level: 60, time: expect.any(Number), code: "E_DATABASE" },
        err: expect.objectContaining({ code: "E_DATABASE", message: "" }),
        msg: expect.stringMatching(/^E_DATABASE The database cannot be reached/),
      },
    ]);
    expect(told.log()).toEqual([]);
    expect(told.notes()).toMatch(/is waited for: .*ECONNREFUSED/);
    expect(told.notes()).toMatch(/error E_DATABASE/);
  });
});
