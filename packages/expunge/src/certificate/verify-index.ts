/** Checks certificates; runs in a browser as it is. */
export type { Envelope, Holds, Statement, UnlearningPredicate } from "../records/certificate.js";
export type { ModelEvidence, SubjectEvidence } from "./check-given.js";
export { publicKeyToPem, readPublicKey } from "./dsse.js";
export type { Issue } from "./issue.js";
export type { SubjectProof } from "./subject-tree.js";
export { subjectDigest, type Verification, type VerifyOptions, verify } from "./verify.js";
