import { insertJson } from "../database/insert-json.js";
import type { SqlExecutor, Transaction } from "../database/open-database.js";
import { inPieces, ROWS_AT_ONCE } from "../database/row-numbers.js";
import { certifiedSubjects } from "../database/tables.js";

/** A subject as a certificate names it. */
export interface CertifiedSubject {
  /** The first of the certificate's requests that names it. */
  readonly requestId: string;
  /** Hex HMAC. */
  readonly owner: string;
  /** Hex; a leaf of the certificate's tree. */
  readonly digest: string;
}

/**
 * Whom a certificate names: owners that its requests name and whose rows it removes, each once. Who is named twice, by one request or by several,
 * is one subject; who was forgotten before is in the certificate of that time.
 */
export async function certifiedAmong(
  executor: SqlExecutor,
  datasetId: string,
  requestIds: readonly string[],
  rows: Uint32Array,
): Promise<CertifiedSubject[]> {
  const { rows: named } = await executor.executeSql<CertifiedSubject>(NAMED, [JSON.stringify(requestIds)]);
  if (named.length === 0) return [];
  const sought = new Set(named.map(({ owner }) => owner));
  const left = await ownersAmong(executor, datasetId, rows, sought);
  return named.flatMap(({ requestId, owner, digest }) =>
    left.delete(owner) ? [{ requestId, owner, digest }] : [],
  );
}

/** Whoever has no row any more, of many that may be named, is none. */
const NAMED = `
select n.request_id as "requestId", encode(n.owner, 'hex') as owner, encode(n.digest, 'hex') as digest
from named_subjects n join requests r on r.id = n.request_id
where n.request_id = any(array(select value::uuid from json_array_elements_text($1::json))) and n.owner is not null
  and exists (select from owners o where o.dataset_id = n.dataset_id and o.owner = n.owner)
order by r.received_at, r.id, n.place`;

/** Those of some owners who own some of these rows. Where one owns very many, he is found by the first of them. */
async function ownersAmong(
  { executeSql }: SqlExecutor,
  datasetId: string,
  rows: Uint32Array,
  sought: ReadonlySet<string>,
): Promise<Set<string>> {
  const owning = new Set<string>();
  for (const some of inPieces(rows)) {
    const { rows: found } = await executeSql<{ owner: string }>(OWNING, [datasetId, JSON.stringify(some)]);
    for (const { owner } of found) if (sought.has(owner)) owning.add(owner);
    if (owning.size === sought.size) break;
  }
  return owning;
}

const OWNING = `select distinct encode(owner, 'hex') as owner from owners
where dataset_id = $1 and "row" = any(array(select value::integer from json_array_elements_text($2::json)))`;

/** Keeps the leaves of a certificate, for receipts. */
export async function storeCertified(
  { executor }: Transaction,
  certificate: { readonly certificateId: string; readonly modelId: string },
  subjects: readonly CertifiedSubject[],
): Promise<void> {
  const values = subjects.map(({ requestId, owner, digest }, place) => ({
    ...certificate,
    requestId,
    place,
    owner: Buffer.from(owner, "hex"),
    digest: Buffer.from(digest, "hex"),
  }));
  for (let start = 0; start < values.length; start += ROWS_AT_ONCE)
    await insertJson(executor, certifiedSubjects, values.slice(start, start + ROWS_AT_ONCE));
}
