import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { FlatTree } from "../merkle/flat-tree.js";
import { verifyInclusion } from "../merkle/merkle-proof.js";
import { leafHash } from "../merkle/merkle-tree.js";
import { ByteWriter } from "../records/byte-writer.js";

/** Where a subject's digest stands in a certificate's tree. */
export interface SubjectProof {
  /** 0-based, in the order of the request. */
  readonly index: number;
  /** Subjects of the request. */
  readonly count: number;
  /** Hex hashes, the leaf's sibling first. */
  readonly path: readonly string[];
}

/** The Merkle tree of a request's subjects, by their salted digests. */
export interface SubjectTree {
  /** Hex; null where there are no subjects. */
  readonly root: string | null;
  /** @throws DomainError E_DOMAIN for an index beyond the subjects */
  proofOf(index: number): SubjectProof;
}

/**
 * The Merkle tree of the salted digests of a request's subjects: its root stands in the certificate, whose size therefore does not depend on
 * how many there are. 64 bytes a subject while it lives.
 *
 * Source: RFC 6962, section 2.1; an entry is the 32 bytes of a digest.
 * @param digestAt the 32 bytes of a subject's digest (`subjectDigest`), looked at before the next is asked for; asked once for each, in order
 */
export function subjectTree(count: number, digestAt: (index: number) => Uint8Array): SubjectTree {
  const tree = new FlatTree(count, digestAt);
  return Object.freeze({
    root: count === 0 ? null : bytesToHex(tree.root),
    proofOf: (index: number) =>
      Object.freeze({ index, count, path: Object.freeze(hexesOf(tree.proofOf(index))) }),
  });
}

const HEX_LENGTH = 64;
const writer = new ByteWriter();
const decoder = new TextDecoder();

/** All in one text: the twenty hashes of each of a million proofs are much faster so. */
function hexesOf(hashes: readonly Uint8Array[]): string[] {
  writer.clear();
  for (const hash of hashes) writer.hex(hash);
  const all = decoder.decode(writer.view());
  return hashes.map((_, i) => all.slice(i * HEX_LENGTH, (i + 1) * HEX_LENGTH));
}

/** More than a tree of 2^53 leaves can ask for. */
const MAX_PATH = 64;

/** Whether a value has the shape of a proof. */
export function isSubjectProof(value: unknown): value is SubjectProof {
  if (typeof value !== "object" || value === null) return false;
  const { index, count, path } = value as Partial<SubjectProof>;
  return (
    Number.isSafeInteger(index) &&
    Number.isSafeInteger(count) &&
    Array.isArray(path) &&
    path.length <= MAX_PATH &&
    path.every((hash) => typeof hash === "string" && /^[0-9a-f]{64}$/.test(hash))
  );
}

/** Whether a digest stands at its place in the tree of a root. */
export function isInSubjectTree(digest: string, { index, count, path }: SubjectProof, root: string): boolean {
  const claim = { index, size: count, leaf: leafHash(hexToBytes(digest)), root: hexToBytes(root) };
  return verifyInclusion(claim, path.map(hexToBytes));
}
