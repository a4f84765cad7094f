import { createHash, createHmac, createSecretKey } from "node:crypto";
import { formSubject, type SubjectForm } from "expunge/process";

/*
 * The names are those of a model's SubjectIndex, made by the platform's own hashes: a request may name two hundred thousand subjects.
 */

/** What a data set's secret makes of a subject: nothing that can be turned back without it. */
export interface Keyring {
  /** Hex HMAC of a subject, under which its rows are found. */
  ownerOf(subject: string): string;
  /** Salt of one owner in one request, under which certificates name the subject: it tells of nobody else. */
  saltOf(requestId: string, owner: string): string;
  /** Hex digest of a subject under its salt in a request: a leaf of certificates' trees. */
  digestOf(subject: string, owner: string, requestId: string): string;
  /** Salt under which the ledger's entry commits to a request; whoever asked gets it. */
  ledgerSaltOf(requestId: string): string;
  /** Hex HMAC of all that a request asks, to know it again. */
  fingerprintOf(asked: string): string;
}

/** @param form in which the data set's ids are compared */
export function keyringOf(secret: Uint8Array, form: SubjectForm = "none"): Keyring {
  const key = createSecretKey(secret);
  const hmac = (text: string): string => createHmac("sha256", key).update(text, "utf8").digest("hex");
  const mark = form === "none" ? "" : `/${form}`;
  const saltOf = (requestId: string, owner: string): string => hmac(`salt:${requestId}:${owner}`);
  return {
    ownerOf: (subject) => hmac(`subject:${formSubject(subject, form)}`),
    saltOf,
    // As subjectDigest of the certificates' room; a test holds the two equal.
    digestOf: (subject, owner, requestId) =>
      createHash("sha256")
        .update(`${saltOf(requestId, owner)}${mark}:${formSubject(subject, form)}`, "utf8")
        .digest("hex"),
    ledgerSaltOf: (requestId) => saltOf(`ledger/${requestId}`, ""),
    fingerprintOf: (asked) => hmac(`request:${asked}`),
  };
}
