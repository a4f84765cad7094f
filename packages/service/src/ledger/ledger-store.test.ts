import {
  decodeEntry,
  encodeEntry,
  type LedgerEntry,
  leafHash,
  parseTilePath,
  tilePath,
  verifyConsistency,
  verifyInclusion,
} from "expunge/ledger";
import { describe, expect, it } from "vitest";
import { MemoryFiles, naiveRoot } from "../../../expunge/testing/ledgers.js";
import {
  DATABASES,
  emptyDatabase,
  entryOf,
  sampleEntries,
  storeCertificate,
} from "../../testing/databases.js";
import { certificates, ledgerEntries, ledgerNodes, ledgerStaged } from "../database/tables.js";
import { sequenceLedger } from "./ledger-sequencer.js";
import { appendToLedger, readLedger } from "./ledger-store.js";

describe.each(DATABASES)("the ledger in %s", (kind) => {
  const database = emptyDatabase(kind);
  const append = (entries: readonly LedgerEntry[]) =>
    database().transaction((transaction) => appendToLedger(transaction, entries));
  const ledger = () => readLedger(database().queries);

  it("gives out indexes in order, and its root is that of RFC 6962", async () => {
    expect(await ledger().size()).toBe(0);
    const entries: LedgerEntry[] = [];
    for (const count of [1, 0, 2, 5, 1, 8]) {
      const added = sampleEntries(count);
      expect(await append(added)).toEqual(added.map((_, i) => entries.length + i));
      entries.push(...added);
      const encoded = entries.map(encodeEntry);
      expect(await ledger().size()).toBe(entries.length);
      expect(await ledger().entries(0, entries.length)).toEqual(encoded);
      expect(await ledger().root(entries.length)).toEqual(naiveRoot(encoded));
    }
    expect((await ledger().entries(3, 5)).map(decodeEntry)).toEqual(entries.slice(3, 5));
  });

  it("gives every index once to many who append at once", async () => {
    const lots = Array.from({ length: 40 }, (_, i) => sampleEntries(1 + (i % 7)));
    const indexes = (await Promise.all(lots.map(append))).flat();
    const size = indexes.length;
    expect([...indexes].sort((a, b) => a - b)).toEqual(indexes.map((_, i) => i));
    const stored = await ledger().entries(0, size);
    const sent = lots.flat().map(encodeEntry);
    indexes.forEach((index, i) => {
      expect(stored[index]).toEqual(sent[i]);
    });
    expect(await ledger().root(size)).toEqual(naiveRoot(stored));
  });

  it("keeps no trace of an append that was rolled back", async () => {
    await append(sampleEntries(5));
    const rows = async () => [
      await database().queries.select().from(ledgerEntries),
      await database().queries.select().from(ledgerNodes),
    ];
    const before = await rows();
    const failing = database().transaction(async (transaction) => {
      expect(await appendToLedger(transaction, sampleEntries(9))).toHaveLength(9);
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    expect(await rows()).toEqual(before);
    expect(await append(sampleEntries(1))).toEqual([5]);
  });

  it("takes nothing but entries: no other field, and so no subject", async () => {
    const [entry] = sampleEntries(1) as [LedgerEntry];
    const subject = { ...entry, subject: "ann@example.com" } as unknown as LedgerEntry;
    await expect(append([entry, subject])).rejects.toMatchObject({ code: "E_LEDGER" });
    expect(await ledger().size()).toBe(0);
  });

  it("proves every entry at every size, and every size to be the beginning of a later one", async () => {
    const encoded = sampleEntries(13);
    await append(encoded);
    const leaves = encoded.map(encodeEntry);
    for (let size = 1; size <= 13; size++) {
      const root = naiveRoot(leaves.slice(0, size));
      for (let index = 0; index < size; index++) {
        const proof = await ledger().inclusionProof(index, size);
        const leaf = leafHash(leaves[index] as Uint8Array);
        expect(verifyInclusion({ index, size, leaf, root }, proof)).toBe(true);
      }
      const proof = await ledger().consistencyProof(size, 13);
      const claim = { oldSize: size, oldRoot: root, newSize: 13, newRoot: naiveRoot(leaves) };
      expect(verifyConsistency(claim, proof)).toBe(true);
    }
    await expect(ledger().inclusionProof(13, 13)).rejects.toThrow(RangeError);
    await expect(ledger().inclusionProof(3, 14)).rejects.toThrow(RangeError);
    await expect(ledger().consistencyProof(3, 14)).rejects.toThrow(RangeError);
    await expect(ledger().root(-1)).rejects.toThrow(RangeError);
  });

  it("serves the tiles that growTiles makes, and those only", async () => {
    const files = new MemoryFiles();
    for (const count of [1, 254, 1, 300, 220]) {
      const entries = sampleEntries(count);
      await append(entries);
      await files.append(entries.map(encodeEntry));
    }
    expect(files.files.size).toBeGreaterThan(15);
    for (const [path, bytes] of files.files) expect(await ledger().tile(path), path).toEqual(bytes);
    // 776 entries: three full tiles, one of 8, and a level above of 3.
    const wrong = [
      "tile/0/003",
      "tile/0/003.p/9",
      "tile/entries/003.p/9",
      "tile/0/004.p/1",
      "tile/1/000.p/4",
    ];
    const foreign = [
      "tile/2/000.p/1",
      "tile/0/3.p/8",
      "tile/entries/000.p/0",
      "checkpoint",
      "",
      "tile/0/000/",
    ];
    const far = tilePath({ level: "entries", index: Number.MAX_SAFE_INTEGER, width: 256 });
    expect(parseTilePath(far)).not.toBeNull();
    for (const path of [...wrong, ...foreign, far]) expect(await ledger().tile(path), path).toBeNull();
  });

  it("gives staged entries their places, and certificates theirs", async () => {
    const { id, envelope } = await storeCertificate(database());
    const staged = [...sampleEntries(2), entryOf(envelope), entryOf(envelope)];
    for (const [i, entry] of staged.entries())
      await database()
        .queries.insert(ledgerStaged)
        .values({ entry: encodeEntry(entry), certificateId: i < 2 ? null : id });
    const placed = await Promise.all([sequenceLedger(database()), sequenceLedger(database())]);
    expect(placed.reduce((sum, count) => sum + count)).toBe(4);
    expect(await ledger().entries(0, 4)).toEqual(staged.map(encodeEntry));
    expect(await database().queries.$count(ledgerStaged)).toBe(0);
    const [certificate] = await database().queries.select().from(certificates);
    expect(certificate?.ledgerIndex).toBe(2);
    expect(await sequenceLedger(database())).toBe(0);
  });

  it.runIf(kind === "postgres")("lets others read while somebody appends", async () => {
    await append(sampleEntries(3));
    await database().transaction(async (transaction) => {
      await appendToLedger(transaction, sampleEntries(4));
      expect(await ledger().size()).toBe(3);
      expect(await ledger().tile("tile/0/000.p/3")).not.toBeNull();
      expect(await ledger().tile("tile/0/000.p/4")).toBeNull();
    });
    expect(await ledger().size()).toBe(7);
  });
});
