import { selectRows, sourceOf } from "expunge/data";
import { beforeEach, describe, expect, it } from "vitest";
import { postgresPrograms } from "../../../../test/postgres.js";
import { createTestDatabase, type TestDatabase } from "../../../../test/shared-postgres.js";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { storedBytes } from "../../testing/stored-rows.js";
import { openTestService, type TestService } from "../../testing/test-service.js";
import { shapeOfDataset } from "../rows/dataset-rows.js";
import { Erasure, type NotPrepared } from "../rows/erasure.js";
import { sweep } from "../work/worker.js";

const hasPostgres = postgresPrograms() !== null;
if (!hasPostgres) console.warn("SKIPPED: large erasures (apt-get install postgresql).");

const MIB = 2 ** 20;
/** Four to a page, so that these rows take 500 pages, and two objects. */
const dataset = syntheticDataset({ rowCount: 2000, featureCount: 1000 });
const all = Array.from({ length: 2000 }, (_, row) => row);
const asked = all.slice(0, 1980);
const options = { epochs: 1, batchSize: 1000, l2: 0.1, maxNoise: 1000, maxSteps: 1000 };
const bytesOfRow = (row: number): Buffer =>
  Buffer.from(dataset.features.slice(row * dataset.featureCount, (row + 1) * dataset.featureCount).buffer);

describe.skipIf(!hasPostgres)("the pages of many rows", () => {
  let postgres: TestDatabase;
  let test: TestService;
  beforeEach(async () => {
    postgres = await createTestDatabase();
    test = await openTestService(postgres.url, dataset);
    return async () => {
      await test.close();
      await postgres.remove();
    };
  });

  const train = async (): Promise<string> => {
    const model = { name: "m", datasetId: test.datasetId, options };
    const { id } = await test.service.createModel(test.tenantId, model);
    await test.work();
    expect((await test.service.getModel(test.tenantId, id)).failure).toBeNull();
    return id;
  };
  const submit = async (rows: readonly number[]): Promise<string> =>
    (await test.service.submit(test.tenantId, { datasetId: test.datasetId, rows })).request.id;
  const stateOf = async (id: string): Promise<string> =>
    (await test.service.getRequest(test.tenantId, id)).state;
  const namesOf = async (): Promise<string[]> => {
    const names: string[] = [];
    for await (const { name } of test.database.objects.list()) names.push(name);
    return names.sort();
  };
  async function areErased(): Promise<void> {
    const stored = await storedBytes(test.database);
    for (const row of [0, 777, 1979]) expect(stored.includes(bytesOfRow(row))).toBe(false);
    expect(stored.includes(bytesOfRow(1980))).toBe(true);
  }

  /** What happens at the place of rows: bytes read since the last object, and transactions that wait while one is written. */
  function watchObjects(isFromFirstPut: boolean) {
    const { objects, executor } = test.database;
    const { read, put } = objects;
    const seen = { most: 0, waiting: 0, puts: 0 };
    let bytes = isFromFirstPut ? Number.NEGATIVE_INFINITY : 0;
    objects.read = async (...what) => {
      const found = await read(...what);
      for (const { length } of found) bytes += length;
      seen.most = Math.max(seen.most, bytes);
      return found;
    };
    objects.put = async (...what) => {
      bytes = 0;
      seen.puts += 1;
      const { rows } = await executor.executeSql<{ count: number }>(
        "select count(*)::int as count from pg_stat_activity where datname = current_database() and state = 'idle in transaction'",
      );
      seen.waiting += rows[0]!.count;
      return put(...what);
    };
    return seen;
  }

  it.each(["unlearned", "of a deleted model", "that no model has"] as const)(
    "%s are written a few at a time, before the transaction that makes them count",
    async (kind) => {
      const modelId = kind === "that no model has" ? null : await train();
      const id = kind === "of a deleted model" ? await submit(asked) : null;
      // An unlearning run reads rows as often as it visits them.
      const seen = watchObjects(kind === "unlearned");
      if (id !== null) await test.service.deleteModel(test.tenantId, modelId as string);
      const requestId = id ?? (await submit(asked));
      await test.work();
      expect(await stateOf(requestId)).toBe("completed");
      expect(seen.puts).toBe(kind === "unlearned" ? 4 : 2);
      expect(seen.waiting).toBe(0);
      expect(seen.most).toBeLessThan(6 * MIB);
      await areErased();
    },
  );

  it.each(["submitted", "corrected"] as const)(
    "are written before the transaction also where they are few, %s in a data set of no model",
    async (kind) => {
      const { service, tenantId, datasetId } = test;
      const seen = watchObjects(false);
      if (kind === "submitted") await submit([0, 5, 1000]);
      else {
        const to = sourceOf({ ...selectRows(dataset, [7]), subjects: [dataset.subjects![0] as string] });
        await service.correct(tenantId, { datasetId, rows: [0], to });
      }
      expect(seen.puts).toBeGreaterThan(0);
      expect(seen.waiting).toBe(0);
      const stored = await storedBytes(test.database);
      expect([0, 1].map((row) => stored.includes(bytesOfRow(row)))).toEqual([false, true]);
    },
  );

  it("count all or not at all, wherever it fails, and no object is left over", async () => {
    await train();
    const before = await namesOf();
    const id = await submit(asked);
    const { objects, executor } = test.database;
    const { put } = objects;
    for (const failing of [1, 2, 3, 4]) {
      let count = 0;
      objects.put = async (...what) => {
        count += 1;
        if (count === failing) throw new Error("There is no room.");
        return put(...what);
      };
      await sweep(test.context());
      expect(count).toBe(failing);
      expect(await namesOf()).toEqual(before);
    }
    objects.put = put;
    await executor.executeSql("alter table certificates add constraint never check (false) not valid");
    await sweep(test.context());
    expect(await namesOf()).toEqual(before);
    expect(await stateOf(id)).toBe("running");
    expect((await storedBytes(test.database)).includes(bytesOfRow(777))).toBe(true);
    await executor.executeSql("alter table certificates drop constraint never");
    await test.work();
    expect(await stateOf(id)).toBe("completed");
    await areErased();
  });

  it("are written once more where somebody else has written them meanwhile", async () => {
    const { database, datasetId } = test;
    const one = shapeOfDataset(datasetId, dataset, { pageRows: 4, pageForm: null });
    const erase = (erasure: Erasure, rows: readonly number[]): Promise<void> =>
      database.transaction((transaction) => erasure.erase(transaction, one, rows));
    const erasure = new Erasure(0);
    await erasure.prepare(database, one, asked);
    await erase(new Erasure(), [1981]);
    // The page of rows 1980 to 1983 is no page of theirs.
    await erase(new Erasure(), [5]);
    await expect(erase(erasure, asked)).rejects.toMatchObject({
      rows: Uint32Array.of(4, 5, 6, 7),
    } satisfies Partial<NotPrepared>);
    await erasure.prepare(database, one, [4, 5, 6, 7]);
    erasure.begin();
    await erase(erasure, asked);
    await areErased();
    expect((await storedBytes(database)).includes(bytesOfRow(1981))).toBe(false);
    // Prepared for more rows than are to be erased now: those of others stay.
    const more = new Erasure();
    await more.prepare(database, one, [1982, 1983]);
    await erase(more, [1982]);
    expect((await storedBytes(database)).includes(bytesOfRow(1982))).toBe(false);
    expect((await storedBytes(database)).includes(bytesOfRow(1983))).toBe(true);
    expect(more.leftovers()).toHaveLength(1);
  });
});
