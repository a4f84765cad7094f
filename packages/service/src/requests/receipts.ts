import { MAX_RECEIPTS } from "@expunge/client/schemas";
import { and, asc, eq, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import { type DataDescription, type Envelope, ExpungeError, type Receipt } from "expunge";
import { type SubjectTree, subjectTree, unverifiedStatement } from "expunge/process";
import { hexOf } from "../database/ids.js";
import { isOneOf } from "../database/one-of.js";
import type { Queries } from "../database/open-database.js";
import {
  certificates,
  certifiedSubjects,
  claimedRows,
  datasets,
  namedSubjects,
  releases,
  requests,
  tasks,
} from "../database/tables.js";
import { type Keyring, keyringOf } from "../keys/keyring.js";

/** What a subject of a request needs to find itself in the certificate of one model, and nobody else. */
export interface SubjectReceipt extends Receipt {
  readonly modelId: string;
}

/** Whose receipts are asked for: by id, so that nobody gets them who cannot name the person. */
interface Asked {
  readonly requestId: string;
  readonly datasetId: string;
  readonly subjects: readonly string[];
}

/** Where an owner stands among the subjects of a certificate. */
interface Leaf {
  readonly certificateId: string;
  readonly place: number;
  readonly modelId: string;
  readonly requestId: string;
}

/**
 * Receipts of subjects of a request, in the order asked; of each model that the request concerns, where its certificate names the subject. The tree of
 * each certificate is made once for all of them.
 *
 * @throws ExpungeError E_OPTION, E_UNKNOWN_SUBJECT, E_CONFLICT
 */
export async function receiptsOf(
  queries: Queries,
  { requestId, datasetId, subjects }: Asked,
): Promise<SubjectReceipt[][]> {
  if (subjects.length === 0 || subjects.length > MAX_RECEIPTS)
    throw new ExpungeError("E_OPTION", `Expected 1 to ${MAX_RECEIPTS} subjects, found ${subjects.length}.`);
  const keyring = await keyringOfDataset(queries, datasetId);
  const owners = subjects.map((subject) => keyring.ownerOf(subject));
  await requireNamed(queries, requestId, owners);
  const leaves = await leavesOf(queries, requestId, owners);
  const trees = new Map<string, SubjectTree>();
  for (const { certificateId } of [...leaves.values()].flat())
    if (!trees.has(certificateId)) trees.set(certificateId, await treeOf(queries, certificateId));
  return owners.map((owner) =>
    (leaves.get(owner) ?? []).map((leaf) => ({
      modelId: leaf.modelId,
      certificateId: leaf.certificateId,
      salt: keyring.saltOf(leaf.requestId, owner),
      proof: (trees.get(leaf.certificateId) as SubjectTree).proofOf(leaf.place),
    })),
  );
}

async function keyringOfDataset(queries: Queries, datasetId: string): Promise<Keyring> {
  const [dataset] = await queries
    .select({ secret: datasets.secret, state: datasets.state, description: datasets.description })
    .from(datasets)
    .where(eq(datasets.id, datasetId));
  if (dataset && dataset.state !== "deleted")
    return keyringOf(dataset.secret, (dataset.description as DataDescription | null)?.subjectForm);
  throw new ExpungeError(
    "E_CONFLICT",
    "The data set was deleted, and the secret of its receipts with it: they can no longer be made.",
  );
}

/** Names places, never ids. */
async function requireNamed(queries: Queries, requestId: string, owners: readonly string[]): Promise<void> {
  const found = await queries
    .select({ owner: namedSubjects.owner })
    .from(namedSubjects)
    .where(and(eq(namedSubjects.requestId, requestId), isOneOf(namedSubjects.owner, owners, "bytea")));
  const named = new Set(found.map(({ owner }) => hexOf(owner as Uint8Array)));
  const place = owners.findIndex((owner) => !named.has(owner));
  if (place < 0) return;
  throw new ExpungeError(
    "E_UNKNOWN_SUBJECT",
    `subjects[${place}] is not among those whom the request named.`,
    {
      index: place,
    },
  );
}

/**
 * By owner: of each model the leaf in the certificate that answered this request. Where that says nothing of the owner, those of earlier deletions which took
 * the rows that this one names, or where all that was left to name is accounted for. Of rows that only waited no certificate says anything.
 */
async function leavesOf(
  queries: Queries,
  requestId: string,
  owners: readonly string[],
): Promise<ReadonlyMap<string, Leaf[]>> {
  const found = await candidatesOf(queries, requestId, owners);
  const others = found.filter((leaf) => leaf.certificateId !== leaf.ownCertificateId);
  const sharing = await requestsSharing(queries, requestId, [
    ...new Set(others.map((leaf) => leaf.requestId)),
  ]);
  const corrections = await correctionsAmong(queries, [...new Set(others.map((leaf) => leaf.certificateId))]);
  const answered = new Set(found.filter(isOwn).map(({ owner, modelId }) => `${modelId} ${hexOf(owner)}`));
  const isProof = (leaf: Candidate): boolean =>
    isOwn(leaf) ||
    (leaf.isEarlierDeletion &&
      !corrections.has(leaf.certificateId) &&
      !answered.has(`${leaf.modelId} ${hexOf(leaf.owner)}`) &&
      (leaf.hadAll || sharing.has(leaf.requestId)));
  const leaves = new Map<string, Leaf[]>();
  for (const leaf of found.filter(isProof)) {
    const key = hexOf(leaf.owner);
    const own = leaves.get(key);
    if (own) own.push(leaf);
    else leaves.set(key, [leaf]);
  }
  return leaves;
}

/** A leaf in any certificate of a model that the request concerns. */
interface Candidate extends Leaf {
  readonly owner: Uint8Array;
  /** Of the request's task; null where it came to none. */
  readonly ownCertificateId: string | null;
  /** Whether both requests are deletions, and the leaf's was served no later. */
  readonly isEarlierDeletion: boolean;
  /** Whether the model had every row that the request still found: whoever is not in its certificate had none left then. */
  readonly hadAll: boolean;
}

const isOwn = ({ certificateId, ownCertificateId }: Candidate): boolean => certificateId === ownCertificateId;

async function candidatesOf(
  queries: Queries,
  requestId: string,
  owners: readonly string[],
): Promise<Candidate[]> {
  const { certificateId, place, modelId, owner } = certifiedSubjects;
  const asked = alias(requests, "asked");
  const release = alias(releases, "release");
  const ownRelease = alias(releases, "own_release");
  // In the order of releases: a request that was received first may be served last. One without a release has only its time.
  const isEarlier = sql`coalesce(${release.version} <= ${ownRelease.version}, ${requests.receivedAt} <= ${asked.receivedAt})`;
  return queries
    .select({
      ...{ certificateId, place, modelId, owner, requestId: certifiedSubjects.requestId },
      ownCertificateId: tasks.certificateId,
      isEarlierDeletion: sql<boolean>`(${requests.kind} = 'deletion' and ${asked.kind} = 'deletion' and ${isEarlier})`,
      // Before rows could wait nobody counted them.
      hadAll: sql<boolean>`(coalesce(${tasks.removedCount}, case when ${tasks.certificateId} is null then 0 else ${asked.rowCount} end) = ${asked.rowCount})`,
    })
    .from(certifiedSubjects)
    .innerJoin(tasks, and(eq(tasks.requestId, requestId), eq(tasks.modelId, certifiedSubjects.modelId)))
    .innerJoin(asked, eq(asked.id, tasks.requestId))
    .innerJoin(requests, eq(requests.id, certifiedSubjects.requestId))
    .leftJoin(release, eq(release.certificateId, certificateId))
    .leftJoin(ownRelease, eq(ownRelease.certificateId, tasks.certificateId))
    .where(isOneOf(certifiedSubjects.owner, owners, "bytea"))
    .orderBy(asc(certifiedSubjects.modelId), asc(certifiedSubjects.certificateId));
}

/** Those of some requests that have claimed a row which this one has claimed, too. */
async function requestsSharing(
  queries: Queries,
  requestId: string,
  others: readonly string[],
): Promise<ReadonlySet<string>> {
  if (others.length === 0) return new Set();
  const other = alias(claimedRows, "other");
  const found = await queries
    .selectDistinct({ id: other.requestId })
    .from(claimedRows)
    .innerJoin(other, and(eq(other.datasetId, claimedRows.datasetId), eq(other.row, claimedRows.row)))
    .where(and(eq(claimedRows.requestId, requestId), isOneOf(other.requestId, others, "uuid")));
  return new Set(found.map(({ id }) => id));
}

/** Those of some certificates that say of themselves that they are of corrections: after a restore their requests may be deletions. */
async function correctionsAmong(queries: Queries, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const found = await queries
    .select({ id: certificates.id, envelope: certificates.envelope })
    .from(certificates)
    .where(isOneOf(certificates.id, ids, "uuid"));
  const isCorrection = (envelope: Envelope): boolean =>
    unverifiedStatement(envelope)?.predicate.lives?.isCorrection === true;
  return new Set(found.filter(({ envelope }) => isCorrection(envelope)).map(({ id }) => id));
}

const DIGEST_BYTES = 32;

/** As one value: a row for each of two hundred thousand would take most of the time. */
async function treeOf(queries: Queries, certificateId: string): Promise<SubjectTree> {
  const { digest, place } = certifiedSubjects;
  const [found] = await queries
    .select({ hex: sql<string>`encode(string_agg(${digest}, ''::bytea order by ${place}), 'hex')` })
    .from(certifiedSubjects)
    .where(eq(certifiedSubjects.certificateId, certificateId));
  const digests = Buffer.from(found?.hex ?? "", "hex");
  const count = digests.length / DIGEST_BYTES;
  return subjectTree(count, (i) => digests.subarray(i * DIGEST_BYTES, (i + 1) * DIGEST_BYTES));
}
