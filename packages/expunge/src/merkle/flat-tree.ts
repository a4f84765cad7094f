import { DomainError } from "../errors.js";
import { assertCount, emptyRoot, HASH_BYTES, isCount } from "./merkle-tree.js";
import { sha256Into } from "./sha256-into.js";

const LEAF = 0;
const NODE = 1;

/** Most leaves that one tree holds: about 8 GB of hashes. */
const MAX_LEAVES = 2 ** 27;

/**
 * The whole tree of a fixed list of entries, every level in one array: 64 bytes an entry, and a proof without hashing. `appendLeaves` is
 * for trees that grow.
 *
 * Source: RFC 6962, section 2.1. A level pairs neighbours; its last node, where it has none, goes up as it is.
 */
export class FlatTree {
  readonly size: number;
  /** Level 0 holds the leaf hashes. */
  private readonly levels: readonly Uint8Array[];
  /** The last level: the root's hash. */
  private readonly top: Uint8Array;

  /**
   * @param size    entries, in [0, 2^27]
   * @param entryAt bytes of an entry, looked at before the next is asked for; asked once for each, in order
   * @throws RangeError E_DOMAIN
   */
  constructor(size: number, entryAt: (index: number) => Uint8Array) {
    assertCount("size", size);
    if (size > MAX_LEAVES) throw new DomainError("size", size, `at most ${MAX_LEAVES}`);
    this.size = size;
    let level = leavesOf(size, entryAt);
    const levels = [level];
    while (level.length > HASH_BYTES) {
      level = levelAbove(level);
      levels.push(level);
    }
    this.levels = levels;
    this.top = level;
  }

  /** MTH of the entries. */
  get root(): Uint8Array {
    return this.size === 0 ? emptyRoot() : this.top.slice();
  }

  /** PATH(index): the leaf's sibling first. @throws RangeError E_DOMAIN */
  proofOf(index: number): Uint8Array[] {
    if (!isCount(index) || index >= this.size) throw new DomainError("index", index, `in [0, ${this.size})`);
    const path: Uint8Array[] = [];
    let place = index;
    for (const level of this.levels.slice(0, -1)) {
      const sibling = place % 2 === 0 ? place + 1 : place - 1;
      const at = sibling * HASH_BYTES;
      if (at < level.length) path.push(level.slice(at, at + HASH_BYTES));
      place = Math.floor(place / 2);
    }
    return path;
  }
}

function leavesOf(size: number, entryAt: (index: number) => Uint8Array): Uint8Array {
  const leaves = new Uint8Array(size * HASH_BYTES);
  let leaf = new Uint8Array(1 + HASH_BYTES);
  for (let i = 0; i < size; i++) {
    const entry = entryAt(i);
    if (leaf.length !== 1 + entry.length) leaf = new Uint8Array(1 + entry.length);
    leaf[0] = LEAF;
    leaf.set(entry, 1);
    sha256Into(leaf, leaves.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES));
  }
  return leaves;
}

function levelAbove(level: Uint8Array): Uint8Array {
  const count = level.length / HASH_BYTES;
  const above = new Uint8Array(Math.ceil(count / 2) * HASH_BYTES);
  // One buffer for all nodes: a level may have a million.
  const node = new Uint8Array(1 + 2 * HASH_BYTES);
  node[0] = NODE;
  for (let i = 0; i + 1 < count; i += 2) {
    node.set(level.subarray(i * HASH_BYTES, (i + 2) * HASH_BYTES), 1);
    sha256Into(node, above.subarray((i / 2) * HASH_BYTES));
  }
  if (count % 2 === 1) above.set(level.subarray((count - 1) * HASH_BYTES), above.length - HASH_BYTES);
  return above;
}
