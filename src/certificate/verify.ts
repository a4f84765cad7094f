import { utf8ToBytes } from "@noble/hashes/utils.js";
import { fromBase64, sha256Hex } from "../records/bytes.js";
import {
  type Envelope,
  PAYLOAD_TYPE,
  type Statement,
  type UnlearningPredicate,
} from "../records/certificate.js";
import { checkSeals, checkShape, checkStatement } from "./check-shape.js";
import { isSignedBy, readPublicKey } from "./dsse.js";
import { valueAt } from "./fields.js";
import type { Issue } from "./issue.js";
import { recompute } from "./recompute.js";

export interface VerifyOptions {
  /** The issuer's Ed25519 key: 32 bytes, 64 hex digits or PEM. */
  readonly publicKey: Uint8Array | string;
  /** Weights file (safetensors bytes) or its hex sha256, to check that the certificate speaks of this very model. */
  readonly modelAfter?: Uint8Array | string;
  readonly modelBefore?: Uint8Array | string;
  /** Checks that this subject is among those forgotten; the salt came with the certificate's receipt. */
  readonly subject?: { readonly id: string; readonly salt: string };
  /** The weakest claim that will do; without it any claim that is true verifies, however weak. */
  readonly atMost?: { readonly epsilon: number; readonly delta: number };
  /** The moment of checking, for certificates dated in the future; default now. */
  readonly now?: Date;
}

export interface Verification {
  readonly ok: boolean;
  readonly issues: readonly Issue[];
  /** The statement, where it could be read at all; trust it only if `ok`. */
  readonly statement: Statement | null;
}

/** Longest payload looked at, in base64 characters. */
const LARGEST_PAYLOAD = 2 ** 24;

/**
 * Checks a certificate without trusting whoever made it: signature, digests, shape, and every number of the claim recomputed from
 * the process alone. A false certificate is an answer, not an exception.
 *
 * @param certificate a DSSE envelope, as an object or JSON text
 * @throws ExpungeError E_KEY only where the public key itself cannot be read
 */
export function verify(certificate: Envelope | string, options: VerifyOptions): Verification {
  const publicKey = readPublicKey(options.publicKey);
  const envelope = readEnvelope(certificate);
  if (envelope !== null && envelope.payload.length > LARGEST_PAYLOAD) {
    return failed(
      "TOO_LARGE",
      "envelope.payload",
      `at most ${LARGEST_PAYLOAD} characters`,
      envelope.payload.length,
    );
  }
  if (envelope === null) return failed("ENVELOPE", "envelope", "a DSSE envelope", typeof certificate);
  const issues: Issue[] = [];
  if (envelope.payloadType !== PAYLOAD_TYPE) {
    issues.push({
      code: "PAYLOAD_TYPE",
      path: "envelope.payloadType",
      expected: PAYLOAD_TYPE,
      actual: envelope.payloadType,
    });
  }
  if (!isSignedBy(envelope, publicKey)) {
    const expected = `a signature by key ${sha256Hex(publicKey)}`;
    issues.push({ code: "SIGNATURE", path: "envelope.signatures", expected, actual: envelope.signatures });
  } else if (!envelope.signatures.some(({ keyid }) => keyid === sha256Hex(publicKey))) {
    issues.push({
      code: "KEY_ID",
      path: "envelope.signatures",
      expected: sha256Hex(publicKey),
      actual: envelope.signatures,
    });
  }
  const statement = readStatement(envelope);
  if (statement === null) {
    issues.push({
      code: "PAYLOAD",
      path: "envelope.payload",
      expected: "base64 of a JSON object",
      actual: envelope.payload,
    });
    return finish(issues, null);
  }
  try {
    issues.push(...checkContent(statement, options));
  } catch (error) {
    // Figures so extreme, or nested so deep, that they cannot even be computed with.
    issues.push({
      code: "UNCHECKABLE",
      path: "predicate",
      expected: "figures that can be checked",
      actual: String(error),
    });
  }
  return finish(issues, statement);
}

function checkContent(statement: Statement, options: VerifyOptions): Issue[] {
  const issues = [...checkStatement(statement), ...checkShape(statement), ...checkSeals(statement)];
  if (issues.some(({ code }) => code.startsWith("SHAPE_"))) return issues;
  const { predicate } = statement;
  issues.push(...recompute(predicate, options.now ?? new Date()));
  issues.push(
    ...checkModels(statement, options),
    ...checkSubject(predicate, options),
    ...checkStrength(predicate, options),
  );
  return issues;
}

/** sha256(salt || subject id): what a certificate holds in place of an id. The salt is 64 hex digits. */
export function subjectDigest(id: string, salt: string): string {
  return sha256Hex(utf8ToBytes(`${salt}:${id}`));
}

function finish(issues: readonly Issue[], statement: Statement | null): Verification {
  return Object.freeze({ ok: issues.length === 0, issues: Object.freeze(issues), statement });
}

function failed(code: string, path: string, expected: unknown, actual: unknown): Verification {
  return finish([{ code, path, expected, actual }], null);
}

function readEnvelope(certificate: Envelope | string): Envelope | null {
  const value = typeof certificate === "string" ? parseOrNull(certificate) : certificate;
  const signatures = valueAt(value, "signatures");
  const isEnvelope =
    typeof valueAt(value, "payload") === "string" &&
    typeof valueAt(value, "payloadType") === "string" &&
    Array.isArray(signatures) &&
    signatures.every((s) => typeof valueAt(s, "keyid") === "string" && typeof valueAt(s, "sig") === "string");
  return isEnvelope ? (value as Envelope) : null;
}

function readStatement(envelope: Envelope): Statement | null {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(fromBase64(envelope.payload));
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Statement) : null;
  } catch {
    return null;
  }
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function checkModels(statement: Statement, options: VerifyOptions): Issue[] {
  const issues: Issue[] = [];
  [options.modelBefore, options.modelAfter].forEach((model, i) => {
    if (model === undefined) return;
    const actual = typeof model === "string" ? model.toLowerCase() : sha256Hex(model);
    const expected = statement.subject[i].digest.sha256;
    const code = i === 0 ? "MODEL_BEFORE" : "MODEL_AFTER";
    if (actual !== expected) issues.push({ code, path: `subject[${i}].digest.sha256`, expected, actual });
  });
  return issues;
}

function checkStrength({ claim }: UnlearningPredicate, { atMost }: VerifyOptions): Issue[] {
  if (atMost === undefined || (claim.epsilon <= atMost.epsilon && claim.delta <= atMost.delta)) return [];
  return [
    {
      code: "TOO_WEAK",
      path: "predicate.claim",
      expected: atMost,
      actual: { epsilon: claim.epsilon, delta: claim.delta },
    },
  ];
}

function checkSubject(predicate: UnlearningPredicate, { subject }: VerifyOptions): Issue[] {
  if (subject === undefined) return [];
  const actual = subjectDigest(subject.id, subject.salt);
  // A salt of another shape could smuggle a part of the id in.
  if (/^[0-9a-f]{64}$/.test(subject.salt) && predicate.request.subjects.includes(actual)) return [];
  return [
    { code: "SUBJECT", path: "predicate.request.subjects", expected: predicate.request.subjects, actual },
  ];
}
