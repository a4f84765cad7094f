import { asc, eq, gt, sql } from "drizzle-orm";
import {
  appendLeaves,
  type CompactRange,
  certificateDigest,
  decodeEntry,
  EMPTY_RANGE,
  leafHash,
  type NoteVerifier,
  openCheckpoint,
  rangeRoot,
  type TreeNode,
} from "expunge/ledger";
import { areSameBytes } from "expunge/process";
import type { Issue } from "expunge/verify";
import type { Queries } from "../database/open-database.js";
import { certificates, ledgerCheckpoints, ledgerEntries } from "../database/tables.js";
import { findNodes, nodeName, readLedger } from "./ledger-store.js";

const ENTRIES_AT_ONCE = 1_000;
/** An envelope may be some hundred kilobytes. */
const CERTIFICATES_AT_ONCE = 100;
const LAST_ID = "ffffffff-ffff-ffff-ffff-ffffffffffff";
/** One altered entry differs in a node on every level; past so many it is clear enough. */
const MAX_ISSUES = 100;

export interface LedgerCheck {
  readonly ok: boolean;
  /** The first hundred. */
  readonly issues: readonly Issue[];
  readonly size: number;
}

/**
 * Checks the whole ledger of a database against itself: every node and every signed checkpoint anew from the entries alone, and the
 * certificates that have a place in it. What is altered is an answer, not an exception. It cannot know of a history that was
 * replaced together with all its checkpoints: that shows against a checkpoint that somebody else has kept.
 *
 * Cost: reads every row once, a thousand entries at a time; about two hashes an entry.
 *
 * @param logKeys every key that may have signed checkpoints, of one origin
 */
export async function checkLedger(queries: Queries, logKeys: readonly NoteVerifier[]): Promise<LedgerCheck> {
  const issues: Issue[] = [];
  let size = 0;
  try {
    size = await readLedger(queries).size();
    let range = EMPTY_RANGE;
    for await (const checkpoint of checkpointsInOrder(queries)) {
      range = await replay(queries, range, checkpoint.size, issues);
      issues.push(...checkCheckpoint(checkpoint, logKeys, range));
      if (issues.length > MAX_ISSUES) break;
    }
    if (issues.length <= MAX_ISSUES) await replay(queries, range, size, issues);
    await checkCertificates(queries, issues);
  } catch (error) {
    issues.push(issueOf("READ", "ledger", "a ledger that can be read", reasonOf(error)));
  }
  return Object.freeze({
    ok: issues.length === 0,
    issues: Object.freeze(issues.slice(0, MAX_ISSUES)),
    size,
  });
}

async function* checkpointsInOrder(queries: Queries): AsyncGenerator<typeof ledgerCheckpoints.$inferSelect> {
  for (let after = -1; ; ) {
    const lot = await queries
      .select()
      .from(ledgerCheckpoints)
      .where(gt(ledgerCheckpoints.size, after))
      .orderBy(asc(ledgerCheckpoints.size))
      .limit(ENTRIES_AT_ONCE);
    yield* lot;
    const last = lot.at(-1);
    if (!last) return;
    after = last.size;
  }
}

/**
 * Goes on from a range to `size` entries, and compares every node that this completes with what is stored.
 *
 * @returns the range that follows from the entries, whatever the stored nodes are
 * @throws ExpungeError E_LEDGER where an entry is missing
 */
export async function replay(
  queries: Queries,
  start: CompactRange,
  size: number,
  issues: Issue[],
): Promise<CompactRange> {
  const ledger = readLedger(queries);
  let range = start;
  while (range.size < size && issues.length <= MAX_ISSUES) {
    const end = Math.min(size, range.size + ENTRIES_AT_ONCE);
    const entries = await ledger.entries(range.size, end);
    const growth = appendLeaves(range, entries.map(leafHash));
    issues.push(...(await checkNodes(queries, growth.nodes)));
    range = growth.range;
  }
  return range;
}

async function checkNodes(queries: Queries, nodes: readonly TreeNode[]): Promise<Issue[]> {
  const stored = await findNodes(queries, nodes);
  return nodes.flatMap((node) => {
    const hash = stored.get(nodeName(node));
    if (hash !== undefined && areSameBytes(hash, node.hash)) return [];
    const path = `nodes.${nodeName(node)}`;
    return [issueOf("NODE", path, "the hash of its entries", hash ? "another hash" : "nothing")];
  });
}

function checkCheckpoint(
  { size, note }: { readonly size: number; readonly note: string },
  logKeys: readonly NoteVerifier[],
  range: CompactRange,
): Issue[] {
  const path = `checkpoints.${size}`;
  const read = readSigned(note, logKeys);
  if (typeof read === "string") return [issueOf("CHECKPOINT", path, "a checkpoint of this log", read)];
  if (read.size !== size) return [issueOf("SIZE", path, size, read.size)];
  if (areSameBytes(read.root, rangeRoot(range))) return [];
  return [issueOf("ROOT", path, "the root of the entries", "another root")];
}

/** The checkpoint of a note that one of the keys has signed, or why it is none. */
function readSigned(
  note: string,
  logKeys: readonly NoteVerifier[],
): ReturnType<typeof openCheckpoint> | string {
  let reason = "no key to check it with";
  for (const key of logKeys) {
    try {
      return openCheckpoint(note, key);
    } catch (error) {
      reason = reasonOf(error);
    }
  }
  return reason;
}

/**
 * That each certificate is the one that its entry was made for.
 *
 * @param start entry from which on
 */
export async function checkCertificates(queries: Queries, issues: Issue[], start = 0): Promise<void> {
  let after = { index: start - 1, id: LAST_ID };
  while (issues.length <= MAX_ISSUES) {
    const rows = await queries
      .select({
        id: certificates.id,
        envelope: certificates.envelope,
        index: certificates.ledgerIndex,
        entry: ledgerEntries.entry,
      })
      .from(certificates)
      .leftJoin(ledgerEntries, eq(ledgerEntries.index, certificates.ledgerIndex))
      .where(sql`(${certificates.ledgerIndex}, ${certificates.id}) > (${after.index}, ${after.id})`)
      .orderBy(asc(certificates.ledgerIndex), asc(certificates.id))
      .limit(CERTIFICATES_AT_ONCE);
    for (const { id, envelope, index, entry } of rows) {
      const digest = digestIn(entry, index as number);
      if (digest !== certificateDigest(envelope))
        issues.push(issueOf("CERTIFICATE", `certificates.${id}`, digest, certificateDigest(envelope)));
    }
    const last = rows.at(-1);
    if (!last) return;
    after = { index: last.index as number, id: last.id };
  }
}

function digestIn(bytes: Uint8Array | null, index: number): string {
  if (bytes === null) return `an entry at ${index}`;
  try {
    const entry = decodeEntry(bytes);
    return entry.kind === "certificate"
      ? entry.certificateDigest
      : `an entry of kind certificate at ${index}`;
  } catch (error) {
    return reasonOf(error);
  }
}

function issueOf(code: string, path: string, expected: unknown, actual: unknown): Issue {
  return Object.freeze({ code: `LEDGER_${code}`, path, expected, actual });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
