import { reasonOf } from "../data/read-bytes.js";
import { type ErrorCode, ExpungeError } from "../errors.js";
import { given } from "../given.js";
import {
  formatVerifierKey,
  type LedgerEvidence,
  type LedgerVerification,
  parseCheckpoint,
  parseNote,
  parseTlogProof,
  parseVerifierKey,
  verifyLedger,
} from "../ledger/index.js";
import { toBase64 } from "../records/bytes.js";
import { decodeFile } from "./arguments.js";
import { fields, heading } from "./output.js";

/** Files by which a certificate is looked for in a ledger. */
export interface LedgerFlags {
  readonly ledger: string;
  readonly logKey: string;
  readonly earlierCheckpoint?: string | undefined;
  readonly consistency?: string | undefined;
  readonly earlierLogKey?: string | undefined;
}

/** What the ledger says of a certificate. */
export interface LedgerPlace extends LedgerVerification {
  readonly index: number | null;
  /** Entries of the checkpoint kept from before; null where none was given. */
  readonly earlierSize: number | null;
}

/** Evidence that cannot even be parsed is false evidence: an issue, as a malformed certificate is. @throws ExpungeError E_KEY, E_LEDGER */
export async function checkInLedger(envelope: string, options: LedgerFlags): Promise<LedgerPlace> {
  const verifierKey = await readLogKey(options.logKey);
  const proofText = await readEvidence(options.ledger, "ledger proof", "E_LEDGER");
  const earlier = await readEarlier(options);
  try {
    const { entry, index, hashes, checkpoint } = parseTlogProof(proofText);
    const ledger = verifyLedger({
      envelope,
      entry: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(entry),
      proof: { index, size: sizeOf(checkpoint) ?? 0, hashes: hashes.map(toBase64) },
      checkpoint,
      verifierKey,
      ...(earlier ? { earlier } : {}),
    });
    return { ...ledger, index, earlierSize: earlier ? sizeOf(earlier.checkpoint) : null };
  } catch (error) {
    const actual = (error as Error).message;
    const issue = {
      code: "LEDGER_PROOF",
      path: "ledger",
      expected: "a proof of c2sp.org/tlog-proof",
      actual,
    };
    return { ok: false, issues: [issue], entry: null, checkpoint: null, index: null, earlierSize: null };
  }
}

/** A verifier key has two plus signs, as no sensible file name has. @throws ExpungeError E_KEY */
export async function readLogKey(given: string): Promise<string> {
  const isKey = /^[^+]+\+[0-9a-f]{8}\+/.test(given);
  const text = isKey ? given : await readEvidence(given, "log key", "E_KEY");
  return formatVerifierKey(parseVerifierKey(text));
}

async function readEarlier(options: LedgerFlags): Promise<LedgerEvidence["earlier"] | null> {
  const { earlierCheckpoint, consistency, earlierLogKey } = options;
  if (earlierCheckpoint === undefined || consistency === undefined) return null;
  const checkpoint = await readEvidence(earlierCheckpoint, "checkpoint", "E_LEDGER");
  const proof = await readEvidence(consistency, "consistency proof", "E_LEDGER");
  const consistencyProof = proof
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const verifierKey = earlierLogKey === undefined ? undefined : await readLogKey(earlierLogKey);
  return { checkpoint, consistencyProof, ...given({ verifierKey }) };
}

/** null where it is no checkpoint, which verifyLedger finds too. */
function sizeOf(note: string): number | null {
  try {
    return parseCheckpoint(parseNote(note).text).size;
  } catch {
    return null;
  }
}

/** The place for people; only where all is well. */
export function describePlace({ entry, checkpoint, index, earlierSize }: LedgerPlace): string[] {
  if (entry === null || checkpoint === null) return [];
  return [
    heading("In the ledger"),
    ...fields([
      ["ledger", checkpoint.origin],
      ["entry", `number ${index} (from 0) of the ${checkpoint.size} that the checkpoint signs`],
      ["entered", entry.time],
      ["request", entry.requestId],
      [
        "history",
        earlierSize === null ? null : `begins with the ${earlierSize} entries of the earlier checkpoint`,
      ],
    ]),
  ];
}

/** @throws ExpungeError with this code, naming the file */
export async function readEvidence(path: string, noun: string, code: ErrorCode): Promise<string> {
  return decodeFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new ExpungeError(code, `Cannot read the ${noun} ${path}: ${reasonOf(error)}.`);
  });
}
