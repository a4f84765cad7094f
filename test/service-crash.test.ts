import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSigner, type Statement } from "expunge";
import { selectRows, sourceOf } from "expunge/data";
import { verify } from "expunge/verify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sha256Hex } from "../packages/expunge/src/records/bytes.js";
import { newId } from "../packages/service/src/database/ids.js";
import { type Database, openDatabase } from "../packages/service/src/database/open-database.js";
import { openQueue, type Queue } from "../packages/service/src/database/queue.js";
import { tenants } from "../packages/service/src/database/tables.js";
import type { DeletionRequest } from "../packages/service/src/requests/deletion-request.js";
import type { AcceptedRequest, RequestView } from "../packages/service/src/requests/request-views.js";
import { createService } from "../packages/service/src/service/create-service.js";
import type { Service } from "../packages/service/src/service/service.js";
import { misplacedRows } from "../packages/service/testing/placed-slots.js";
import { storedBytes } from "../packages/service/testing/stored-rows.js";
import { createPostgres, postgresPrograms, type TestPostgres } from "./postgres.js";
import { releasesOf } from "./releases-of.js";
import { syntheticDataset } from "./synthetic.js";
import {
  buildWorkerProgram,
  startWorkerProcess,
  type WorkerProcess,
  type WorkerProgram,
} from "./worker-program.js";

const hasPostgres = postgresPrograms() !== null;
if (!hasPostgres)
  console.warn("SKIPPED: killing the service's parts needs PostgreSQL (apt-get install postgresql).");

/** More by: EXPUNGE_KILLS=500 npx vitest run test/service-crash.test.ts */
const KILLS = Number(process.env.EXPUNGE_KILLS ?? 20);
/** Of ten kills, how many are of the database. */
const DATABASE_SHARE = 1;

const signer = createSigner(new Uint8Array(32).fill(3));
const dataset = syntheticDataset({ rowCount: 3000 });
/** Rows that arrive, and that others are corrected to. */
const others = syntheticDataset({ rowCount: 1500, seed: 2 });
/** Behind all rows that are deleted by their numbers. */
const CORRECTED_FROM = 1500;
const tenantId = newId();

describe.skipIf(!hasPostgres)(`after ${KILLS} times kill -9 to a worker or the database`, () => {
  let root: string;
  let program: WorkerProgram;
  let postgres: TestPostgres;
  let database: Database;
  let queue: Queue;
  let service: Service;
  let worker: WorkerProcess;

  async function startWorker(): Promise<void> {
    worker = startWorkerProcess(program, postgres.url, root);
    // Or it cannot reach the database, which was killed too.
    await worker.said(/^at work/).catch(() => {});
  }

  /** As a careful client does: the same key until there is an answer. */
  async function insist<T>(call: () => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await call();
      } catch (error) {
        if (attempt === 100) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }
  async function isReady(modelId: string): Promise<void> {
    for (;;) {
      const { state, failure } = await insist(() => service.getModel(tenantId, modelId));
      if (state === "ready") return;
      expect(failure).toBeNull();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  const submit = (
    request: Omit<DeletionRequest, "datasetId">,
    datasetId: string,
  ): Promise<AcceptedRequest> => {
    const idempotencyKey = newId();
    return insist(() => service.submit(tenantId, { ...request, datasetId, idempotencyKey }));
  };

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "expunge-crash-"));
    program = await buildWorkerProgram();
    postgres = await createPostgres();
    database = await openDatabase(postgres.url);
    queue = await openQueue(database);
    service = createService(database, queue);
    await database.queries.insert(tenants).values({ id: tenantId, name: "crash" });
  });

  afterAll(async () => {
    await worker?.kill();
    await queue?.close().catch(() => {});
    await database?.close().catch(() => {});
    await postgres?.remove();
    await rm(root, { recursive: true, force: true });
    await program?.remove();
  });

  it("every accepted request is done once, every certificate holds, and no forgotten row is left", {
    timeout: 60_000 + KILLS * 20_000,
  }, async () => {
    const { id: datasetId } = await service.createDataset(tenantId, {
      name: "people",
      source: sourceOf(dataset),
      schema: null,
    });
    const options = { epsilon: 1, delta: 1e-5, epochs: 2, batchSize: 20, maxSteps: 5000 };
    await startWorker();
    const models = [(await service.createModel(tenantId, { name: "a", datasetId, options })).id];
    await isReady(models[0] as string);
    // Trained while its workers are killed.
    const everyStep = { ...options, sigma: 0.05 };
    models.push((await service.createModel(tenantId, { name: "b", datasetId, options: everyStep })).id);
    const accepted: AcceptedRequest[] = [];
    let row = 0;
    let added = 0;
    const add = async (): Promise<void> => {
      const source = sourceOf(selectRows(others, Uint32Array.of(2 * added, 2 * added + 1)));
      const idempotencyKey = `add-${added++}`;
      await insist(() => service.addRows(tenantId, datasetId, { source, idempotencyKey }));
    };
    const corrected: number[] = [];
    const correct = async (): Promise<void> => {
      const old = CORRECTED_FROM + 5 * corrected.length;
      const one = selectRows(others, Uint32Array.of(500 + corrected.length));
      const to = sourceOf({ ...one, subjects: [dataset.subjects![old]!] });
      const asked = { datasetId, rows: [old], to, idempotencyKey: `correct-${old}` };
      accepted.push(await insist(() => service.correct(tenantId, asked)));
      corrected.push(old);
    };
    /** None where no rows wait, or the model is in training. */
    const learn = (modelId: string) =>
      insist(() => service.learn(tenantId, modelId, { steps: 40 }).catch(unlessRefused));
    for (let kill = 0; kill < KILLS; kill++) {
      for (let i = 0; i < 3; i++) accepted.push(await submit({ rows: [row++, row++] }, datasetId));
      if (kill % 7 === 0)
        accepted.push(await submit({ subjects: [dataset.subjects?.[2999 - kill] as string] }, datasetId));
      await add();
      if (kill % 3 === 0) await correct();
      for (const id of models) await learn(id);
      await new Promise((resolve) => setTimeout(resolve, 400 * Math.random()));
      const isDatabase = kill % 10 < DATABASE_SHARE;
      await Promise.all([worker.kill(), isDatabase ? postgres.kill() : null]);
      if (isDatabase) await postgres.start();
      await startWorker();
    }
    for (const id of models) await isReady(id);
    const finished: RequestView[] = [];
    for (const { request } of accepted) {
      for (;;) {
        const view = await insist(() => service.getRequest(tenantId, request.id));
        if (view.state === "completed") {
          finished.push(view);
          break;
        }
        expect(["accepted", "running"]).toContain(view.state);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }

    // Whatever a training that was killed again and again had from the start: each model has something to learn.
    await add();
    for (const id of models)
      while ((await insist(() => service.getModel(tenantId, id))).waitingRowCount > 0) {
        await learn(id);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    const removed = accepted.reduce((sum, { request }) => sum + request.rowCount, 0);
    for (const modelId of models) {
      const { timeline } = await service.getModel(tenantId, modelId);
      const deleted = timeline?.deletedCount as number;
      // Rows asked for before the training began were never in it.
      expect(deleted).toBeLessThanOrEqual(removed);
      // Those of requests that came during a training that began anew are not either.
      const own = finished.flatMap(({ tasks }) => tasks.filter((task) => task.modelId === modelId));
      expect(deleted).toBe(own.reduce((sum, { removedCount }) => sum + (removedCount ?? 0), 0));
      expect(timeline?.lives?.lessonCount).toBeGreaterThan(0);
      // No row has joined twice, or got lost.
      expect(await misplacedRows(database, modelId)).toEqual([]);
      let digest: string | null = null;
      const certified = (await releasesOf(service, tenantId, modelId)).flatMap(
        ({ certificateId }) => certificateId ?? [],
      );
      expect(certified).toHaveLength(timeline?.requestCount as number);
      for (const certificateId of certified) {
        const { envelope } = await service.getCertificate(tenantId, certificateId);
        const { ok, issues, statement } = verify(envelope, { publicKey: signer.publicKey });
        expect({ ok, issues }).toEqual({ ok: true, issues: [] });
        // An unbroken chain: each begins with the model that the one before ended with.
        const [before, after] = digestsOf(statement as Statement);
        if (digest !== null) expect(before).toBe(digest);
        digest = after;
      }
      // A training that began anew may have left out all that was asked meanwhile: then there is no certificate.
      const last = timeline?.lives?.previous ?? sha256Hex(await service.weights(tenantId, modelId));
      if (digest !== null) expect(last).toBe(digest);
    }
    const gone = new Set(accepted.flatMap(({ request }) => (request.rowCount > 0 ? [request.id] : [])));
    expect(gone.size).toBeGreaterThan(KILLS);
    const bytes = await storedBytes(database);
    for (let forgotten = 0; forgotten < row; forgotten++)
      expect(bytes.includes(bytesOfRow(forgotten))).toBe(false);
    for (const old of corrected) expect(bytes.includes(bytesOfRow(old))).toBe(false);
    expect(bytes.includes(bytesOfRow(row + 100))).toBe(true);
    // What killed trainings left on disk is erased by the next worker that starts.
    expect((await readdir(root)).filter((name) => name.startsWith("expunge-train-"))).toEqual([]);
  });
});

function bytesOfRow(row: number): Buffer {
  const { featureCount, features } = dataset;
  return Buffer.from(features.slice(row * featureCount, (row + 1) * featureCount).buffer);
}

/** What is refused is no fault of whoever was killed. */
function unlessRefused(error: Error): void {
  if ((error as { code?: string }).code !== "E_CONFLICT") throw error;
}

/** Digests of the model before and after, as a statement names them. */
function digestsOf({ subject, predicate }: Statement): [string, string] {
  // Of a model that has learned since, the one that the certificate before ended with.
  return [predicate.lives?.previous ?? predicate.modelBefore, subject[0]?.digest.sha256 as string];
}
