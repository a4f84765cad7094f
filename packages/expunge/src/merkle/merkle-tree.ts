import { sha256 } from "@noble/hashes/sha2.js";
import { concatBytes } from "@noble/hashes/utils.js";
import { DomainError, ExpungeError } from "../errors.js";

export const HASH_BYTES = 32;

/** A leaf and a node must never hash alike, or a node could be passed off as an entry. */
const LEAF_PREFIX = Uint8Array.of(0);
const NODE_PREFIX = Uint8Array.of(1);

/** A complete subtree: the hash of leaves [index 2^level, (index + 1) 2^level). Level 0 holds the leaf hashes. */
export interface NodeId {
  readonly level: number;
  readonly index: number;
}

export interface TreeNode extends NodeId {
  readonly hash: Uint8Array;
}

/**
 * Serves hashes of complete subtrees, in the order asked for; a database, tiles or a Map can stand behind it. It is asked once per
 * root or proof, so that all may be fetched together.
 */
export type HashReader = (nodes: readonly NodeId[]) => Promise<readonly Uint8Array[]>;

/** All that is needed to append: the roots of the complete subtrees of a tree, the largest first, one for each bit set in `size`. */
export interface CompactRange {
  readonly size: number;
  readonly hashes: readonly Uint8Array[];
}

/** A range after leaves were appended, with the nodes that became complete. */
export interface Growth {
  readonly range: CompactRange;
  /** Every subtree that was completed, leaves too, in the order in which they were. */
  readonly nodes: readonly TreeNode[];
}

/** The range of a tree without leaves. */
export const EMPTY_RANGE: CompactRange = Object.freeze({ size: 0, hashes: Object.freeze([]) });

/** SHA-256(0x00 || entry). Source: RFC 6962, section 2.1; RFC 9162, section 2.1.1. */
export function leafHash(entry: Uint8Array): Uint8Array {
  return sha256(concatBytes(LEAF_PREFIX, entry));
}

/** SHA-256(0x01 || left || right). Source: RFC 6962, section 2.1; RFC 9162, section 2.1.1. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(concatBytes(NODE_PREFIX, left, right));
}

/** MTH({}) = SHA-256(). Source: RFC 6962, section 2.1. */
export function emptyRoot(): Uint8Array {
  return sha256(new Uint8Array(0));
}

/** Whether two hashes are the same. Nothing compared here is secret, so time may tell. */
export function areSameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** Whether a value can be a number of leaves or an index: an integer in [0, 2^53). */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** @throws RangeError E_DOMAIN */
export function assertCount(field: string, value: number): void {
  if (!isCount(value)) throw new DomainError(field, value, "a whole number in [0, 2^53)");
}

/** The largest power of two below n, where the tree of n leaves is split; n >= 2. Math.log2 rounds up just below a power. */
export function splitPoint(n: number): number {
  let k = 1;
  while (2 * k < n) k *= 2;
  return k;
}

/**
 * The complete subtrees, the largest first, that make up MTH(D[start:end]).
 *
 * @param start  a multiple of the largest power of two <= end - start, as in every range of RFC 6962, section 2.1
 * @param end    > start
 */
export function nodesOfRange(start: number, end: number): NodeId[] {
  const nodes: NodeId[] = [];
  let from = start;
  while (from < end) {
    let level = 0;
    while (2 ** (level + 1) <= end - from) level++;
    nodes.push({ level, index: from / 2 ** level });
    from += 2 ** level;
  }
  return nodes;
}

/** MTH over a range from its complete subtrees, the largest first; at least one. */
export function foldRange(hashes: readonly Uint8Array[]): Uint8Array {
  return hashes.reduceRight((right, left) => nodeHash(left, right));
}

/** Appends leaf hashes: O(log n) state, about two hashes for each leaf. The range given stays as it was. @throws RangeError E_DOMAIN */
export function appendLeaves(range: CompactRange, leaves: readonly Uint8Array[]): Growth {
  assertCount("size", range.size + leaves.length);
  const hashes = [...range.hashes];
  const nodes: TreeNode[] = [];
  leaves.forEach((leaf, i) => {
    let node: TreeNode = { level: 0, index: range.size + i, hash: leaf };
    nodes.push(node);
    // An odd index is a right child: its left sibling is complete and the last of the range.
    while (node.index % 2 === 1) {
      const hash = nodeHash(hashes.pop() as Uint8Array, node.hash);
      node = { level: node.level + 1, index: (node.index - 1) / 2, hash };
      nodes.push(node);
    }
    hashes.push(node.hash);
  });
  return { range: Object.freeze({ size: range.size + leaves.length, hashes: Object.freeze(hashes) }), nodes };
}

/** Root of the tree that a compact range stands for. */
export function rangeRoot(range: CompactRange): Uint8Array {
  return range.size === 0 ? emptyRoot() : foldRange(range.hashes);
}

/** The compact range of the first `size` leaves, to go on appending from. @throws RangeError E_DOMAIN; ExpungeError from the reader */
export async function readRange(size: number, read: HashReader): Promise<CompactRange> {
  assertCount("size", size);
  const hashes = await readHashes(nodesOfRange(0, size), read);
  return Object.freeze({ size, hashes: Object.freeze(hashes) });
}

/** MTH(D[0:size]). @throws RangeError E_DOMAIN; ExpungeError from the reader */
export async function treeRoot(size: number, read: HashReader): Promise<Uint8Array> {
  return rangeRoot(await readRange(size, read));
}

/** Asks the reader and checks its answer's shape. */
export async function readHashes(nodes: readonly NodeId[], read: HashReader): Promise<Uint8Array[]> {
  if (nodes.length === 0) return [];
  const hashes = await read(nodes);
  const isWhole = hashes.length === nodes.length && hashes.every((hash) => hash?.length === HASH_BYTES);
  if (!isWhole)
    throw new ExpungeError(
      "E_LEDGER",
      `Expected ${nodes.length} hashes of ${HASH_BYTES} bytes from the hash reader.`,
    );
  return [...hashes];
}
