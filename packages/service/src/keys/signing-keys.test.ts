import { createPublicKey, randomBytes, verify as verifyWithNode } from "node:crypto";
import { eq } from "drizzle-orm";
import { type Envelope, fit, type Model, type Signer } from "expunge";
import { formatVerifierKey, openCheckpoint, parseVerifierKey } from "expunge/ledger";
import { verify } from "expunge/verify";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { isSignedBy } from "../../../expunge/src/certificate/dsse.js";
import { DATABASES, emptyDatabase, sampleEntries } from "../../testing/databases.js";
import { ledgerOrigin, signingKeys } from "../database/tables.js";
import { latestCheckpoint, publishCheckpoint } from "../ledger/ledger-checkpoints.js";
import { appendToLedger } from "../ledger/ledger-store.js";
import { chooseOrigin } from "./log-origin.js";
import {
  currentLogSigner,
  currentSigner,
  type KeyOptions,
  logVerifiers,
  type PublicJwk,
  publicKeySet,
  rotateKey,
  rotateLogKey,
} from "./signing-keys.js";

const ORIGIN = "ledger.example/expunge";
const message = new TextEncoder().encode("message");
const databaseKey = randomBytes(32).toString("base64");

describe.each(DATABASES)("signing keys in %s", (kind) => {
  const database = emptyDatabase(kind);
  const queries = () => database().queries;
  const held = (options: KeyOptions = {}) =>
    database().transaction((transaction) => currentSigner(transaction, options));
  const heldLog = () => database().transaction((transaction) => currentLogSigner(transaction));
  beforeEach(() => chooseOrigin(queries(), ORIGIN).then(() => {}));

  it("are made on first use, one by however many workers at once", async () => {
    expect(await publicKeySet(queries())).toEqual({ keys: [] });
    const many = await Promise.all(Array.from({ length: 12 }, () => held()));
    const logs = await Promise.all(Array.from({ length: 12 }, () => heldLog()));
    expect(new Set(many.map(({ signer }) => signer.keyId)).size).toBe(1);
    expect(new Set(logs.map(({ signer }) => signer.keyHash)).size).toBe(1);
    expect(await queries().$count(signingKeys)).toBe(2);
    expect(many[0]).toMatchObject({ isSealed: false });
  });

  it("are not kept where the transaction is rolled back", async () => {
    const failing = database().transaction(async (transaction) => {
      await currentSigner(transaction);
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    expect(await queries().$count(signingKeys)).toBe(0);
  });

  it("of the log stay apart by origin, and from those of certificates", async () => {
    // Keys of other origins are there where hosts once gave them.
    for (const origin of ["a.example", "a.example/b", "a_example"]) {
      await queries().update(ledgerOrigin).set({ origin });
      const { signer } = await heldLog();
      expect(signer.name).toBe(origin);
      expect((await heldLog()).signer.keyHash).toBe(signer.keyHash);
      expect((await logVerifiers(queries())).map(formatVerifierKey)).toEqual([formatVerifierKey(signer)]);
    }
    const { signer } = await held();
    const { keys: published } = await publicKeySet(queries());
    expect(published.map(({ kid }) => kid)).toEqual([signer.keyId]);
  });

  it("are published so that others than us can check with them", async () => {
    const { signer } = await held();
    const [jwk] = (await publicKeySet(queries())).keys as [PublicJwk];
    expect(jwk).toEqual({
      kty: "OKP",
      crv: "Ed25519",
      use: "sig",
      kid: signer.keyId,
      x: Buffer.from(signer.publicKey).toString("base64url"),
      iat: expect.any(Number),
    });
    expect(Math.abs(Date.now() / 1000 - jwk.iat)).toBeLessThan(60);
    const key = createPublicKey({ key: { ...jwk }, format: "jwk" });
    expect(verifyWithNode(null, message, key, signer.sign(message))).toBe(true);
  });

  it("sign on after a rotation of the log's key, both known", async () => {
    const first = await heldLog();
    await database().transaction((transaction) => appendToLedger(transaction, sampleEntries(2)));
    await publishCheckpoint(database(), first.signer);
    const { signer } = await rotateLogKey(database());
    const earlierKeys = await logVerifiers(queries());
    expect(earlierKeys.map(({ keyHash }) => keyHash)).toEqual([signer.keyHash, first.signer.keyHash]);
    await publishCheckpoint(database(), signer, { earlierKeys });
    const { note } = (await latestCheckpoint(queries()))!;
    for (const key of earlierKeys)
      expect(openCheckpoint(note, parseVerifierKey(formatVerifierKey(key))).size).toBe(2);
  });

  describe("at rest", () => {
    const secrets = async () => (await queries().select().from(signingKeys)).map(({ secret }) => secret);

    it("are sealed under a database key, and open with it alone", async () => {
      const { signer, isSealed } = await held({ databaseKey });
      expect(isSealed).toBe(true);
      expect((await secrets()).map(({ length }) => length)).toEqual([61]);
      expect((await held({ databaseKey })).signer.keyId).toBe(signer.keyId);
      const other = randomBytes(32).toString("base64");
      for (const options of [{}, { databaseKey: "" }, { databaseKey: other }])
        await expect(held(options)).rejects.toMatchObject({ code: "E_KEY" });
    });

    it("are sealed later, where the database key comes later", async () => {
      const { signer, isSealed } = await held();
      expect(isSealed).toBe(false);
      expect((await secrets()).map(({ length }) => length)).toEqual([32]);
      const sealed = await held({ databaseKey });
      expect([sealed.signer.keyId, sealed.isSealed]).toEqual([signer.keyId, true]);
      expect((await secrets()).map(({ length }) => length)).toEqual([61]);
      await expect(held()).rejects.toThrow("EXPUNGE_DATABASE_KEY");
    });

    it("are refused where any bit was changed, or the row of another key was filled in", async () => {
      await held({ databaseKey });
      const [row] = await queries().select().from(signingKeys);
      for (let i = 0; i < 61; i++) {
        const secret = Uint8Array.from(row!.secret, (byte, k) => (k === i ? byte ^ 4 : byte));
        await queries().update(signingKeys).set({ secret });
        await expect(held({ databaseKey })).rejects.toMatchObject({ code: "E_KEY" });
      }
      await queries().delete(signingKeys);
      await held({ databaseKey });
      await queries().update(signingKeys).set({ secret: row!.secret });
      await expect(held({ databaseKey })).rejects.toThrow("does not open");
      await queries()
        .update(signingKeys)
        .set({ secret: new Uint8Array(32).fill(3) });
      await expect(held({ databaseKey })).rejects.toThrow("another key's");
      await queries().update(signingKeys).set({ publicKey: row!.publicKey });
      await expect(publicKeySet(queries())).rejects.toMatchObject({ code: "E_KEY" });
    });

    it.each(["short", "A".repeat(44), `${databaseKey}=`, databaseKey.slice(1)])(
      "need a database key of 32 bytes: %s",
      async (wrong) => {
        const failure = await held({ databaseKey: wrong }).catch((error) => error);
        expect(failure).toMatchObject({ code: "E_KEY" });
        expect(failure.message).not.toContain(wrong);
        await expect(rotateKey(database(), { databaseKey: wrong })).rejects.toMatchObject({ code: "E_KEY" });
      },
    );
  });

  describe("that are rotated", () => {
    let model: Model;
    beforeAll(async () => {
      const options = { epsilon: 1, delta: 1e-4, epochs: 3, batchSize: 20, sigma: 0.05 } as const;
      model = await fit(syntheticDataset(), { ...options, kernel: "reference" });
    });

    async function certificateBy(signer: Signer, row: number): Promise<Envelope> {
      const result = await model.forget({ rows: [row] }, { signer });
      model = result.model;
      return result.certificate as Envelope;
    }

    /** The public key that the set has under the certificate's key id. */
    async function publishedKey({ signatures: [signature] }: Envelope): Promise<Uint8Array> {
      const { keys } = await publicKeySet(queries());
      const jwk = keys.find(({ kid }) => kid === signature?.keyid) as PublicJwk;
      return new Uint8Array(Buffer.from(jwk.x, "base64url"));
    }

    it("leave old certificates verifying through the key set, and their secrets are gone", async () => {
      const row = kind === "pglite" ? 3 : 13;
      const first = await held({ databaseKey });
      const old = await certificateBy(first.signer, row);
      const rotated = await rotateKey(database(), { databaseKey });
      expect(rotated.isSealed).toBe(true);
      expect((await held({ databaseKey })).signer.keyId).toBe(rotated.signer.keyId);
      const recent = await certificateBy(rotated.signer, row + 1);
      await rotateKey(database(), { databaseKey });
      for (const certificate of [old, recent]) {
        const publicKey = await publishedKey(certificate);
        expect(verify(certificate, { publicKey }).issues).toEqual([]);
      }
      expect(isSignedBy(recent, await publishedKey(old))).toBe(false);
      const { keys } = await publicKeySet(queries());
      expect(keys.map(({ exp }) => exp !== undefined)).toEqual([true, true, false]);
      const [stored] = await queries()
        .select()
        .from(signingKeys)
        .where(eq(signingKeys.id, first.signer.keyId));
      expect(stored?.secret).toHaveLength(0);
    });

    it("are not replaced by one that servers could not open, unless the database key is lost", async () => {
      const before = await held({ databaseKey });
      const another = Buffer.alloc(32, 9).toString("base64");
      for (const wrong of [another, undefined])
        await expect(rotateKey(database(), { databaseKey: wrong })).rejects.toMatchObject({ code: "E_KEY" });
      expect((await held({ databaseKey })).signer.keyId).toBe(before.signer.keyId);
      const rotated = await rotateKey(database(), { databaseKey: another, isOldLost: true });
      expect((await held({ databaseKey: another })).signer.keyId).toBe(rotated.signer.keyId);
    });

    it("wait for whoever is about to sign, and many rotations leave one key", async () => {
      await held();
      let isRotated = false;
      let rotation: Promise<unknown> = Promise.resolve();
      await database().transaction(async (transaction) => {
        await currentSigner(transaction);
        rotation = rotateKey(database()).then(() => {
          isRotated = true;
        });
        await new Promise((resolve) => setTimeout(resolve, 100));
        expect(isRotated).toBe(false);
      });
      await rotation;
      await Promise.all([rotateKey(database()), held(), rotateKey(database()), held()]);
      const { keys } = await publicKeySet(queries());
      expect(keys).toHaveLength(4);
      expect(keys.filter(({ exp }) => exp === undefined)).toHaveLength(1);
    });
  });
});
