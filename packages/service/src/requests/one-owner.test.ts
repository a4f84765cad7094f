import { execFile } from "node:child_process";
import { mkdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { RowSource } from "expunge/data";
import { build } from "rolldown";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { postgresPrograms } from "../../../../test/postgres.js";
import { createTestDatabase, type TestDatabase } from "../../../../test/shared-postgres.js";
import { signer } from "../../testing/test-service.js";
import { newId } from "../database/ids.js";
import { type Database, openDatabase } from "../database/open-database.js";
import { openQueue, type Queue } from "../database/queue.js";
import { tenants } from "../database/tables.js";
import { createService } from "../service/create-service.js";
import type { Service } from "../service/service.js";
import { workOnce } from "../work/worker.js";

const hasPostgres = postgresPrograms() !== null;
if (!hasPostgres) console.warn("SKIPPED: the memory of one person's rows (apt-get install postgresql).");

const MIB = 2 ** 20;
const ROWS = 1_000_000;
/** Every so many rows somebody else has one. */
const EVERY = 100;
const OWNED = ROWS - ROWS / EVERY;
const CHUNK = 10_000;

/** Two numbers a row. */
function people(): RowSource {
  return {
    ...{ rowCount: ROWS, task: "binary", labelNames: ["-1", "+1"], featureNames: null, featureCount: 2 },
    ...{ scaling: { kind: "l2", intercept: 0 }, schemaDigest: null },
    async *chunks() {
      for (let first = 0; first < ROWS; first += CHUNK) {
        const features = Float32Array.from({ length: 2 * CHUNK }, (_, i) => Math.sin(2 * first + i) / 2);
        const labels = Float32Array.from({ length: CHUNK }, (_, i) => (features[2 * i]! > 0 ? 1 : -1));
        const subjects = Array.from({ length: CHUNK }, (_, i) =>
          (first + i) % EVERY === 0 ? `person-${(first + i) / EVERY}` : "owner",
        );
        yield { features, labels, subjects };
      }
    },
  };
}

describe.skipIf(!hasPostgres)("the request of one person with very many rows", () => {
  const cache = join(import.meta.dirname, "../../../../node_modules/.cache", `one-owner-${process.pid}`);
  const program = join(cache, "serve-one-owner.mjs");
  const tenantId = newId();
  let postgres: TestDatabase;
  let database: Database;
  let queue: Queue;
  let service: Service;
  beforeAll(async () => {
    await mkdir(cache, { recursive: true });
    await build({
      input: join(import.meta.dirname, "../../testing/serve-one-owner.ts"),
      output: { file: program, format: "esm", codeSplitting: false },
      platform: "node",
      resolve: { conditionNames: ["@expunge/source", "node", "import", "default"] },
      external: [/^node:/, "pg", "pg-boss", "@electric-sql/pglite", /^drizzle-orm/],
      logLevel: "silent",
    });
    postgres = await createTestDatabase();
    database = await openDatabase(postgres.url);
    queue = await openQueue(database);
    service = createService(database, queue);
  });
  afterAll(async () => {
    await queue?.close();
    await database?.close();
    await postgres?.remove();
    await rm(cache, { recursive: true, force: true });
  });

  it("takes few bytes a row, where it is asked for and where the work is done", {
    timeout: 900_000,
  }, async () => {
    await database.queries.insert(tenants).values({ id: tenantId, name: tenantId });
    const { id: datasetId } = await service.createDataset(tenantId, {
      name: "d",
      source: people(),
      schema: null,
    });
    const options = { epochs: 1, batchSize: 2000, l2: 0.1, maxNoise: 10 };
    await service.createModel(tenantId, { name: "m", datasetId, options });
    while ((await workOnce({ database, queue, signer: async () => signer, scratch: tmpdir() })) > 0);
    const grown = async (what: "ask" | "work"): Promise<number> => {
      const { stdout } = await promisify(execFile)(process.execPath, [
        program,
        postgres.url,
        tenantId,
        datasetId,
        what,
      ]);
      const { grownBytes, failures } = JSON.parse(stdout) as { grownBytes: number; failures: string[] };
      expect(failures).toEqual([]);
      return grownBytes / MIB;
    };
    // An object for each row would be more than a hundred MiB.
    expect(await grown("ask")).toBeLessThan(60);
    expect(await grown("work")).toBeLessThan(120);
    const { items } = await service.listRequests(tenantId, {});
    const counts = items.map(({ state, rowCount }) => ({ state, rowCount }));
    expect(counts).toEqual([
      { state: "completed", rowCount: OWNED },
      { state: "completed", rowCount: 1 },
    ]);
    const { rows } = await database.executor.executeSql<{ count: number }>(
      "select count(*)::int as count from owners",
    );
    expect(rows[0]?.count).toBe(ROWS - OWNED - 1);
  });
});
