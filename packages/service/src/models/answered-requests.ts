import { and, asc, eq, isNotNull, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import type { Envelope } from "expunge";
import { certificateDigest, encodeEntry, entryTime } from "expunge/ledger";
import { unverifiedStatement } from "expunge/process";
import { databaseTime } from "../database/clock.js";
import { newId } from "../database/ids.js";
import { insertJson } from "../database/insert-json.js";
import { isOneOf } from "../database/one-of.js";
import type { Database, Transaction } from "../database/open-database.js";
import { readLarge } from "../database/read-large.js";
import { certificates, claimedRows, ledgerStaged, requests, tasks } from "../database/tables.js";
import { placeRows } from "./placed-rows.js";
import type { StoredProcess } from "./stored-process.js";

/**
 * Certificates of requests whose rows a model has forgotten for others, by request: of rows that it had, that of the request which came first, since that one took
 * them. One of the other kind does not answer a request.
 */
export async function coveringCertificates(
  database: Database,
  process: StoredProcess,
  requestIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const covering = new Map<string, string>();
  if (requestIds.length === 0) return covering;
  const [own, other, done] = [
    alias(claimedRows, "own"),
    alias(claimedRows, "other"),
    alias(tasks, "covering"),
  ];
  const [asked, first] = [alias(requests, "asked"), alias(requests, "first")];
  const found = await readLarge(database, (queries) =>
    queries
      .selectDistinctOn([own.requestId, own.row], {
        ...{ requestId: own.requestId, row: own.row, certificateId: done.certificateId },
        receivedAt: done.receivedAt,
        isAlike: sql<boolean>`(${asked.kind} = ${first.kind})`,
      })
      .from(own)
      .innerJoin(other, and(eq(other.datasetId, own.datasetId), eq(other.row, own.row)))
      .innerJoin(done, and(eq(done.requestId, other.requestId), eq(done.modelId, process.modelId)))
      .innerJoin(asked, eq(asked.id, own.requestId))
      .innerJoin(first, eq(first.id, other.requestId))
      .where(
        and(
          eq(own.datasetId, process.datasetId),
          isOneOf(own.requestId, requestIds, "uuid"),
          isNotNull(done.certificateId),
        ),
      )
      .orderBy(own.requestId, own.row, asc(done.receivedAt), asc(done.requestId)),
  );
  // The certificate of a request is that of its row which was taken first.
  found.sort((a, b) => a.receivedAt.getTime() - b.receivedAt.getTime());
  const had = new Set((await placeRows(database, process, [...new Set(found.map(({ row }) => row))])).rows);
  for (const { requestId, row, certificateId, isAlike } of found) {
    if (had.has(row) && isAlike && !covering.has(requestId)) covering.set(requestId, certificateId as string);
  }
  return covering;
}

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
