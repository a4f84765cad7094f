import { utf8ToBytes } from "@noble/hashes/utils.js";
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
