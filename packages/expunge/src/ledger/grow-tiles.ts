import { concatBytes } from "@noble/hashes/utils.js";
import { assertCount, leafHash } from "../merkle/merkle-tree.js";
import { decodeEntryBundle, encodeEntryBundle } from "./entry-bundle.js";
import {
  hashCount,
  rootOfComplete,
  splitTile,
  TILE_WIDTH,
  type Tile,
  type TileReader,
  tilePath,
} from "./tiles.js";

/** A tile as the log serves it: its path (C2SP tlog-tiles) and its bytes. */
export interface TileFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

interface Row {
  readonly index: number;
  readonly items: readonly Uint8Array[];
}

/**
 * The files, tiles and entry bundles, that change when entries are appended to a tree. Nothing of them is ever overwritten: a partial
 * tile of the new width is a new file. The checkpoint goes last, once all of these are stored.
 *
 * Cost: reads one partial tile a level and one partial bundle; about two hashes an entry.
 *
 * @param size     leaves of the tree so far
 * @param readTile gives the partial tiles of the tree so far
 * @throws RangeError E_DOMAIN; ExpungeError E_LEDGER for a tile that is not whole
 */
export async function growTiles(
  size: number,
  entries: readonly Uint8Array[],
  readTile: TileReader,
): Promise<TileFile[]> {
  assertCount("size", size + entries.length);
  if (entries.length === 0) return [];
  const bundles = chunks(await oldBundle(size, readTile), size, entries).map(({ index, items }) => ({
    path: tilePath({ level: "entries", index, width: items.length }),
    bytes: encodeEntryBundle(items),
  }));
  return [...bundles, ...(await growHashes(size, entries.map(leafHash), readTile))];
}

async function growHashes(
  size: number,
  leaves: readonly Uint8Array[],
  readTile: TileReader,
): Promise<TileFile[]> {
  const files: TileFile[] = [];
  let added = leaves;
  for (let level = 0; added.length > 0; level++) {
    const rows = chunks(await oldHashes(level, size, readTile), hashCount(level, size), added);
    for (const { index, items } of rows)
      files.push({ path: tilePath({ level, index, width: items.length }), bytes: concatBytes(...items) });
    added = rows.filter(({ items }) => items.length === TILE_WIDTH).map(({ items }) => rootOfComplete(items));
  }
  return files;
}

/** Old and new items in tiles, from the tile on that was partial; `count` is how many there were in all. */
function chunks(old: readonly Uint8Array[], count: number, added: readonly Uint8Array[]): Row[] {
  const items = [...old, ...added];
  const first = (count - old.length) / TILE_WIDTH;
  return Array.from({ length: Math.ceil(items.length / TILE_WIDTH) }, (_, i) => ({
    index: first + i,
    items: items.slice(i * TILE_WIDTH, (i + 1) * TILE_WIDTH),
  }));
}

function partialTile(level: number | "entries", size: number): Tile | null {
  const count = hashCount(level, size);
  const width = count % TILE_WIDTH;
  return width === 0 ? null : { level, index: (count - width) / TILE_WIDTH, width };
}

async function oldHashes(level: number, size: number, readTile: TileReader): Promise<Uint8Array[]> {
  const tile = partialTile(level, size);
  return tile === null ? [] : splitTile(await readTile(tilePath(tile)), tile);
}

async function oldBundle(size: number, readTile: TileReader): Promise<Uint8Array[]> {
  const tile = partialTile("entries", size);
  return tile === null ? [] : decodeEntryBundle(await readTile(tilePath(tile)), tile.width);
}
