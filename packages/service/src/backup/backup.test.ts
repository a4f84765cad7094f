import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { sourceOf } from "expunge/data";
import { parseCheckpoint, parseNote, verifyConsistency } from "expunge/ledger";
import { verify } from "expunge/verify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { postgresPrograms } from "../../../../test/postgres.js";
import { createTestDatabase, type TestDatabase } from "../../../../test/shared-postgres.js";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { storedBytes, storedPages } from "../../testing/stored-rows.js";
import { newId } from "../database/ids.js";
import { type Database, openDatabase } from "../database/open-database.js";
import { openQueue } from "../database/queue.js";
import { tenants } from "../database/tables.js";
import { logVerifiers, publicKeySet } from "../keys/signing-keys.js";
import { checkLedger } from "../ledger/ledger-check.js";
import { latestCheckpoint } from "../ledger/ledger-checkpoints.js";
import { readLedger } from "../ledger/ledger-store.js";
import { createService } from "../service/create-service.js";
import { openRuntime } from "../service/runtime.js";
import type { Service } from "../service/service.js";
import { readBackupRows } from "./backup-file.js";
import { TABLES } from "./copy-rows.js";
import { PAGE_TABLES } from "./page-rows.js";
import { restoreBackup } from "./restore-backup.js";
import { writeBackup } from "./write-backup.js";
import { writeDeletions } from "./write-deletions.js";

const hasPostgres = postgresPrograms() !== null;
if (!hasPostgres) console.warn("SKIPPED: backups of PostgreSQL (apt-get install postgresql).");

const dataset = syntheticDataset({ rowCount: 400 });
const options = { epsilon: 1, delta: 1e-4, epochs: 2, batchSize: 20, maxSteps: 1000 };
const tenantId = newId();
const ORIGIN = "log.example";

let root: string;
const copies: TestDatabase[] = [];
let count = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "expunge-backup-"));
});
afterAll(async () => {
  for (const copy of copies) await copy.remove();
  await rm(root, { recursive: true, force: true });
});

/** An empty database of its own. */
async function newLocation(kind: "pglite" | "postgres"): Promise<string> {
  count += 1;
  if (kind === "pglite") return join(root, `embedded-${count}`);
  const copy = await createTestDatabase();
  copies.push(copy);
  return copy.url;
}

interface Running {
  readonly database: Database;
  readonly service: Service;
  close(): Promise<void>;
  /** Until nothing waits, the ledger is in order and signed. */
  settle(): Promise<void>;
}

async function start(location: string): Promise<Running> {
  const runtime = await openRuntime({ location, origin: ORIGIN, scratch: root });
  const { database, service } = runtime;
  const count = async (from: string): Promise<number> => {
    const { rows } = await database.executor.executeSql(`select count(*)::int as n from ${from}`);
    return (rows[0] as { n: number }).n;
  };
  return {
    database,
    service,
    close: () => runtime.close(),
    async settle() {
      const isBusy = async (): Promise<boolean> =>
        (await count("requests where state in ('accepted', 'running')")) > 0 ||
        (await count("models where state in ('waiting', 'training')")) > 0 ||
        (await count("ledger_staged")) > 0 ||
        (await latestCheckpoint(database.queries))?.size !== (await count("ledger_entries"));
      while (await isBusy()) await new Promise((resolve) => setTimeout(resolve, 50));
    },
  };
}

async function dump(database: Database): Promise<Record<string, string[]>> {
  const { executor } = database;
  const tables: Record<string, string[]> = {};
  for (const table of [...TABLES, "ledger_entries", "ledger_nodes", "ledger_checkpoints"]) {
    const { rows } = await executor.executeSql(`select row_to_json(t)::text as row from ${table} t`);
    tables[table] = rows.map((row) => (row as { row: string }).row).sort();
  }
  // Places and keys differ; what is read there does not.
  for (const table of PAGE_TABLES) tables[table] = [];
  for (const { table, ...saved } of await storedPages(database)) tables[table]?.push(JSON.stringify(saved));
  for (const table of PAGE_TABLES) tables[table]?.sort();
  return tables;
}

const bytesOfRow = (row: number): Buffer =>
  Buffer.from(dataset.features.slice(row * dataset.featureCount, (row + 1) * dataset.featureCount).buffer);

describe.each([
  { from: "pglite", to: "postgres" },
  { from: "postgres", to: "pglite" },
] as const)("a backup of $from, restored into $to", ({ from, to }) => {
  it.skipIf(!hasPostgres)("is the same in every table, and goes on", { timeout: 300_000 }, async () => {
    const file = join(root, `${from}-same.backup`);
    const old = await start(await newLocation(from));
    await old.database.queries.insert(tenants).values({ id: tenantId, name: "one" });
    const source = sourceOf(dataset);
    const { id: datasetId } = await old.service.createDataset(tenantId, { name: "d", source, schema: null });
    const { id: modelId } = await old.service.createModel(tenantId, { name: "m", datasetId, options });
    await old.settle();
    await old.service.submit(tenantId, { datasetId, rows: [1, 2] });
    const subjects = [dataset.subjects?.[40] as string];
    const asked = await old.service.submit(tenantId, { datasetId, subjects });
    await old.settle();
    const receipts = await old.service.receipts(tenantId, asked.request.id, subjects);
    expect(receipts[0]).toHaveLength(1);
    const rows = [[...dataset.features.slice(0, dataset.featureCount)]];
    const predicted = await old.service.predict(tenantId, modelId, rows);
    await writeBackup(old.database, file);
    const before = await dump(old.database);
    await old.close();

    const location = await newLocation(to);
    const database = await openDatabase(location);
    const refused = restoreBackup(database, { backup: file });
    await expect(refused).rejects.toMatchObject({
      code: "E_LEDGER",
      message: expect.stringMatching(/your word/),
    });
    const restored = await restoreBackup(database, { backup: file, isNothingLater: true });
    expect(restored).toMatchObject({ requests: 0, retrained: 0, owing: 0 });
    expect(await dump(database)).toEqual(before);
    const twice = restoreBackup(database, { backup: file, isNothingLater: true });
    await expect(twice).rejects.toMatchObject({ code: "E_CONFLICT" });
    await database.close();
    // Nothing is owed: a server that does no work serves it, too.
    const idle = await openRuntime({ location, origin: ORIGIN, isWorking: false });
    expect(await idle.service.predict(tenantId, modelId, rows)).toEqual(predicted);
    await idle.close();

    const now = await start(location);
    expect(await now.service.predict(tenantId, modelId, rows)).toEqual(predicted);
    expect(await now.service.receipts(tenantId, asked.request.id, subjects)).toEqual(receipts);
    const { request } = await now.service.submit(tenantId, { datasetId, rows: [3] });
    await now.settle();
    expect((await now.service.getRequest(tenantId, request.id)).state).toBe("completed");
    await now.close();
  });

  it.skipIf(!hasPostgres)("forgets again what was forgotten after it", { timeout: 300_000 }, async () => {
    const [full, deletions] = [join(root, `${from}.full`), join(root, `${from}.deletions`)];
    const oldLocation = await newLocation(from);
    const old = await start(oldLocation);
    await old.database.queries.insert(tenants).values({ id: tenantId, name: "one" });
    const source = sourceOf(dataset);
    const { id: datasetId } = await old.service.createDataset(tenantId, { name: "d", source, schema: null });
    const other = await old.service.createDataset(tenantId, { name: "e", source, schema: null });
    const moved = await old.service.createModel(tenantId, { name: "moved", datasetId, options });
    const still = await old.service.createModel(tenantId, { name: "still", datasetId: other.id, options });
    await old.settle();
    const early = await old.service.submit(tenantId, { datasetId, rows: [1] });
    await old.settle();
    await writeBackup(old.database, full);

    // After the backup: one done, one taken back, one only just accepted.
    const subject = dataset.subjects?.[30] as string;
    const done = await old.service.submit(tenantId, { datasetId, subjects: [subject] });
    await old.settle();
    const seen = (await latestCheckpoint(old.database.queries))?.note as string;
    const known = await readLedger(old.database.queries).size();
    await old.close();
    // No worker from here on.
    const idle = await openDatabase(oldLocation);
    const service = createService(idle, await openQueue(idle));
    const taken = await service.submit(tenantId, { datasetId, rows: [77] });
    await service.cancel(tenantId, taken.request.id);
    const fresh = await service.submit(tenantId, {
      datasetId: other.id,
      subjects: [dataset.subjects?.[50] as string],
    });
    await writeDeletions(idle, deletions);
    await idle.close();

    const location = await newLocation(to);
    const empty = await openDatabase(location);
    const behind = restoreBackup(empty, { backup: full, checkpoint: seen });
    await expect(behind).rejects.toMatchObject({
      code: "E_LEDGER",
      message: expect.stringMatching(/are missing/),
    });
    expect((await dump(empty)).tenants).toEqual([]);
    const restored = await restoreBackup(empty, { backup: full, deletions, checkpoint: seen });
    expect(restored).toMatchObject({ requests: 2, retrained: 1, owing: 1 });
    await empty.close();
    // Without a worker nobody is served by a model that has yet to forget.
    const waiting = await openRuntime({ location, origin: ORIGIN, isWorking: false });
    await expect(waiting.service.weights(tenantId, still.id)).rejects.toMatchObject({ code: "E_CONFLICT" });
    await waiting.close();

    const now = await start(location);
    await now.settle();
    expect((await now.service.getModel(tenantId, moved.id)).state).toBe("ready");
    for (const { request } of [early, done, fresh])
      expect((await now.service.getRequest(tenantId, request.id)).state).toBe("completed");
    expect((await now.service.getRequest(tenantId, taken.request.id)).state).toBe("cancelled");
    const kept = JSON.stringify(await dump(now.database));
    const gone = dataset.subjects?.flatMap((name, row) => (name === subject ? [row] : [])) ?? [];
    const ofFirst = await storedBytes(now.database, ({ owner }) => owner === datasetId);
    const ofMoved = await storedBytes(now.database, ({ owner }) => owner === moved.id);
    for (const row of gone) {
      expect(ofFirst.includes(bytesOfRow(row))).toBe(false);
      expect(ofMoved.includes(bytesOfRow(row))).toBe(false);
    }
    expect(ofFirst.includes(bytesOfRow(77))).toBe(true);
    expect(kept).not.toContain(subject);
    // What is asked again names whom it named.
    const [found] = await now.service.receipts(tenantId, fresh.request.id, [
      dataset.subjects?.[50] as string,
    ]);
    expect(found).toMatchObject([{ modelId: still.id, proof: { index: 0, count: 1, path: [] } }]);
    const ofStill = await storedBytes(now.database, ({ owner }) => owner === still.id);
    expect(ofStill.includes(bytesOfRow(50))).toBe(false);

    // The ledger goes on from where the world saw it.
    const { queries } = now.database;
    const note = (await latestCheckpoint(queries))?.note as string;
    const [first, last] = [seen, note].map((text) => parseCheckpoint(parseNote(text).text));
    expect(first?.size).toBe(known);
    expect(last?.size).toBeGreaterThan(known);
    const proof = await readLedger(queries).consistencyProof(known, last?.size as number);
    const claim = { oldSize: known, oldRoot: first?.root, newSize: last?.size, newRoot: last?.root };
    expect(verifyConsistency(claim as never, proof)).toBe(true);
    expect(await checkLedger(queries, await logVerifiers(queries))).toMatchObject({
      ok: true,
      issues: [],
    });
    const keys = (await publicKeySet(queries)).keys.map(
      ({ x }) => new Uint8Array(Buffer.from(x, "base64url")),
    );
    for (const { envelope } of (await now.service.listCertificates(tenantId)).items)
      expect(keys.some((publicKey) => verify(envelope, { publicKey }).ok)).toBe(true);
    await now.close();
  });
});

describe("a backup that is damaged", () => {
  it("is refused wherever it was cut off, and never ends the process", async () => {
    const rows = Array.from({ length: 3000 }, () => `x {"id":"${newId()}"}`);
    const header = JSON.stringify({ expunge: "backup", version: 2, kind: "full" });
    const whole = gzipSync([header, ...rows].join("\n"));
    const file = join(root, "cut.backup");
    for (let i = 0; i < 60; i++) {
      await writeFile(file, whole.subarray(0, Math.floor((i * whole.length) / 60)));
      const read = async () => {
        for await (const _ of readBackupRows(file)) if (i % 2 === 0) await new Promise(setImmediate);
      };
      await expect(read(), `cut ${i}`).rejects.toMatchObject({ code: "E_DATABASE" });
    }
    const missing = readBackupRows(join(root, "none.backup")).next();
    await expect(missing).rejects.toThrow(/there is no such file/);
  });

  it("is refused, and nothing of it is restored", { timeout: 300_000 }, async () => {
    const file = join(root, "whole.backup");
    const database = await openDatabase("memory:");
    await database.queries.insert(tenants).values({ id: tenantId, name: "one" });
    await writeBackup(database, file);
    await database.close();
    const whole = await readFile(file);
    const lines = gunzipSync(whole).toString().split("\n");
    const zipped = (changed: string[]): Buffer => gzipSync(changed.join("\n"));
    const damages: [string, Buffer, RegExp][] = [
      ["cut", whole.subarray(0, whole.length - 20), /cannot be used/],
      ["without its end", zipped([...lines.slice(0, -2), ""]), /its end is missing/],
      ["without a row", zipped([lines[0] as string, ...lines.slice(2)]), /expected 1 rows, found 0/],
      ["changed", zipped(lines.map((line) => line.replace('"one"', '"two"'))), /does not fit its digest/],
      [
        "of another version",
        zipped(lines.map((line) => line.replace('"version":2', '"version":3'))),
        /expected version 2/,
      ],
      ["no backup", gzipSync("{}\n"), /no backup of Expunge/],
      ["of no kind", Buffer.from("hello"), /cannot be used/],
    ];
    const empty = await openDatabase("memory:");
    for (const [name, bytes, says] of damages) {
      const damaged = join(root, "damaged.backup");
      await writeFile(damaged, bytes);
      const restoring = restoreBackup(empty, { backup: damaged, isNothingLater: true });
      await expect(restoring, name).rejects.toMatchObject({
        code: "E_DATABASE",
        message: expect.stringMatching(says),
      });
    }
    expect((await dump(empty)).tenants).toEqual([]);
    await empty.close();
  });
});
