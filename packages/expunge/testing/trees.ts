import { elementAt } from "../../../test/element-at.js";
import { appendLeaves, EMPTY_RANGE, type HashReader, leafHash, nodeHash } from "../src/merkle/merkle-tree.js";

/** MTH as RFC 6962, section 2.1, writes it down; leaves are entries. */
export function naiveRoot(entries: readonly Uint8Array[]): Uint8Array {
  const [first, ...others] = entries;
  if (first && others.length === 0) return leafHash(first);
  const k = 2 ** Math.floor(Math.log2(entries.length - 1));
  return nodeHash(naiveRoot(entries.slice(0, k)), naiveRoot(entries.slice(k)));
}

/** Different entries of 0 to 3 bytes and more. */
export function sampleEntries(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => new TextEncoder().encode(i === 0 ? "" : i.toString(7)));
}

/** All nodes of a tree in a Map. */
export function memoryReader(entries: readonly Uint8Array[]): HashReader {
  const { nodes } = appendLeaves(EMPTY_RANGE, entries.map(leafHash));
  const hashes = new Map(nodes.map(({ level, index, hash }) => [`${level}/${index}`, hash]));
  return async (ids) => ids.map(({ level, index }) => hashes.get(`${level}/${index}`) as Uint8Array);
}

/** A tree of any size whose entries are all empty, so that all subtrees of a level hash alike. */
export function uniformReader(): HashReader {
  let hash = leafHash(new Uint8Array(0));
  const hashes = [hash];
  for (let level = 0; level < 53; level++) {
    hash = nodeHash(hash, hash);
    hashes.push(hash);
  }
  return async (ids) => ids.map(({ level }) => elementAt(hashes, level));
}

/** Every copy of bytes with one bit flipped. */
export function* bitFlips(bytes: Uint8Array): Generator<Uint8Array, void> {
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    const copy = Uint8Array.from(bytes);
    copy[bit >> 3]! ^= 1 << (bit & 7);
    yield copy;
  }
}
