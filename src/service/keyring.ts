import { subjectDigest } from "../certificate/subject-digest.js";
import { SubjectIndex } from "../unlearner/subject-index.js";

/** What a data set's secret makes of a subject: nothing that can be turned back without it. */
export interface Keyring {
  /** Hex HMAC of a subject, under which its rows are found. */
  ownerOf(subject: string): string;
  /** Salt of one owner in one request, under which certificates name the subject: it tells of nobody else. */
  saltOf(requestId: string, owner: string): string;
  /** Hex digest of a subject under its salt in a request. */
  digestOf(subject: string, requestId: string): string;
  /** Salt under which the ledger's entry commits to a request; whoever asked gets it. */
  ledgerSaltOf(requestId: string): string;
}

export function keyringOf(secret: Uint8Array): Keyring {
  const index = SubjectIndex.fromOwners(secret, null);
  return {
    ownerOf: (subject) => index.keyOf(subject),
    saltOf: (requestId, owner) => index.saltOf(requestId, owner),
    digestOf: (subject, requestId) => subjectDigest(subject, index.saltOf(requestId, index.keyOf(subject))),
    ledgerSaltOf: (requestId) => index.saltOf(`ledger/${requestId}`, ""),
  };
}
