import { MAX_RECEIPTS } from "@expunge/client/schemas";
import { and, asc, eq, sql } from "drizzle-orm";
import { type DataDescription, ExpungeError, type Receipt } from "expunge";
import { type SubjectTree, subjectTree } from "expunge/process";
import { hexOf } from "../database/ids.js";
import { isOneOf } from "../database/one-of.js";
import type { Queries } from "../database/open-database.js";
import { certifiedSubjects, datasets, namedSubjects, tasks } from "../database/tables.js";
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

/** By owner. Who was forgotten for an earlier request is in that one's certificate. */
async function leavesOf(
  queries: Queries,
  requestId: string,
  owners: readonly string[],
): Promise<ReadonlyMap<string, Leaf[]>> {
  const { certificateId, place, modelId, owner } = certifiedSubjects;
  const found = await queries
    .select({ certificateId, place, modelId, owner, requestId: certifiedSubjects.requestId })
    .from(certifiedSubjects)
    .innerJoin(tasks, and(eq(tasks.requestId, requestId), eq(tasks.modelId, certifiedSubjects.modelId)))
    .where(isOneOf(certifiedSubjects.owner, owners, "bytea"))
    .orderBy(asc(certifiedSubjects.modelId), asc(certifiedSubjects.certificateId));
  const leaves = new Map<string, Leaf[]>();
  for (const { owner, ...leaf } of found) {
    const key = hexOf(owner);
    const own = leaves.get(key);
    if (own) own.push(leaf);
    else leaves.set(key, [leaf]);
  }
  return leaves;
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
