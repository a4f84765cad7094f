/**
 * Checks certificates; needs no other package, and runs in a browser as it is. docs/certificate.md explains what a certificate says.
 *
 * @module expunge/verify
 */
export type { Envelope, Holds, Statement, UnlearningPredicate } from "../records/certificate.js";
export { formSubject, SUBJECT_FORMS, type SubjectForm } from "../records/subject-form.js";
export type { ModelEvidence, RequestKind, SubjectEvidence } from "./check-given.js";
export { publicKeyToPem, readPublicKey } from "./dsse.js";
export type { Issue } from "./issue.js";
export type { SubjectProof } from "./subject-tree.js";
export { type PublicKey, subjectDigest, type Verification, type VerifyOptions, verify } from "./verify.js";
