import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createSigner, type Envelope } from "expunge";
import {
  type CertificateEntry,
  certificateDigest,
  createNoteSigner,
  encodeEntry,
  formatTlogProof,
  formatVerifierKey,
  makeConsistencyProof,
  makeInclusionProof,
  signCheckpoint,
  treeRoot,
} from "expunge/ledger";
import { readPublicKey } from "expunge/verify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sha256Hex, toBase64 } from "../packages/expunge/src/records/bytes.js";
import { memoryReader } from "../packages/expunge/testing/ledgers.js";
import { generateDemoData } from "../packages/lab/src/report/index.js";
import { buildCli, type Cli, type Failure, type Run } from "./cli-harness.js";

const ORIGIN = "ledger.example/expunge";
const INDEX = 6;
const SIZE = 11;
const OLD_SIZE = 5;
const log = createNoteSigner(ORIGIN, createSigner(new Uint8Array(32).fill(9)));
const logKey = formatVerifierKey(log);
const base = {
  version: 1,
  time: "2026-01-31T12:00:00Z",
  requestId: "00000000-0000-4000-8000-000000000001",
  modelId: "00000000-0000-4000-8000-000000000002",
} as const;

let cli: Cli;
let certificate: Envelope;
let publicKey: Uint8Array;
const at = (name: string): string => join(cli.folder, name);

interface Verdict {
  readonly ok: boolean;
  readonly issues: readonly { readonly code: string; readonly path: string }[];
  readonly ledger?: Record<string, unknown>;
}

/** Entries of a ledger with the certificate's at INDEX; those of another history differ from the first on. */
function entriesOf(envelope: Envelope, other = false): Uint8Array[] {
  const payload = JSON.parse(Buffer.from(envelope.payload, "base64").toString()) as {
    subject: [{ digest: { sha256: string } }];
    predicate: { modelBefore: string };
  };
  const { modelBefore } = payload.predicate;
  const modelAfter = payload.subject[0].digest.sha256;
  const entry: CertificateEntry = {
    ...base,
    kind: "certificate",
    certificateDigest: certificateDigest(envelope),
    modelBefore,
    modelAfter,
  };
  const cancelled = { ...base, kind: "cancelled", ...(other ? { requestId: base.modelId } : {}) } as const;
  return Array.from({ length: SIZE }, (_, i) => encodeEntry(i === INDEX ? entry : cancelled));
}

async function writeProof(name: string, entries: readonly Uint8Array[], signer = log): Promise<void> {
  const read = memoryReader(entries);
  const root = await treeRoot(SIZE, read);
  const checkpoint = signCheckpoint({ origin: ORIGIN, size: SIZE, root, extensions: [] }, [signer]);
  const hashes = await makeInclusionProof(INDEX, SIZE, read);
  await writeFile(at(name), formatTlogProof({ entry: entries[INDEX]!, index: INDEX, hashes, checkpoint }));
}

beforeAll(async () => {
  cli = await buildCli();
  const data = generateDemoData({ rowCount: 3000 });
  await writeFile(at("train.csv"), data.train);
  await writeFile(at("schema.json"), JSON.stringify(data.schema));
  const train = ["train", "train.csv", "--schema", "schema.json", "--epsilon", "1", "--delta", "1e-5"];
  await cli.json([...train, "--out", "model"]);
  await cli.json(["forget", "model", "--subject", data.trainSubjects[0]!, "--out", "certificate.json"]);
  certificate = JSON.parse(await readFile(at("certificate.json"), "utf8"));
  publicKey = readPublicKey(await readFile(at("keys/key.pub"), "utf8"));

  const entries = entriesOf(certificate);
  await writeProof("certificate.tlog-proof", entries);
  await writeFile(at("log.key"), `${logKey}\n`);
  const old = memoryReader(entries.slice(0, OLD_SIZE));
  const oldRoot = await treeRoot(OLD_SIZE, old);
  const earlier = { origin: ORIGIN, size: OLD_SIZE, root: oldRoot, extensions: [] };
  await writeFile(at("earlier"), signCheckpoint(earlier, [log]));
  const hashes = await makeConsistencyProof(OLD_SIZE, SIZE, memoryReader(entries));
  await writeFile(at("consistency.txt"), hashes.map((hash) => `${toBase64(hash)}\n`).join(""));
});
afterAll(() => cli.remove());

const verify = (...flags: string[]): string[] => ["verify", "certificate.json", ...flags];
const proof = ["--ledger", "certificate.tlog-proof", "--log-key", logKey];
const history = ["--earlier-checkpoint", "earlier", "--consistency", "consistency.txt"];
const codes = async (args: string[]): Promise<string[]> =>
  (await cli.json<Verdict>(args, 1)).issues.map(({ code }) => code);

describe("expunge verify --ledger", () => {
  it("finds a certificate in the ledger, and an earlier checkpoint at its beginning", async () => {
    const plain = await cli.run(verify(...proof, ...history));
    expect(plain.code).toBe(0);
    expect(plain.stdout).toContain("The certificate holds.");
    expect(plain.stdout).toMatch(/ledger +ledger\.example\/expunge/);
    expect(plain.stdout).toMatch(/entry +number 6 \(from 0\) of the 11/);
    expect(plain.stdout).toMatch(/history +begins with the 5 entries/);
    const verdict = await cli.json<Verdict>(
      verify("--ledger", "certificate.tlog-proof", "--log-key", "log.key"),
    );
    expect(verdict).toMatchObject({
      ok: true,
      issues: [],
      ledger: {
        index: INDEX,
        entry: { kind: "certificate", time: base.time },
        checkpoint: { origin: ORIGIN, size: SIZE, root: expect.stringMatching(/=$/) },
        earlierSize: null,
      },
    });
    expect(await cli.json(verify())).not.toHaveProperty("ledger");
  });

  it("says what is false: certificate, entry, checkpoint, key, history", async () => {
    const stranger = createNoteSigner(ORIGIN, createSigner(new Uint8Array(32).fill(8)));
    const text = await readFile(at("certificate.tlog-proof"), "utf8");
    await writeFile(at("moved.tlog-proof"), text.replace("index 6", "index 7"));
    await writeFile(at("cut.tlog-proof"), text.slice(0, 200));
    await writeProof("forged.tlog-proof", entriesOf(certificate), stranger);
    await writeProof("forked.tlog-proof", entriesOf(certificate, true));
    await writeProof("other.tlog-proof", entriesOf({ ...certificate, signatures: [] }));
    const withProof = (name: string, ...flags: string[]) =>
      codes(verify("--ledger", name, "--log-key", logKey, ...flags));
    const found = {
      "moved.tlog-proof": ["LEDGER_INCLUSION"],
      "cut.tlog-proof": ["LEDGER_PROOF"],
      "train.csv": ["LEDGER_PROOF"],
      "forged.tlog-proof": ["LEDGER_SIGNATURE"],
      "other.tlog-proof": ["LEDGER_CERTIFICATE"],
    };
    await Promise.all(
      Object.entries(found).map(async ([name, expected]) =>
        expect(await withProof(name), name).toEqual(expected),
      ),
    );
    // A fork is whole in itself: only the checkpoint that was kept gives it away.
    expect(await cli.json(verify("--ledger", "forked.tlog-proof", "--log-key", logKey))).toMatchObject({
      ok: true,
    });
    const plain = await cli.run(verify("--ledger", "forked.tlog-proof", "--log-key", logKey, ...history));
    expect([plain.code, plain.stdout]).toEqual([
      1,
      expect.stringMatching(/LEDGER_CONSISTENCY[\s\S]*prove the fraud/),
    ]);
  });

  it("reports what is wrong with the certificate and with the ledger together", async () => {
    const [signature] = certificate.signatures;
    const tampered = { ...certificate, signatures: [{ ...signature, sig: toBase64(new Uint8Array(64)) }] };
    await writeFile(at("tampered.json"), JSON.stringify(tampered));
    expect(await codes(["verify", "tampered.json", ...proof])).toEqual(["SIGNATURE", "LEDGER_CERTIFICATE"]);
  });

  it.concurrent.each([
    ["--ledger alone", ["--ledger", "certificate.tlog-proof"], 2, /--ledger and --log-key together/],
    ["--log-key alone", ["--log-key", logKey], 2, /--ledger and --log-key together/],
    ["half a history", [...proof, "--consistency", "consistency.txt"], 2, /--consistency together/],
    ["a history without a ledger", history, 2, /with --ledger/],
    [
      "a missing proof",
      ["--ledger", "none", "--log-key", logKey],
      10,
      /ledger proof none: there is no such file/,
    ],
    ["a missing key", ["--ledger", "certificate.tlog-proof", "--log-key", "none"], 9, /log key none/],
    [
      "a key that is none",
      ["--ledger", "certificate.tlog-proof", "--log-key", "train.csv"],
      9,
      /verifier key/,
    ],
    ["a key of a wrong hash", ["--ledger", "train.csv", "--log-key", "a+00000000+AQ"], 9, /Expected base64/],
  ])("refuses %s", async (_title, flags, exitCode, message) => {
    const { error } = await cli.json<Failure>(verify(...flags), exitCode);
    expect(error.message).toMatch(message);
  });

  it("is documented with an example", async () => {
    const { stdout }: Run = await cli.run(["verify", "--help"]);
    expect(stdout).toMatch(/expunge verify .*--ledger certificate\.tlog-proof/);
    for (const flag of ["--ledger", "--log-key", "--earlier-checkpoint", "--consistency"])
      expect(stdout).toContain(`${flag} <`);
  });
});

describe("expunge verify with a key set", () => {
  const day = 24 * 3600;
  const now = Math.floor(Date.now() / 1000);
  const jwkOf = (key: Uint8Array, dates = {}) => ({
    kty: "OKP",
    crv: "Ed25519",
    kid: sha256Hex(key),
    x: Buffer.from(key).toString("base64url"),
    ...dates,
  });
  const withKeys = async (...keys: object[]): Promise<string[]> => {
    await writeFile(at("keys.json"), JSON.stringify({ keys }));
    return verify("--public-key", "keys.json");
  };

  it("takes the key that the certificate names, whatever the set calls it", async () => {
    const others = [createSigner(), createSigner()].map((signer) => jwkOf(signer.publicKey)) as [
      object,
      object,
    ];
    const rsa = { kty: "RSA", n: "AQAB", e: "AQAB" };
    const own = { ...jwkOf(publicKey, { iat: now - day, exp: now + 3600 }), kid: "x" };
    expect(await cli.json(await withKeys(others[0], rsa, own, others[1]))).toMatchObject({ ok: true });
    expect(await codes(await withKeys(...others))).toEqual(["SIGNATURE"]);
  });

  it("wants a certificate to be of the time when its key signed, a day more or less", async () => {
    for (const dates of [{ exp: now - 3600 }, { iat: now + 3600 }])
      expect(await cli.json(await withKeys(jwkOf(publicKey, dates)))).toMatchObject({ ok: true });
    for (const dates of [{ exp: now - 2 * day }, { iat: now + 2 * day }])
      expect(await codes(await withKeys(jwkOf(publicKey, dates)))).toEqual(["KEY_VALIDITY"]);
  });

  it("refuses a set that holds no key, or is none", async () => {
    for (const keys of ['{"keys": []}', "{", '{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}]}']) {
      await writeFile(at("keys.json"), keys);
      const { error } = await cli.json<Failure>(verify("--public-key", "keys.json"), 9);
      expect(error.code).toBe("E_KEY");
    }
  });
});
