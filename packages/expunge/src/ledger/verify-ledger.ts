import { utf8ToBytes } from "@noble/hashes/utils.js";
import { valueAt } from "../certificate/fields.js";
import type { Issue } from "../certificate/issue.js";
import { unverifiedStatement } from "../certificate/unverified.js";
import { verifyConsistency, verifyInclusion } from "../merkle/merkle-proof.js";
import { HASH_BYTES, isCount, leafHash } from "../merkle/merkle-tree.js";
import type { Envelope } from "../records/certificate.js";
import { type Checkpoint, parseCheckpoint } from "./checkpoint.js";
import {
  type CertificateEntry,
  certificateDigest,
  checkEntry,
  decodeEntry,
  encodeEntry,
  type LedgerEntry,
} from "./entry.js";
import { type NoteVerifier, parseVerifierKey } from "./note-key.js";
import { checkSignatures, parseNote } from "./signed-note.js";
import { bytesFromBase64 } from "./strict-text.js";

/** What shows that a certificate stands in the ledger. */
export interface LedgerEvidence {
  /** The certificate, as an object or JSON text. */
  readonly envelope: Envelope | string;
  /** The entry of kind "certificate", as an object or as its very text in the ledger. */
  readonly entry: LedgerEntry | string;
  /** Where the entry stands; hashes in base64, the leaf's sibling first. */
  readonly proof: { readonly index: number; readonly size: number; readonly hashes: readonly string[] };
  /** A signed note. */
  readonly checkpoint: string;
  /** "name+hash+base64". */
  readonly verifierKey: string;
  /** The log that the checkpoints must be of; default the name of the key. */
  readonly origin?: string;
  /** A checkpoint that the verifier has kept: that the ledger still begins as it did then. */
  readonly earlier?: {
    readonly checkpoint: string;
    readonly consistencyProof: readonly string[];
    /** The key that it was signed with, where the log has another by now. */
    readonly verifierKey?: string;
  };
}

/** What `verifyLedger` found. */
export interface LedgerVerification {
  readonly ok: boolean;
  readonly issues: readonly Issue[];
  /** The entry, where it could be read; trust it only if `ok`. */
  readonly entry: LedgerEntry | null;
  /** The checkpoint, where it could be read; trust it only if `ok`. Worth keeping as the next `earlier`. */
  readonly checkpoint: Checkpoint | null;
}

/** More than any tree of 2^53 leaves can ask for: bounds the work on a hostile proof. */
const MAX_HASHES = 64;

/**
 * Checks, offline, that a certificate stands in the ledger: its digest in the entry, the entry in the tree, the root in a checkpoint
 * that the log signed, and an earlier checkpoint a beginning of this one. What the certificate itself says is for `verify`. Evidence
 * that fails is an answer, not an exception.
 *
 * Source: RFC 9162, sections 2.1.3.2 and 2.1.4.2; C2SP tlog-checkpoint, signed-note.
 *
 * @throws ExpungeError E_KEY only where a verifier key itself cannot be read
 */
export function verifyLedger(evidence: LedgerEvidence): LedgerVerification {
  const verifier = parseVerifierKey(evidence.verifierKey);
  const earlierVerifier = parseVerifierKey(evidence.earlier?.verifierKey ?? evidence.verifierKey);
  const origin = evidence.origin ?? verifier.name;
  const issues: Issue[] = [];
  const entry = readEntry(evidence.entry, issues);
  if (entry !== null) issues.push(...checkCertificate(evidence.envelope, entry));
  const checkpoint = readCheckpoint(evidence.checkpoint, "checkpoint", verifier, origin, issues);
  if (entry !== null && checkpoint !== null)
    issues.push(...checkInclusion(entry, evidence.proof, checkpoint));
  if (evidence.earlier !== undefined && checkpoint !== null)
    issues.push(...checkEarlier(evidence.earlier, checkpoint, earlierVerifier, origin));
  return Object.freeze({ ok: issues.length === 0, issues: Object.freeze(issues), entry, checkpoint });
}

function readEntry(value: unknown, issues: Issue[]): LedgerEntry | null {
  try {
    if (typeof value === "string") return decodeEntry(utf8ToBytes(value));
    const misfits = checkEntry(value);
    issues.push(...misfits);
    return misfits.length === 0 ? (value as LedgerEntry) : null;
  } catch (error) {
    issues.push(issue("ENTRY", "entry", "an entry in canonical JSON", reasonOf(error)));
    return null;
  }
}

/** That the entry is about this certificate and the models that it names. */
function checkCertificate(certificate: unknown, entry: LedgerEntry): Issue[] {
  if (entry.kind !== "certificate") return [issue("KIND", "entry.kind", "certificate", entry.kind)];
  const facts = factsOf(certificate);
  if (facts === null)
    return [issue("ENVELOPE", "envelope", "a DSSE envelope of a statement", typeof certificate)];
  return (["certificateDigest", "modelBefore", "modelAfter"] as const)
    .filter((key) => entry[key] !== facts[key])
    .map((key) => issue("CERTIFICATE", `entry.${key}`, facts[key], entry[key]));
}

type CertificateFacts = Record<
  keyof Pick<CertificateEntry, "certificateDigest" | "modelBefore" | "modelAfter">,
  unknown
>;

function factsOf(certificate: unknown): CertificateFacts | null {
  try {
    const envelope: unknown = typeof certificate === "string" ? JSON.parse(certificate) : certificate;
    const statement = unverifiedStatement(envelope);
    if (statement === null) return null;
    const subjects = valueAt(statement, "subject") as readonly unknown[];
    return {
      certificateDigest: certificateDigest(envelope as Envelope),
      modelBefore: valueAt(statement, "predicate.modelBefore"),
      modelAfter: valueAt(subjects[0], "digest.sha256"),
    };
  } catch {
    return null;
  }
}

function readCheckpoint(
  text: unknown,
  path: string,
  verifier: NoteVerifier,
  origin: string,
  issues: Issue[],
): Checkpoint | null {
  try {
    const note = parseNote(text as string);
    const checkpoint = parseCheckpoint(note.text);
    const { verified, failed } = checkSignatures(note, [verifier]);
    if (verified.length === 0 || failed.length > 0) {
      const signers = note.signatures.map(({ name, keyHash }) => `${name}+${keyHash}`);
      issues.push(issue("SIGNATURE", path, `signed by ${verifier.name}+${verifier.keyHash}`, signers));
    }
    if (checkpoint.origin !== origin) issues.push(issue("ORIGIN", path, origin, checkpoint.origin));
    return checkpoint;
  } catch (error) {
    issues.push(issue("CHECKPOINT", path, "a signed checkpoint", reasonOf(error)));
    return null;
  }
}

function checkInclusion(entry: LedgerEntry, proof: unknown, { size, root }: Checkpoint): Issue[] {
  const index = valueAt(proof, "index");
  const hashes = readHashes(valueAt(proof, "hashes"));
  if (!isCount(index) || hashes === null)
    return [issue("PROOF", "proof", "an index and base64 hashes", proof)];
  const proofSize = valueAt(proof, "size");
  if (proofSize !== size) return [issue("SIZE", "proof.size", size, proofSize)];
  const leaf = leafHash(encodeEntry(entry));
  if (verifyInclusion({ index, size, leaf, root }, hashes)) return [];
  return [issue("INCLUSION", "proof", `the entry at index ${index} of ${size}`, "another root")];
}

function checkEarlier(earlier: unknown, later: Checkpoint, verifier: NoteVerifier, origin: string): Issue[] {
  const issues: Issue[] = [];
  const old = readCheckpoint(valueAt(earlier, "checkpoint"), "earlier.checkpoint", verifier, origin, issues);
  if (old === null) return issues;
  const hashes = readHashes(valueAt(earlier, "consistencyProof"));
  const path = "earlier.consistencyProof";
  if (hashes === null) return [...issues, issue("PROOF", path, "base64 hashes", typeof earlier)];
  if (old.size > later.size)
    return [...issues, issue("SIZE", "earlier.checkpoint", `at most ${later.size} entries`, old.size)];
  const claim = { oldSize: old.size, oldRoot: old.root, newSize: later.size, newRoot: later.root };
  if (verifyConsistency(claim, hashes)) return issues;
  const expected = `a ledger that begins with the earlier ${old.size} entries`;
  return [...issues, issue("CONSISTENCY", path, expected, "another history")];
}

function readHashes(value: unknown): Uint8Array[] | null {
  if (!Array.isArray(value) || value.length > MAX_HASHES) return null;
  const hashes = value.map(bytesFromBase64);
  return hashes.every((hash) => hash?.length === HASH_BYTES) ? (hashes as Uint8Array[]) : null;
}

function issue(code: string, path: string, expected: unknown, actual: unknown): Issue {
  return Object.freeze({ code: `LEDGER_${code}`, path, expected, actual });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
