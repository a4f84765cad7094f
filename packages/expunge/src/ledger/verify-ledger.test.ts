import { utf8ToBytes } from "@noble/hashes/utils.js";
import { beforeAll, describe, expect, it } from "vitest";
import { elementAt } from "../../../../test/element-at.js";
import { bitFlips, memoryReader } from "../../testing/ledgers.js";
import { createSigner, signStatement } from "../certificate/dsse.js";
import { makeConsistencyProof, makeInclusionProof, verifyInclusion } from "../merkle/merkle-proof.js";
import { type HashReader, leafHash, treeRoot } from "../merkle/merkle-tree.js";
import { toBase64 } from "../records/bytes.js";
import type { Envelope, Statement } from "../records/certificate.js";
import { signCheckpoint } from "./checkpoint.js";
import { type CertificateEntry, certificateDigest, encodeEntry, type LedgerEntry } from "./entry.js";
import { createNoteSigner, formatVerifierKey } from "./note-key.js";
import { bytesFromBase64 } from "./strict-text.js";
import { formatTlogProof, parseTlogProof } from "./tlog-proof.js";
import { type LedgerEvidence, verifyLedger } from "./verify-ledger.js";

const ORIGIN = "ledger.example/expunge";
const SIZE = 11;
const INDEX = 6;
const OLD_SIZE = 5;
const log = createNoteSigner(ORIGIN, createSigner(new Uint8Array(32).fill(9)));
const stranger = createNoteSigner(ORIGIN, createSigner(new Uint8Array(32).fill(8)));

const uuid = (i: number) => `00000000-0000-4000-8000-${String(i).padStart(12, "0")}`;
const certificateOf = (i: number): Envelope =>
  signStatement(
    {
      subject: [{ name: "model", digest: { sha256: "b".repeat(64) } }],
      predicate: { certificateId: uuid(i), modelBefore: "a".repeat(64) },
    } as unknown as Statement,
    createSigner(new Uint8Array(32).fill(1)),
  );
const base = { version: 1, time: "2026-01-31T12:00:00Z", modelId: uuid(99) } as const;
const certificateEntry = (i: number): CertificateEntry => ({
  ...base,
  requestId: uuid(i),
  kind: "certificate",
  certificateDigest: certificateDigest(certificateOf(i)),
  modelBefore: "a".repeat(64),
  modelAfter: "b".repeat(64),
});
const entries: LedgerEntry[] = Array.from({ length: SIZE }, (_, i) =>
  i % 3 === 0 ? certificateEntry(i) : { ...base, requestId: uuid(i), kind: "cancelled" },
);

async function checkpointOf(size: number, read: HashReader, signer = log, origin = ORIGIN): Promise<string> {
  return signCheckpoint({ origin, size, root: await treeRoot(size, read), extensions: [] }, [signer]);
}

async function evidenceOf(
  history: readonly LedgerEntry[],
): Promise<LedgerEvidence & Required<Pick<LedgerEvidence, "earlier">>> {
  const size = history.length;
  const read = memoryReader(history.map(encodeEntry));
  const old = memoryReader(entries.map(encodeEntry));
  const consistencyProof = (await makeConsistencyProof(OLD_SIZE, size, read)).map(toBase64);
  return {
    envelope: certificateOf(INDEX),
    entry: new TextDecoder().decode(encodeEntry(elementAt(history, INDEX))),
    proof: { index: INDEX, size, hashes: (await makeInclusionProof(INDEX, size, read)).map(toBase64) },
    checkpoint: await checkpointOf(size, read),
    verifierKey: formatVerifierKey(log),
    earlier: { checkpoint: await checkpointOf(OLD_SIZE, old), consistencyProof },
  };
}

let evidence: Awaited<ReturnType<typeof evidenceOf>>;
const reader = memoryReader(entries.map(encodeEntry));
beforeAll(async () => {
  evidence = await evidenceOf(entries);
});

const codesOf = (changed: LedgerEvidence) =>
  verifyLedger(changed).issues.map(({ code, path }) => `${code} ${path}`);
const isRefused = (changed: LedgerEvidence) => !verifyLedger(changed).ok;

/** The evidence without an earlier checkpoint: one signature to check. */
function alone(): LedgerEvidence {
  const { earlier: _, ...rest } = evidence;
  return rest;
}

/** Every n-th: a signature is checked for each, and that of all bits is done where none is (here, and in merkle-proof.test.ts). */
function some(texts: Iterable<string>, n: number): string[] {
  return [...texts].filter((_, i) => i % n === 0);
}

/** Every text that differs from this one by one bit of one UTF-16 unit below U+0100, and by any bit of those above. */
function* textFlips(text: string): Generator<string, void> {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    for (let bit = 0; bit < (unit > 255 ? 16 : 8); bit++)
      yield text.slice(0, i) + String.fromCharCode(unit ^ (1 << bit)) + text.slice(i + 1);
  }
}

describe("a certificate in the ledger", () => {
  it("verifies, with and without an earlier checkpoint", () => {
    expect(verifyLedger(evidence)).toMatchObject({
      ok: true,
      issues: [],
      entry: elementAt(entries, INDEX),
      checkpoint: { size: SIZE, origin: ORIGIN },
    });
    expect(verifyLedger(alone()).ok).toBe(true);
  });

  it("verifies as objects and as texts", () => {
    expect(verifyLedger({ ...evidence, entry: elementAt(entries, INDEX) }).ok).toBe(true);
    expect(verifyLedger({ ...evidence, envelope: JSON.stringify(evidence.envelope, null, 2) }).ok).toBe(true);
  });

  it("verifies out of a tlog-proof file", () => {
    const text = formatTlogProof({
      entry: utf8ToBytes(evidence.entry as string),
      index: INDEX,
      hashes: evidence.proof.hashes.map((hash) => Uint8Array.from(atob(hash), (char) => char.charCodeAt(0))),
      checkpoint: evidence.checkpoint,
    });
    const proof = parseTlogProof(text);
    const hashes = proof.hashes.map(toBase64);
    expect({ index: proof.index, hashes, checkpoint: proof.checkpoint }).toEqual({
      index: INDEX,
      hashes: evidence.proof.hashes,
      checkpoint: evidence.checkpoint,
    });
    expect(new TextDecoder().decode(proof.entry)).toBe(evidence.entry);
    const bad = [
      "",
      text.replace("@v1", "@v2"),
      text.replace("extra ", "extra"),
      text.replace("index 6", "index 06"),
      text.replace(elementAt(hashes, 0), `${elementAt(hashes, 0)}AAAA`),
      text.replace(elementAt(hashes, 0), `${elementAt(hashes, 0)}\n`.repeat(70)),
    ];
    for (const changed of bad) expect(() => parseTlogProof(changed)).toThrow("Expected");
  });
});

describe("any single bit", () => {
  it("of the entry's bytes, once flipped, makes another leaf; that is refused", async () => {
    const { entry, proof } = evidence;
    const root = await treeRoot(SIZE, reader);
    const hashes = proof.hashes.map((hash) => bytesFromBase64(hash) as Uint8Array);
    const isIncluded = (bytes: Uint8Array) =>
      verifyInclusion({ index: INDEX, size: SIZE, leaf: leafHash(bytes), root }, hashes);
    expect(isIncluded(utf8ToBytes(entry as string))).toBe(true);
    for (const flipped of bitFlips(utf8ToBytes(entry as string))) expect(isIncluded(flipped)).toBe(false);
    for (const flipped of some(textFlips(entry as string), 13))
      expect(isRefused({ ...alone(), entry: flipped })).toBe(true);
  });

  it("of the proof, once flipped, is refused", () => {
    const { hashes } = evidence.proof;
    for (const [i, hash] of hashes.entries())
      for (const flipped of some(textFlips(hash), 5))
        expect(isRefused({ ...alone(), proof: { ...evidence.proof, hashes: hashes.with(i, flipped) } })).toBe(
          true,
        );
    for (let index = -1; index <= SIZE; index++)
      expect(isRefused({ ...alone(), proof: { ...evidence.proof, index } })).toBe(index !== INDEX);
    for (let size = 0; size <= 2 * SIZE; size++)
      expect(isRefused({ ...alone(), proof: { ...evidence.proof, size } })).toBe(size !== SIZE);
  });

  it("of the checkpoint or its signature, once flipped, is refused", () => {
    for (const checkpoint of textFlips(evidence.checkpoint))
      expect(isRefused({ ...alone(), checkpoint })).toBe(true);
  });

  it("of the consistency proof, once flipped, is refused", () => {
    const { consistencyProof } = evidence.earlier;
    for (const flipped of some(textFlips(elementAt(consistencyProof, 1)), 5)) {
      const earlier = { ...evidence.earlier, consistencyProof: consistencyProof.with(1, flipped) };
      expect(isRefused({ ...evidence, earlier })).toBe(true);
    }
  });

  it("of the certificate, once flipped, is refused", () => {
    const { payload, signatures, payloadType } = evidence.envelope as Envelope;
    const at = (text: string) => some(textFlips(text), 29);
    for (const flipped of at(payload))
      expect(isRefused({ ...alone(), envelope: { payload: flipped, signatures, payloadType } })).toBe(true);
    for (const sig of at(elementAt(signatures, 0).sig))
      expect(
        isRefused({
          ...alone(),
          envelope: { payload, payloadType, signatures: [{ ...elementAt(signatures, 0), sig }] },
        }),
      ).toBe(true);
  });
});

describe("another history", () => {
  const rewritten: [string, (history: LedgerEntry[]) => LedgerEntry[]][] = [
    ["an old entry changed", (h) => h.with(2, { ...elementAt(h, 2), time: "2026-01-30T12:00:00Z" })],
    ["an old entry dropped", (h) => h.toSpliced(2, 1)],
    [
      "an entry slipped in among the old",
      (h) => h.toSpliced(2, 0, { ...elementAt(h, 1), requestId: uuid(50) }),
    ],
    ["two old entries swapped", (h) => [elementAt(h, 1), elementAt(h, 0), ...h.slice(2)]],
    [
      "the last old entry changed",
      (h) => h.with(OLD_SIZE - 1, { ...elementAt(h, OLD_SIZE - 1), requestId: uuid(50) }),
    ],
  ];

  it.each(rewritten)("is found out: %s", async (_, rewrite) => {
    const changed = await evidenceOf(rewrite([...entries]));
    expect(codesOf(changed)).toContain("LEDGER_CONSISTENCY earlier.consistencyProof");
  });

  it("after the earlier checkpoint is not held against it", async () => {
    const changed = await evidenceOf(entries.with(9, certificateEntry(3)));
    expect(verifyLedger(changed).ok).toBe(true);
  });

  it("shorter than before is found out, though honestly signed", async () => {
    const earlier = { checkpoint: await checkpointOf(SIZE, reader), consistencyProof: [] };
    const size = INDEX + 1;
    const proof = {
      index: INDEX,
      size,
      hashes: (await makeInclusionProof(INDEX, size, reader)).map(toBase64),
    };
    const changed = { ...evidence, proof, checkpoint: await checkpointOf(size, reader), earlier };
    expect(codesOf(changed)).toEqual(["LEDGER_SIZE earlier.checkpoint"]);
  });
});

describe("what is wrong is named", () => {
  it("a certificate that is not the entry's", () => {
    expect(codesOf({ ...evidence, envelope: certificateOf(3) })).toEqual([
      "LEDGER_CERTIFICATE entry.certificateDigest",
    ]);
  });

  it("models that are not the certificate's", async () => {
    const entry = { ...certificateEntry(INDEX), modelBefore: "0".repeat(64), modelAfter: "1".repeat(64) };
    expect(codesOf(await evidenceOf(entries.with(INDEX, entry)))).toEqual([
      "LEDGER_CERTIFICATE entry.modelBefore",
      "LEDGER_CERTIFICATE entry.modelAfter",
    ]);
  });

  it("an entry of another kind", async () => {
    const history = entries.with(INDEX, elementAt(entries, 1));
    expect(codesOf(await evidenceOf(history))).toEqual(["LEDGER_KIND entry.kind"]);
  });

  it("an entry that stands elsewhere", () => {
    const changed = { ...evidence, entry: certificateEntry(3), envelope: certificateOf(3) };
    expect(codesOf(changed)).toEqual(["LEDGER_INCLUSION proof"]);
  });

  it("a checkpoint by another key of the same name", async () => {
    expect(codesOf({ ...evidence, checkpoint: await checkpointOf(SIZE, reader, stranger) })).toEqual([
      "LEDGER_SIGNATURE checkpoint",
    ]);
    const earlier = { ...evidence.earlier, checkpoint: await checkpointOf(OLD_SIZE, reader, stranger) };
    expect(codesOf({ ...evidence, earlier })).toEqual(["LEDGER_SIGNATURE earlier.checkpoint"]);
    // Unless the verifier knows that this was the log's key then.
    const known = { ...earlier, verifierKey: formatVerifierKey(stranger) };
    expect(verifyLedger({ ...evidence, earlier: known }).issues).toEqual([]);
  });

  it("a checkpoint with a wrong signature of the key beside a right one", async () => {
    const [, wrong] = (await checkpointOf(OLD_SIZE, reader)).split("\n\n");
    expect(codesOf({ ...alone(), checkpoint: evidence.checkpoint + wrong })).toEqual([
      "LEDGER_SIGNATURE checkpoint",
    ]);
  });

  it("a checkpoint of another log under the same key", async () => {
    const checkpoint = await checkpointOf(SIZE, reader, log, "other.example");
    expect(codesOf({ ...evidence, checkpoint })).toEqual(["LEDGER_ORIGIN checkpoint"]);
    expect(verifyLedger({ ...alone(), checkpoint, origin: "other.example" }).ok).toBe(true);
  });

  it("evidence of no shape at all, without an exception", () => {
    const hostile: unknown[] = [undefined, null, 7, "", "{}", [], { proof: [] }, "[".repeat(100_000)];
    for (const key of ["envelope", "entry", "proof", "checkpoint", "earlier"])
      for (const value of hostile) {
        if (key === "earlier" && value === undefined) continue;
        expect(isRefused({ ...evidence, [key]: value } as LedgerEvidence)).toBe(true);
      }
    const deep = {
      ...(evidence.envelope as Envelope),
      x: JSON.parse(`${"[".repeat(9999)}${"]".repeat(9999)}`),
    };
    expect(isRefused({ ...evidence, envelope: deep })).toBe(true);
    const long = { ...evidence.proof, hashes: Array(1000).fill(evidence.proof.hashes[0]) };
    expect(codesOf({ ...evidence, proof: long })).toEqual(["LEDGER_PROOF proof"]);
  });

  it("a verifier key that cannot be read, by an exception", () => {
    for (const verifierKey of ["", "nonsense", undefined as unknown as string])
      expect(() => verifyLedger({ ...evidence, verifierKey })).toThrow(
        expect.objectContaining({ code: "E_KEY" }),
      );
  });
});
