import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";

/**
 * Who owns which rows, without a subject id in clear: owners are kept as HMAC-SHA256 under the model's own secret, enough to find a
 * subject who asks and not enough to list them.
 */
export class SubjectIndex {
  private readonly secret: Uint8Array;
  /** 32 bytes a row; zeros for rows forgotten. Null where rows have no owner. */
  readonly owners: Uint8Array | null;
  private readonly rowsOf: ReadonlyMap<string, readonly number[]>;

  /** @param rowsOf rows by owner, where the caller has them; else they are read off `owners` */
  constructor(
    secret: Uint8Array,
    owners: Uint8Array | null,
    rowsOf?: ReadonlyMap<string, readonly number[]>,
  ) {
    this.secret = secret;
    this.owners = owners;
    this.rowsOf = rowsOf ?? (owners === null ? new Map() : groupRows(owners));
  }

  static fromSubjects(secret: Uint8Array, subjects: readonly string[] | null): SubjectIndex {
    if (subjects === null) return new SubjectIndex(secret, null);
    const owners = new Uint8Array(subjects.length * 32);
    const seen = new Map<string, Uint8Array>();
    subjects.forEach((subject, row) => {
      const known = seen.get(subject);
      const key = known ?? ownerKey(secret, subject);
      if (!known) seen.set(subject, key);
      owners.set(key, row * 32);
    });
    return new SubjectIndex(secret, owners);
  }

  /** A copy of the secret, for saving beside the owners. */
  exportSecret(): Uint8Array {
    return Uint8Array.from(this.secret);
  }

  /** Hex key of a subject under this model's secret. */
  keyOf(subject: string): string {
    return bytesToHex(ownerKey(this.secret, subject));
  }

  /** Rows of a subject that are still there. */
  rows(key: string): readonly number[] {
    return this.rowsOf.get(key) ?? [];
  }

  /** Keys of the owners of some rows, each once. */
  keysOf(rows: readonly number[]): readonly string[] {
    if (this.owners === null) return [];
    const keys = new Set<string>();
    for (const row of rows) keys.add(bytesToHex(this.owners.subarray(row * 32, row * 32 + 32)));
    keys.delete(NOBODY);
    return [...keys];
  }

  get subjectCount(): number {
    return this.rowsOf.size;
  }

  /** The index without the owners of some rows. */
  without(rows: readonly number[]): SubjectIndex {
    if (this.owners === null) return this;
    const owners = Uint8Array.from(this.owners);
    for (const row of rows) owners.fill(0, row * 32, row * 32 + 32);
    const gone = new Set(rows);
    const rowsOf = new Map(this.rowsOf);
    for (const key of this.keysOf(rows)) {
      const left = this.rows(key).filter((row) => !gone.has(row));
      if (left.length > 0) rowsOf.set(key, left);
      else rowsOf.delete(key);
    }
    return new SubjectIndex(this.secret, owners, rowsOf);
  }

  /** The salt under which a certificate names its subjects: 64 hex digits that only this model's keeper can make. */
  saltOf(certificateId: string): string {
    return bytesToHex(hmac(sha256, this.secret, utf8ToBytes(`salt:${certificateId}`)));
  }
}

function ownerKey(secret: Uint8Array, subject: string): Uint8Array {
  return hmac(sha256, secret, utf8ToBytes(`subject:${subject}`));
}

const NOBODY = "0".repeat(64);

function groupRows(owners: Uint8Array): ReadonlyMap<string, readonly number[]> {
  const rowsOf = new Map<string, number[]>();
  for (let row = 0; row * 32 < owners.length; row++) {
    const key = bytesToHex(owners.subarray(row * 32, row * 32 + 32));
    if (key === NOBODY) continue;
    const rows = rowsOf.get(key);
    if (rows) rows.push(row);
    else rowsOf.set(key, [row]);
  }
  return rowsOf;
}
