import { bytesToHex } from "@noble/hashes/utils.js";
import { subjectDigest } from "expunge/verify";
import { expect, it } from "vitest";
import { writeSubjectDigest } from "../../../expunge/src/certificate/subject-digest.js";
import { SUBJECT_FORMS } from "../../../expunge/src/records/subject-form.js";
import { SubjectIndex } from "../../../expunge/src/unlearner/subject-index.js";
import { keyringOf } from "./keyring.js";

it.each(SUBJECT_FORMS)(
  "a keyring names subjects as a model's index does, and digests them as certificates do: %s",
  (form) => {
    const secret = new Uint8Array(32).fill(7);
    const keyring = keyringOf(secret, form);
    const index = SubjectIndex.fromOwners(secret, null, form);
    for (const subject of ["ann@example.com", "", " Zoe\u0308", "\ud83d\ude00", "a".repeat(1000)]) {
      const owner = keyring.ownerOf(subject);
      const key = index.keyOf(subject);
      expect(owner).toBe(bytesToHex(key));
      const salt = new Uint8Array(32);
      index.writeSalt("r", key, salt);
      expect(keyring.saltOf("r", owner)).toBe(bytesToHex(salt));
      const digest = new Uint8Array(32);
      writeSubjectDigest(subject, salt, digest, form);
      expect(bytesToHex(digest)).toBe(subjectDigest(subject, bytesToHex(salt), form));
      expect(keyring.digestOf(subject, owner, "r")).toBe(bytesToHex(digest));
    }
    const { ledgerSaltOf, ownerOf, saltOf } = keyring;
    expect(
      new Set([ledgerSaltOf("r"), ledgerSaltOf("s"), saltOf("r", ownerOf("a")), saltOf("r", ownerOf("b"))])
        .size,
    ).toBe(4);
  },
);
