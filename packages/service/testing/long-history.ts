import { signCheckpoint } from "expunge/ledger";
import { newId } from "../src/database/ids.js";
import type { Database } from "../src/database/open-database.js";
import { datasets, ledgerCheckpoints, models, tenants } from "../src/database/tables.js";
import { chooseOrigin } from "../src/keys/log-origin.js";
import { currentLogSigner } from "../src/keys/signing-keys.js";
import { readLedger } from "../src/ledger/ledger-store.js";

/** Requests that one certificate answers. */
const LOT = 100;
const CHECKPOINT_ENTRIES = 20_000;

/**
 * Makes a service look as if it had served requests for a long time: each with an entry when it was accepted and one when it was
 * certified; a certificate for every hundred; the ledger's nodes and signed checkpoints. All of it in SQL, since it may be millions.
 *
 * @param requestCount how many more; a multiple of 100
 */
export async function fillLedger(database: Database, requestCount: number): Promise<void> {
  const { executeSql } = database.executor;
  const [tenantId, datasetId, modelId] = await ownerOf(database);
  const start = await readLedger(database.queries).size();
  await executeSql(
    `create table made as select i, gen_random_uuid() as id, gen_random_uuid() as name, i / ${LOT} as lot from generate_series(0, ${requestCount - 1}) i`,
  );
  await executeSql(
    `create table certified as select lot, id, text, encode(sha256(text::bytea), 'hex') as digest from
       (select lot, id, '{"payload":"' || id || '","payloadType":"text/plain","signatures":[]}' as text
        from (select g as lot, gen_random_uuid() as id from generate_series(0, ${requestCount / LOT - 1}) g) a) b`,
  );
  await executeSql(
    `insert into requests (id, tenant_id, dataset_id, state, fingerprint, row_count, received_at, due_at, completed_at)
       select id, '${tenantId}', '${datasetId}', 'completed', '\\x00', 0, now(), now(), now() from made`,
  );
  await executeSql(
    `insert into certificates (id, tenant_id, model_id, envelope, holds, ledger_index)
       select id, '${tenantId}', '${modelId}', text::jsonb, '{}', ${start} + lot * ${2 * LOT} + ${LOT} from certified`,
  );
  const ids = `'"modelId":"' || m.name || '","requestId":"' || m.id || '","time":"2026-01-31T12:00:00Z","version":1}'`;
  const commitment = "encode(sha256(uuid_send(m.name)), 'hex')";
  await executeSql(
    `insert into ledger_entries select ${start} + lot * ${2 * LOT} + i % ${LOT},
       ('{"commitment":"' || ${commitment} || '","kind":"request",' || ${ids})::bytea from made m`,
  );
  const models = `'"modelAfter":"' || ${commitment} || '","modelBefore":"' || ${commitment} || '",'`;
  await executeSql(
    `insert into ledger_entries select ${start} + lot * ${2 * LOT} + ${LOT} + m.i % ${LOT},
       ('{"certificateDigest":"' || c.digest || '","kind":"certificate",' || ${models} || ${ids})::bytea from made m join certified c using (lot)`,
  );
  await executeSql("drop table made, certified");
  await chooseOrigin(database.queries, "log.example");
  await growNodes(database, start, start + 2 * requestCount);
  await sign(database, start, start + 2 * requestCount);
}

async function ownerOf({ queries }: Database): Promise<[string, string, string]> {
  const [model] = await queries.select().from(models);
  if (model) return [model.tenantId, model.datasetId, model.id];
  const [tenantId, id, modelId] = [newId(), newId(), newId()];
  await queries.insert(tenants).values({ id: tenantId, name: "long" });
  const secret = new Uint8Array(32);
  await queries.insert(datasets).values({ id, tenantId, name: "d", state: "ready", secret, pageRows: 1 });
  await queries.insert(models).values({
    ...{ id: modelId, tenantId, datasetId: id, name: "m" },
    ...{ state: "deleted", options: {}, version: 0, pageSlots: 1 },
  });
  return [tenantId, id, modelId];
}

/** RFC 6962: a node is complete once its right half is. */
async function growNodes({ executor: { executeSql } }: Database, start: number, end: number): Promise<void> {
  await executeSql("analyze ledger_entries");
  await executeSql(
    `insert into ledger_nodes select 0, index, sha256('\\x00'::bytea || entry) from ledger_entries where index >= ${start}`,
  );
  for (let level = 1; 2 ** level <= end; level++) {
    // Else the planner takes every level for empty, and compares all with all.
    await executeSql("analyze ledger_nodes");
    await executeSql(
      `insert into ledger_nodes select ${level}, l.index / 2, sha256('\\x01'::bytea || l.hash || r.hash)
         from ledger_nodes l join ledger_nodes r on r.level = l.level and r.index = l.index + 1
         where l.level = ${level - 1} and l.index % 2 = 0 and (l.index / 2 + 1) * ${2 ** level} > ${start}`,
    );
  }
}

async function sign(database: Database, start: number, end: number): Promise<void> {
  const { signer } = await database.transaction((transaction) => currentLogSigner(transaction));
  for (
    let size = Math.min(end, start + CHECKPOINT_ENTRIES);
    size > start;
    size = Math.min(end, size + CHECKPOINT_ENTRIES)
  ) {
    const root = await readLedger(database.queries).root(size);
    const note = signCheckpoint({ origin: signer.name, size, root, extensions: [] }, [signer]);
    await database.queries.insert(ledgerCheckpoints).values({ size, note });
    if (size === end) return;
  }
}
