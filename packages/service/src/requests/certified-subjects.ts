import { and, asc, eq, isNotNull } from "drizzle-orm";
import { hexOf } from "../database/ids.js";
import { insertJson } from "../database/insert-json.js";
import { isOneOf } from "../database/one-of.js";
import type { Queries, Transaction } from "../database/open-database.js";
import { certifiedSubjects, namedSubjects, owners, requests } from "../database/tables.js";

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
  queries: Queries,
  datasetId: string,
  requestIds: readonly string[],
  rows: readonly number[],
): Promise<CertifiedSubject[]> {
  const { requestId, owner, digest } = namedSubjects;
  const named = await queries
    .select({ requestId, owner, digest })
    .from(namedSubjects)
    .innerJoin(requests, eq(requests.id, namedSubjects.requestId))
    .where(and(isOneOf(namedSubjects.requestId, requestIds, "uuid"), isNotNull(namedSubjects.owner)))
    .orderBy(asc(requests.receivedAt), asc(requests.id), asc(namedSubjects.place));
  if (named.length === 0) return [];
  const left = await ownersOfRows(queries, datasetId, rows);
  return named.flatMap(({ requestId, owner, digest }) => {
    const key = hexOf(owner as Uint8Array);
    return left.delete(key) ? [{ requestId, owner: key, digest: hexOf(digest as Uint8Array) }] : [];
  });
}

async function ownersOfRows(
  queries: Queries,
  datasetId: string,
  rows: readonly number[],
): Promise<Set<string>> {
  const found = await queries
    .selectDistinct({ owner: owners.owner })
    .from(owners)
    .where(and(eq(owners.datasetId, datasetId), isOneOf(owners.row, rows, "integer")));
  return new Set(found.map(({ owner }) => hexOf(owner)));
}

const AT_ONCE = 10_000;

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
  for (let start = 0; start < values.length; start += AT_ONCE)
    await insertJson(executor, certifiedSubjects, values.slice(start, start + AT_ONCE));
}
