import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { REFERENCE_LEAVES, REFERENCE_ROOTS } from "../../testing/reference-tree.js";
import { memoryReader, naiveRoot, sampleEntries, uniformReader } from "../../testing/trees.js";
import {
  appendLeaves,
  EMPTY_RANGE,
  emptyRoot,
  leafHash,
  nodesOfRange,
  rangeRoot,
  readRange,
  splitPoint,
  treeRoot,
} from "./merkle-tree.js";

describe("the reference tree of certificate-transparency", () => {
  it.each(REFERENCE_ROOTS.map((root, i) => [i + 1, root] as const))(
    "has its root at size %i",
    (size, root) => {
      const leaves = REFERENCE_LEAVES.slice(0, size).map((leaf) => leafHash(hexToBytes(leaf)));
      expect(bytesToHex(rangeRoot(appendLeaves(EMPTY_RANGE, leaves).range))).toBe(root);
    },
  );

  it("has the root SHA-256() while empty", () => {
    const root = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    expect(bytesToHex(emptyRoot())).toBe(root);
    expect(bytesToHex(rangeRoot(EMPTY_RANGE))).toBe(root);
  });
});

describe("appending", () => {
  const entries = sampleEntries(70);
  const read = memoryReader(entries);

  it("one by one gives the root of the definition at every size up to 70", async () => {
    let range = EMPTY_RANGE;
    for (const [i, entry] of entries.entries()) {
      range = appendLeaves(range, [leafHash(entry)]).range;
      const expected = naiveRoot(entries.slice(0, i + 1));
      expect(rangeRoot(range)).toEqual(expected);
      expect(await treeRoot(i + 1, read)).toEqual(expected);
      expect(await readRange(i + 1, read)).toEqual(range);
    }
  });

  it("in batches of any sizes gives the same range and nodes", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 90 }), { maxLength: 8 }), (batches) => {
        const leaves = sampleEntries(batches.reduce((sum, n) => sum + n, 0)).map(leafHash);
        const nodes = [];
        let range = EMPTY_RANGE;
        for (const count of batches) {
          const growth = appendLeaves(range, leaves.slice(range.size, range.size + count));
          nodes.push(...growth.nodes);
          range = growth.range;
        }
        expect({ range, nodes }).toEqual(appendLeaves(EMPTY_RANGE, leaves));
      }),
      { numRuns: 30 },
    );
  });

  it("gives the root of the definition at random larger sizes", () => {
    fc.assert(
      fc.property(fc.integer({ min: 71, max: 3000 }), (size) => {
        const many = sampleEntries(size);
        expect(rangeRoot(appendLeaves(EMPTY_RANGE, many.map(leafHash)).range)).toEqual(naiveRoot(many));
      }),
      { numRuns: 10 },
    );
  });

  it("completes each node once: 2n - (bits set in n) of them", () => {
    const { nodes, range } = appendLeaves(EMPTY_RANGE, entries.map(leafHash));
    expect(new Set(nodes.map(({ level, index }) => `${level}/${index}`)).size).toBe(nodes.length);
    expect(nodes.length).toBe(2 * 70 - range.hashes.length);
  });

  it("refuses a size beyond 2^53", () => {
    const full = { size: Number.MAX_SAFE_INTEGER, hashes: [] };
    expect(() => appendLeaves(full, [emptyRoot()])).toThrow(RangeError);
  });
});

describe("a range of leaves", () => {
  it("splits at the largest power of two below, next to powers up to 2^53 too", () => {
    for (let level = 1; level < 53; level++) {
      expect(splitPoint(2 ** level + 1)).toBe(2 ** level);
      expect(splitPoint(2 ** level)).toBe(2 ** (level - 1));
      if (level > 1) expect(splitPoint(2 ** level - 1)).toBe(2 ** (level - 1));
    }
  });

  it("is made of one subtree for each bit, at 2^53 - 1 too", () => {
    expect(nodesOfRange(0, 13)).toEqual([
      { level: 3, index: 0 },
      { level: 2, index: 2 },
      { level: 0, index: 12 },
    ]);
    expect(nodesOfRange(0, Number.MAX_SAFE_INTEGER)).toHaveLength(53);
  });

  it("is read in one go", async () => {
    let calls = 0;
    const uniform = uniformReader();
    await treeRoot(2 ** 52 + 77, (nodes) => {
      calls++;
      return uniform(nodes);
    });
    expect(calls).toBe(1);
  });

  it("is refused from a reader that answers with too few or malformed hashes", async () => {
    await expect(treeRoot(3, async () => [emptyRoot()])).rejects.toThrow("Expected 2 hashes");
    await expect(treeRoot(1, async () => [new Uint8Array(31)])).rejects.toThrow("Expected 1 hashes");
    await expect(treeRoot(1.5, async () => [])).rejects.toThrow(RangeError);
  });
});
