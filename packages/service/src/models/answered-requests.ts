import { eq } from "drizzle-orm";
import type { Envelope } from "expunge";
import { certificateDigest, encodeEntry, entryTime } from "expunge/ledger";
import { unverifiedStatement } from "expunge/process";
import { databaseTime } from "../database/clock.js";
import { newId } from "../database/ids.js";
import { insertJson } from "../database/insert-json.js";
import type { Database, Transaction } from "../database/open-database.js";
import { largeExecutor } from "../database/read-large.js";
import { isAmong, type Packed, packed, stretchOf, unpacked } from "../database/row-numbers.js";
import { certificates, ledgerStaged } from "../database/tables.js";
import { placeRows } from "./placed-rows.js";
import type { StoredProcess } from "./stored-process.js";

/**
 * Certificates of requests whose rows a model has forgotten for other requests, by request. Of the releases for requests that name a row which the model had,
 * the first one took the row, so its certificate is the answer. When requests were received does not tell which that is: one that was received first may be
 * stored, and served, after another. The certificate of a correction does not answer a deletion, nor the other way round.
 */
export async function coveringCertificates(
  database: Database,
  process: StoredProcess,
  requestIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const covering = new Map<string, string>();
  if (requestIds.length === 0) return covering;
  const { rows: found } = await largeExecutor(database).executeSql<Covered>(COVERED, [
    process.datasetId,
    process.modelId,
    JSON.stringify(requestIds),
  ]);
  // The certificate of a request is that of its row which was taken first.
  found.sort((a, b) => a.version - b.version);
  const alike = found.filter(({ isAlike }) => isAlike);
  const { rows } = await placeRows(database, process, unpacked(alike));
  const had = rows.sort();
  const isHad = (row: number): boolean => isAmong(had, row);
  for (const some of alike) {
    const { requestId, certificateId } = some;
    if (!covering.has(requestId) && unpacked([some]).some(isHad)) covering.set(requestId, certificateId);
  }
  return covering;
}

/** Rows of one request that the request of one certificate has taken. */
interface Covered extends Packed {
  readonly requestId: string;
  readonly certificateId: string;
  readonly version: number;
  readonly isAlike: boolean;
}

/** Each row is looked up once, however many of the requests name it: a thousand may repeat what thousands have asked before. */
const COVERED = `
with own as materialized (
  select c.request_id, c."row", r.kind from claimed_rows c join requests r on r.id = c.request_id
  where c.dataset_id = $1 and c.request_id = any(array(select value::uuid from json_array_elements_text($3::json)))
), taken as materialized (
  select distinct on (other."row") other."row", t.certificate_id, released.version, r.kind
  from (select distinct "row" from own) named
    join claimed_rows other on other.dataset_id = $1 and other."row" = named."row"
    join tasks t on t.request_id = other.request_id join requests r on r.id = other.request_id
    join releases released on released.certificate_id = t.certificate_id
  where t.model_id = $2
  order by other."row", released.version, t.request_id
)
select own.request_id as "requestId", taken.certificate_id as "certificateId", taken.version,
  own.kind = taken.kind as "isAlike", ${packed('own."row"')}
from own join taken on taken."row" = own."row" group by 1, 2, 3, 4, ${stretchOf('own."row"')}`;

/** `stageEntries` of a certificate that was stored before. */
export async function stageCovered(
  transaction: Transaction,
  id: string,
  requestIds: readonly string[],
): Promise<void> {
  const [found] = await transaction.queries
    .select({ envelope: certificates.envelope })
    .from(certificates)
    .where(eq(certificates.id, id));
  await stageEntries(transaction, { id, envelope: (found as { envelope: Envelope }).envelope }, requestIds);
}

/** Entries for the ledger: each of some requests is answered by a certificate. */
export async function stageEntries(
  { queries, executor }: Transaction,
  { id: certificateId, envelope }: { readonly id: string; readonly envelope: Envelope },
  requestIds: readonly string[],
): Promise<void> {
  const { subject, predicate } = unverifiedStatement(envelope)!;
  const entry = {
    version: 1,
    kind: "certificate",
    time: entryTime(await databaseTime(queries)),
    modelId: newId(),
    certificateDigest: certificateDigest(envelope),
    modelBefore: predicate.modelBefore,
    modelAfter: subject[0].digest.sha256,
  } as const;
  const staged = requestIds.map((requestId) => ({
    entry: encodeEntry({ ...entry, requestId }),
    certificateId,
  }));
  await insertJson(executor, ledgerStaged, staged);
}
