import { randomUUID } from "node:crypto";
import { createSigner, type Envelope, type Statement } from "expunge";
import { certificateDigest, type LedgerEntry } from "expunge/ledger";
import { afterAll, beforeAll, beforeEach } from "vitest";
import { postgresPrograms } from "../../../test/postgres.js";
import { createTestDatabase, type TestDatabase } from "../../../test/shared-postgres.js";
import { isThorough } from "../../../test/thorough.js";
import { signStatement } from "../../expunge/src/certificate/dsse.js";
import { type Database, openDatabase } from "../src/database/open-database.js";
import { certificates, datasets, models, tenants } from "../src/database/tables.js";

const hasPostgres = postgresPrograms() !== null;
if (!hasPostgres)
  console.warn("SKIPPED: tests on PostgreSQL (apt-get install postgresql, or set EXPUNGE_POSTGRES_BIN).");

export const DATABASES = ["pglite", "postgres"] as const;

/** For suites whose statements others try on both: a usual run is content with PostgreSQL, where it is here. */
export const USUAL_DATABASES = isThorough || !hasPostgres ? DATABASES : (["postgres"] as const);

/** Where the suite around the call opens its databases: in memory, or one in PostgreSQL. Its tests are skipped where that is not here. */
export function databaseLocation(kind: (typeof DATABASES)[number]): () => string {
  let postgres: TestDatabase | undefined;
  beforeAll(async () => {
    if (kind === "postgres" && hasPostgres) postgres = await createTestDatabase();
  }, 60_000);
  afterAll(() => postgres?.remove());
  beforeEach(({ skip }) => skip(kind === "postgres" && !hasPostgres, "no PostgreSQL here"));
  return () => postgres?.url ?? "memory:";
}

/** A database for the suite around the call, emptied before each of its tests. */
export function emptyDatabase(kind: (typeof DATABASES)[number]): () => Database {
  const location = databaseLocation(kind);
  let database: Database;
  beforeAll(async () => {
    database = await openDatabase(location());
  });
  afterAll(() => database?.close());
  beforeEach(async () => {
    await database.executor.executeSql(
      "truncate ledger_entries, ledger_nodes, ledger_checkpoints, ledger_staged, ledger_origin, signing_keys, tenants cascade",
    );
  });
  return () => database;
}

const base = { version: 1, time: "2026-01-31T12:00:00Z" } as const;

/** Different entries without certificates. */
export function sampleEntries(count: number): LedgerEntry[] {
  return Array.from({ length: count }, () => ({
    ...base,
    kind: "cancelled",
    requestId: randomUUID(),
    modelId: randomUUID(),
  }));
}

/** A signed envelope that the ledger can speak of, though no verifier of certificates would take it. */
export function sampleEnvelope(certificateId: string): Envelope {
  const statement = {
    subject: [{ name: "model", digest: { sha256: "b".repeat(64) } }],
    predicate: { certificateId, modelBefore: "a".repeat(64) },
  } as unknown as Statement;
  return signStatement(statement, createSigner(new Uint8Array(32).fill(1)));
}

export function entryOf(envelope: Envelope): LedgerEntry {
  return {
    ...base,
    kind: "certificate",
    requestId: randomUUID(),
    modelId: randomUUID(),
    certificateDigest: certificateDigest(envelope),
    modelBefore: "a".repeat(64),
    modelAfter: "b".repeat(64),
  };
}

/** Stores a certificate with all that it hangs on. @returns its envelope and id */
export async function storeCertificate(
  { queries }: Database,
  ledgerIndex: number | null = null,
): Promise<{ readonly id: string; readonly envelope: Envelope }> {
  const [tenantId, datasetId, modelId, id] = Array.from({ length: 4 }, () => randomUUID()) as [
    string,
    string,
    string,
    string,
  ];
  const envelope = sampleEnvelope(id);
  const secret = new Uint8Array(32);
  const holds = { epsilon: 1, delta: 1e-5, against: "independent" } as const;
  await queries.insert(tenants).values({ id: tenantId, name: tenantId });
  await queries
    .insert(datasets)
    .values({ id: datasetId, tenantId, name: "d", state: "ready", secret, pageRows: 1 });
  await queries.insert(models).values({
    id: modelId,
    tenantId,
    datasetId,
    name: "m",
    state: "ready",
    options: {},
    version: 0,
    pageSlots: 1,
  });
  await queries.insert(certificates).values({ id, tenantId, modelId, envelope, holds, ledgerIndex });
  return { id, envelope };
}
