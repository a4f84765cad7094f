import { tmpdir } from "node:os";
import { createSigner } from "expunge";
import { sourceOf } from "expunge/data";
import { verify } from "expunge/verify";
import { describe, expect, it } from "vitest";
import { postgresPrograms } from "../../../../test/postgres.js";
import { createTestDatabase, type TestDatabase } from "../../../../test/shared-postgres.js";
import { uniforms } from "../../../../test/synthetic.js";
import { newId } from "../database/ids.js";
import { openDatabase } from "../database/open-database.js";
import { openQueue } from "../database/queue.js";
import { tenants } from "../database/tables.js";
import { createService } from "../service/create-service.js";
import { workOnce } from "../work/worker.js";
import type { SubjectReceipt } from "./receipts.js";

const hasPostgres = postgresPrograms() !== null;
if (!hasPostgres)
  console.warn("SKIPPED: a large request on PostgreSQL; on PGlite instead (apt-get install postgresql).");

const ROWS = 200_000;
const NAMED = 195_000;
const subjectOf = (row: number): string => `person-${row}@example.com`;

/** As many people, each with one row of two numbers. */
function manyPeople() {
  const uniform = uniforms(5);
  const features = Float32Array.from({ length: 2 * ROWS }, () => uniform() - 0.5);
  const labels = Float32Array.from({ length: ROWS }, (_, row) => (features[2 * row]! > 0 ? 1 : -1));
  return sourceOf({
    rowCount: ROWS,
    featureCount: 2,
    features,
    labels,
    task: "binary",
    labelNames: ["no", "yes"],
    featureNames: null,
    subjects: Array.from({ length: ROWS }, (_, row) => subjectOf(row)),
    scaling: { kind: "l2", intercept: 0 },
    schemaDigest: null,
  });
}

// On one of them: it takes a while.
describe(`on ${hasPostgres ? "PostgreSQL" : "PGlite"}`, () => {
  it(`one request for ${NAMED} people is one small certificate, and each finds themselves in it`, {
    timeout: 300_000,
  }, async () => {
    const postgres: TestDatabase | null = hasPostgres ? await createTestDatabase() : null;
    const database = await openDatabase(postgres?.url ?? "memory:");
    const queue = await openQueue(database);
    const service = createService(database, queue);
    const signer = createSigner(new Uint8Array(32).fill(3));
    const failures: Error[] = [];
    const context = {
      ...{ database, queue, scratch: tmpdir(), signer: async () => signer },
      onFailure: ({ error }: { readonly error: Error }) => void failures.push(error),
    };
    const work = async (): Promise<void> => {
      while ((await workOnce(context)) > 0);
      expect(failures).toEqual([]);
    };
    const tenantId = newId();
    await database.queries.insert(tenants).values({ id: tenantId, name: tenantId });
    const input = { name: "many", source: manyPeople(), schema: null };
    const { id: datasetId } = await service.createDataset(tenantId, input);
    const options = { epochs: 1, batchSize: 2000, l2: 0.1, maxNoise: 10 };
    const { id: modelId } = await service.createModel(tenantId, { name: "m", datasetId, options });
    await work();
    const subjects = Array.from({ length: NAMED }, (_, row) => subjectOf(row));
    const { request } = await service.submit(tenantId, { datasetId, subjects });
    await work();
    const done = await service.getRequest(tenantId, request.id);
    expect(done).toMatchObject({ state: "completed", rowCount: NAMED });
    const { envelope } = await service.getCertificate(tenantId, done.tasks[0]?.certificateId as string);
    expect(JSON.stringify(envelope).length).toBeLessThan(32 * 1024);
    const model = await service.weights(tenantId, modelId);
    const asked = [0, 77_777, NAMED - 1].map(subjectOf);
    const found = await service.receipts(tenantId, request.id, asked);
    for (const [i, [receipt]] of found.entries()) {
      const { salt, proof } = receipt as SubjectReceipt;
      expect(proof.count).toBe(NAMED);
      const subject = { id: asked[i] as string, salt, proof };
      const { ok, issues } = verify(envelope, { publicKey: signer.publicKey, model, subject });
      expect({ ok, issues }).toEqual({ ok: true, issues: [] });
    }
    await queue.close();
    await database.close();
    await postgres?.remove();
  });
});
