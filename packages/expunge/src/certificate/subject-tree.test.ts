import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import { naiveRoot } from "../../testing/trees.js";
import { sha256Hex } from "../records/bytes.js";
import { subjectDigest, writeSubjectDigest } from "./subject-digest.js";
import { isInSubjectTree, isSubjectProof, subjectTree } from "./subject-tree.js";

const digestAt = (i: number): string => subjectDigest(`person-${i}`, sha256Hex(`salt ${i}`));
const bytesAt = (i: number): Uint8Array => hexToBytes(digestAt(i));

describe("a subject's digest", () => {
  it("is sha256 over salt, colon and id", () => {
    const salt = "5a".repeat(32);
    expect(subjectDigest("ann@example.com", salt)).toBe(sha256Hex(`${salt}:ann@example.com`));
  });

  it("is the same in bytes, whatever the id is made of", () => {
    const out = new Uint8Array(32);
    for (const id of ["", "ann@example.com", "Zoë 日本 😀", "a\ud800b", "x".repeat(1000), "é".repeat(500)]) {
      const salt = sha256Hex(id);
      writeSubjectDigest(id, hexToBytes(salt), out);
      expect(bytesToHex(out)).toBe(subjectDigest(id, salt));
    }
  });
});

describe("the tree of a request's subjects", () => {
  it("has the root of RFC 6962 over the digests' bytes, and none without subjects", () => {
    for (const count of [1, 2, 3, 8, 13]) {
      const digests = Array.from({ length: count }, (_, i) => bytesAt(i));
      expect(subjectTree(count, bytesAt).root).toBe(Buffer.from(naiveRoot(digests)).toString("hex"));
    }
    expect(subjectTree(0, bytesAt).root).toBeNull();
    expect(() => subjectTree(0, bytesAt).proofOf(0)).toThrow(RangeError);
  });

  it("gives each subject a proof, good for nobody else", () => {
    const count = 25;
    const tree = subjectTree(count, bytesAt);
    const root = tree.root as string;
    for (let i = 0; i < count; i++) {
      const proof = tree.proofOf(i);
      expect(isSubjectProof(proof)).toBe(true);
      expect(isInSubjectTree(digestAt(i), proof, root)).toBe(true);
      expect(isInSubjectTree(digestAt((i + 1) % count), proof, root)).toBe(false);
      expect(isInSubjectTree(digestAt(i), { ...proof, index: (i + 1) % count }, root)).toBe(false);
      expect(isInSubjectTree(digestAt(i), proof, sha256Hex("another root"))).toBe(false);
    }
  });

  it("asks for each digest once, in order, and holds 64 bytes a subject: 100,000 of them", () => {
    const count = 100_000;
    let asked = 0;
    const tree = subjectTree(count, (i) => {
      expect(i === asked++ || i).toBe(true);
      return bytesAt(i);
    });
    expect(asked).toBe(count);
    const proof = tree.proofOf(77_777);
    expect(asked).toBe(count);
    expect(proof.path).toHaveLength(17);
    expect(isInSubjectTree(digestAt(77_777), proof, tree.root as string)).toBe(true);
  });
});
