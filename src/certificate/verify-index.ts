/** Checks certificates; runs in a browser as it is. */
export type { Envelope, Statement, UnlearningPredicate } from "../records/certificate.js";
export { publicKeyToPem, readPublicKey } from "./dsse.js";
export type { Issue } from "./issue.js";
export { subjectDigest, type Verification, type VerifyOptions, verify } from "./verify.js";
