import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createPostgres, postgresPrograms, type TestPostgres } from "../../../../test/postgres.js";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { startTestBucket, type TestBucket } from "../../testing/s3-server.js";
import { storedBytes } from "../../testing/stored-rows.js";
import { openTestService, signer, type TestService } from "../../testing/test-service.js";
import { newId } from "../database/ids.js";
import { openDatabase } from "../database/open-database.js";
import { workOnce } from "../work/worker.js";
import { holdObjects } from "./hold-objects.js";
import { openPage, sealPage } from "./page-seal.js";
import { pagesOfDataset } from "./pages.js";
import { placePages, putAllPages, readPages } from "./stored-pages.js";
import { sweepObjects, sweepWhenDue } from "./sweep-objects.js";

const hasPostgres = postgresPrograms() !== null;
if (!hasPostgres) console.warn("SKIPPED: rows beside PostgreSQL (apt-get install postgresql).");

const dataset = syntheticDataset({ rowCount: 400 });
const options = { epsilon: 1, delta: 1e-4, epochs: 2, batchSize: 20, maxSteps: 1000 };
const bytesOfRow = (row: number): Buffer =>
  Buffer.from(dataset.features.slice(row * dataset.featureCount, (row + 1) * dataset.featureCount).buffer);

describe("a sealed page", () => {
  const bytes = Buffer.from("features and labels");
  it("opens with its key in its own place, unchanged, and not otherwise", () => {
    const { key, sealed } = sealPage("page 3", bytes);
    expect(openPage("page 3", key, sealed)).toEqual(bytes);
    expect(openPage("page 4", key, sealed)).toBeNull();
    expect(openPage("page 3", sealPage("page 3", bytes).key, sealed)).toBeNull();
    for (let i = 0; i < sealed.length; i++) {
      const changed = Buffer.from(sealed);
      changed[i] = (changed[i] as number) ^ 1;
      expect(openPage("page 3", key, changed)).toBeNull();
      expect(openPage("page 3", key, sealed.subarray(0, i))).toBeNull();
    }
  });
});

/** All files below a folder, one after another. */
async function filesIn(folder: string): Promise<Buffer> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Buffer.concat(await Promise.all(files.map((file) => readFile(join(file.parentPath, file.name)))));
}

describe.skipIf(!hasPostgres).each(["folder", "bucket"] as const)(
  "rows beside PostgreSQL in a %s",
  (kind) => {
    let root: string;
    let bucket: TestBucket;
    let postgres: TestPostgres;
    let test: TestService;
    let modelId: string;
    let kept: string;
    beforeAll(async () => {
      root = await mkdtemp(join(tmpdir(), "expunge-rows-"));
      bucket = await startTestBucket();
      postgres = await createPostgres();
    });
    afterAll(async () => {
      await postgres?.remove();
      await bucket?.remove();
      await rm(root, { recursive: true, force: true });
    });
    beforeEach(async () => {
      kept = kind === "folder" ? await mkdtemp(join(root, "rows-")) : bucket.directory;
      const rows = kind === "folder" ? kept : bucket.place;
      const admin = new pg.Client({ connectionString: postgres.url });
      await admin.connect();
      await admin.query("drop schema public cascade; create schema public");
      await admin.end();
      test = await openTestService(postgres.url, dataset, { rows });
      const model = { name: "m", datasetId: test.datasetId, options };
      modelId = (await test.service.createModel(test.tenantId, model)).id;
      await test.work();
      return () => test.close();
    });

    const keysOf = async (): Promise<Buffer[]> => {
      const { rows } = await test.database.executor.executeSql(
        "select key from dataset_pages union all select key from model_pages",
      );
      return (rows as { key: Buffer }[]).map(({ key }) => key);
    };
    const namesOf = async (): Promise<string[]> => {
      const names: string[] = [];
      for await (const { name } of test.database.objects.list()) names.push(name);
      return names.sort();
    };
    const forget = async (rows: readonly number[]): Promise<void> => {
      const { request } = await test.service.submit(test.tenantId, { datasetId: test.datasetId, rows });
      await test.work();
      expect(await test.service.getRequest(test.tenantId, request.id)).toMatchObject({ state: "completed" });
    };

    it("are in no file as they are; a forgotten one's keys are in no table any more", async () => {
      const { database } = test;
      const before = await keysOf();
      const filesBefore = await filesIn(kept);
      expect((await storedBytes(database)).includes(bytesOfRow(7))).toBe(true);
      await forget([7]);
      const stored = await storedBytes(database);
      expect(stored.includes(bytesOfRow(7))).toBe(false);
      expect(stored.includes(bytesOfRow(8))).toBe(true);
      // 400 rows of six features are one page each of the data set and the model: both keys are new.
      const after = await keysOf();
      expect(after).toHaveLength(before.length);
      for (const key of after) expect(before.some((one) => one.equals(key))).toBe(false);
      // What a file system, a bucket's versions or a backup of either may keep opens with no key that there is.
      await database.executor.executeSql("vacuum full dataset_pages, model_pages");
      await database.executor.executeSql("checkpoint");
      const tables = await filesIn(join(await dataDirectory(), "base"));
      for (const key of before) expect(tables.includes(key)).toBe(false);
      for (const key of after) expect(tables.includes(key)).toBe(true);
      for (const files of [filesBefore, await filesIn(kept), await filesIn(await dataDirectory())])
        for (const row of [7, 8]) expect(files.includes(bytesOfRow(row))).toBe(false);
    });

    async function dataDirectory(): Promise<string> {
      const { rows } = await test.database.executor.executeSql("show data_directory");
      return (rows[0] as { data_directory: string }).data_directory;
    }

    it("leave no object behind that nothing needs, and no other is touched", async () => {
      const { database, datasetId } = test;
      const first = await namesOf();
      await forget([1, 2]);
      await forget([3]);
      const of = pagesOfDataset({ id: datasetId, isSparse: false });
      const pages = await readPages(database, of, 0, 0);
      // One whose writer has died, and one whose transaction is still to come.
      await database.objects.put(newId(), new Uint8Array(10));
      const late = await putAllPages(database.objects, of, pages);
      expect(await sweepObjects(database)).toBe(0);
      // While somebody reads at an instant that is past, nothing is removed.
      await database.transaction(async (transaction) => {
        await holdObjects(transaction);
        expect(await sweepObjects(database, { unusedMs: 0, unknownMs: 0 })).toBe(0);
      });
      expect(await sweepObjects(database, { unusedMs: 0, unknownMs: 0 })).toBeGreaterThan(3);
      const { rows } = await database.executor.executeSql(
        "select distinct object_id::text as name from (select object_id from dataset_pages union all select object_id from model_pages union all select object_id from model_order) one",
      );
      const used = (rows as { name: string }[]).map(({ name }) => name);
      expect(await namesOf()).toEqual([...used, "marker"].sort());
      expect(first.filter((name) => used.includes(name)).length).toBeLessThan(first.length - 1);
      expect((await storedBytes(database)).includes(bytesOfRow(8))).toBe(true);
      // Whoever comes too late cannot make a removed object count.
      const placing = database.transaction(({ executor }) => placePages(executor, of, late));
      await expect(placing).rejects.toMatchObject({ code: "23505" });
      await forget([4]);
    });

    it("that could not be removed keep no other, and are removed by the next sweep", async () => {
      const { database } = test;
      const { remove } = database.objects;
      const names = [newId(), newId()].sort();
      for (const name of names) await database.objects.put(name, new Uint8Array(10));
      const failing = async (name: string): Promise<void> => {
        if (name === names[0]) throw new Error("The place is read-only.");
        await remove(name);
      };
      Object.assign(database.objects, { remove: failing });
      const sweeping = sweepObjects(database, { unknownMs: 0 });
      await expect(sweeping)
        .rejects.toThrow("read-only")
        .finally(() => Object.assign(database.objects, { remove }));
      expect(await Promise.all(names.map((name) => database.objects.has(name)))).toEqual([true, false]);
      expect(await sweepObjects(database, { unknownMs: 0 })).toBe(1);
      expect(await database.objects.has(names[0]!)).toBe(false);
    });

    it.each(["commits", "is taken back"] as const)(
      "are left to a writer who is about to end until he %s",
      async (end) => {
        const { database, datasetId } = test;
        const of = pagesOfDataset({ id: datasetId, isSparse: false });
        const late = await putAllPages(database.objects, of, await readPages(database, of, 0, 0));
        const { objectId } = late[0]!;
        let sweeping: Promise<number> = Promise.resolve(0);
        const writing = database.transaction(async ({ executor }) => {
          await placePages(executor, of, late);
          sweeping = sweepObjects(database, { unknownMs: 0 });
          for (;;) {
            const { rows } = await database.executor.executeSql(
              "select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%insert into row_objects%'",
            );
            if (rows.length > 0) break;
          }
          expect(await database.objects.has(objectId)).toBe(true);
          if (end === "is taken back") throw new Error(end);
        });
        const isKept = end === "commits";
        await (isKept ? writing : expect(writing).rejects.toThrow(end));
        expect(await sweeping).toBe(isKept ? 0 : 1);
        expect(await database.objects.has(objectId)).toBe(isKept);
        expect((await storedBytes(database)).includes(bytesOfRow(8))).toBe(true);
      },
    );

    it("are looked through by one worker, and once an hour", async () => {
      const other = await openDatabase(postgres.url, {
        rows: kind === "folder" ? kept : bucket.place,
      });
      const databases = [test.database, other];
      let looks = 0;
      for (const { objects } of databases) {
        const { list } = objects;
        objects.list = () => {
          looks += 1;
          return list();
        };
      }
      const sweep = () => Promise.all([...databases, ...databases].map((database) => sweepWhenDue(database)));
      await sweep();
      await sweep();
      expect(looks).toBe(1);
      await other.executor.executeSql("update row_store set swept_at = now() - interval '2 hours'");
      await sweep();
      expect(looks).toBe(2);
      await other.close();
    });

    it("go with their model and their data set", async () => {
      const { service, tenantId, database, datasetId } = test;
      await service.deleteModel(tenantId, modelId);
      await service.deleteDataset(tenantId, datasetId);
      expect(await keysOf()).toEqual([]);
      await sweepObjects(database, { unusedMs: 0 });
      expect(await namesOf()).toEqual(["marker"]);
    });

    it("are not looked for in another place", async () => {
      const other = openDatabase(postgres.url, { rows: join(root, "elsewhere") });
      await expect(other).rejects.toMatchObject({
        code: "E_DATABASE",
        message: expect.stringMatching(/The rows of this database are not in .*elsewhere/),
      });
    });

    it("that are changed where they lie are refused, and nothing is certified on them", async () => {
      const { database, service, tenantId, datasetId } = test;
      const { rows } = await database.executor.executeSql(
        "select object_id as name, byte_count as length from model_pages where model_id = $1",
        [modelId],
      );
      const { name, length } = rows[0] as { name: string; length: number };
      const [bytes] = (await database.objects.read(name, [{ first: 0, length }])) as [Uint8Array];
      bytes[100] = (bytes[100] as number) ^ 1;
      await database.objects.remove(name);
      await database.objects.put(name, bytes);
      await service.submit(tenantId, { datasetId, rows: [5] });
      await workOnce({ database, queue: test.queue, signer: async () => signer });
      expect((await service.getModel(tenantId, modelId)).failure).toMatch(/page 0 does not fit its checksum/);
      expect((await service.listCertificates(tenantId)).items).toEqual([]);
    });
  },
);
