import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sourceOf } from "expunge/data";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SavedPage } from "../packages/service/src/backup/page-rows.js";
import { newId } from "../packages/service/src/database/ids.js";
import { type Database, openDatabase } from "../packages/service/src/database/open-database.js";
import { openQueue, type Queue } from "../packages/service/src/database/queue.js";
import { tenants } from "../packages/service/src/database/tables.js";
import { createService } from "../packages/service/src/service/create-service.js";
import type { Service } from "../packages/service/src/service/service.js";
import { storedPages } from "../packages/service/testing/stored-rows.js";
import { createPostgres, postgresPrograms, type TestPostgres } from "./postgres.js";
import { syntheticDataset } from "./synthetic.js";
import { buildWorkerProgram, type WorkerProgram } from "./worker-program.js";

/* Workers of different containers: each has process numbers of its own, and all have one scratch folder. */

const scratch = mkdtempSync(join(tmpdir(), "expunge-scratch-test-"));
const canRun = postgresPrograms() !== null && hasNamespaces();
if (!canRun)
  console.warn(
    "SKIPPED: workers in containers of their own need PostgreSQL and the right to unshare and mount (root).",
  );

function hasNamespaces(): boolean {
  try {
    execFileSync("unshare", ["--pid", "--fork", "--mount-proc", "true"], { stdio: "ignore" });
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64m", "tmpfs", scratch], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(!canRun)("workers in different process namespaces with one scratch folder", () => {
  let program: WorkerProgram;
  let postgres: TestPostgres;
  let database: Database;
  let queue: Queue;
  let service: Service;
  const tenantId = newId();
  const workers: ChildProcess[] = [];
  const dataset = syntheticDataset({ rowCount: 4000, featureCount: 16 });

  beforeAll(async () => {
    program = await buildWorkerProgram();
    postgres = await createPostgres();
    database = await openDatabase(postgres.url);
    queue = await openQueue(database);
    service = createService(database, queue);
    await database.queries.insert(tenants).values({ id: tenantId, name: "scratch" });
  });

  afterAll(async () => {
    for (const worker of workers) await kill(worker);
    await queue?.close();
    await database?.close();
    await postgres?.remove();
    execFileSync("umount", [scratch], { stdio: "ignore" });
    rmSync(scratch, { recursive: true, force: true });
    await program?.remove();
  });

  /** @param shell whether a shell is process 1 there, so that the worker has another number */
  async function startWorker(shell: boolean): Promise<ChildProcess> {
    const command = shell
      ? ["sh", "-c", '"$0" "$@"; exit', process.execPath, program.path, postgres.url, scratch]
      : [process.execPath, program.path, postgres.url, scratch];
    const options = ["--pid", "--fork", "--mount-proc", "--kill-child=SIGKILL"];
    const worker = spawn("unshare", [...options, ...command], { stdio: ["ignore", "pipe", "inherit"] });
    workers.push(worker);
    await new Promise((resolve) => worker.stdout?.once("data", resolve));
    return worker;
  }

  async function kill(worker: ChildProcess): Promise<void> {
    if (worker.exitCode !== null || worker.signalCode !== null) return;
    const ended = new Promise((resolve) => worker.once("exit", resolve));
    worker.kill("SIGKILL");
    await ended;
  }

  const usedBytes = (): number => {
    const { blocks, bfree, bsize } = statfsSync(scratch);
    return (blocks - bfree) * bsize;
  };

  async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
    while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  const stateOf = async (id: string): Promise<string> => (await service.getModel(tenantId, id)).state;

  /** Rows of pages, as texts in some order; empty slots left out. */
  function rowsOf(pages: readonly SavedPage[]): string[] {
    const rowBytes = 4 * dataset.featureCount;
    const rows = pages.flatMap((page) => {
      const bytes = Buffer.from(page.bytes, "base64");
      // Features of all rows, then their labels.
      const count = bytes.length / (rowBytes + 4);
      return Array.from({ length: count }, (_, i) =>
        bytes.toString("base64", i * rowBytes, (i + 1) * rowBytes),
      );
    });
    const empty = Buffer.alloc(rowBytes).toString("base64");
    return rows.filter((row) => row !== empty).sort();
  }

  it("leave each other's rows alone, and nothing of one that is killed", async () => {
    const source = sourceOf(dataset);
    const { id: datasetId } = await service.createDataset(tenantId, { name: "people", source, schema: null });
    const options = { epsilon: 1, delta: 1e-5, epochs: 1500, batchSize: 128, l2: 0.01 };
    const { id } = await service.createModel(tenantId, { name: "m", datasetId, options });

    const killed = await startWorker(true);
    await until(() => usedBytes() > 2 ** 17);
    expect(readdirSync(scratch)).toEqual([]);
    await kill(killed);
    await until(() => usedBytes() === 0);
    expect(await stateOf(id)).toBe("training");

    await startWorker(true);
    await until(() => usedBytes() > 2 ** 17);
    // Another one, to whom the first one's number is nobody's.
    await startWorker(false);
    await until(async () => (await stateOf(id)) === "ready");
    const pages = await storedPages(database);
    const stored = pages.filter(({ table }) => table === "dataset_pages");
    const sorted = pages.filter(({ table }) => table === "model_pages");
    expect(rowsOf(sorted)).toEqual(rowsOf(stored));
    await until(() => usedBytes() === 0);
  });
});
