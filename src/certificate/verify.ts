import { utf8ToBytes } from "@noble/hashes/utils.js";
import { fromBase64, sha256Hex } from "../records/bytes.js";
import {
  type Envelope,
  PAYLOAD_TYPE,
  PREDICATE_TYPE,
  STATEMENT_TYPE,
  type Statement,
  type UnlearningPredicate,
} from "../records/certificate.js";
import { isSignedBy, readPublicKey } from "./dsse.js";
import { FIELDS, misfit, valueAt } from "./fields.js";
import type { Issue } from "./issue.js";
import { recompute } from "./recompute.js";
import { sealOf } from "./seals.js";

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

const STATEMENT_KEYS = ["_type", "subject", "predicateType", "predicate"];
const SUBJECT_NAMES = ["model-before", "model-after"] as const;

function checkStatement(statement: Statement): Issue[] {
  const issues: Issue[] = [];
  if (statement._type !== STATEMENT_TYPE) {
    issues.push({ code: "STATEMENT_TYPE", path: "_type", expected: STATEMENT_TYPE, actual: statement._type });
  }
  if (statement.predicateType !== PREDICATE_TYPE) {
    issues.push({
      code: "PREDICATE_TYPE",
      path: "predicateType",
      expected: PREDICATE_TYPE,
      actual: statement.predicateType,
    });
  }
  const strangers = Object.keys(statement).filter((key) => !STATEMENT_KEYS.includes(key));
  if (strangers.length > 0) {
    issues.push({
      code: "SHAPE_UNKNOWN_FIELD",
      path: strangers.join(),
      expected: "no such field",
      actual: strangers,
    });
  }
  if (!Array.isArray(statement.subject) || statement.subject.length !== SUBJECT_NAMES.length) {
    issues.push({
      code: "SHAPE_SUBJECT",
      path: "subject",
      expected: "the model before and the model after",
      actual: statement.subject,
    });
  }
  SUBJECT_NAMES.forEach((name, i) => {
    const path = `subject[${i}]`;
    const entry: unknown = Array.isArray(statement.subject) ? statement.subject[i] : undefined;
    const digest = valueAt(entry, "digest.sha256");
    const code = `SUBJECT_${name.replace("-", "_").toUpperCase()}`;
    const isWhole =
      valueAt(entry, "name") === name &&
      typeof digest === "string" &&
      /^[0-9a-f]{64}$/.test(digest) &&
      Object.keys(entry as object).length === 2 &&
      Object.keys(valueAt(entry, "digest") as object).length === 1;
    if (!isWhole)
      issues.push({ code: `SHAPE_${code}`, path, expected: `${name} with a sha256 digest`, actual: entry });
    else if (
      valueAt(statement, "predicate.seals") &&
      sealOf(name, digest) !== statement.predicate.seals[name]
    ) {
      issues.push({ code, path, expected: `seal ${statement.predicate.seals[name]}`, actual: digest });
    }
  });
  return issues;
}

function checkShape({ predicate }: Statement): Issue[] {
  const issues: Issue[] = [];
  for (const { path, code, rule } of FIELDS) {
    const actual = valueAt(predicate, path);
    const expected = misfit(rule, actual);
    if (expected !== null)
      issues.push({ code: `SHAPE_${code}`, path: `predicate.${path}`, expected, actual });
  }
  for (const path of unknownPaths(predicate)) {
    issues.push({
      code: "SHAPE_UNKNOWN_FIELD",
      path: `predicate.${path}`,
      expected: "no such field",
      actual: valueAt(predicate, path),
    });
  }
  return issues;
}

const KNOWN_PATHS = new Set(FIELDS.map(({ path }) => path));

/** Paths in the predicate that lead to no field of version 1. */
function unknownPaths(value: unknown, prefix = ""): string[] {
  if (typeof value !== "object" || value === null)
    return prefix === "" || KNOWN_PATHS.has(prefix) ? [] : [prefix];
  if (KNOWN_PATHS.has(prefix) || prefix === "seals") return [];
  const isInner = prefix === "" || FIELDS.some(({ path }) => path.startsWith(`${prefix}.`));
  if (!isInner) return [prefix];
  return Object.entries(value).flatMap(([key, item]) =>
    unknownPaths(item, prefix === "" ? key : `${prefix}.${key}`),
  );
}

function checkSeals({ predicate }: Statement): Issue[] {
  const seals = valueAt(predicate, "seals");
  if (typeof seals !== "object" || seals === null) {
    return [
      { code: "SHAPE_SEALS", path: "predicate.seals", expected: "a seal for every field", actual: seals },
    ];
  }
  const issues: Issue[] = [];
  for (const { path, code } of FIELDS) {
    const actual = valueAt(predicate, path);
    const expected = (seals as Record<string, unknown>)[path];
    if (actual !== undefined && sealOf(path, actual) !== expected) {
      issues.push({
        code,
        path: `predicate.${path}`,
        expected: `the value sealed as ${String(expected)}`,
        actual,
      });
    }
  }
  const known = new Set<string>([...KNOWN_PATHS, ...SUBJECT_NAMES]);
  const extra = Object.keys(seals).filter((path) => !known.has(path));
  if (extra.length > 0)
    issues.push({ code: "SEALS", path: "predicate.seals", expected: "seals of known fields", actual: extra });
  return issues;
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
