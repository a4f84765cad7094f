import { getPublicKey, hashes, sign, verify } from "@noble/ed25519";
import { sha512 } from "@noble/hashes/sha2.js";
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { ExpungeError } from "../errors.js";
import { fromAnyBase64, fromBase64, randomBytes, sha256Hex, toBase64 } from "../records/bytes.js";
import { canonicalJson } from "../records/canonical-json.js";
import { type Envelope, PAYLOAD_TYPE, type Statement } from "../records/certificate.js";

hashes.sha512 = sha512;

/** Signs certificates with Ed25519. */
export interface Signer {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Hex sha256 of the public key. */
  readonly keyId: string;
  /** The Ed25519 signature of a message, 64 bytes (RFC 8032). */
  sign(message: Uint8Array): Uint8Array;
}

/** A signer from a 32-byte Ed25519 seed; a fresh random one where none is given. @throws ExpungeError E_KEY */
export function createSigner(seed: Uint8Array = randomBytes(32)): Signer {
  if (seed.length !== 32) {
    throw new ExpungeError("E_KEY", `Expected an Ed25519 seed of 32 bytes, found ${seed.length}.`);
  }
  const secret = Uint8Array.from(seed);
  const publicKey = getPublicKey(secret);
  return Object.freeze({
    publicKey,
    keyId: sha256Hex(publicKey),
    sign: (message: Uint8Array) => sign(message, secret),
  });
}

/** Pre-authentication encoding, the bytes that DSSE signs. Source: DSSE protocol v1, section "Signature definition". */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = utf8ToBytes(payloadType);
  return concatBytes(
    utf8ToBytes(`DSSEv1 ${type.length} `),
    type,
    utf8ToBytes(` ${payload.length} `),
    payload,
  );
}

/** Wraps a statement in its one spelling (RFC 8785) and signs it. */
export function signStatement(statement: Statement, signer: Signer): Envelope {
  const payload = utf8ToBytes(canonicalJson(statement));
  const sig = toBase64(signer.sign(preAuthEncoding(PAYLOAD_TYPE, payload)));
  return Object.freeze({
    payloadType: PAYLOAD_TYPE,
    payload: toBase64(payload),
    signatures: Object.freeze([Object.freeze({ keyid: signer.keyId, sig })]),
  });
}

/** Longest text that a signature of 64 bytes can take in base64. */
const MAX_SIGNATURE = 88;

/** Whether any signature of the envelope is the key's over the payload; a malformed one counts as none. Key ids are hints and decide nothing. */
export function isSignedBy(envelope: Envelope, publicKey: Uint8Array): boolean {
  const payload = fromAnyBase64(envelope.payload);
  if (payload === null) return false;
  const message = preAuthEncoding(envelope.payloadType, payload);
  return envelope.signatures.some(({ sig }) => isSignature(sig, message, publicKey));
}

function isSignature(text: string, message: Uint8Array, publicKey: Uint8Array): boolean {
  const signature = text.length <= MAX_SIGNATURE ? fromAnyBase64(text) : null;
  if (signature?.length !== 64) return false;
  try {
    // zip215: false is the strict RFC 8032 check: one key, one message, no malleable encodings.
    return verify(signature, message, publicKey, { zip215: false });
  } catch {
    return false;
  }
}

/** DER header of an Ed25519 SubjectPublicKeyInfo (RFC 8410). */
const SPKI_PREFIX = hexToBytes("302a300506032b6570032100");

/** PEM (SubjectPublicKeyInfo) of a public key, as OpenSSL writes it. */
export function publicKeyToPem(publicKey: Uint8Array): string {
  return `-----BEGIN PUBLIC KEY-----\n${toBase64(concatBytes(SPKI_PREFIX, publicKey))}\n-----END PUBLIC KEY-----\n`;
}

/** Reads a public key: 32 raw bytes, 64 hex digits, or PEM. @throws ExpungeError E_KEY */
export function readPublicKey(key: Uint8Array | string): Uint8Array {
  if (key instanceof Uint8Array) {
    if (key.length === 32) return key;
    throw new ExpungeError("E_KEY", `Expected an Ed25519 public key of 32 bytes, found ${key.length}.`);
  }
  if (typeof key !== "string")
    throw new ExpungeError("E_KEY", `Expected an Ed25519 public key as bytes or text, found ${typeof key}.`);
  const text = key.trim();
  if (/^[0-9a-fA-F]{64}$/.test(text)) return hexToBytes(text.toLowerCase());
  const body = /-----BEGIN PUBLIC KEY-----([\s\S]+?)-----END PUBLIC KEY-----/.exec(text)?.[1];
  const der = body === undefined ? null : decodeOrNull(body.replace(/\s+/g, ""));
  if (der?.length === 44 && bytesToHex(der).startsWith(bytesToHex(SPKI_PREFIX))) return der.slice(12);
  throw new ExpungeError(
    "E_KEY",
    "Expected an Ed25519 public key as 64 hex digits or PEM (BEGIN PUBLIC KEY).",
  );
}

function decodeOrNull(base64: string): Uint8Array | null {
  try {
    return fromBase64(base64);
  } catch {
    return null;
  }
}
