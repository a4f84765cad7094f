import { sql } from "drizzle-orm";
import { sourceOf } from "expunge/data";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { openTestService, type TestService } from "../../testing/test-service.js";
import { newId } from "../database/ids.js";
import type { Database, Transaction } from "../database/open-database.js";
import { models } from "../database/tables.js";
import { giveUpAbandoned, removeUpload } from "./remove-upload.js";
import { storeDataset } from "./store-dataset.js";

const LOST = "The connection was lost.";

describe("a data set whose end is stored though nobody hears of it", () => {
  let test: TestService;
  beforeEach(async () => {
    test = await openTestService("memory:", syntheticDataset({ rowCount: 20 }));
  });
  afterEach(() => test.close());

  const input = { name: "new", source: sourceOf(syntheticDataset({ rowCount: 30 })), schema: null };

  async function newest(): Promise<
    { readonly id: string; readonly state: string; readonly owners: number }[]
  > {
    const { rows } = (await test.database.queries.execute(
      sql`select id, state, (select count(*)::int from owners where dataset_id = d.id) as owners from datasets d where name = 'new'`,
    )) as unknown as { rows: { id: string; state: string; owners: number }[] };
    return rows;
  }

  /** Loses the answer to the commit that makes the data set ready, and then does something. */
  function losing(then: (id: string) => Promise<void>, died: (transaction: Transaction) => Promise<boolean>) {
    const { database } = test;
    let [isLost, isDead] = [false, false];
    return {
      ...database,
      transaction: async (use, kind) => {
        if (isDead) throw new Error(LOST);
        const result = await database.transaction(use, kind);
        if (isLost) isDead = await died(database);
        if (isLost || (await newest())[0]?.state !== "ready") return result;
        isLost = true;
        await then((await newest())[0]!.id);
        throw new Error(LOST);
      },
    } satisfies Database as Database;
  }

  it("is not ready without some of its rows, should its server die while it removes them", async () => {
    const isWithoutOwners = async (): Promise<boolean> => (await newest())[0]?.owners === 0;
    const database = losing(async () => {}, isWithoutOwners);
    await expect(storeDataset(database, test.tenantId, input)).rejects.toThrow(LOST);
    expect(await newest()).toMatchObject([{ state: "failed", owners: 0 }]);
    // As a worker does.
    for (const id of await giveUpAbandoned(test.database)) await removeUpload(test.database, id);
    expect(await newest()).toEqual([]);
  });

  it("says why it failed where it cannot be removed either, and is removed later", async () => {
    const { database } = test;
    let hasFailed = false;
    const chunks = (): never => {
      hasFailed = true;
      throw new Error("Row 7 is wrong.");
    };
    const source = { ...input.source, chunks };
    const broken: Database = {
      ...database,
      transaction: async (use, kind) => {
        if (hasFailed) throw new Error(LOST);
        return database.transaction(use, kind);
      },
    };
    await expect(storeDataset(broken, test.tenantId, { ...input, source })).rejects.toThrow(
      "Row 7 is wrong.",
    );
    await test.database.queries.execute(
      sql`update datasets set created_at = '2001-01-01' where name = 'new'`,
    );
    for (const id of await giveUpAbandoned(database)) await removeUpload(database, id);
    expect(await newest()).toEqual([]);
  });

  it("stays with all its rows where somebody uses it by then", async () => {
    const { service, tenantId } = test;
    for (const use of [
      async (datasetId: string) => {
        await service.submit(tenantId, { datasetId, rows: [3] });
      },
      async (datasetId: string) => {
        const model = { id: newId(), tenantId, datasetId: test.datasetId, evaluationDatasetId: datasetId };
        const rest = { name: "m", options: {}, version: 0, pageSlots: 1, state: "waiting" } as const;
        await test.database.queries.insert(models).values({ ...model, ...rest });
      },
    ]) {
      const database = losing(use, async () => false);
      await expect(storeDataset(database, tenantId, input)).rejects.toThrow(LOST);
      const [found] = await newest();
      expect(found?.state).toBe("ready");
      expect(found?.owners).toBeGreaterThanOrEqual(29);
      await test.database.queries.execute(sql`update datasets set name = 'seen' where name = 'new'`);
    }
  });

  it("keeps nothing that came after it was deleted", async () => {
    const { service, tenantId } = test;
    const database = losing(
      async (id) => {
        await service.deleteDataset(tenantId, id);
        await test.database.queries.execute(
          sql`insert into owners (dataset_id, "row", owner) values (${id}, 7, '')`,
        );
      },
      async () => false,
    );
    await expect(storeDataset(database, tenantId, input)).rejects.toThrow(LOST);
    expect(await newest()).toEqual([]);
  });
});

it("a data set has no more rows than the database can number", async () => {
  const test = await openTestService("memory:", syntheticDataset({ rowCount: 20 }));
  const source = sourceOf(syntheticDataset({ rowCount: 30 }));
  async function* chunks() {
    // As if so many had come.
    for await (const chunk of source.chunks())
      yield { ...chunk, labels: { length: 2 ** 31 } as Float32Array };
  }
  const input = { name: "long", source: { ...source, chunks }, schema: null };
  await expect(storeDataset(test.database, test.tenantId, input)).rejects.toMatchObject({
    code: "E_OPTION",
    message: expect.stringMatching(/at most 2147483647 rows/),
  });
  await test.close();
});
