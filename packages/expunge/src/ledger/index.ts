/**
 * The transparency log of requests and certificates; runs in a browser as it is. docs/ledger.md is the manual.
 *
 * @module expunge/ledger
 */

export {
  type ConsistencyClaim,
  type InclusionClaim,
  makeConsistencyProof,
  makeInclusionProof,
  verifyConsistency,
  verifyInclusion,
} from "../merkle/merkle-proof.js";
export {
  appendLeaves,
  type CompactRange,
  EMPTY_RANGE,
  emptyRoot,
  type Growth,
  type HashReader,
  leafHash,
  type NodeId,
  nodeHash,
  rangeRoot,
  readRange,
  type TreeNode,
  treeRoot,
} from "../merkle/merkle-tree.js";
export {
  type Checkpoint,
  formatCheckpoint,
  openCheckpoint,
  parseCheckpoint,
  signCheckpoint,
} from "./checkpoint.js";
export {
  type CancelledEntry,
  type CertificateEntry,
  certificateDigest,
  checkEntry,
  commitTo,
  commitToRequest,
  createSalt,
  decodeEntry,
  encodeEntry,
  entryTime,
  type LedgerEntry,
  type RequestEntry,
} from "./entry.js";
export { decodeEntryBundle, encodeEntryBundle, MAX_ENTRY_BYTES } from "./entry-bundle.js";
export { growTiles, type TileFile } from "./grow-tiles.js";
export {
  createNoteSigner,
  createNoteVerifier,
  formatVerifierKey,
  type NoteSigner,
  type NoteVerifier,
  noteKeyHash,
  parseVerifierKey,
} from "./note-key.js";
export {
  checkSignatures,
  type Note,
  type NoteSignature,
  openNote,
  parseNote,
  type SignatureCheck,
  signNote,
} from "./signed-note.js";
export {
  type NodePlace,
  parseTilePath,
  placeOfNode,
  TILE_WIDTH,
  type Tile,
  type TileReader,
  tileHashReader,
  tilePath,
  tilesBetween,
  tilesOfTree,
  tileWidth,
} from "./tiles.js";
export { formatTlogProof, parseTlogProof, type TlogProof } from "./tlog-proof.js";
export { type LedgerEvidence, type LedgerVerification, verifyLedger } from "./verify-ledger.js";
