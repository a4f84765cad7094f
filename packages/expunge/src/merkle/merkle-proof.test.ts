import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { elementAt } from "../../../../test/element-at.js";
import {
  REFERENCE_CONSISTENCY,
  REFERENCE_INCLUSION,
  REFERENCE_LEAVES,
  REFERENCE_ROOTS,
} from "../../testing/reference-tree.js";
import { bitFlips, memoryReader, naiveRoot, sampleEntries, uniformReader } from "../../testing/trees.js";
import {
  makeConsistencyProof,
  makeInclusionProof,
  verifyConsistency,
  verifyInclusion,
} from "./merkle-proof.js";
import { emptyRoot, leafHash, treeRoot } from "./merkle-tree.js";

const MOST = 40;
const entries = sampleEntries(MOST);
const read = memoryReader(entries);
const roots = [emptyRoot(), ...entries.map((_, i) => naiveRoot(entries.slice(0, i + 1)))];

/** PATH of RFC 6962, section 2.1.1, word by word. */
function naivePath(index: number, items: readonly Uint8Array[]): Uint8Array[] {
  if (items.length === 1) return [];
  const k = 2 ** Math.floor(Math.log2(items.length - 1));
  const [left, right] = [items.slice(0, k), items.slice(k)];
  return index < k
    ? [...naivePath(index, left), naiveRoot(right)]
    : [...naivePath(index - k, right), naiveRoot(left)];
}

/** SUBPROOF of RFC 6962, section 2.1.2, word by word. */
function naiveSubproof(m: number, items: readonly Uint8Array[], isWhole: boolean): Uint8Array[] {
  if (m === items.length) return isWhole ? [] : [naiveRoot(items)];
  const k = 2 ** Math.floor(Math.log2(items.length - 1));
  const [left, right] = [items.slice(0, k), items.slice(k)];
  return m <= k
    ? [...naiveSubproof(m, left, isWhole), naiveRoot(right)]
    : [...naiveSubproof(m - k, right, false), naiveRoot(left)];
}

describe("the reference tree", () => {
  const reference = REFERENCE_LEAVES.map((leaf) => hexToBytes(leaf));
  const rootAt = (size: number) => hexToBytes(elementAt(REFERENCE_ROOTS, size - 1));

  it.each(REFERENCE_INCLUSION)("has its proof that leaf %i is in %i", async (index, size, expected) => {
    const proof = await makeInclusionProof(index, size, memoryReader(reference));
    expect(proof.map(bytesToHex)).toEqual(expected);
    const claim = { index, size, leaf: leafHash(elementAt(reference, index)), root: rootAt(size) };
    expect(verifyInclusion(claim, proof)).toBe(true);
  });

  it.each(REFERENCE_CONSISTENCY)("has its proof from %i to %i", async (oldSize, newSize, expected) => {
    const proof = await makeConsistencyProof(oldSize, newSize, memoryReader(reference));
    expect(proof.map(bytesToHex)).toEqual(expected);
    const claim = { oldSize, oldRoot: rootAt(oldSize), newSize, newRoot: rootAt(newSize) };
    expect(verifyConsistency(claim, proof)).toBe(true);
  });
});

describe("an inclusion proof", () => {
  it("is that of the definition and verifies, for every leaf of every tree up to 40", async () => {
    for (let size = 1; size <= MOST; size++) {
      for (let index = 0; index < size; index++) {
        const proof = await makeInclusionProof(index, size, read);
        expect(proof).toEqual(naivePath(index, entries.slice(0, size)));
        const claim = {
          index,
          size,
          leaf: leafHash(elementAt(entries, index)),
          root: elementAt(roots, size),
        };
        expect(verifyInclusion(claim, proof)).toBe(true);
        const other = leafHash(elementAt(entries, (index + 1) % MOST));
        expect(verifyInclusion({ ...claim, leaf: other }, proof)).toBe(false);
        expect(verifyInclusion({ ...claim, index: (index + 1) % size }, proof)).toBe(size === 1);
        expect(verifyInclusion(claim, [...proof, elementAt(roots, 1)])).toBe(false);
        expect(verifyInclusion(claim, proof.slice(1))).toBe(proof.length === 0);
      }
    }
  });

  it("fails when any bit of proof, leaf or root is flipped", async () => {
    for (const [index, size] of [
      [0, 1],
      [5, 7],
      [6, 7],
      [16, 17],
      [21, 40],
    ] as const) {
      const proof = await makeInclusionProof(index, size, read);
      const claim = { index, size, leaf: leafHash(elementAt(entries, index)), root: elementAt(roots, size) };
      for (const [i, hash] of proof.entries())
        for (const flipped of bitFlips(hash))
          expect(verifyInclusion(claim, proof.with(i, flipped))).toBe(false);
      for (const leaf of bitFlips(claim.leaf)) expect(verifyInclusion({ ...claim, leaf }, proof)).toBe(false);
      for (const root of bitFlips(claim.root)) expect(verifyInclusion({ ...claim, root }, proof)).toBe(false);
    }
  });

  it("is no exception but a no where it is malformed", () => {
    const claim = { index: 0, size: 1, leaf: elementAt(roots, 1), root: elementAt(roots, 1) };
    expect(verifyInclusion(claim, [])).toBe(true);
    for (const index of [-1, 1, 0.5, Number.NaN, 2 ** 53])
      expect(verifyInclusion({ ...claim, index }, [])).toBe(false);
    for (const size of [0, -1, Number.POSITIVE_INFINITY])
      expect(verifyInclusion({ ...claim, size }, [])).toBe(false);
    expect(verifyInclusion({ ...claim, leaf: new Uint8Array(31), root: new Uint8Array(31) }, [])).toBe(false);
  });

  it("that ends below the root is refused, though it leads to the root claimed", () => {
    const claim = { index: 0, size: 4, leaf: leafHash(elementAt(entries, 0)), root: elementAt(roots, 2) };
    expect(verifyInclusion(claim, [leafHash(elementAt(entries, 1))])).toBe(false);
    expect(verifyInclusion({ ...claim, size: 2 }, [leafHash(elementAt(entries, 1))])).toBe(true);
  });

  it("is not made for a leaf that the tree has not", async () => {
    await expect(makeInclusionProof(3, 3, read)).rejects.toThrow("Expected index = 3 in [0, 3)");
    await expect(makeInclusionProof(0, 0, read)).rejects.toThrow(RangeError);
  });
});

describe("a consistency proof", () => {
  it("is that of the definition and verifies, between all pairs of sizes up to 40", async () => {
    for (let newSize = 0; newSize <= MOST; newSize++) {
      for (let oldSize = 0; oldSize <= newSize; oldSize++) {
        const proof = await makeConsistencyProof(oldSize, newSize, read);
        expect(proof).toEqual(oldSize === 0 ? [] : naiveSubproof(oldSize, entries.slice(0, newSize), true));
        const claim = {
          oldSize,
          oldRoot: elementAt(roots, oldSize),
          newSize,
          newRoot: elementAt(roots, newSize),
        };
        expect(verifyConsistency(claim, proof)).toBe(true);
        expect(verifyConsistency(claim, [...proof, elementAt(roots, 1)])).toBe(false);
        if (proof.length > 0) expect(verifyConsistency(claim, proof.slice(1))).toBe(false);
        if (proof.length > 0) expect(verifyConsistency(claim, proof.slice(0, -1))).toBe(false);
        expect(
          verifyConsistency({ ...claim, oldRoot: roots[oldSize + 1] ?? elementAt(roots, 0) }, proof),
        ).toBe(false);
      }
    }
  });

  it("cannot be had once an entry is changed, dropped, added or moved, at any place", async () => {
    const size = 13;
    const old = { oldSize: size, oldRoot: elementAt(roots, size) };
    for (let at = 0; at < size; at++) {
      const histories = [
        entries.with(at, Uint8Array.of(9, 9)),
        entries.toSpliced(at, 1),
        entries.toSpliced(at, 0, Uint8Array.of(9, 9)),
        entries.toSpliced(at, 1).toSpliced(at + 1, 0, elementAt(entries, at)),
      ];
      for (const history of histories) {
        const newSize = history.length - 2;
        const proof = await makeConsistencyProof(size, newSize, memoryReader(history));
        const newRoot = naiveRoot(history.slice(0, newSize));
        expect(verifyConsistency({ ...old, newSize, newRoot }, proof)).toBe(false);
      }
    }
  });

  it("fails when any bit of proof or roots is flipped", async () => {
    for (const [oldSize, newSize] of [
      [1, 2],
      [4, 7],
      [6, 7],
      [11, 40],
      [32, 33],
    ] as const) {
      const proof = await makeConsistencyProof(oldSize, newSize, read);
      const claim = {
        oldSize,
        oldRoot: elementAt(roots, oldSize),
        newSize,
        newRoot: elementAt(roots, newSize),
      };
      for (const [i, hash] of proof.entries())
        for (const flipped of bitFlips(hash))
          expect(verifyConsistency(claim, proof.with(i, flipped))).toBe(false);
      for (const root of bitFlips(claim.oldRoot))
        expect(verifyConsistency({ ...claim, oldRoot: root }, proof)).toBe(false);
      for (const root of bitFlips(claim.newRoot))
        expect(verifyConsistency({ ...claim, newRoot: root }, proof)).toBe(false);
    }
  });

  it("is no exception but a no where it is malformed", async () => {
    const claim = { oldSize: 3, oldRoot: elementAt(roots, 3), newSize: 5, newRoot: elementAt(roots, 5) };
    const proof = await makeConsistencyProof(3, 5, read);
    expect(verifyConsistency(claim, [])).toBe(false);
    for (const oldSize of [-1, 6, 2.5, Number.NaN])
      expect(verifyConsistency({ ...claim, oldSize }, proof)).toBe(false);
    expect(verifyConsistency({ ...claim, oldSize: 0 }, [])).toBe(false);
    expect(verifyConsistency({ ...claim, oldRoot: new Uint8Array(0) }, proof)).toBe(false);
  });

  it("that ends below the root is refused, though it leads to the roots claimed", async () => {
    const proof = await makeConsistencyProof(2, 4, read);
    const claim = { oldSize: 2, oldRoot: elementAt(roots, 2), newSize: 4, newRoot: elementAt(roots, 4) };
    expect(verifyConsistency(claim, proof)).toBe(true);
    expect(verifyConsistency({ ...claim, newSize: 8 }, proof)).toBe(false);
  });

  it("is not made towards a smaller tree", async () => {
    await expect(makeConsistencyProof(4, 3, read)).rejects.toThrow("Expected oldSize = 4 in [0, 3]");
  });
});

describe("trees beyond 32 bits", () => {
  it("verify inclusion and consistency at random sizes up to 2^53", async () => {
    const uniform = uniformReader();
    const leaf = leafHash(new Uint8Array(0));
    const size = fc.maxSafeNat().map((n) => n + 1);
    await fc.assert(
      fc.asyncProperty(size, size, fc.maxSafeNat(), async (a, b, seed) => {
        const [oldSize, newSize] = [Math.min(a, b), Math.min(Math.max(a, b), Number.MAX_SAFE_INTEGER)];
        const oldRoot = await treeRoot(oldSize, uniform);
        const newRoot = await treeRoot(newSize, uniform);
        const index = seed % newSize;
        const path = await makeInclusionProof(index, newSize, uniform);
        expect(verifyInclusion({ index, size: newSize, leaf, root: newRoot }, path)).toBe(true);
        const proof = await makeConsistencyProof(oldSize, newSize, uniform);
        expect(verifyConsistency({ oldSize, oldRoot, newSize, newRoot }, proof)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});
