import { asc, isNotNull } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { DATABASES, databaseLocation, emptyDatabase, sampleEntries } from "../../testing/databases.js";
import { openTestService, type TestService } from "../../testing/test-service.js";
import { certificates, ledgerCheckpoints } from "../database/tables.js";
import { chooseOrigin } from "../keys/log-origin.js";
import { logVerifiers, rotateLogKey } from "../keys/signing-keys.js";
import { checkLedger } from "../ledger/ledger-check.js";
import { isSignedBy, latestCheckpoint } from "../ledger/ledger-checkpoints.js";
import { appendToLedger } from "../ledger/ledger-store.js";
import { keepLedger, startLedgerKeeper } from "./ledger-keeper.js";
import { workOnce } from "./worker.js";

const REQUESTS = 25;

describe.each(DATABASES)("the ledger under a backlog in %s", (kind) => {
  const location = databaseLocation(kind);
  let test: TestService;
  beforeAll(async () => {
    test = await openTestService(location(), syntheticDataset({ rowCount: 400 }));
    await chooseOrigin(test.database.queries, "log.example");
  });
  afterAll(() => test?.close());

  it("goes on while requests are served, and is whole when the keeper ends", async () => {
    const { database, service, tenantId, datasetId } = test;
    const options = { epsilon: 1, delta: 1e-4, epochs: 2, batchSize: 20, maxSteps: 5000 };
    await service.createModel(tenantId, { name: "m", datasetId, options });
    await test.work();
    await keepLedger(database);
    for (let row = 0; row < REQUESTS; row++) await service.submit(tenantId, { datasetId, rows: [row] });

    const failures: Error[] = [];
    const onFailure = (error: Error): void => void failures.push(error);
    const keeper = startLedgerKeeper({ database, keys: {}, everyMs: 1, onFailure });
    // All requests are one round of the worker.
    await workOnce(test.context({ maxBatch: 1 }));
    const published = await database.queries
      .select()
      .from(ledgerCheckpoints)
      .orderBy(asc(ledgerCheckpoints.size));
    const placed = await database.queries.$count(certificates, isNotNull(certificates.ledgerIndex));
    await keeper.stop();

    // The first two are of the empty ledger and of the requests: all others came with certificates, while more of them waited.
    expect(published.length).toBeGreaterThan(5);
    expect(placed).toBeGreaterThan(REQUESTS / 2);
    expect(failures).toEqual([]);
    expect((await latestCheckpoint(database.queries))?.size).toBe(2 * REQUESTS);
    expect(await checkLedger(database.queries, await logVerifiers(database.queries))).toEqual({
      ok: true,
      issues: [],
      size: 2 * REQUESTS,
    });
  });
});

describe.each(DATABASES)("the ledger in %s", (kind) => {
  const database = emptyDatabase(kind);

  it("is signed where a dead worker placed entries and did not sign, and by a new key at once", async () => {
    const { queries } = database();
    await chooseOrigin(queries, "log.example");
    await keepLedger(database());
    await database().transaction((transaction) => appendToLedger(transaction, sampleEntries(3)));
    await keepLedger(database());
    expect((await latestCheckpoint(queries))?.size).toBe(3);
    const { signer } = await rotateLogKey(database());
    expect(await isSignedBy(queries, signer)).toBe(false);
    await keepLedger(database());
    expect(await isSignedBy(queries, signer)).toBe(true);
  });
});
