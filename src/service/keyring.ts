import { subjectDigest } from "../certificate/verify.js";
import { SubjectIndex } from "../unlearner/subject-index.js";

/** What a data set's secret makes of a subject: nothing that can be turned back without it. */
export interface Keyring {
  /** Hex HMAC of a subject, under which its rows are found. */
  ownerOf(subject: string): string;
  /** Salt under which certificates name the subjects of a request; whoever asked gets it. */
  saltOf(requestId: string): string;
  digestOf(subject: string, requestId: string): string;
}

export function keyringOf(secret: Uint8Array): Keyring {
  const index = SubjectIndex.fromOwners(secret, null);
  return {
    ownerOf: (subject) => index.keyOf(subject),
    saltOf: (requestId) => index.saltOf(requestId),
    digestOf: (subject, requestId) => subjectDigest(subject, index.saltOf(requestId)),
  };
}
