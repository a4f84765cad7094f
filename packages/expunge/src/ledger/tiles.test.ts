import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MemoryFiles, memoryReader, naiveRoot, sampleEntries } from "../../testing/ledgers.js";
import { makeConsistencyProof, makeInclusionProof } from "../merkle/merkle-proof.js";
import {
  appendLeaves,
  EMPTY_RANGE,
  leafHash,
  rangeRoot,
  readRange,
  treeRoot,
} from "../merkle/merkle-tree.js";
import { decodeEntryBundle, encodeEntryBundle } from "./entry-bundle.js";
import { growTiles } from "./grow-tiles.js";
import {
  parseTilePath,
  placeOfNode,
  splitTile,
  tileHashReader,
  tilePath,
  tilesBetween,
  tilesOfTree,
} from "./tiles.js";

describe("a tile's path", () => {
  it("is that of the specification's example", () => {
    expect(tilePath({ level: 0, index: 1234067, width: 256 })).toBe("tile/0/x001/x234/067");
  });

  it.each([
    ["tile/0/000", { level: 0, index: 0, width: 256 }],
    ["tile/3/999.p/255", { level: 3, index: 999, width: 255 }],
    ["tile/63/x001/000.p/1", { level: 63, index: 1000, width: 1 }],
    ["tile/entries/x001/x234/067.p/8", { level: "entries", index: 1234067, width: 8 }],
    ["tile/1/x009/x007/x199/x254/x740/991", { level: 1, index: Number.MAX_SAFE_INTEGER, width: 256 }],
  ] as const)("%s is read and written", (path, tile) => {
    expect(tilePath(tile)).toBe(path);
    expect(parseTilePath(path)).toEqual(tile);
  });

  it("is the only one of its tile, for any tile", () => {
    const level = fc.oneof(fc.integer({ min: 0, max: 63 }), fc.constant("entries" as const));
    const width = fc.integer({ min: 1, max: 256 });
    fc.assert(
      fc.property(level, fc.maxSafeNat(), width, (level, index, width) => {
        expect(parseTilePath(tilePath({ level, index, width }))).toEqual({ level, index, width });
      }),
    );
  });

  it.each([
    "tile/64/000",
    "tile/00/000",
    "tile/-1/000",
    "tile/0/0",
    "tile/0/0000",
    "tile/0/x000/001",
    "tile/0/001/002",
    "tile/0/x001",
    "tile/0/000.p/0",
    "tile/0/000.p/256",
    "tile/0/000.p/01",
    "tile/0/000.p/",
    "tile/0/x999/x999/x999/x999/x999/999",
    "tile/data/000",
    "/tile/0/000",
    "tile/0/000/../../../etc",
    "tile/0/000\n",
  ])("%j is none", (path) => {
    expect(parseTilePath(path)).toBeNull();
  });

  it("is refused for numbers out of range", () => {
    expect(() => tilePath({ level: 64, index: 0, width: 1 })).toThrow(RangeError);
    expect(() => tilePath({ level: 0, index: -1, width: 1 })).toThrow(RangeError);
    expect(() => tilePath({ level: 0, index: 0, width: 257 })).toThrow("Expected width = 257 in [1, 256]");
  });
});

describe("the tiles of a tree", () => {
  it("of 70,000 leaves are those that the specification counts", () => {
    const tiles = [...tilesOfTree(70_000)];
    const count = (level: number, isFull: boolean) =>
      tiles.filter((tile) => tile.level === level && (tile.width === 256) === isFull);
    expect(count(0, true)).toHaveLength(273);
    expect(count(0, false)).toEqual([{ level: 0, index: 273, width: 112 }]);
    expect(count(1, true)).toHaveLength(1);
    expect(count(1, false)).toEqual([{ level: 1, index: 1, width: 17 }]);
    expect(count(2, false)).toEqual([{ level: 2, index: 0, width: 1 }]);
    expect(tiles).toHaveLength(277);
  });

  it("of 256 leaves are a full one and one of width 1 above; of none, none", () => {
    expect([...tilesOfTree(256)].map(tilePath)).toEqual(["tile/0/000", "tile/1/000.p/1"]);
    expect([...tilesOfTree(0)]).toEqual([]);
  });

  it("that change between two sizes are those that growing writes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(1200), fc.nat(700), async (size, added) => {
        const log = new MemoryFiles();
        const entries = sampleEntries(size + added);
        await log.append(entries.slice(0, size));
        const files = await growTiles(size, entries.slice(size), log.read);
        const tiles = files.map(({ path }) => path).filter((path) => !path.startsWith("tile/entries/"));
        expect(tiles).toEqual([...tilesBetween(size, size + added)].map(tilePath));
      }),
      { numRuns: 20 },
    );
  });
});

describe("growing", () => {
  it("in batches leaves files from which roots, ranges, proofs and entries are read", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 6 }),
        async (batches) => {
          const log = new MemoryFiles();
          const entries = sampleEntries(batches.reduce((sum, n) => sum + n, 0) + 1);
          for (const count of [1, ...batches]) await log.append(entries.slice(log.size, log.size + count));
          const { size } = log;
          const fromTiles = tileHashReader(size, log.read);
          const fromMemory = memoryReader(entries);
          expect(await treeRoot(size, fromTiles)).toEqual(naiveRoot(entries));
          expect(await readRange(size, fromTiles)).toEqual(await readRange(size, fromMemory));
          const index = Math.floor(size / 3);
          expect(await makeInclusionProof(index, size, fromTiles)).toEqual(
            await makeInclusionProof(index, size, fromMemory),
          );
          expect(await makeConsistencyProof(index + 1, size, fromTiles)).toEqual(
            await makeConsistencyProof(index + 1, size, fromMemory),
          );
          expect(await entriesOf(log)).toEqual(entries);
        },
      ),
      { numRuns: 20 },
    );
  });

  it("past two levels of full tiles keeps the root", async () => {
    const log = new MemoryFiles();
    const entries = sampleEntries(70_000);
    await log.append(entries.slice(0, 65_530));
    await log.append(entries.slice(65_530, 65_536));
    await log.append(entries.slice(65_536));
    const { range } = appendLeaves(EMPTY_RANGE, entries.map(leafHash));
    expect(await treeRoot(70_000, tileHashReader(70_000, log.read))).toEqual(rangeRoot(range));
    for (const tile of tilesOfTree(70_000)) expect(log.files.has(tilePath(tile))).toBe(true);
  });

  it("reads only partial tiles, and nothing when nothing is added", async () => {
    const log = new MemoryFiles();
    await log.append(sampleEntries(300));
    expect(log.reads).toEqual([]);
    await log.append([]);
    expect(log.reads).toEqual([]);
    await log.append(sampleEntries(1));
    expect(log.reads).toEqual(["tile/entries/001.p/44", "tile/0/001.p/44"]);
  });

  it("never writes a path twice with other bytes", async () => {
    const log = new MemoryFiles();
    const seen = new Map<string, string>();
    for (const entry of sampleEntries(600)) {
      for (const { path, bytes } of await growTiles(log.size, [entry], log.read)) {
        expect(seen.get(path) ?? bytes.join()).toBe(bytes.join());
        seen.set(path, bytes.join());
        log.files.set(path, bytes);
      }
      log.size++;
    }
  });
});

async function entriesOf(log: MemoryFiles): Promise<Uint8Array[]> {
  const bundles = [...tilesOfTree(log.size)].filter(({ level }) => level === 0);
  const entries = [];
  for (const tile of bundles) {
    const bundle = decodeEntryBundle(await log.read(tilePath({ ...tile, level: "entries" })), tile.width);
    expect(bundle.map(leafHash)).toEqual(splitTile(await log.read(tilePath(tile)), tile));
    entries.push(...bundle);
  }
  return entries;
}

describe("reading hashes from tiles", () => {
  it("fetches each tile once for a proof", async () => {
    const log = new MemoryFiles();
    await log.append(sampleEntries(700));
    log.reads.length = 0;
    await makeInclusionProof(600, 700, tileHashReader(700, log.read));
    expect(log.reads.toSorted()).toEqual(["tile/0/002.p/188", "tile/1/000.p/2"]);
  });

  it("takes a full tile where the partial one is gone", async () => {
    const log = new MemoryFiles();
    const entries = sampleEntries(256);
    await log.append(entries);
    const full = log.files.get("tile/0/000") as Uint8Array;
    expect(
      await treeRoot(
        100,
        tileHashReader(100, async () => full),
      ),
    ).toEqual(naiveRoot(entries.slice(0, 100)));
  });

  it("refuses a tile of another length and a node that the tree has not", async () => {
    const short = tileHashReader(100, async () => new Uint8Array(99 * 32));
    await expect(treeRoot(100, short)).rejects.toThrow(
      "Expected tile/0/000.p/100 of 3200 bytes, found 3168.",
    );
    expect(() => placeOfNode({ level: 2, index: 25 }, 100)).toThrow("complete at 100 leaves");
    expect(placeOfNode({ level: 10, index: 3 }, 70_000)).toEqual({
      tile: { level: 1, index: 0, width: 256 },
      offset: 12,
      count: 4,
    });
  });
});

describe("an entry bundle", () => {
  it("gives its entries back, empty and large ones too", () => {
    const entries = [new Uint8Array(0), new Uint8Array(65_535).fill(7), Uint8Array.of(1, 2)];
    const bytes = encodeEntryBundle(entries);
    expect([...bytes.slice(0, 4)]).toEqual([0, 0, 255, 255]);
    expect(decodeEntryBundle(bytes, 3)).toEqual(entries);
    const full = sampleEntries(256);
    expect(decodeEntryBundle(encodeEntryBundle(full), 3)).toEqual(full.slice(0, 3));
  });

  it("refuses what does not fit", () => {
    expect(() => encodeEntryBundle([])).toThrow(RangeError);
    expect(() => encodeEntryBundle(sampleEntries(257))).toThrow(RangeError);
    expect(() => encodeEntryBundle([new Uint8Array(65_536)])).toThrow("Expected entry length = 65536");
    expect(() => decodeEntryBundle(Uint8Array.of(0, 2, 1), 1)).toThrow("to end within 3 bytes");
    expect(() => decodeEntryBundle(Uint8Array.of(0), 1)).toThrow("to end within 1 bytes");
    expect(() => decodeEntryBundle(Uint8Array.of(0, 0, 0, 0), 1)).toThrow("Expected a bundle of 1 entries");
  });
});
