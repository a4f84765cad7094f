import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import type { Signer } from "../certificate/dsse.js";
import { ExpungeError } from "../errors.js";
import { toBase64 } from "../records/bytes.js";
import { bytesFromBase64 } from "./strict-text.js";

/** Signature type of plain Ed25519. Source: C2SP signed-note, section "Signature types". */
const ED25519 = 0x01;

/** A key that notes are checked with. */
export interface NoteVerifier {
  /** By custom a URL without its scheme; for a log, the origin of its checkpoints. */
  readonly name: string;
  /** 8 hex digits that tell keys of one name apart; no protection. */
  readonly keyHash: string;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
}

/** A named key that signs notes. */
export interface NoteSigner extends NoteVerifier {
  /** The Ed25519 signature of a message, 64 bytes. */
  sign(message: Uint8Array): Uint8Array;
}

/** Whether a key name is allowed: not empty, no Unicode space, no plus, no control character, no half of a surrogate pair. */
export function isKeyName(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
  return name !== "" && !/[\p{White_Space}+\u0000-\u001f\p{Surrogate}]/u.test(name);
}

/** SHA-256(name || 0x0A || 0x01 || public key)[:4] in hex. Source: C2SP signed-note, section "Ed25519 signatures". */
export function noteKeyHash(name: string, publicKey: Uint8Array): string {
  const digest = sha256(concatBytes(utf8ToBytes(`${name}\n`), Uint8Array.of(ED25519), publicKey));
  return bytesToHex(digest.slice(0, 4));
}

/** Names a key. @throws ExpungeError E_KEY */
export function createNoteVerifier(name: string, publicKey: Uint8Array): NoteVerifier {
  if (!isKeyName(name))
    throw new ExpungeError("E_KEY", `Expected a key name without spaces or plus, found "${name}".`);
  if (publicKey.length !== 32)
    throw new ExpungeError("E_KEY", `Expected an Ed25519 public key of 32 bytes, found ${publicKey.length}.`);
  return Object.freeze({ name, keyHash: noteKeyHash(name, publicKey), publicKey });
}

/** Gives a signing key a name. @throws ExpungeError E_KEY */
export function createNoteSigner(name: string, signer: Signer): NoteSigner {
  const verifier = createNoteVerifier(name, signer.publicKey);
  return Object.freeze({ ...verifier, sign: (message: Uint8Array) => signer.sign(message) });
}

/** `name+hash+base64(0x01 || public key)`, the form in which verifier keys are published (golang.org/x/mod/sumdb/note). */
export function formatVerifierKey({ name, keyHash, publicKey }: NoteVerifier): string {
  return `${name}+${keyHash}+${toBase64(concatBytes(Uint8Array.of(ED25519), publicKey))}`;
}

/** Reads a verifier key; its hash must fit. @throws ExpungeError E_KEY */
export function parseVerifierKey(text: string): NoteVerifier {
  const match = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(String(text).trim());
  const [, name, keyHash, base64] = match ?? [];
  if (name === undefined || base64 === undefined)
    throw new ExpungeError("E_KEY", `Expected a verifier key "name+hash+base64", found "${text}".`);
  const bytes = bytesFromBase64(base64);
  if (bytes?.length !== 33 || bytes[0] !== ED25519)
    throw new ExpungeError(
      "E_KEY",
      `Expected base64 of 0x01 and 32 bytes of Ed25519 key, found "${base64}".`,
    );
  const verifier = createNoteVerifier(name, bytes.slice(1));
  if (verifier.keyHash === keyHash) return verifier;
  throw new ExpungeError("E_KEY", `Expected key hash ${verifier.keyHash} for "${name}", found ${keyHash}.`);
}
