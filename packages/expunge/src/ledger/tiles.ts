import { DomainError } from "../errors.js";
import { assertCount, HASH_BYTES, type HashReader, type NodeId, nodeHash } from "../merkle/merkle-tree.js";
import { ledgerError } from "./ledger-error.js";

/* Source: C2SP tlog-tiles, sections "Merkle Tree" and "Partial Tiles". */

/** Levels of the tree that one tile spans. */
export const TILE_HEIGHT = 8;
/** Hashes, or entries, of a full tile. */
export const TILE_WIDTH = 2 ** TILE_HEIGHT;

/** A run of hashes of one height, or of entries. */
export interface Tile {
  /** 0 to 63, its hashes those of 256^level leaves each; or "entries": a bundle of the entries themselves. */
  readonly level: number | "entries";
  readonly index: number;
  /** 1 to 256; less than 256 is a partial tile. */
  readonly width: number;
}

/** Reads a tile by its path. A log may have dropped a partial tile: then the full one of the same index may be given in its place. */
export type TileReader = (path: string) => Promise<Uint8Array>;

/** `tile/<L>/<N>[.p/<W>]`, N in groups of three digits: 1234067 is x001/x234/067. @throws RangeError E_DOMAIN */
export function tilePath({ level, index, width }: Tile): string {
  const isLevel = level === "entries" || (Number.isInteger(level) && level >= 0 && level <= 63);
  if (!isLevel) throw new DomainError("level", level, 'in [0, 63] or "entries"');
  if (!Number.isInteger(width) || width < 1 || width > TILE_WIDTH)
    throw new DomainError("width", width, `in [1, ${TILE_WIDTH}]`);
  return `tile/${level}/${indexPath(index)}${width === TILE_WIDTH ? "" : `.p/${width}`}`;
}

function indexPath(index: number): string {
  assertCount("index", index);
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, "0").match(/\d{3}/g) as string[];
  return groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join("/");
}

/** The tile of a path, or null where it is none; every tile has one path only. */
export function parseTilePath(path: string): Tile | null {
  const match = /^tile\/(entries|\d{1,2})\/((?:x\d{3}\/){0,5}\d{3})(?:\.p\/(\d{1,3}))?$/.exec(path);
  const [, level, index, width] = match ?? [];
  if (index === undefined) return null;
  const tile: Tile = {
    level: level === "entries" ? "entries" : Number(level),
    index: Number(index.replaceAll(/[x/]/g, "")),
    width: width === undefined ? TILE_WIDTH : Number(width),
  };
  try {
    return tilePath(tile) === path ? tile : null;
  } catch {
    return null;
  }
}

/** How many hashes a level of tiles holds in a tree of `size` leaves: floor(size / 256^level). */
export function hashCount(level: number | "entries", size: number): number {
  return level === "entries" ? size : Math.floor(size / TILE_WIDTH ** level);
}

/** Width of a tile in a tree of `size` leaves; 0 where there is none. */
export function tileWidth(level: number | "entries", index: number, size: number): number {
  return Math.min(TILE_WIDTH, Math.max(0, hashCount(level, size) - TILE_WIDTH * index));
}

/** Tiles that a tree has once it has grown from one size to another, but had not, or narrower, before; level by level. */
export function* tilesBetween(oldSize: number, newSize: number): Generator<Tile, void> {
  assertCount("oldSize", oldSize);
  assertCount("newSize", newSize);
  for (let level = 0; hashCount(level, newSize) > 0; level++) yield* grownTiles(level, oldSize, newSize);
}

/** All tiles of a tree of `size` leaves; its entry bundles are those of level 0. */
export function tilesOfTree(size: number): Generator<Tile, void> {
  return tilesBetween(0, size);
}

function* grownTiles(level: number, oldSize: number, newSize: number): Generator<Tile, void> {
  const before = hashCount(level, oldSize);
  const after = hashCount(level, newSize);
  if (before >= after) return;
  for (let index = Math.floor(before / TILE_WIDTH); index * TILE_WIDTH < after; index++)
    yield { level, index, width: tileWidth(level, index, newSize) };
}

/** Where the hash of a node lies: it is the root over `count` hashes of a tile, from `offset` on. */
export interface NodePlace {
  readonly tile: Tile;
  readonly offset: number;
  readonly count: number;
}

/** The tile that holds a node in a tree of `size` leaves. @throws RangeError E_DOMAIN for a node that such a tree has not */
export function placeOfNode(node: NodeId, size: number): NodePlace {
  const level = Math.floor(node.level / TILE_HEIGHT);
  const count = 2 ** (node.level % TILE_HEIGHT);
  const first = node.index * count;
  const index = Math.floor(first / TILE_WIDTH);
  const offset = first % TILE_WIDTH;
  const width = tileWidth(level, index, size);
  if (offset + count > width)
    throw new DomainError("node", `${node.level}/${node.index}`, `complete at ${size} leaves`);
  return { tile: { level, index, width }, offset, count };
}

/** The hashes of a tile; of a full one given for a partial one, the first. @throws ExpungeError E_LEDGER */
export function splitTile(bytes: Uint8Array, { level, index, width }: Tile): Uint8Array[] {
  const isWhole = bytes.length === width * HASH_BYTES || bytes.length === TILE_WIDTH * HASH_BYTES;
  if (!isWhole) {
    const path = tilePath({ level, index, width });
    throw ledgerError(`Expected ${path} of ${width * HASH_BYTES} bytes, found ${bytes.length}.`, { path });
  }
  return Array.from({ length: width }, (_, i) => bytes.slice(i * HASH_BYTES, (i + 1) * HASH_BYTES));
}

/** Root over a power of two of hashes. */
export function rootOfComplete(hashes: readonly Uint8Array[]): Uint8Array {
  const [first, second] = hashes;
  if (first === undefined || second === undefined) return first as Uint8Array;
  const half = hashes.length / 2;
  return nodeHash(rootOfComplete(hashes.slice(0, half)), rootOfComplete(hashes.slice(half)));
}

/**
 * Hashes of a tree of `size` leaves out of its tiles, each fetched once and all together. The tiles are taken at their word: a proof
 * made of false ones fails against the checkpoint's root.
 *
 * @throws ExpungeError E_LEDGER for a tile of the wrong length; whatever `readTile` throws
 */
export function tileHashReader(size: number, readTile: TileReader): HashReader {
  assertCount("size", size);
  return async (nodes) => {
    const places = nodes.map((node) => placeOfNode(node, size));
    const tiles = new Map(places.map(({ tile }) => [tilePath(tile), tile]));
    const contents = new Map(
      await Promise.all(
        [...tiles].map(async ([path, tile]) => [path, splitTile(await readTile(path), tile)] as const),
      ),
    );
    return places.map(({ tile, offset, count }) => {
      const hashes = contents.get(tilePath(tile)) as Uint8Array[];
      return rootOfComplete(hashes.slice(offset, offset + count));
    });
  };
}
