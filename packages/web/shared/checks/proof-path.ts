import { nodeHash, verifyInclusion } from "expunge/ledger";
import { hexOf } from "../bytes.js";

/** One step from the leaf upwards. */
export interface PathStep {
  /** Where the hash on the path stands beside its sibling. */
  readonly side: "left" | "right";
  readonly sibling: string;
  /** The hash of the two. */
  readonly parent: string;
}

export interface ProofPath {
  readonly leaf: string;
  readonly steps: readonly PathStep[];
  /** Root of the checkpoint. */
  readonly root: string;
  /** As `verifyInclusion` judges: the path ends at that root, and is as long as it must be. */
  readonly ok: boolean;
}

export interface ProofGiven {
  readonly leaf: Uint8Array;
  readonly index: number;
  readonly size: number;
  readonly hashes: readonly Uint8Array[];
  readonly root: Uint8Array;
}

/** Every hash from a leaf to the root, computed here. Source: RFC 9162, section 2.1.3.2. */
export function proofPath({ leaf, index, size, hashes, root }: ProofGiven): ProofPath {
  let [node, last] = [index, size - 1];
  let hash = leaf;
  const steps = hashes.map((sibling): PathStep => {
    const isRight = node % 2 === 1 || node === last;
    hash = isRight ? nodeHash(sibling, hash) : nodeHash(hash, sibling);
    // A node without a right neighbour goes up unhashed until it has one to its left.
    while (isRight && node % 2 === 0 && node > 0) [node, last] = [node / 2, Math.floor(last / 2)];
    [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
    return { side: isRight ? "right" : "left", sibling: hexOf(sibling), parent: hexOf(hash) };
  });
  const ok = verifyInclusion({ index, size, leaf, root }, hashes);
  return { leaf: hexOf(leaf), steps, root: hexOf(root), ok };
}
