import { bytesToHex } from "@noble/hashes/utils.js";
import { expect, it } from "vitest";
import { subjectDigest } from "../certificate/subject-digest.js";
import { SubjectIndex } from "../unlearner/subject-index.js";
import { keyringOf } from "./keyring.js";

it("a keyring names subjects as a model's index does, and digests them as certificates do", () => {
  const secret = new Uint8Array(32).fill(7);
  const keyring = keyringOf(secret);
  const index = SubjectIndex.fromOwners(secret, null);
  for (const subject of ["ann@example.com", "", "Zoë", "\ud83d\ude00", "a".repeat(1000)]) {
    const owner = keyring.ownerOf(subject);
    const key = index.keyOf(subject);
    expect(owner).toBe(bytesToHex(key));
    const salt = new Uint8Array(32);
    index.writeSalt("r", key, salt);
    expect(keyring.saltOf("r", owner)).toBe(bytesToHex(salt));
    expect(keyring.digestOf(subject, owner, "r")).toBe(subjectDigest(subject, keyring.saltOf("r", owner)));
  }
  const { ledgerSaltOf, ownerOf, saltOf } = keyring;
  expect(
    new Set([ledgerSaltOf("r"), ledgerSaltOf("s"), saltOf("r", ownerOf("a")), saltOf("r", ownerOf("b"))])
      .size,
  ).toBe(4);
});
