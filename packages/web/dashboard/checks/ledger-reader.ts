import type { Client } from "@expunge/client";
import {
  type Checkpoint,
  checkSignatures,
  decodeEntry,
  decodeEntryBundle,
  type HashReader,
  type LedgerEntry,
  leafHash,
  makeInclusionProof,
  parseCheckpoint,
  parseNote,
  parseVerifierKey,
  TILE_WIDTH,
  tileHashReader,
  tilePath,
  tileWidth,
  treeRoot,
  verifyConsistency,
} from "expunge/ledger";
import { base64OfBytes, bytesOfBase64 } from "../../shared/bytes";
import type { ProofGiven } from "../../shared/checks/proof-path";

export interface Shown {
  readonly index: number;
  readonly entry: LedgerEntry;
  readonly leaf: Uint8Array;
}

export const checkpointOf = (note: string): Checkpoint => parseCheckpoint(parseNote(note).text);

/** The last bundle of entries, and the one before it where that is short: newest first. */
export async function newestEntries(client: Client, size: number): Promise<readonly Shown[]> {
  const last = Math.floor((size - 1) / TILE_WIDTH);
  const bundles = size === 0 ? [] : [last, last - 1].filter((index) => index >= 0);
  const found = await Promise.all(bundles.map((index) => bundle(client, index, size)));
  return found
    .flat()
    .sort((a, b) => b.index - a.index)
    .slice(0, TILE_WIDTH);
}

async function bundle(client: Client, index: number, size: number): Promise<Shown[]> {
  const width = tileWidth("entries", index, size);
  const bytes = await client.ledger.tile(tilePath({ level: "entries", index, width }));
  return decodeEntryBundle(bytes, width).map((entry, i) => ({
    index: index * TILE_WIDTH + i,
    entry: decodeEntry(entry),
    leaf: leafHash(entry),
  }));
}

const readerOf = (client: Client, size: number): HashReader =>
  tileHashReader(size, (path) => client.ledger.tile(path));

/** Whether the tiles give the root that was signed. */
export async function isRootOfTiles(client: Client, { size, root }: Checkpoint): Promise<boolean> {
  const found = await treeRoot(size, readerOf(client, size));
  return base64OfBytes(found) === base64OfBytes(root);
}

/** A proof for any entry, made here out of tiles. */
export async function readProof(
  client: Client,
  index: number,
): Promise<{ readonly shown: Shown; readonly given: ProofGiven; readonly isSigned: boolean }> {
  const [note, { keys }] = await Promise.all([client.ledger.checkpoint(), client.ledger.keys()]);
  const { size, root } = checkpointOf(note);
  if (!(Number.isSafeInteger(index) && index >= 0 && index < size))
    throw {
      code: "E_NOT_FOUND",
      message: `The ledger has ${size} entries, numbered from 0: there is no entry ${index}.`,
    };
  const entries = await bundle(client, Math.floor(index / TILE_WIDTH), size);
  const shown = entries[index % TILE_WIDTH]!;
  const hashes = await makeInclusionProof(index, size, readerOf(client, size));
  return { shown, isSigned: isSignedBy(note, keys), given: { leaf: shown.leaf, index, size, hashes, root } };
}

/** Whether one of these keys signed a note, and none of them wrongly. @throws ExpungeError E_KEY for text that is no verifier key */
export function isSignedBy(note: string, verifierKeys: readonly string[]): boolean {
  const keys = verifierKeys.map((key) => parseVerifierKey(key.trim()));
  const { verified, failed } = checkSignatures(parseNote(note), keys);
  return verified.length > 0 && failed.length === 0;
}

interface Kept {
  readonly size: number;
  readonly root: string;
  readonly at: string;
}

export type Continuity =
  | { readonly state: "first" }
  | { readonly state: "same" | "grown"; readonly kept: Kept }
  | { readonly state: "broken"; readonly kept: Kept };

const storageKey = (origin: string): string => `expunge-checkpoint:${origin}`;

/** Compares with the checkpoint that this browser saw last, and keeps the new one where it goes on from it. */
export async function checkContinuity(client: Client, checkpoint: Checkpoint): Promise<Continuity> {
  const { origin, size, root } = checkpoint;
  const text = localStorage.getItem(storageKey(origin));
  const kept = text === null ? null : (JSON.parse(text) as Kept);
  if (kept !== null && !(await goesOn(client, kept, checkpoint))) return { state: "broken", kept };
  const next: Kept = { size, root: base64OfBytes(root), at: new Date().toISOString() };
  localStorage.setItem(storageKey(origin), JSON.stringify(next));
  if (kept === null) return { state: "first" };
  return { state: kept.size === size ? "same" : "grown", kept };
}

async function goesOn(client: Client, kept: Kept, { size, root }: Checkpoint): Promise<boolean> {
  if (kept.size > size) return false;
  const proof = kept.size === size ? [] : (await client.ledger.consistency(kept.size, size)).hashes;
  const claim = { oldSize: kept.size, oldRoot: bytesOfBase64(kept.root), newSize: size, newRoot: root };
  return verifyConsistency(claim, proof.map(bytesOfBase64));
}
