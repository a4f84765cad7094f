import { hashes, verify } from "@noble/ed25519";
import { sha512 } from "@noble/hashes/sha2.js";
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import type { ExpungeError } from "../errors.js";
import { textFromUtf8, toBase64 } from "../records/bytes.js";
import { ledgerError } from "./ledger-error.js";
import { isKeyName, type NoteSigner, type NoteVerifier } from "./note-key.js";
import { bytesFromBase64 } from "./strict-text.js";

hashes.sha512 = sha512;

/* Source: C2SP signed-note. */

/** Sixteen must be accepted; more than this is someone wasting our time. */
const MAX_SIGNATURES = 100;
const MAX_NOTE = 2 ** 20;

/** One signature line of a note: who signed, the key's hash, and 64 bytes. */
export interface NoteSignature {
  readonly name: string;
  /** 8 hex digits. */
  readonly keyHash: string;
  readonly signature: Uint8Array;
}

/** A signed note (C2SP signed-note), read but not checked. */
export interface Note {
  /** What is signed, with its final newline; to be trusted only once a signature has been checked. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** Signatures by what is known of them: of a key given and right, of a key given and wrong, of another key. */
export interface SignatureCheck {
  readonly verified: readonly NoteSignature[];
  readonly failed: readonly NoteSignature[];
  readonly unknown: readonly NoteSignature[];
}

/** Signs a text that ends in a newline, with one line for each key. @throws ExpungeError E_LEDGER */
export function signNote(text: string, signers: readonly NoteSigner[]): string {
  const lines = signers.map((signer) => {
    const signature = signer.sign(utf8ToBytes(text));
    return `— ${signer.name} ${toBase64(concatBytes(hexToBytes(signer.keyHash), signature))}\n`;
  });
  const note = `${text}\n${lines.join("")}`;
  parseNote(note);
  return note;
}

/**
 * Takes a note apart; its signatures are not checked yet.
 *
 * @param note text, or its UTF-8
 * @throws ExpungeError E_LEDGER saying what is malformed
 */
export function parseNote(note: string | Uint8Array): Note {
  const whole = typeof note === "string" ? note : textFromUtf8(note);
  if (whole === null) throw malformed("UTF-8", "other bytes");
  if (whole.length > MAX_NOTE) throw malformed(`at most ${MAX_NOTE} characters`, whole.length);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
  if (/[\u0000-\u0009\u000b-\u001f\p{Surrogate}]/u.test(whole))
    throw malformed("no control character but newline", "one");
  const at = whole.lastIndexOf("\n\n");
  if (at < 0) throw malformed("text, an empty line, signatures", "no empty line");
  const lines = whole.slice(at + 2).split("\n");
  if (lines.pop() !== "" || lines.length === 0)
    throw malformed("signature lines that end in a newline", "none");
  if (lines.length > MAX_SIGNATURES) throw malformed(`at most ${MAX_SIGNATURES} signatures`, lines.length);
  const signatures = Object.freeze(lines.map(parseSignatureLine));
  return Object.freeze({ text: whole.slice(0, at + 1), signatures });
}

function parseSignatureLine(line: string): NoteSignature {
  const [, name, base64] = /^— ([^ ]+) ([^ ]+)$/.exec(line) ?? [];
  const bytes = base64 === undefined ? null : bytesFromBase64(base64);
  if (name === undefined || bytes === null || bytes.length < 5 || !isKeyName(name))
    throw malformed('"— name base64" as a signature line', line);
  return Object.freeze({
    name,
    keyHash: bytesToHex(bytes.slice(0, 4)),
    signature: bytes.slice(4),
  });
}

/** Checks every signature of a note against the keys given. */
export function checkSignatures(note: Note, verifiers: readonly NoteVerifier[]): SignatureCheck {
  const message = utf8ToBytes(note.text);
  const sorted = {
    verified: [] as NoteSignature[],
    failed: [] as NoteSignature[],
    unknown: [] as NoteSignature[],
  };
  for (const signature of note.signatures) {
    const keys = verifiers.filter(
      ({ name, keyHash }) => name === signature.name && keyHash === signature.keyHash,
    );
    if (keys.length === 0) sorted.unknown.push(signature);
    else if (keys.some((key) => isSignatureOf(key, message, signature))) sorted.verified.push(signature);
    else sorted.failed.push(signature);
  }
  return sorted;
}

function isSignatureOf(key: NoteVerifier, message: Uint8Array, { signature }: NoteSignature): boolean {
  try {
    // zip215: false is the strict RFC 8032 check: one key, one message, no malleable encodings.
    return verify(signature, message, key.publicKey, { zip215: false });
  } catch {
    return false;
  }
}

/**
 * A note whose signatures were checked: at least one of a key given, and none of such a key that fails. Signatures of other keys are
 * passed over, so that witnesses and new keys can be added.
 *
 * @throws ExpungeError E_LEDGER
 */
export function openNote(note: string | Uint8Array, verifiers: readonly NoteVerifier[]): Note {
  const parsed = parseNote(note);
  const { verified, failed } = checkSignatures(parsed, verifiers);
  const [wrong] = failed;
  if (wrong !== undefined)
    throw ledgerError(`The note's signature by ${wrong.name}+${wrong.keyHash} is not valid.`);
  if (verified.length > 0) return parsed;
  const names = verifiers.map(({ name, keyHash }) => `${name}+${keyHash}`);
  throw ledgerError(`Expected a note signed by ${names.join(" or ") || "a known key"}.`);
}

function malformed(expected: string, found: unknown): ExpungeError {
  return ledgerError(`Malformed note: expected ${expected}, found ${JSON.stringify(found)}.`, {
    expected,
    found,
  });
}
