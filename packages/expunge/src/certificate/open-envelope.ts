import { fromAnyBase64, sha256Hex } from "../records/bytes.js";
import { canonicalJson } from "../records/canonical-json.js";
import { type Envelope, PAYLOAD_TYPE, type Statement } from "../records/certificate.js";
import { readStrictJson } from "../records/strict-json.js";
import { isSignedBy } from "./dsse.js";
import { valueAt } from "./fields.js";
import type { Issue } from "./issue.js";

/* From an envelope to a statement that was signed, stopping at the first thing that is wrong. */

/** Longest envelope, and longest payload, in characters; a certificate has at most a quarter of it. */
export const MAX_TEXT = 2 ** 18;

/** Every one that is there may have to be tried. */
export const MAX_SIGNATURES = 8;

export type Opened =
  | { readonly statement: Statement; readonly issue: null }
  | { readonly statement: null; readonly issue: Issue };

/**
 * The statement of an envelope that one of the keys signed. Size first, then the signature, then what was signed: nothing of the payload is read
 * that no key stands for. The envelope itself may be spelled in any way; the payload only in one, so that every reader sees the same.
 *
 * @param certificate a DSSE envelope, as an object or JSON text
 */
export function openEnvelope(certificate: unknown, publicKeys: readonly Uint8Array[]): Opened {
  const read = readEnvelope(certificate);
  if (read.issue !== null) return read;
  const { envelope } = read;
  if (envelope.payloadType !== PAYLOAD_TYPE)
    return refused("PAYLOAD_TYPE", "envelope.payloadType", PAYLOAD_TYPE, envelope.payloadType);
  const payload = fromAnyBase64(envelope.payload);
  if (payload === null)
    return refused(
      "BASE64",
      "envelope.payload",
      "base64 in one alphabet, without white space",
      "something else",
    );
  if (!publicKeys.some((key) => isSignedBy(envelope, key))) return unsigned(envelope, publicKeys);
  return readStatement(payload);
}

function unsigned({ signatures }: Envelope, publicKeys: readonly Uint8Array[]): Opened {
  const expectedIds = publicKeys.map((key) => sha256Hex(key));
  const keyids = signatures.map(({ keyid }) => keyid ?? null);
  const isNamed = keyids.some((keyid) => keyid !== null && expectedIds.includes(keyid));
  // Two lists of the same ids would say nothing. A key id is a hint that anybody can write.
  const actual = isNamed
    ? "a signature that names this key but does not fit the text: it was changed after it was signed, or another key signed it"
    : keyids;
  const expected = `a signature by ${expectedIds.map((id) => `key ${id}`).join(" or ")}`;
  return refused("SIGNATURE", "envelope.signatures", expected, actual);
}

type Read =
  | { readonly envelope: Envelope; readonly issue: null }
  | { readonly statement: null; readonly issue: Issue };

function readEnvelope(certificate: unknown): Read {
  if (typeof certificate !== "string") return checkEnvelope(certificate);
  if (certificate.length > MAX_TEXT) return tooLong("envelope", certificate);
  const json = readStrictJson(certificate);
  if (json.fault === null) return checkEnvelope(json.value);
  const code = json.fault === "NOT_JSON" ? "ENVELOPE" : json.fault;
  return refused(code, "envelope", json.expected, json.actual);
}

function checkEnvelope(value: unknown): Read {
  const payload = valueAt(value, "payload");
  const payloadType = valueAt(value, "payloadType");
  const signatures = valueAt(value, "signatures");
  if (typeof payload !== "string" || typeof payloadType !== "string" || !Array.isArray(signatures))
    return refused(
      "ENVELOPE",
      "envelope",
      "a DSSE envelope: payload, payloadType, signatures",
      describe(value),
    );
  if (payload.length > MAX_TEXT) return tooLong("envelope.payload", payload);
  if (signatures.length > MAX_SIGNATURES)
    return refused(
      "TOO_MANY_SIGNATURES",
      "envelope.signatures",
      `at most ${MAX_SIGNATURES}`,
      signatures.length,
    );
  if (!signatures.every(isSignatureEntry))
    return refused(
      "ENVELOPE",
      "envelope.signatures",
      "a text sig each, and a text keyid or none",
      "something else",
    );
  const entries = signatures.map((entry) => {
    const keyid = valueAt(entry, "keyid");
    return { ...(typeof keyid === "string" ? { keyid } : {}), sig: valueAt(entry, "sig") as string };
  });
  return { envelope: { payload, payloadType, signatures: entries }, issue: null };
}

function isSignatureEntry(entry: unknown): boolean {
  const keyid = valueAt(entry, "keyid") ?? null;
  return typeof valueAt(entry, "sig") === "string" && (keyid === null || typeof keyid === "string");
}

/** What was signed, in its one spelling. */
function readStatement(payload: Uint8Array): Opened {
  const path = "envelope.payload";
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(payload);
  } catch {
    return refused("PAYLOAD", path, "UTF-8", "other bytes");
  }
  const json = readStrictJson(text);
  if (json.fault !== null)
    return refused(json.fault === "NOT_JSON" ? "PAYLOAD" : json.fault, path, json.expected, json.actual);
  const { value } = json;
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return refused("PAYLOAD", path, "a JSON object", describe(value));
  if (spellingOf(value) !== text)
    return refused("NOT_CANONICAL", path, "JSON in its one spelling (RFC 8785)", "another spelling");
  return { statement: value as Statement, issue: null };
}

/** null for numbers beyond float64, which `JSON.parse` turns into infinities. */
function spellingOf(value: object): string | null {
  try {
    return canonicalJson(value);
  } catch {
    return null;
  }
}

function refused(
  code: string,
  path: string,
  expected: unknown,
  actual: unknown,
): { statement: null; issue: Issue } {
  return { statement: null, issue: { code, path, expected, actual } };
}

function tooLong(path: string, { length }: string): { statement: null; issue: Issue } {
  return refused("TOO_LARGE", path, `at most ${MAX_TEXT} characters`, length);
}

function describe(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : `a value of type ${typeof value}`;
}
