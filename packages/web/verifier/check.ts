import {
  certificateDigest,
  checkSignatures,
  decodeEntry,
  leafHash,
  parseCheckpoint,
  parseNote,
  parseTlogProof,
  parseVerifierKey,
} from "expunge/ledger";
import { type Envelope, type SubjectEvidence, type Verification, verify } from "expunge/verify";
import { keyIdOf } from "../shared/bytes";
import { type Check, checksOf } from "../shared/checks/certificate-checks";
import { proofPath } from "../shared/checks/proof-path";
import { isOfCorrection } from "../shared/statement";
import type { Evidence, GivenReceipt } from "./evidence";

export interface Checked {
  /** Of the certificate itself, whoever it speaks of. */
  readonly verification: Verification;
  readonly checks: readonly Check[];
  /** The key that signed, of those given; null where none did. */
  readonly signedBy: { readonly fingerprint: string; readonly isFetched: boolean } | null;
  /** The person who was asked about, by an id that was typed or that a receipt names, and whether the certificate speaks of them; null where nobody was. */
  readonly person: { readonly id: string; readonly isTyped: boolean; readonly isMeant: boolean } | null;
  readonly isModelAsked: boolean;
  readonly ledger: LedgerFound | null;
  /** When that was, by this computer's clock. */
  readonly at: Date;
}

/** What a proof of the ledger shows. */
export type LedgerFound =
  | { readonly state: "broken"; readonly why: string }
  | {
      readonly state: "unsigned" | "signed";
      readonly index: number;
      readonly size: number;
      readonly origin: string;
      /** By the service's own clock. */
      readonly time: string;
      readonly isKeyFetched: boolean;
    };

/** Checks everything that was given. @param id the person's, as typed; what a receipt says where it is empty */
export async function check(
  certificate: Envelope,
  { keys, receipts, proof, logKeys, model }: Evidence,
  id: string,
): Promise<Checked> {
  const fingerprints = await Promise.all(keys.map(({ key }) => keyIdOf(key)));
  const alone = keys.map(({ key }) => verify(certificate, { publicKey: key }));
  const at = alone.findIndex(({ issues }) => !issues.some(({ code }) => code === "SIGNATURE"));
  const publicKey = keys[Math.max(at, 0)]!.key;
  const options = { publicKey, ...(model === null ? {} : { model }) };
  const verification = verify(certificate, options);
  // Whether the person asked for this is theirs to know: what was done is said.
  const asked = isCorrectionIn(verification) ? "correction" : "deletion";
  const tried = subjectsOf(receipts, id).map((subject) => ({
    subject,
    found: verify(certificate, { ...options, subject: { ...subject, asked } }),
  }));
  const isOfPerson = ({ issues }: Verification): boolean =>
    !issues.some(({ code }) => code.startsWith("SUBJECT"));
  const best = tried.find(({ found }) => isOfPerson(found)) ?? tried[0];
  return {
    verification,
    checks: checksOf(best?.found ?? verification, best !== undefined, model !== null),
    signedBy: at < 0 ? null : { fingerprint: fingerprints[at]!, isFetched: keys[at]!.isFetched },
    person: best === undefined ? null : { id: best.subject.id, isTyped: id !== "", isMeant: best.found.ok },
    isModelAsked: model !== null,
    ledger: proof === null ? null : checkLedger(certificate, proof, logKeys),
    at: new Date(),
  };
}

function isCorrectionIn({ statement }: Verification): boolean {
  return statement !== null && isOfCorrection(statement);
}

/** The people whom receipts name, each once. */
export const peopleIn = (receipts: readonly GivenReceipt[]): readonly string[] => [
  ...new Set(receipts.flatMap(({ id }) => (id === null ? [] : [id]))),
];

/** What receipts say of the one person who is asked about: the one who was typed, else the one whom all of them name. */
function subjectsOf(receipts: readonly GivenReceipt[], typed: string): readonly SubjectEvidence[] {
  const named = peopleIn(receipts);
  const id = typed !== "" ? typed : named.length === 1 ? named[0]! : null;
  if (id === null) return [];
  const own = receipts.filter((receipt) => receipt.id === null || likeness(receipt.id) === likeness(id));
  // Where there are those of others alone, one of them: it proves nothing of this person, and that is said.
  return (own.length > 0 ? own : receipts.slice(0, 1)).map(({ salt, proof }) => ({
    ...{ id, salt },
    ...(proof === undefined ? {} : { proof }),
  }));
}

/** The same for all spellings that any model takes for one person. */
const likeness = (id: string): string => id.normalize("NFC").trim().toLowerCase();

function checkLedger(certificate: Envelope, text: string, logKeys: Evidence["logKeys"]): LedgerFound {
  try {
    const { entry, index, hashes, checkpoint } = parseTlogProof(text);
    const note = parseNote(checkpoint);
    const { size, root, origin } = parseCheckpoint(note.text);
    const decoded = decodeEntry(entry);
    if (decoded.kind !== "certificate" || decoded.certificateDigest !== certificateDigest(certificate))
      return { state: "broken", why: "the proof is of another certificate" };
    if (!proofPath({ leaf: leafHash(entry), index, size, hashes, root }).ok)
      return { state: "broken", why: "its hashes do not lead to the root of the ledger" };
    const place = { index, size, origin, time: decoded.time };
    const failed =
      checkSignatures(
        note,
        logKeys.map(({ key }) => parseVerifierKey(key)),
      ).failed.length > 0;
    if (failed) return { state: "broken", why: "the ledger’s key did not sign its checkpoint" };
    const signer = logKeys.find(
      ({ key }) => checkSignatures(note, [parseVerifierKey(key)]).verified.length > 0,
    );
    return signer === undefined
      ? { state: "unsigned", ...place, isKeyFetched: false }
      : { state: "signed", ...place, isKeyFetched: signer.isFetched };
  } catch (error) {
    return { state: "broken", why: (error as Error).message };
  }
}
