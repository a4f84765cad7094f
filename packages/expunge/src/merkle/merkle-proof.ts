import { DomainError } from "../errors.js";
import {
  areSameBytes,
  assertCount,
  emptyRoot,
  foldRange,
  HASH_BYTES,
  type HashReader,
  isCount,
  nodeHash,
  nodesOfRange,
  readHashes,
  splitPoint,
} from "./merkle-tree.js";

/** Leaves [start, end), whose tree hash is one element of a proof. */
type Range = readonly [start: number, end: number];

/** That a leaf hash (32 bytes) stands at an index, from 0, of the tree of a size and root hash. */
export interface InclusionClaim {
  readonly index: number;
  readonly size: number;
  readonly leaf: Uint8Array;
  readonly root: Uint8Array;
}

/** That the tree of the old size and root hash is the beginning of the new one. */
export interface ConsistencyClaim {
  readonly oldSize: number;
  readonly oldRoot: Uint8Array;
  readonly newSize: number;
  readonly newRoot: Uint8Array;
}

/**
 * PATH(index, D[0:size]): the hashes that lead from a leaf to the root, the leaf's sibling first.
 *
 * Source: RFC 6962, section 2.1.1; RFC 9162, section 2.1.3.1.
 *
 * @param index  in [0, size)
 * @returns at most ceil(log2(size)) hashes
 * @throws RangeError E_DOMAIN; ExpungeError from the reader
 */
export async function makeInclusionProof(
  index: number,
  size: number,
  read: HashReader,
): Promise<Uint8Array[]> {
  assertCount("size", size);
  if (!isCount(index) || index >= size) throw new DomainError("index", index, `in [0, ${size})`);
  return hashesOfRanges(pathRanges(index, 0, size), read);
}

/**
 * PROOF(oldSize, D[0:newSize]): the hashes that show the first `oldSize` leaves of the new tree to be the old tree.
 *
 * Source: RFC 6962, section 2.1.2; RFC 9162, section 2.1.4.1. From the empty tree, and from a tree to itself, the proof is empty.
 *
 * @param oldSize  in [0, newSize]
 * @throws RangeError E_DOMAIN; ExpungeError from the reader
 */
export async function makeConsistencyProof(
  oldSize: number,
  newSize: number,
  read: HashReader,
): Promise<Uint8Array[]> {
  assertCount("newSize", newSize);
  if (!isCount(oldSize) || oldSize > newSize) throw new DomainError("oldSize", oldSize, `in [0, ${newSize}]`);
  if (oldSize === 0) return [];
  return hashesOfRanges(subproofRanges(oldSize, 0, newSize, true), read);
}

function pathRanges(index: number, start: number, end: number): Range[] {
  if (end - start === 1) return [];
  const middle = start + splitPoint(end - start);
  return index < middle
    ? [...pathRanges(index, start, middle), [middle, end]]
    : [...pathRanges(index, middle, end), [start, middle]];
}

/** SUBPROOF of RFC 6962: `isOldRoot` while the left edge is that of the whole tree, whose root the verifier already has. */
function subproofRanges(oldEnd: number, start: number, end: number, isOldRoot: boolean): Range[] {
  if (oldEnd === end) return isOldRoot ? [] : [[start, end]];
  const middle = start + splitPoint(end - start);
  return oldEnd <= middle
    ? [...subproofRanges(oldEnd, start, middle, isOldRoot), [middle, end]]
    : [...subproofRanges(oldEnd, middle, end, false), [start, middle]];
}

async function hashesOfRanges(ranges: readonly Range[], read: HashReader): Promise<Uint8Array[]> {
  const groups = ranges.map(([start, end]) => nodesOfRange(start, end));
  const hashes = await readHashes(groups.flat(), read);
  let used = 0;
  return groups.map(({ length }) => foldRange(hashes.slice(used, (used += length))));
}

/**
 * Whether a leaf stands at an index of the tree with this root; anything malformed is a no.
 *
 * Source: RFC 9162, section 2.1.3.2.
 */
export function verifyInclusion(claim: InclusionClaim, proof: readonly Uint8Array[]): boolean {
  const { index, size, leaf, root } = claim;
  if (!isCount(index) || !isCount(size) || index >= size) return false;
  if (![leaf, root, ...proof].every(isHash)) return false;
  const path = new PathWalk(index, size - 1);
  let hash = leaf;
  for (const sibling of proof) {
    const side = path.step();
    if (side === null) return false;
    hash = side === "left" ? nodeHash(sibling, hash) : nodeHash(hash, sibling);
  }
  return path.isAtRoot && areSameBytes(hash, root);
}

/**
 * Whether the tree of the new root begins with that of the old one; anything malformed is a no.
 *
 * Source: RFC 9162, section 2.1.4.2, which leaves out the empty tree: every tree begins with it, by an empty proof.
 */
export function verifyConsistency(claim: ConsistencyClaim, proof: readonly Uint8Array[]): boolean {
  const { oldSize, oldRoot, newSize, newRoot } = claim;
  if (!isCount(oldSize) || !isCount(newSize) || oldSize > newSize) return false;
  if (![oldRoot, newRoot, ...proof].every(isHash)) return false;
  if (oldSize === newSize) return proof.length === 0 && areSameBytes(oldRoot, newRoot);
  if (oldSize === 0) return proof.length === 0 && areSameBytes(oldRoot, emptyRoot());
  return leadsToBothRoots(claim, proof);
}

function leadsToBothRoots(claim: ConsistencyClaim, proof: readonly Uint8Array[]): boolean {
  const path = new PathWalk(claim.oldSize - 1, claim.newSize - 1);
  path.skipRightEdges();
  // An old tree of 2^k leaves is a node of the new one, and its root the starting point; otherwise the proof brings it.
  const [start, ...rest] = path.isAtLeftEdge ? [claim.oldRoot, ...proof] : proof;
  if (start === undefined) return false;
  let oldHash = start;
  let newHash = start;
  for (const sibling of rest) {
    const side = path.step();
    if (side === null) return false;
    if (side === "left") oldHash = nodeHash(sibling, oldHash);
    newHash = side === "left" ? nodeHash(sibling, newHash) : nodeHash(newHash, sibling);
  }
  return path.isAtRoot && areSameBytes(oldHash, claim.oldRoot) && areSameBytes(newHash, claim.newRoot);
}

function isHash(value: unknown): boolean {
  return value instanceof Uint8Array && value.length === HASH_BYTES;
}

/** The way from a node to the root, RFC 9162's fn and sn. Halved by division: the shifts of JavaScript hold 32 bits only. */
class PathWalk {
  #node: number;
  #last: number;

  constructor(node: number, last: number) {
    this.#node = node;
    this.#last = last;
  }

  get isAtRoot(): boolean {
    return this.#last === 0;
  }

  get isAtLeftEdge(): boolean {
    return this.#node === 0;
  }

  /** Climbs while the node is a right child: what it completes lies wholly in both trees. */
  skipRightEdges(): void {
    while (this.#node % 2 === 1) this.#climb();
  }

  /** On which side the next sibling stands, climbing past it; null when there is no way up. */
  step(): "left" | "right" | null {
    if (this.#last === 0) return null;
    const isLeftSibling = this.#node % 2 === 1 || this.#node === this.#last;
    // The last node of its level may have no sibling there; it stands for itself on the levels above until it has one.
    if (isLeftSibling) while (this.#node % 2 === 0 && this.#node !== 0) this.#climb();
    this.#climb();
    return isLeftSibling ? "left" : "right";
  }

  #climb(): void {
    this.#node = Math.floor(this.#node / 2);
    this.#last = Math.floor(this.#last / 2);
  }
}
