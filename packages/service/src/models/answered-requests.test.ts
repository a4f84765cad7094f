import pg from "pg";
import { expect, it } from "vitest";
import { costOf, recorded } from "../../../../test/explained.js";
import { postgresPrograms } from "../../../../test/postgres.js";
import { createTestDatabase } from "../../../../test/shared-postgres.js";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { NO_LEASE, openTestService, signer } from "../../testing/test-service.js";
import type { Database, Transaction } from "../database/open-database.js";
import { submitAll } from "../requests/submit-requests.js";
import { coveringCertificates } from "./answered-requests.js";
import { readProcess, type StoredProcess } from "./stored-process.js";
import { takeTasks } from "./take-tasks.js";
import { unlearnModel } from "./unlearn-model.js";

const options = { epsilon: 1, delta: 1e-4, epochs: 2, batchSize: 20, sigma: 0.05, maxSteps: 1000 };

/** Requests that name what an earlier one has named, each a little later, with their tasks. */
const REPEATED = `
with asked as (
  insert into requests (id, tenant_id, dataset_id, state, fingerprint, row_count, received_at, due_at)
    select gen_random_uuid(), tenant_id, dataset_id, 'running', '', 0, received_at + n * interval '1 ms', due_at
    from requests, generate_series(1, $4::integer) n where id = $1 returning id, dataset_id, received_at
), claimed as (
  insert into claimed_rows (dataset_id, "row", request_id)
    select c.dataset_id, c."row", asked.id from asked, claimed_rows c where c.request_id = $1
)
insert into tasks (request_id, model_id, state, certificate_id, received_at)
  select asked.id, t.model_id, $3, case when $3 = 'done' then t.certificate_id end, asked.received_at from asked, tasks t
  where t.request_id = $1 and t.model_id = $2`;

/** Others, each of a row of its own: nobody reads all that there is to find a few. */
const OTHERS = `
with asked as (
  insert into requests (id, tenant_id, dataset_id, state, fingerprint, row_count, received_at, due_at)
    select gen_random_uuid(), tenant_id, dataset_id, 'completed', n::text::bytea, 0, received_at, due_at
    from requests, generate_series(1000, 31000) n where id = $1 returning id, dataset_id, received_at, fingerprint
), claimed as (
  insert into claimed_rows (dataset_id, "row", request_id)
    select dataset_id, convert_from(fingerprint, 'utf8')::integer, id from asked
)
insert into tasks (request_id, model_id, state, certificate_id, received_at)
  select asked.id, t.model_id, 'done', t.certificate_id, asked.received_at from asked, tasks t
  where t.request_id = $1 and t.model_id = $2`;

it.skipIf(postgresPrograms() === null)(
  "requests that repeat what many have asked cost each row once, not once for each of those and each of them",
  async () => {
    const postgres = await createTestDatabase();
    const test = await openTestService(postgres.url, syntheticDataset({ rowCount: 200 }));
    const admin = new pg.Client({ connectionString: postgres.url });
    await admin.connect();
    try {
      const { database, service, tenantId, datasetId } = test;
      const { executeSql } = database.executor;
      const { id: modelId } = await service.createModel(tenantId, { name: "m", datasetId, options });
      await test.work();
      const { request: first } = await service.submit(tenantId, { datasetId, rows: [1, 2, 3, 4] });
      await test.work();
      const { tasks: done } = await service.getRequest(tenantId, first.id);
      const certificateId = done[0]!.certificateId as string;
      // As where another model is still being trained.
      await executeSql("update requests set state = 'running', completed_at = null where id = $1", [
        first.id,
      ]);
      const [answered, open] = [400, 300];
      await executeSql(REPEATED, [first.id, modelId, "done", answered]);
      await executeSql(REPEATED, [first.id, modelId, "waiting", open]);
      await executeSql(OTHERS, [first.id, modelId]);
      await admin.query("analyze claimed_rows, tasks, requests");

      const process = (await readProcess(database.queries, modelId)) as StoredProcess;
      let covered: ReadonlyMap<string, string> = new Map();
      const asked = await recorded(async () => {
        const lot = await takeTasks({ database, lease: NO_LEASE }, process);
        expect(lot).toHaveLength(open);
        expect(lot.every(({ rows }) => rows.length === 0)).toBe(true);
        const ids = lot.map(({ requestId }) => requestId);
        covered = await coveringCertificates(database, process, ids);
      });
      expect(new Set(covered.values())).toEqual(new Set([certificateId]));
      expect(covered.size).toBe(open);
      for (const statement of asked) {
        const { mostRows, text } = await costOf(admin, statement);
        // There are 33,000 claims; pairs of one that waits and one that is answered would be 480,000.
        expect(mostRows, text).toBeLessThan(70_000);
      }

      // And where they are taken in.
      let taken: string[] = [];
      const submitted = await recorded(async () => {
        const count = 50;
        const all = Array.from({ length: count }, () =>
          service.submit(tenantId, { datasetId, rows: [1, 2, 3, 4] }),
        );
        taken = (await Promise.all(all)).map(({ request }) => request.id);
      });
      // So that the statements can be run once more.
      for (const table of ["claimed_rows", "tasks"])
        await executeSql(`delete from ${table} where request_id = any($1::uuid[])`, [`{${taken.join()}}`]);
      const inserts = submitted.filter(({ text }) => text.includes("insert into claimed_rows"));
      expect(inserts.length).toBeGreaterThan(0);
      for (const statement of inserts) {
        const { mostRows, text } = await costOf(admin, statement);
        expect(mostRows, text).toBeLessThan(70_000);
      }
    } finally {
      await admin.end();
      await test.close();
      await postgres.remove();
    }
  },
  120_000,
);

/** A database whose transactions wait for a word before they commit, and the moment when the first one does so. */
function slowToCommit(database: Database) {
  let commit = (): void => undefined;
  const mayCommit = new Promise<void>((resolve) => {
    commit = resolve;
  });
  let waits = (): void => undefined;
  const isWaiting = new Promise<void>((resolve) => {
    waits = resolve;
  });
  const transaction: Database["transaction"] = (use, kind, lockMs) =>
    database.transaction(
      async (inner: Transaction) => {
        const result = await use(inner);
        waits();
        await mayCommit;
        return result;
      },
      kind,
      lockMs,
    );
  return { slow: { ...database, transaction }, isWaiting, commit: () => commit() };
}

it.skipIf(postgresPrograms() === null)(
  "what took a row answers for it, where a request that was received first is stored and served second",
  async () => {
    const postgres = await createTestDatabase();
    const subjects = Array.from({ length: 200 }, (_, i) => `p${i}`);
    const test = await openTestService(postgres.url, { ...syntheticDataset({ rowCount: 200 }), subjects });
    try {
      const { database, queue, service, tenantId, datasetId } = test;
      const { id: modelId } = await service.createModel(tenantId, { name: "a", datasetId, options });
      // Keeps requests open, so that their claims are looked at.
      await service.createModel(tenantId, { name: "b", datasetId, options });
      await test.work();
      const serve = () => unlearnModel({ database, lease: NO_LEASE, signer: async () => signer }, modelId);
      const certificateOf = async (id: string) =>
        (await service.getRequest(tenantId, id)).tasks.find((task) => task.modelId === modelId)!
          .certificateId;

      const { slow, isWaiting, commit } = slowToCommit(database);
      const storing = submitAll(slow, queue, [{ tenantId, request: { datasetId, subjects: ["p1", "p2"] } }]);
      await isWaiting;
      const { request: quick } = await service.submit(tenantId, { datasetId, subjects: ["p1"] });
      await serve();
      commit();
      const [late] = (await storing) as { request: { id: string } }[];
      await serve();
      const { request: third } = await service.submit(tenantId, { datasetId, subjects: ["p1"] });
      await serve();

      const [first, second] = [await certificateOf(quick.id), await certificateOf(late!.request.id)];
      expect(first).not.toBeNull();
      expect(second).not.toBe(first);
      expect(await certificateOf(third.id)).toBe(first);
      // Each person of the late request is in the certificate of the release that took the row.
      const receipts = await service.receipts(tenantId, late!.request.id, ["p1", "p2"]);
      expect(receipts.map((all) => all.map(({ certificateId }) => certificateId))).toEqual([
        [first],
        [second],
      ]);
    } finally {
      await test.close();
      await postgres.remove();
    }
  },
  120_000,
);
