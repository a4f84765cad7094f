import type { ExpungeError } from "../errors.js";
import { emptyRoot, HASH_BYTES } from "../merkle/merkle-tree.js";
import { toBase64 } from "../records/bytes.js";
import { ledgerError } from "./ledger-error.js";
import type { NoteSigner, NoteVerifier } from "./note-key.js";
import { openNote, signNote } from "./signed-note.js";
import { areSameBytes, bytesFromBase64, countFromDecimal } from "./strict-text.js";

/** A tree head: that the log `origin` had `size` entries with this root. Source: C2SP tlog-checkpoint. */
export interface Checkpoint {
  readonly origin: string;
  /** In [0, 2^53). */
  readonly size: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
  /** Lines of no meaning here; better none. */
  readonly extensions: readonly string[];
}

/** The text that is signed. @throws ExpungeError E_LEDGER for what could not be read back */
export function formatCheckpoint(checkpoint: Checkpoint): string {
  const { origin, size, root, extensions } = checkpoint;
  const text = `${[origin, size, toBase64(root), ...extensions].join("\n")}\n`;
  const { origin: readOrigin, extensions: readExtensions } = parseCheckpoint(text);
  // A line break in one of the lines would shift the others.
  if (readOrigin !== origin || readExtensions.length !== extensions.length)
    throw malformed("lines without line breaks", origin);
  return text;
}

/** Reads the text of a checkpoint, without signatures. @throws ExpungeError E_LEDGER saying what is malformed */
export function parseCheckpoint(text: string): Checkpoint {
  const lines = text.split("\n");
  if (lines.pop() !== "") throw malformed("a final newline", text.slice(-20));
  const [origin, sizeText, rootText, ...extensions] = lines;
  if (origin === undefined || sizeText === undefined || rootText === undefined)
    throw malformed("origin, size and root on three lines", `${lines.length} lines`);
  if (lines.includes("")) throw malformed("no empty line", `line ${lines.indexOf("") + 1} empty`);
  const size = countFromDecimal(sizeText);
  if (size === null) throw malformed("a decimal size in [0, 2^53) without leading zeros", sizeText);
  const root = bytesFromBase64(rootText);
  if (root?.length !== HASH_BYTES) throw malformed(`base64 of a root of ${HASH_BYTES} bytes`, rootText);
  if (size === 0 && !areSameBytes(root, emptyRoot()))
    throw malformed(`root ${toBase64(emptyRoot())} of the empty tree`, rootText);
  return Object.freeze({ origin, size, root, extensions: Object.freeze(extensions) });
}

/** A checkpoint as a signed note, the first signer being the log. @throws ExpungeError E_LEDGER */
export function signCheckpoint(checkpoint: Checkpoint, signers: readonly NoteSigner[]): string {
  return signNote(formatCheckpoint(checkpoint), signers);
}

/**
 * A checkpoint whose signature by the log was checked.
 *
 * @param origin the log that it must be of; default the name of the key
 * @throws ExpungeError E_LEDGER for a note, signature, text or origin that will not do
 */
export function openCheckpoint(
  note: string | Uint8Array,
  verifier: NoteVerifier,
  origin: string = verifier.name,
): Checkpoint {
  const checkpoint = parseCheckpoint(openNote(note, [verifier]).text);
  if (checkpoint.origin !== origin) throw malformed(`origin "${origin}"`, checkpoint.origin);
  return checkpoint;
}

function malformed(expected: string, found: unknown): ExpungeError {
  return ledgerError(`Malformed checkpoint: expected ${expected}, found ${JSON.stringify(found)}.`, {
    expected,
    found,
  });
}
