import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatVerifierKey } from "expunge/ledger";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { emptyDatabase, sampleEntries } from "../../testing/databases.js";
import { rowsOfSegment } from "../../testing/segments.js";
import { createApiKey, createTenant, findCaller, findTenant, revokeApiKey } from "../accounts/api-keys.js";
import { setQuotas } from "../accounts/quotas.js";
import type { Database } from "../database/open-database.js";
import { chooseOrigin } from "../keys/log-origin.js";
import {
  currentLogSigner,
  currentSigner,
  logVerifiers,
  publicKeySet,
  rotateKey,
  rotateLogKey,
} from "../keys/signing-keys.js";
import { checkLedger } from "../ledger/ledger-check.js";
import { publishCheckpoint } from "../ledger/ledger-checkpoints.js";
import { appendToLedger } from "../ledger/ledger-store.js";
import { restoreBackup } from "./restore-backup.js";
import { writeBackup } from "./write-backup.js";
import { writeDeletions } from "./write-deletions.js";

const databaseKey = Buffer.alloc(32, 7).toString("base64");

describe("keys and tenants that changed after the backup", () => {
  const old = emptyDatabase("postgres");
  const fresh = emptyDatabase("postgres");
  let root: string;
  let full: string;
  let deletions: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "expunge-restore-keys-"));
  });
  afterAll(() => rm(root, { recursive: true, force: true }));
  beforeEach(async () => {
    const folder = await mkdtemp(join(root, "case-"));
    full = join(folder, "full.backup");
    deletions = join(folder, "deletions");
  });

  const signerOf = (database: Database, keys: { databaseKey?: string }) =>
    database.transaction((transaction) => currentSigner(transaction, keys));
  const publish = async (database: Database, keys: { databaseKey?: string }) => {
    const { signer } = await database.transaction((transaction) => currentLogSigner(transaction, keys));
    const earlierKeys = await logVerifiers(database.queries);
    return publishCheckpoint(database, signer, { earlierKeys });
  };
  const grow = (count: number) =>
    old().transaction((transaction) => appendToLedger(transaction, sampleEntries(count)));
  const idsOf = async (database: Database): Promise<string[]> =>
    (await publicKeySet(database.queries)).keys.map(({ kid }) => kid);

  it.each([
    ["sealed", { databaseKey }],
    ["not sealed", {}],
  ])("are as they were last, with secrets that are %s", async (_, keys) => {
    const isSealed = "databaseKey" in keys;
    await chooseOrigin(old().queries, "log.example");
    const tenantId = await createTenant(old(), "one");
    const revoked = await createApiKey(old(), { tenantId, role: "admin", label: "revoked later" });
    const kept = await createApiKey(old(), { tenantId, role: "submit", label: "kept" });
    const first = await signerOf(old(), keys);
    await grow(3);
    await publish(old(), keys);
    await writeBackup(old(), full);

    await writeDeletions(old(), deletions);
    await revokeApiKey(old(), tenantId, revoked.id);
    const later = await createTenant(old(), "two");
    const own = await createApiKey(old(), { tenantId: later, role: "admin", label: "of a later tenant" });
    const second = await rotateKey(old(), keys);
    const log = await rotateLogKey(old(), keys);
    await grow(2);
    const { note } = await publish(old(), keys);
    await writeDeletions(old(), deletions);

    // Without the deletions nobody can tell whose signature that is.
    const blind = restoreBackup(fresh(), { backup: full, checkpoint: note });
    await expect(blind).rejects.toMatchObject({
      code: "E_LEDGER",
      message: expect.stringMatching(/made after the backup is in the deletions/),
    });
    const restored = await restoreBackup(fresh(), { backup: full, deletions, checkpoint: note });
    expect(restored.lostKeys).toHaveLength(isSealed ? 0 : 2);

    expect(await findCaller(fresh(), revoked.key)).toBeNull();
    expect(await findCaller(fresh(), kept.key)).toMatchObject({ tenantId, role: "submit" });
    expect(await findCaller(fresh(), own.key)).toMatchObject({ tenantId: later, role: "admin" });
    expect(await findTenant(fresh(), "two")).toBe(later);

    // What the second key signed can still be checked; the first signs nothing any more.
    const before = await idsOf(old());
    expect(before).toHaveLength(2);
    const now = await signerOf(fresh(), keys);
    const same = Buffer.from(now.signer.publicKey).equals(second.signer.publicKey);
    expect(same).toBe(isSealed);
    expect(Buffer.from(now.signer.publicKey).equals(first.signer.publicKey)).toBe(false);
    expect((await idsOf(fresh())).slice(0, 2)).toEqual(before);
    expect(await idsOf(fresh())).toHaveLength(isSealed ? 2 : 3);
    const { rows } = await fresh().executor.executeSql(
      "select count(*)::int as n from signing_keys where retired_at is not null and secret <> ''",
    );
    expect(rows).toEqual([{ n: 0 }]);

    // The log goes on from the checkpoint that the rotated key signed.
    await fresh().transaction((transaction) => appendToLedger(transaction, sampleEntries(1)));
    expect((await publish(fresh(), keys)).size).toBe(6);
    const verifiers = await logVerifiers(fresh().queries);
    expect(await checkLedger(fresh().queries, verifiers)).toMatchObject({ ok: true, issues: [] });
    expect(verifiers.map(formatVerifierKey)).toContain(formatVerifierKey(log.signer));
  });

  it("have the quotas that were set last, where the newest segment says so", async () => {
    const [set, lifted, kept] = [
      await createTenant(old(), "set"),
      await createTenant(old(), "lifted"),
      await createTenant(old(), "kept"),
    ] as const;
    for (const tenantId of [lifted, kept]) await setQuotas(old().executor, tenantId, { models: 1 });
    await writeBackup(old(), full);
    await setQuotas(old().executor, set, { models: 2 });
    await setQuotas(old().executor, lifted, { models: null });
    const later = await createTenant(old(), "later");
    await setQuotas(old().executor, later, { rows: 3 });
    await writeDeletions(old(), deletions);
    await restoreBackup(fresh(), { backup: full, deletions });
    const { rows } = await fresh().executor.executeSql("select id, quotas from tenants");
    expect(new Map(rows.map((row) => Object.values(row as object) as [string, unknown]))).toEqual(
      new Map<string, unknown>([
        [set, { models: 2 }],
        [lifted, null],
        [kept, { models: 1 }],
        [later, { rows: 3 }],
      ]),
    );
  });

  it("carry no secret that opens without the database key", async () => {
    await createTenant(old(), "one");
    await signerOf(old(), {});
    await writeDeletions(old(), deletions);
    const rows = await rowsOfSegment(join(deletions, "00000001.deletions"));
    const secrets = rows.flatMap(({ row }) => ("secret" in row ? [row.secret] : []));
    expect(secrets).toEqual(["\\x"]);
  });
});
