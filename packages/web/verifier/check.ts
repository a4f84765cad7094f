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
import { type Envelope, type Verification, verify } from "expunge/verify";
import { keyIdOf } from "../shared/bytes.js";
import { type Check, checksOf } from "../shared/checks/certificate-checks.js";
import { proofPath } from "../shared/checks/proof-path.js";
import { receiptFor } from "../shared/receipts.js";
import { isOfCorrection } from "../shared/statement.js";
import type { Evidence } from "./evidence.js";

export interface Checked {
  /** Of the certificate itself, whoever it speaks of. */
  readonly verification: Verification;
  readonly checks: readonly Check[];
  /** The key that signed, of those given; null where none did. */
  readonly signedBy: { readonly fingerprint: string; readonly isFetched: boolean } | null;
  /** The key that the certificate calls its own, where none was given that has this fingerprint: then nobody can say yet whether it is genuine. */
  readonly missingKey: { readonly fingerprint: string; readonly areAllFetched: boolean } | null;
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
  const subject = receiptFor(certificate, receipts, id);
  const ofPerson = subject && verify(certificate, { ...options, subject: { ...subject, asked } });
  const named = certificate.signatures[0]?.keyid;
  const isMissing = at < 0 && /^[0-9a-f]{64}$/.test(named ?? "") && !fingerprints.includes(named!);
  return {
    verification,
    checks: checksOf(ofPerson ?? verification, ofPerson !== null, model !== null),
    signedBy: at < 0 ? null : { fingerprint: fingerprints[at]!, isFetched: keys[at]!.isFetched },
    missingKey: isMissing
      ? { fingerprint: named!, areAllFetched: keys.every(({ isFetched }) => isFetched) }
      : null,
    person: subject && { id: subject.id, isTyped: id !== "", isMeant: ofPerson?.ok === true },
    isModelAsked: model !== null,
    ledger: proof === null ? null : checkLedger(certificate, proof, logKeys),
    at: new Date(),
  };
}

function isCorrectionIn({ statement }: Verification): boolean {
  return statement !== null && isOfCorrection(statement);
}

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
