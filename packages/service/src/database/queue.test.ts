import { describe, expect, it } from "vitest";
import { postgresPrograms } from "../../../../test/postgres.js";
import { createTestDatabase } from "../../../../test/shared-postgres.js";
import { openDatabase } from "./open-database.js";
import { openQueue } from "./queue.js";

const PROCESSES = 4;

describe.skipIf(postgresPrograms() === null)("the queue of an empty database", () => {
  it("is made once, however many start at once, and serves all of them", async () => {
    for (let round = 0; round < 5; round++) {
      const { url, remove } = await createTestDatabase();
      const databases = await Promise.all(
        Array.from({ length: PROCESSES }, () => openDatabase(url, { connections: 2 })),
      );
      const queues = await Promise.all(databases.map(openQueue));
      for (const [i, database] of databases.entries()) {
        // On every connection: none was left in a transaction that failed.
        for (let j = 0; j < 4; j++) await database.executor.executeSql("select 1");
        expect(await queues[i]?.take("train", 1)).toEqual([]);
        await queues[i]?.close();
        await database.close();
      }
      await remove();
    }
  });
});
