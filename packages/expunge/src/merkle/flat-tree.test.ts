import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { elementAt } from "../../../../test/element-at.js";
import { memoryReader, naiveRoot, sampleEntries } from "../../testing/trees.js";
import { FlatTree } from "./flat-tree.js";
import { makeInclusionProof, verifyInclusion } from "./merkle-proof.js";
import { emptyRoot, leafHash } from "./merkle-tree.js";

describe("a tree of a fixed list", () => {
  it("has the root of the definition, and proofs that verify, at every size up to 70", async () => {
    for (let size = 1; size <= 70; size++) {
      const entries = sampleEntries(size);
      const tree = new FlatTree(size, (i) => elementAt(entries, i));
      expect(tree.root).toEqual(naiveRoot(entries));
      const read = memoryReader(entries);
      for (let index = 0; index < size; index++) {
        const path = tree.proofOf(index);
        expect(path).toEqual(await makeInclusionProof(index, size, read));
        expect(
          verifyInclusion({ index, size, leaf: leafHash(elementAt(entries, index)), root: tree.root }, path),
        ).toBe(true);
      }
    }
  });

  it("has the empty tree's root without entries, and no proofs beyond its own", () => {
    const empty = new FlatTree(0, () => new Uint8Array(0));
    expect(empty.root).toEqual(emptyRoot());
    expect(() => empty.proofOf(0)).toThrow(RangeError);
    expect(() => new FlatTree(1.5, () => new Uint8Array(0))).toThrow(RangeError);
    expect(() => new FlatTree(2 ** 28, () => new Uint8Array(0))).toThrow(RangeError);
  });

  it("agrees at random larger sizes", () => {
    fc.assert(
      fc.property(fc.integer({ min: 71, max: 3000 }), (size) => {
        const entries = sampleEntries(size);
        expect(new FlatTree(size, (i) => elementAt(entries, i)).root).toEqual(naiveRoot(entries));
      }),
      { numRuns: 10 },
    );
  });
});
