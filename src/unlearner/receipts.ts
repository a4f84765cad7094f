import { subjectDigest } from "../certificate/subject-digest.js";
import { subjectTree } from "../certificate/subject-tree.js";
import type { SubjectIndex } from "./subject-index.js";

/** What a person gets who was forgotten: enough to find themselves in the certificate, and nobody else. */
export interface Receipt {
  readonly certificateId: string;
  /** 64 hex digits of this person's own. */
  readonly salt: string;
  /** Where the person's digest stands in the certificate's tree. */
  readonly proof: { readonly index: number; readonly count: number; readonly path: readonly string[] };
}

type Named = readonly { readonly id: string; readonly key: string }[];

/** The receipts of the subjects of one request, each made when it is asked for. */
export class Receipts {
  readonly certificateId: string;
  private readonly subjects: Named;
  private readonly index: SubjectIndex;
  private readonly tree: ReturnType<typeof subjectTree>;
  private places: Map<string, number> | null = null;

  constructor(certificateId: string, subjects: Named, index: SubjectIndex) {
    this.certificateId = certificateId;
    this.subjects = subjects;
    this.index = index;
    this.tree = subjectTree(subjects.length, (i) =>
      subjectDigest(subjects[i].id, index.saltOf(certificateId, subjects[i].key), index.form),
    );
  }

  get count(): number {
    return this.subjects.length;
  }

  /** Hex Merkle root of the salted digests; null where no subject was named. */
  get root(): string | null {
    return this.tree.root;
  }

  /** The receipt of a subject by id, in any spelling that the model takes for the same; null where the request did not name it. */
  of(id: string): Receipt | null {
    this.places ??= new Map(this.subjects.map(({ key }, i) => [key, i]));
    const place = this.places.get(this.index.keyOf(id));
    return place === undefined ? null : this.at(place);
  }

  /** By their order in the request, repeats left out. */
  at(place: number): Receipt {
    const { key } = this.subjects[place];
    const salt = this.index.saltOf(this.certificateId, key);
    return { certificateId: this.certificateId, salt, proof: this.tree.proofOf(place) };
  }

  /** With ids as the request spelt them. */
  *[Symbol.iterator](): Generator<{ readonly id: string; readonly receipt: Receipt }> {
    for (let i = 0; i < this.count; i++) yield { id: this.subjects[i].id, receipt: this.at(i) };
  }
}
