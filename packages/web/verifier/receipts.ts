import { leafHash, verifyInclusion } from "expunge/ledger";
import { type Envelope, SUBJECT_FORMS, type SubjectEvidence, subjectDigest } from "expunge/verify";
import { bytesOfHex } from "../shared/bytes.js";
import { readStatement } from "../shared/statement.js";
import type { GivenReceipt } from "./evidence.js";

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
  const own = receipts.filter((receipt) => receipt.id === null || likeness(receipt.id) === likeness(id));
  const told = toldBy(certificate);
  const meant = own.filter(({ certificateId }) => (certificateId ?? told?.id) === told?.id);
  // Where none leads there, any: it proves nothing of this person, and that is said.
  const { salt, proof } =
    meant.find((receipt) => leadsTo(told?.root, id, receipt)) ?? meant[0] ?? own[0] ?? receipts[0]!;
  return { id, salt, ...(proof === undefined ? {} : { proof }) };
}

/** The same for all spellings that any model takes for one person. */
const likeness = (id: string): string => id.normalize("NFC").trim().toLowerCase();

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
