import { HASH_BYTES } from "../merkle/merkle-tree.js";
import { toBase64 } from "../records/bytes.js";
import { ledgerError } from "./ledger-error.js";
import { bytesFromBase64, countFromDecimal } from "./strict-text.js";

/* Source: C2SP tlog-proof: one text file by which an entry can be checked offline. */

const HEADER = "c2sp.org/tlog-proof@v1";
/** More than any tree of 2^53 leaves can ask for. */
const MAX_HASHES = 64;

/** A `.tlog-proof` file: an entry, its place in the tree, and the checkpoint that covers it. */
export interface TlogProof {
  /** The entry's bytes: not trusted by standing here, but by hashing to the leaf. */
  readonly entry: Uint8Array;
  readonly index: number;
  /** The leaf's sibling first. */
  readonly hashes: readonly Uint8Array[];
  /** A checkpoint with its signatures, verbatim. */
  readonly checkpoint: string;
}

/** Writes a `.tlog-proof` file; the entry goes into its extra line. */
export function formatTlogProof({ entry, index, hashes, checkpoint }: TlogProof): string {
  const lines = [HEADER, `extra ${toBase64(entry)}`, `index ${index}`, ...hashes.map(toBase64)];
  return `${lines.join("\n")}\n\n${checkpoint}`;
}

/** Reads a `.tlog-proof` file with an entry in its extra line; nothing is checked but its form. @throws ExpungeError E_LEDGER */
export function parseTlogProof(text: string): TlogProof {
  const at = text.indexOf("\n\n");
  const [header, extra = "", position = "", ...rest] = text.slice(0, Math.max(0, at)).split("\n");
  if (header !== HEADER) throw ledgerError(`Expected a proof that begins with ${HEADER}.`);
  const entry = extra.startsWith("extra ") ? bytesFromBase64(extra.slice(6)) : null;
  if (entry === null)
    throw ledgerError('Expected "extra" and the entry in base64 on line 2.', { found: extra });
  const index = position.startsWith("index ") ? countFromDecimal(position.slice(6)) : null;
  if (index === null) throw ledgerError('Expected "index" and a number on line 3.', { found: position });
  if (rest.length > MAX_HASHES)
    throw ledgerError(`Expected at most ${MAX_HASHES} hashes, found ${rest.length}.`);
  return Object.freeze({
    entry,
    index,
    hashes: Object.freeze(rest.map(readHash)),
    checkpoint: text.slice(at + 2),
  });
}

function readHash(line: string): Uint8Array {
  const hash = bytesFromBase64(line);
  if (hash?.length !== HASH_BYTES)
    throw ledgerError(`Expected base64 of ${HASH_BYTES} bytes, found "${line}".`);
  return hash;
}
