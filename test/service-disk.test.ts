import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSigner } from "expunge";
import { sourceOf } from "expunge/data";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newId } from "../packages/service/src/database/ids.js";
import { type Database, openDatabase } from "../packages/service/src/database/open-database.js";
import { openQueue, type Queue } from "../packages/service/src/database/queue.js";
import { tenants } from "../packages/service/src/database/tables.js";
import { createService } from "../packages/service/src/service/create-service.js";
import type { Service } from "../packages/service/src/service/service.js";
import { sweep, workOnce } from "../packages/service/src/work/worker.js";
import { createPostgres, postgresPrograms, type TestPostgres } from "./postgres.js";
import { syntheticDataset } from "./synthetic.js";

const disk = join(tmpdir(), `expunge-disk-${process.pid}`);
const canFill = postgresPrograms() !== null && makeDisk();
if (!canFill)
  console.warn("SKIPPED: a full disk needs PostgreSQL and the right to mount a small file system (root).");

/** A file system of 128 MiB in memory. */
function makeDisk(): boolean {
  try {
    mkdirSync(disk);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=128m", "tmpfs", disk], { stdio: "ignore" });
    return true;
  } catch {
    rmSync(disk, { recursive: true, force: true });
    return false;
  }
}

/** The server's children may still hold files on it for a moment. */
async function unmount(folder: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      execFileSync("umount", [folder], { stdio: "ignore" });
      return;
    } catch (error) {
      if (tries === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

describe.skipIf(!canFill)("where the database's disk is full", () => {
  let postgres: TestPostgres;
  let database: Database;
  let queue: Queue;
  let service: Service;
  const tenantId = newId();
  const signer = createSigner(new Uint8Array(32).fill(3));

  beforeAll(async () => {
    postgres = await createPostgres(disk);
    database = await openDatabase(postgres.url);
    queue = await openQueue(database);
    service = createService(database, queue);
    await database.queries.insert(tenants).values({ id: tenantId, name: "disk" });
  });
  afterAll(async () => {
    await queue?.close().catch(() => {});
    await database?.close().catch(() => {});
    await postgres?.remove();
    await unmount(disk);
    rmSync(disk, { recursive: true, force: true });
  });

  it("a request is refused, or accepted and later done: never half of it", async () => {
    const context = { database, queue, signer: async () => signer };
    const source = sourceOf(syntheticDataset({ rowCount: 4000 }));
    const { id: datasetId } = await service.createDataset(tenantId, { name: "people", source, schema: null });
    const options = { epsilon: 1, delta: 1e-5, epochs: 1, batchSize: 128, l2: 0.01, maxSteps: 5000 };
    const model = await service.createModel(tenantId, { name: "m", datasetId, options });
    while ((await workOnce(context)) > 0);
    const accepted: string[] = [];
    for (let row = 3900; row < 3905; row++)
      accepted.push((await service.submit(tenantId, { datasetId, rows: [row] })).request.id);
    const filler = join(disk, "filler");
    const { bavail, bsize } = statfsSync(disk);
    writeFileSync(filler, new Uint8Array(bavail * bsize));

    let refused = 0;
    // Write-ahead log that was allotted before takes some requests yet.
    for (let row = 0; refused < 20 && row < 3900; row++) {
      const envelope = { padding: "x".repeat(20_000) };
      await service.submit(tenantId, { datasetId, rows: [row], envelope }).then(
        ({ request }) => accepted.push(request.id),
        () => refused++,
      );
      await workOnce(context).catch(() => {});
    }
    expect(refused).toBe(20);
    rmSync(filler);
    await postgres.kill();
    await postgres.start();
    for (let attempt = 0; attempt < 200; attempt++) {
      const served = await sweep(context).catch(() => -1);
      if (served === 0) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    for (const id of accepted)
      expect(await service.getRequest(tenantId, id)).toMatchObject({ state: "completed" });
    const { timeline } = await service.getModel(tenantId, model.id);
    const deleted = timeline?.deletedCount as number;
    // A refused request may have been stored before its answer was lost; it is then done as well, and nothing is done twice.
    expect(deleted).toBeGreaterThanOrEqual(accepted.length);
    expect(deleted).toBeLessThanOrEqual(accepted.length + refused);
  });

  it("of scratch alone, a training waits until there is room, and is then done", async () => {
    const scratch = await mountScratch();
    try {
      const context = { database, queue, signer: async () => signer, scratch };
      const source = sourceOf(syntheticDataset({ rowCount: 4000, featureCount: 32 }));
      const { id: datasetId } = await service.createDataset(tenantId, { name: "wide", source, schema: null });
      const options = { epsilon: 1, delta: 1e-5, epochs: 1, batchSize: 128, l2: 0.01 };
      const filler = join(scratch, "filler");
      const { bavail, bsize } = statfsSync(scratch);
      writeFileSync(filler, new Uint8Array(bavail * bsize - 2 ** 18));
      const { id } = await service.createModel(tenantId, { name: "m", datasetId, options });
      while ((await workOnce(context)) > 0);
      expect(await sweep(context)).toBe(0);
      expect(await service.getModel(tenantId, id)).toMatchObject({
        state: "training",
        failure: expect.stringMatching(/no room left on the disk/),
      });
      rmSync(filler);
      expect(statfsSync(scratch).bavail).toBe(statfsSync(scratch).blocks);
      expect(await sweep(context)).toBe(1);
      expect(await service.getModel(tenantId, id)).toMatchObject({ state: "ready", failure: null });
      expect(readdirSync(scratch)).toEqual([]);
    } finally {
      await unmount(scratch);
    }
  });
});

/** A file system of 4 MiB in memory. */
async function mountScratch(): Promise<string> {
  const folder = join(disk, "scratch");
  mkdirSync(folder, { recursive: true });
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], { stdio: "ignore" });
  return folder;
}
