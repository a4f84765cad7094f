import { leafHash, verifyInclusion } from "expunge/ledger";
import {
  type Envelope,
  formSubject,
  SUBJECT_FORMS,
  type SubjectEvidence,
  type SubjectProof,
  subjectDigest,
} from "expunge/verify";
import { bytesOfHex } from "./bytes.js";
import { readStatement } from "./statement.js";

export interface GivenReceipt {
  /** null where the receipt does not name its person. */
  readonly id: string | null;
  /** Of the certificate that it is for; null where it does not say. */
  readonly certificateId: string | null;
  readonly salt: string;
  readonly proof?: SubjectProof;
}

interface Json {
  readonly [name: string]: unknown;
}

/** As the service and the command line write them: one, one for each model, or a whole answer with those of several people. None where it is something else. */
export function receiptsOf(value: Json): readonly GivenReceipt[] {
  if (Array.isArray(value.items)) return value.items.flatMap((item) => receiptsOf(Object(item)));
  const id = textOf(value.subject) ?? textOf(value.id);
  const all = Array.isArray(value.receipts) ? value.receipts.map((one): Json => Object(one)) : [value];
  return all
    .filter(({ salt }) => typeof salt === "string")
    .map(({ salt, proof, certificateId }) => ({
      ...{ id, certificateId: textOf(certificateId), salt: salt as string },
      ...(proof === undefined ? {} : { proof: proof as SubjectProof }),
    }));
}

const textOf = (value: unknown): string | null => (typeof value === "string" ? value : null);

/**
 * A file of receipts, one a line; null where the first line is not whole JSON, as in a text that was cut off.
 *
 * @throws Error naming the first line that is none
 */
export function receiptsInLines(text: string): readonly GivenReceipt[] | null {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  if (lines.length < 2 || !isJson(lines[0]!)) return null;
  return lines.flatMap((line, i) => {
    try {
      const found = receiptsOf(Object(JSON.parse(line)));
      if (found.length > 0) return found;
    } catch {
      // Said below.
    }
    throw new Error(`Line ${i + 1}: expected a receipt, as JSON with a salt.`);
  });
}

/** Whatever is there of receipts in a text, or a salt alone. @throws Error where it is neither */
export function receiptsIn(text: string): readonly GivenReceipt[] {
  const trimmed = text.trim();
  if (!/^[[{]/.test(trimmed)) return [{ id: null, certificateId: null, salt: trimmed }];
  let value: unknown;
  try {
    value = JSON.parse(trimmed);
  } catch (error) {
    const receipts = receiptsInLines(trimmed);
    if (receipts !== null) return receipts;
    throw new Error(`The receipt is no JSON: ${(error as Error).message}.`);
  }
  const found = receiptsOf(Object(value));
  if (found.length > 0) return found;
  throw new Error("This JSON is no receipt: a receipt has a salt.");
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The people whom receipts name, each once. */
export const peopleIn = (receipts: readonly GivenReceipt[]): readonly string[] => [
  ...new Set(receipts.flatMap(({ id }) => (id === null ? [] : [id]))),
];

/**
 * The one receipt to check a certificate with, and the person whom it is asked about: who was typed, else the one whom all receipts name. Null where
 * nobody is asked about. A service's answer has thousands that name nobody, so the one that leads to the certificate is looked for here; whether it
 * does is for `verify` to say.
 */
export function receiptFor(
  certificate: Envelope,
  receipts: readonly GivenReceipt[],
  typed: string,
): SubjectEvidence | null {
  const named = peopleIn(receipts);
  const id = typed !== "" ? typed : named.length === 1 ? named[0]! : null;
  if (id === null || receipts.length === 0) return null;
  const own = receipts.filter((receipt) => receipt.id === null || areAlike(receipt.id, id));
  const told = toldBy(certificate);
  const meant = own.filter(({ certificateId }) => (certificateId ?? told?.id) === told?.id);
  // Where none leads there, any: it proves nothing of this person, and that is said.
  const { salt, proof } =
    meant.find((receipt) => leadsTo(told?.root, id, receipt)) ?? meant[0] ?? own[0] ?? receipts[0]!;
  return { id, salt, ...(proof === undefined ? {} : { proof }) };
}

/** Whether some model takes two spellings for one person. */
const areAlike = (a: string, b: string): boolean =>
  SUBJECT_FORMS.some((form) => formSubject(a, form) === formSubject(b, form));

/** What a certificate says of itself, unchecked: to find its receipt by. */
function toldBy(certificate: Envelope): { readonly id: string; readonly root: string | null } | null {
  try {
    const { certificateId, request } = readStatement(certificate).predicate;
    return { id: certificateId, root: request.subjects.root };
  } catch {
    return null;
  }
}

/** Of somebody who was named alone. */
const LONE = { index: 0, count: 1, path: [] };

function leadsTo(root: string | null | undefined, id: string, { salt, proof = LONE }: GivenReceipt): boolean {
  if (root == null) return false;
  try {
    const claim = { index: proof.index, size: proof.count, root: bytesOfHex(root) };
    const hashes = proof.path.map(bytesOfHex);
    return SUBJECT_FORMS.some((form) => {
      const leaf = leafHash(bytesOfHex(subjectDigest(id, salt, form)));
      return verifyInclusion({ ...claim, leaf }, hashes);
    });
  } catch {
    return false;
  }
}
