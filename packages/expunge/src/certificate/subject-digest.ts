import { utf8ToBytes } from "@noble/hashes/utils.js";
import { sha256Into } from "../merkle/sha256-into.js";
import { ByteWriter } from "../records/byte-writer.js";
import { sha256Hex } from "../records/bytes.js";
import { formSubject, type SubjectForm } from "../records/subject-form.js";

/**
 * sha256(salt ":" id), in hex: what stands in a certificate's tree in place of a subject's id. The salt is 64 hex digits. Of a model that
 * compares ids in a form it is sha256(salt "/" form ":" id in that form): so the certificate says, too, that other spellings are meant.
 */
export function subjectDigest(id: string, salt: string, form: SubjectForm = "none"): string {
  const formed = formSubject(id, form);
  return sha256Hex(utf8ToBytes(form === "none" ? `${salt}:${formed}` : `${salt}/${form}:${formed}`));
}

const writer = new ByteWriter();

/** `subjectDigest` as 32 bytes at the beginning of `out`, of a salt of 32 bytes. */
export function writeSubjectDigest(
  id: string,
  salt: Uint8Array,
  out: Uint8Array,
  form: SubjectForm = "none",
): void {
  const text = writer.clear().hex(salt);
  if (form !== "none") text.text("/").text(form);
  sha256Into(text.text(":").text(formSubject(id, form)).view(), out);
}
