import { and, eq } from "drizzle-orm";
import { createSigner, type Envelope } from "expunge";
import {
  createNoteSigner,
  encodeEntry,
  formatVerifierKey,
  type LedgerEntry,
  openCheckpoint,
  parseTlogProof,
  signCheckpoint,
  verifyLedger,
} from "expunge/ledger";
import { beforeEach, describe, expect, it } from "vitest";
import { toBase64 } from "../../../expunge/src/records/bytes.js";
import { naiveRoot } from "../../../expunge/testing/ledgers.js";
import {
  DATABASES,
  emptyDatabase,
  entryOf,
  sampleEntries,
  sampleEnvelope,
  storeCertificate,
} from "../../testing/databases.js";
import { certificates, ledgerCheckpoints, ledgerEntries, ledgerNodes } from "../database/tables.js";
import { checkLedger } from "./ledger-check.js";
import { latestCheckpoint, publishCheckpoint, readTlogProof } from "./ledger-checkpoints.js";
import { appendToLedger, readLedger } from "./ledger-store.js";

const ORIGIN = "ledger.example/expunge";
const keyOf = (byte: number) => createNoteSigner(ORIGIN, createSigner(new Uint8Array(32).fill(byte)));
const log = keyOf(9);

describe.each(DATABASES)("checkpoints in %s", (kind) => {
  const database = emptyDatabase(kind);
  const append = (entries: readonly LedgerEntry[]) =>
    database().transaction((transaction) => appendToLedger(transaction, entries));
  const queries = () => database().queries;
  const proofOf = async (index: number) => (await readTlogProof(queries(), index)) as string;

  /** What a verifier says who got the proof's file. */
  async function verifyOffline(envelope: Envelope, index: number, earlier?: string) {
    const { entry, hashes, checkpoint } = parseTlogProof(await proofOf(index));
    const { size } = openCheckpoint(checkpoint, log);
    const oldSize = earlier === undefined ? 0 : openCheckpoint(earlier, log).size;
    const consistency = await readLedger(queries()).consistencyProof(oldSize, size);
    return verifyLedger({
      envelope,
      entry: new TextDecoder().decode(entry),
      proof: { index, size, hashes: hashes.map(toBase64) },
      checkpoint,
      verifierKey: formatVerifierKey(log),
      ...(earlier ? { earlier: { checkpoint: earlier, consistencyProof: consistency.map(toBase64) } } : {}),
    });
  }

  it("are signed once for each size, over the root of RFC 6962", async () => {
    expect(await latestCheckpoint(queries())).toBeNull();
    const entries: LedgerEntry[] = [];
    for (const count of [0, 1, 6, 20]) {
      const added = sampleEntries(count);
      entries.push(...added);
      await append(added);
      const both = await Promise.all([
        publishCheckpoint(database(), log),
        publishCheckpoint(database(), log),
      ]);
      expect(both[0]).toEqual(both[1]);
      expect(await latestCheckpoint(queries())).toEqual(both[0]);
      const { size, root } = openCheckpoint(both[0].note, log);
      expect(size).toBe(entries.length);
      if (size > 0) expect(root).toEqual(naiveRoot(entries.map(encodeEntry)));
    }
    expect(await queries().$count(ledgerCheckpoints)).toBe(4);
    expect(await checkLedger(queries(), [log])).toEqual({ ok: true, issues: [], size: 27 });
  });

  it("prove a certificate, and every earlier checkpoint to be a beginning", async () => {
    const envelope = sampleEnvelope("one");
    await append([...sampleEntries(2), entryOf(envelope)]);
    expect(await readTlogProof(queries(), 2)).toBeNull();
    const notes = [(await publishCheckpoint(database(), log)).note];
    for (const count of [1, 4, 9]) {
      await append(sampleEntries(count));
      expect((await verifyOffline(envelope, 2)).checkpoint?.size).toBeLessThan(
        await readLedger(queries()).size(),
      );
      notes.push((await publishCheckpoint(database(), log)).note);
      for (const earlier of notes)
        expect(await verifyOffline(envelope, 2, earlier)).toMatchObject({ ok: true });
    }
    expect((await verifyOffline(sampleEnvelope("two"), 2)).issues).toMatchObject([
      { code: "LEDGER_CERTIFICATE" },
    ]);
    for (const index of [17, -1, 0.5]) expect(await readTlogProof(queries(), index)).toBeNull();
  });

  it("go on under a new key where the old one is named, and carry both signatures for one tree", async () => {
    const next = keyOf(8);
    await append(sampleEntries(3));
    await publishCheckpoint(database(), log);
    await expect(publishCheckpoint(database(), next)).rejects.toMatchObject({ code: "E_LEDGER" });
    const { note } = await publishCheckpoint(database(), next, { earlierKeys: [log] });
    expect(openCheckpoint(note, next)).toEqual(openCheckpoint(note, log));
    await append(sampleEntries(1));
    const later = await publishCheckpoint(database(), next);
    expect(() => openCheckpoint(later.note, log)).toThrow("signed by");
    expect((await checkLedger(queries(), [log])).issues).toMatchObject([{ code: "LEDGER_CHECKPOINT" }]);
    expect(await checkLedger(queries(), [next, log])).toMatchObject({ ok: true });
    const foreign = createNoteSigner("other.example", createSigner());
    await expect(publishCheckpoint(database(), foreign, { earlierKeys: [next] })).rejects.toThrow("not of");
  });

  describe("of a ledger whose rows were changed", () => {
    const SIZE = 13;
    const OLD_SIZE = 6;
    const PLACE = 4;
    let envelope: Envelope;
    let certificateId: string;

    beforeEach(async () => {
      ({ id: certificateId, envelope } = await storeCertificate(database(), PLACE));
      await append([...sampleEntries(PLACE), entryOf(envelope), ...sampleEntries(OLD_SIZE - PLACE - 1)]);
      await publishCheckpoint(database(), log);
      await append(sampleEntries(SIZE - OLD_SIZE));
      await publishCheckpoint(database(), log);
      await append(sampleEntries(3));
      expect(await checkLedger(queries(), [log])).toMatchObject({ ok: true, size: SIZE + 3 });
    });

    /** Codes of what the check finds; something, at least. */
    async function found(): Promise<string[]> {
      const { ok, issues } = await checkLedger(queries(), [log]);
      expect(ok).toBe(false);
      return [...new Set(issues.map(({ code }) => code))];
    }

    /** Entries whose proof the service refuses to give, and whether it refuses to sign; nothing is ever signed then. */
    async function refused(): Promise<{ proofs: number[]; isPublishing: boolean }> {
      const proofs: number[] = [];
      const { size } = (await latestCheckpoint(queries()))!;
      for (let index = 0; index < size; index++)
        await readTlogProof(queries(), index).catch((error) => {
          expect(error).toMatchObject({ code: "E_LEDGER" });
          proofs.push(index);
        });
      const before = await queries().select().from(ledgerCheckpoints);
      const isPublishing = await publishCheckpoint(database(), log).then(
        () => false,
        (error) => {
          expect(error).toMatchObject({ code: "E_LEDGER" });
          return true;
        },
      );
      if (isPublishing) expect(await queries().select().from(ledgerCheckpoints)).toEqual(before);
      return { proofs, isPublishing };
    }

    it("show it for any entry: another, or none", async () => {
      for (const index of [0, PLACE, OLD_SIZE, SIZE - 1, SIZE, SIZE + 1]) {
        const place = eq(ledgerEntries.index, index);
        const [row] = await queries().select().from(ledgerEntries).where(place);
        const [other] = sampleEntries(1).map(encodeEntry) as [Uint8Array];
        await queries().update(ledgerEntries).set({ entry: other }).where(place);
        expect(await found()).toEqual(expect.arrayContaining(["LEDGER_NODE"]));
        expect(await refused()).toEqual({ proofs: index < SIZE ? [index] : [], isPublishing: index >= SIZE });
        await queries().delete(ledgerEntries).where(place);
        expect(await found()).toEqual(expect.arrayContaining(["LEDGER_READ"]));
        expect((await refused()).isPublishing).toBe(index >= SIZE);
        await queries()
          .delete(ledgerCheckpoints)
          .where(eq(ledgerCheckpoints.size, SIZE + 3));
        await queries().insert(ledgerEntries).values(row!);
      }
    });

    it("show it for any node: another, or none", async () => {
      await publishCheckpoint(database(), log);
      const rows = await queries().select().from(ledgerNodes);
      expect(rows).toHaveLength(2 * (SIZE + 3) - 1);
      for (const row of rows) {
        const place = and(eq(ledgerNodes.level, row.level), eq(ledgerNodes.index, row.index));
        const hash = Uint8Array.from(row.hash, (byte, i) => (i === 5 ? byte ^ 1 : byte));
        await queries().update(ledgerNodes).set({ hash }).where(place);
        expect(await found()).toEqual(["LEDGER_NODE"]);
        // It stands on the paths of its sibling's entries; the root, which has none, is compared before anything is signed.
        const sibling = (row.index ^ 1) * 2 ** row.level;
        const use = row.level === 4 ? publishCheckpoint(database(), log) : readTlogProof(queries(), sibling);
        await expect(use).rejects.toMatchObject({ code: "E_LEDGER" });
        await queries().delete(ledgerNodes).where(place);
        expect(await found()).toEqual(
          row.level === 0 && row.index === SIZE + 2 ? ["LEDGER_READ"] : ["LEDGER_NODE"],
        );
        await queries().insert(ledgerNodes).values(row);
      }
    });

    it("show it for a certificate", async () => {
      const place = eq(certificates.id, certificateId);
      const other = sampleEnvelope("another");
      await queries().update(certificates).set({ envelope: other }).where(place);
      expect(await found()).toEqual(["LEDGER_CERTIFICATE"]);
      expect((await verifyOffline(other, PLACE)).issues).toMatchObject([
        { code: "LEDGER_CERTIFICATE", path: "entry.certificateDigest" },
      ]);
      for (const ledgerIndex of [PLACE - 1, SIZE + 3]) {
        await queries().update(certificates).set({ envelope, ledgerIndex }).where(place);
        expect(await found()).toEqual(["LEDGER_CERTIFICATE"]);
      }
    });

    it("show it for a checkpoint, and sign nothing on top", async () => {
      const place = eq(ledgerCheckpoints.size, SIZE);
      const { note } = (await latestCheckpoint(queries()))!;
      const forged = { origin: ORIGIN, size: SIZE, root: new Uint8Array(32), extensions: [] };
      const notes = {
        LEDGER_ROOT: signCheckpoint(forged, [log]),
        LEDGER_SIZE: signCheckpoint({ ...forged, size: SIZE - 1 }, [log]),
        LEDGER_CHECKPOINT: note.replace(`\n${SIZE}\n`, `\n${SIZE - 1}\n`),
      };
      for (const [code, changed] of Object.entries(notes)) {
        await queries().update(ledgerCheckpoints).set({ note: changed }).where(place);
        expect(await found()).toEqual([code]);
        expect((await refused()).isPublishing).toBe(true);
      }
    });

    it("show an end that was cut off; nothing is appended in its place", async () => {
      for (const table of [ledgerEntries, ledgerNodes])
        await queries()
          .delete(table)
          .where(eq(table.index, SIZE + 2));
      for (const table of [ledgerEntries, ledgerNodes])
        for (let index = SIZE - 1; index < SIZE + 2; index++)
          await queries().delete(table).where(eq(table.index, index));
      expect(await found()).toEqual(["LEDGER_READ"]);
      await expect(append(sampleEntries(1))).rejects.toMatchObject({ code: "E_LEDGER" });
      expect((await refused()).isPublishing).toBe(true);
    });

    it("show a history that was replaced as a whole, with nodes that fit", async () => {
      const earlier = await queries().select().from(ledgerCheckpoints);
      for (const table of [ledgerEntries, ledgerNodes, ledgerCheckpoints]) await queries().delete(table);
      await append([...sampleEntries(PLACE), entryOf(envelope), ...sampleEntries(SIZE)]);
      const fork = await publishCheckpoint(database(), log);
      // The database alone cannot know: it is whole. A verifier who kept a checkpoint does.
      expect(await checkLedger(queries(), [log])).toMatchObject({ ok: true });
      for (const { note } of earlier)
        expect((await verifyOffline(envelope, PLACE, note)).issues).toMatchObject([
          { code: "LEDGER_CONSISTENCY" },
        ]);
      await queries().delete(ledgerCheckpoints).where(eq(ledgerCheckpoints.size, fork.size));
      await queries().insert(ledgerCheckpoints).values(earlier);
      expect(await found()).toEqual(["LEDGER_ROOT"]);
      expect((await refused()).isPublishing).toBe(true);
    });
  });
});
