import { growTiles } from "../src/ledger/grow-tiles.js";

export { bitFlips, memoryReader, naiveRoot, sampleEntries, uniformReader } from "./trees.js";

/** Files of a log in memory; grows by `append`. */
export class MemoryFiles {
  readonly files = new Map<string, Uint8Array>();
  readonly reads: string[] = [];
  size = 0;

  readonly read = async (path: string): Promise<Uint8Array> => {
    this.reads.push(path);
    const bytes = this.files.get(path);
    if (bytes === undefined) throw new Error(`no file ${path}`);
    return bytes;
  };

  async append(entries: readonly Uint8Array[]): Promise<void> {
    for (const { path, bytes } of await growTiles(this.size, entries, this.read)) this.files.set(path, bytes);
    this.size += entries.length;
  }
}
