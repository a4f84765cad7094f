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
import { type Check, checksOf } from "../shared/checks/certificate-checks";
import { proofPath } from "../shared/checks/proof-path";
import { hexOf } from "../shared/statement";
import type { Evidence } from "./evidence";

export interface Checked {
  readonly verification: Verification;
  readonly checks: readonly Check[];
  /** The key that signed, of those given; null where none did. */
  readonly signedBy: { readonly keyId: string; readonly isFetched: boolean } | null;
  /** Whether a person was asked about. */
  readonly isPersonAsked: boolean;
  readonly isModelAsked: boolean;
  readonly ledger: LedgerFound | null;
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
  const digests = await Promise.all(keys.map(({ key }) => keyIdOf(key)));
  const alone = keys.map(({ key }) => verify(certificate, { publicKey: key }));
  const at = alone.findIndex(({ issues }) => !issues.some(({ code }) => code === "SIGNATURE"));
  const publicKey = keys[Math.max(at, 0)]!.key;
  const people = subjectsOf(receipts, id);
  const options = { publicKey, ...(model === null ? {} : { model }) };
  const tried = people.map((subject) => verify(certificate, { ...options, subject }));
  const verification =
    tried.find(({ issues }) => !issues.some(({ code }) => code.startsWith("SUBJECT"))) ??
    tried[0] ??
    verify(certificate, options);
  return {
    verification,
    checks: checksOf(verification, people.length > 0, model !== null),
    signedBy: at < 0 ? null : { keyId: digests[at]!, isFetched: keys[at]!.isFetched },
    ...{ isPersonAsked: people.length > 0, isModelAsked: model !== null },
    ledger: proof === null ? null : checkLedger(certificate, proof, logKeys),
  };
}

async function keyIdOf(key: Uint8Array): Promise<string> {
  return hexOf(new Uint8Array(await crypto.subtle.digest("SHA-256", key as Uint8Array<ArrayBuffer>)));
}

function subjectsOf(receipts: Evidence["receipts"], typed: string): readonly SubjectEvidence[] {
  return receipts.flatMap(({ id, salt, proof }) => {
    const whose = typed === "" ? id : typed;
    return whose === null ? [] : [{ id: whose, salt, ...(proof === undefined ? {} : { proof }) }];
  });
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
