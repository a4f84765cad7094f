import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, createClient } from "@expunge/client";
import { verify } from "expunge/verify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TEST_FIT, TEST_SCHEMA, testTable } from "../packages/service/testing/test-server.js";
import { postgresPrograms } from "./postgres.js";
import { createTestDatabase, type TestDatabase } from "./shared-postgres.js";

const cli = join(import.meta.dirname, "../packages/expunge/dist/cli.js");
const isReady = existsSync(cli);
if (!isReady) console.warn("SKIPPED: expunge serve needs a build (npm run build).");

interface Served {
  readonly child: ChildProcess;
  readonly url: string;
  /** null where no tenant was made. */
  readonly key: string | null;
  readonly text: () => string;
  end(signal: NodeJS.Signals): Promise<number | null>;
}

const env = { ...process.env, EXPUNGE_DATABASE_KEY: Buffer.alloc(32, 9).toString("base64") };

async function serve(...args: string[]): Promise<Served> {
  const child = spawn(process.execPath, [cli, "serve", "--port", "0", "--no-log", ...args], { env });
  let text = "";
  child.stderr.on("data", (part) => (text += part));
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  while (!/listens on (\S+)/.test(text)) {
    if (child.exitCode !== null) throw new Error(text);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    child,
    url: /listens on (\S+)/.exec(text)?.[1] as string,
    key: /expunge_admin_\S+/.exec(text)?.[0] ?? null,
    text: () => text,
    end(signal) {
      child.kill(signal);
      return ended;
    },
  };
}

function run(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [cli, ...args], { env });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (part) => (stdout += part));
  child.stderr.on("data", (part) => (stderr += part));
  return new Promise((resolve) => child.once("exit", (code) => resolve({ code, stdout, stderr })));
}

const { csv, subjects } = testTable();

async function trainModel(client: Client): Promise<{ datasetId: string; modelId: string }> {
  const { id: datasetId } = await client.datasets.create({ name: "people", schema: TEST_SCHEMA, data: csv });
  const { id: modelId } = await client.models.create({ name: "m", datasetId, options: TEST_FIT });
  expect((await client.models.wait(modelId, { everyMs: 50 })).state).toBe("ready");
  return { datasetId, modelId };
}

describe.skipIf(!isReady)("expunge serve", () => {
  let folder: string;
  let postgres: TestDatabase | null = null;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "expunge-serve-"));
    if (postgresPrograms() !== null) postgres = await createTestDatabase();
  });
  afterAll(async () => {
    await postgres?.remove();
    await rm(folder, { recursive: true, force: true });
  });

  it("needs nothing to be set up, and loses no request when it is killed", async () => {
    const database = join(folder, "embedded");
    const first = await serve("--database", database);
    expect(first.text()).toMatch(/not of the power/);
    const key = first.key as string;
    const client = createClient({ url: first.url, key });
    const { datasetId } = await trainModel(client);
    const subject = subjects[3] as string;
    const { request } = await client.requests.submit({ datasetId, subjects: [subject] });
    await first.end("SIGKILL");

    const second = await serve("--database", database);
    expect(second.key).toBeNull();
    const again = createClient({ url: second.url, key });
    const done = await again.requests.wait(request.id, { everyMs: 50 });
    expect(done.state).toBe("completed");
    const { envelope } = await again.certificates.get(done.tasks[0]?.certificateId as string);
    const [published] = (await again.keySet()).keys;
    const logKeys = (await again.ledger.keys()).keys;
    const publicKey = new Uint8Array(Buffer.from(published?.x as string, "base64url"));
    const { items } = await again.requests.receipts(request.id, { subjects: [subject] });
    const { salt, proof } = items[0]!.receipts[0]!;
    const found = verify(envelope as never, { publicKey, subject: { id: subject, salt, proof } });
    expect(found).toMatchObject({ ok: true, holds: { against: "independent" } });
    const { code, stderr } = await run("tenant", "other", "--database", database);
    expect([code, stderr]).toEqual([expect.any(Number), expect.stringContaining("E_LOCKED")]);
    expect(await second.end("SIGTERM")).toBe(0);

    const [backup, copy] = [join(folder, "full.backup"), join(folder, "copy")];
    expect((await run("backup", "--database", database, "--out", backup)).stdout).toMatch(
      /^Wrote .* rows\.$/m,
    );
    const refused = await run("restore", backup, "--database", copy);
    expect([refused.code, refused.stderr]).toEqual([10, expect.stringMatching(/your word/)]);
    expect((await run("restore", backup, "--database", copy, "--nothing-later")).code).toBe(0);
    const third = await serve("--database", copy, "--drain", "3600");
    expect(third.key).toBeNull();
    const of = createClient({ url: third.url, key });
    expect((await of.certificates.get(done.tasks[0]?.certificateId as string)).envelope).toEqual(envelope);
    // No longer ready, it answers until it is told again.
    third.child.kill("SIGTERM");
    await expect.poll(async () => (await fetch(`${third.url}/readyz`)).status).toBe(503);
    expect((await fetch(`${third.url}/healthz`)).status).toBe(200);
    await third.end("SIGTERM");

    const rotated = await run("rotate-keys", "--database", database, "--json");
    expect(JSON.parse(rotated.stdout).keyId).toMatch(/^[0-9a-f]{64}$/);
    expect(JSON.parse(rotated.stdout).keyId).not.toBe(published?.kid);
    const keys = JSON.parse((await run("public-keys", "--database", database)).stdout).keys;
    expect(keys.map(({ kid }: { kid: string }) => kid)).toEqual([
      published?.kid,
      JSON.parse(rotated.stdout).keyId,
    ]);
    const logKey = (await run("public-keys", "--log", "--database", database)).stdout.trim();
    expect(logKey).toBe(logKeys[0]);
    const ofLog = JSON.parse((await run("rotate-keys", "--log", "--database", database, "--json")).stdout);
    expect(ofLog.keyId.split("+")[0]).toBe(hostname());
    const both = JSON.parse((await run("public-keys", "--log", "--database", database, "--json")).stdout);
    expect(both).toEqual({ verifierKey: ofLog.keyId, earlier: [logKey] });
    const tenant = await run("tenant", "other", "--database", database, "--json");
    expect(JSON.parse(tenant.stdout)).toMatchObject({ key: expect.stringMatching(/^expunge_admin_/) });
    const quota = await run("quota", "other", "--models", "3", "--rows", "none", "--database", database);
    expect(quota.stdout).toMatch(/^models: 0, at most 3$/m);
    expect(quota.stdout).toMatch(/^rows in all data sets: 0, no limit$/m);
    expect(await run("quota", "nobody", "--database", database)).toMatchObject({ code: 13 });
    const callbacks = await run("callbacks", "--retry", "--database", database);
    expect(callbacks).toMatchObject({ code: 0, stdout: expect.stringContaining("None was given up.") });
    expect(await run("callbacks", "--retry", "--drop", "--database", database)).toMatchObject({ code: 2 });
  });

  it.skipIf(postgresPrograms() === null)("only answers where workers do the work", async () => {
    const { url } = postgres as TestDatabase;
    const server = await serve("--database", url, "--no-worker");
    expect(server.text()).not.toMatch(/not of the power/);
    const client = createClient({ url: server.url, key: server.key as string });
    const { id: datasetId } = await client.datasets.create({ name: "p", schema: TEST_SCHEMA, data: csv });
    const { id } = await client.models.create({ name: "m", datasetId, options: TEST_FIT });
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect((await client.models.get(id)).state).toBe("waiting");
    const worker = spawn(process.execPath, [cli, "worker", "--database", url], { env });
    const ended = new Promise((resolve) => worker.once("exit", resolve));
    expect((await client.models.wait(id, { everyMs: 50 })).state).toBe("ready");
    worker.kill("SIGTERM");
    expect([await ended, await server.end("SIGTERM")]).toEqual([0, 0]);
  });

  it.each([
    { args: ["--host", "0.0.0.0"], says: /Expected TLS for host 0\.0\.0\.0/ },
    { args: ["--tls-cert", "x.pem"], says: /Expected both --tls-cert and --tls-key/ },
    { args: ["--tls-cert", "x.pem", "--tls-key", "y.pem"], says: /Cannot read x\.pem/ },
    { args: ["--opendsr-domain", "example.com"], says: /--public-url with --opendsr-domain/ },
  ])("refuses $args", async ({ args, says }) => {
    const { code, stderr } = await run("serve", "--port", "0", "--database", join(folder, "no"), ...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(says);
  });
});
