import { checkNamed } from "../certificate/check-given.js";
import { unverifiedStatement } from "../certificate/unverified.js";
import type { SubjectEvidence } from "../certificate/verify-index.js";
import { ExpungeError } from "../errors.js";
import type { UnlearningPredicate } from "../records/certificate.js";
import { formSubject, SUBJECT_FORMS } from "../records/subject-form.js";
import type { Receipt } from "../unlearner/receipts.js";
import { eachLine } from "./arguments.js";

type ReadReceipt = Partial<Receipt> & { readonly subject?: string; readonly salt: string };

/** Ranks of receipts that do not name their subject and do not prove it; behind them come those of other certificates. */
const UNPROVED = SUBJECT_FORMS.length;
const OF_ANOTHER = UNPROVED + 1;

/**
 * The subject with what its receipt says: of a file of receipts, or of a service's answer with those of several people for several models. Where there
 * are receipts of others alone, one of those: it proves nothing of this subject, and `verify` says so.
 *
 * @throws ExpungeError E_CERTIFICATE where the file has no receipt at all
 */
export async function subjectByReceipt(id: string, path: string, envelope: string): Promise<SubjectEvidence> {
  const predicate = predicateIn(envelope);
  let best: { readonly rank: number; readonly found: ReadReceipt } | null = null;
  let another: ReadReceipt | null = null;
  for await (const found of receiptsIn(path)) {
    another ??= found;
    const rank = rankOf(found, id, predicate);
    if (rank >= 0 && (best === null || rank < best.rank)) best = { rank, found };
    if (best?.rank === 0) break;
  }
  const chosen = best?.found ?? another;
  if (chosen === null)
    throw new ExpungeError(
      "E_CERTIFICATE",
      `${path}: expected a receipt, with certificateId, salt and proof.`,
    );
  const { salt, proof } = chosen;
  return { id, salt, ...(proof ? { proof } : {}) };
}

/** The lower the more likely it is the one that is meant; -1 where it is somebody else's. */
function rankOf(receipt: ReadReceipt, id: string, predicate: UnlearningPredicate | null): number {
  const { subject, certificateId, salt, proof } = receipt;
  const own = predicate?.certificateId;
  const isOfAnother = own !== undefined && (certificateId ?? own) !== own;
  const proves = (): boolean =>
    predicate !== null && checkNamed(predicate, { id, salt, ...(proof ? { proof } : {}) }).length === 0;
  const alike = subject === undefined ? (proves() ? 0 : UNPROVED) : likeness(subject, id);
  return isOfAnother && alike >= 0 ? alike + OF_ANOTHER : alike;
}

/** In which form two spellings are one, 0 as they stand; -1 in none. Whether the spellings mean the same is for the certificate to say. */
function likeness(subject: string, id: string): number {
  return SUBJECT_FORMS.findIndex((form) => formSubject(subject, form) === formSubject(id, form));
}

/** What a certificate says, to find its receipt by; nothing is taken from it unverified. */
function predicateIn(envelope: string): UnlearningPredicate | null {
  try {
    const predicate = unverifiedStatement(envelope)?.predicate;
    if (predicate === undefined) return null;
    return typeof predicate.request.subjects.count === "number" ? predicate : null;
  } catch {
    return null;
  }
}

/** Characters of a text that is no list of lines. */
const MAX_TEXT = 2 ** 26;

/** A line each, as `forget` writes them, or one text, as services answer, in one line or in many. */
async function* receiptsIn(path: string): AsyncGenerator<ReadReceipt> {
  let [text, isFound] = ["", false];
  for await (const line of eachLine(path)) {
    for (const receipt of receiptsOf(line)) {
      isFound = true;
      yield receipt;
    }
    text = isFound || text.length > MAX_TEXT ? "" : `${text}${line}\n`;
  }
  yield* receiptsOf(text);
}

function receiptsOf(text: string): ReadReceipt[] {
  let value: { salt?: unknown; items?: unknown; receipts?: unknown };
  try {
    value = Object(JSON.parse(text));
  } catch {
    return [];
  }
  const list = (one: unknown): unknown[] => (Array.isArray(one) ? one : []);
  const nested = [value, ...list(value.items)].flatMap((one) => list(Object(one).receipts));
  return [value, ...nested].filter((one): one is ReadReceipt => typeof Object(one).salt === "string");
}
