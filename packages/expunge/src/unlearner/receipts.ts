import { bytesToHex } from "@noble/hashes/utils.js";
import { writeSubjectDigest } from "../certificate/subject-digest.js";
import { subjectTree } from "../certificate/subject-tree.js";
import { formSubject } from "../records/subject-form.js";
import type { NamedSubjects } from "./request.js";
import { keyAt, type SubjectIndex } from "./subject-index.js";

/** What a person gets who was forgotten: enough to find themselves in the certificate, and nobody else. */
export interface Receipt {
  readonly certificateId: string;
  /** 64 hex digits of this person's own. */
  readonly salt: string;
  /** Where the person's digest stands in the certificate's tree. */
  readonly proof: { readonly index: number; readonly count: number; readonly path: readonly string[] };
}

/** The receipts of the subjects of one request, each made when it is asked for: about 100 bytes a subject are kept besides the ids. */
export class Receipts {
  readonly certificateId: string;
  private readonly subjects: NamedSubjects;
  private readonly index: SubjectIndex;
  private readonly tree: ReturnType<typeof subjectTree>;
  private places: Map<string, number> | null = null;

  /**
   * @param subjects null where rows were named
   * @internal
   */
  constructor(certificateId: string, subjects: NamedSubjects | null, index: SubjectIndex) {
    this.certificateId = certificateId;
    this.subjects = subjects ?? { ids: [], keys: new Uint8Array(0) };
    this.index = index;
    const { ids, keys } = this.subjects;
    const [salt, digest] = [new Uint8Array(32), new Uint8Array(32)];
    this.tree = subjectTree(ids.length, (i) => {
      index.writeSalt(certificateId, keyAt(keys, i), salt);
      writeSubjectDigest(ids[i]!, salt, digest, index.form);
      return digest;
    });
  }

  /** How many subjects have a receipt. */
  get count(): number {
    return this.subjects.ids.length;
  }

  /** Hex Merkle root of the salted digests; null where no subject was named. */
  get root(): string | null {
    return this.tree.root;
  }

  /** The receipt of a subject by id, in any spelling that the model takes for the same; null where the request did not name it. */
  of(id: string): Receipt | null {
    const { form } = this.index;
    this.places ??= new Map(this.subjects.ids.map((one, i) => [formSubject(one, form), i]));
    const place = this.places.get(formSubject(id, form));
    return place === undefined ? null : this.at(place);
  }

  /** By their order in the request, repeats left out. */
  at(place: number): Receipt {
    const { certificateId } = this;
    const salt = new Uint8Array(32);
    this.index.writeSalt(certificateId, keyAt(this.subjects.keys, place), salt);
    return { certificateId, salt: bytesToHex(salt), proof: this.tree.proofOf(place) };
  }

  /** With ids as the request spelt them. */
  *[Symbol.iterator](): Generator<{ readonly id: string; readonly receipt: Receipt }> {
    for (const [i, id] of this.subjects.ids.entries()) yield { id, receipt: this.at(i) };
  }
}
