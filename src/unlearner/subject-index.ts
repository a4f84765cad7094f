import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { formSubject, type SubjectForm } from "../records/subject-form.js";
import type { Forgotten } from "./forgotten.js";
import { type OwnerTable, ownerTable, rowsInTable } from "./owner-table.js";

/** Bytes of one row's owner. */
export const OWNER_BYTES = 32;

/**
 * Who owns which rows, without a subject id in clear: owners are kept as HMAC-SHA256 under the model's own secret, enough to find a
 * subject who asks and not enough to list them. Forgetting costs time in proportion to the rows forgotten, not to all rows.
 */
export class SubjectIndex {
  /** In which ids are compared. */
  readonly form: SubjectForm;
  private readonly secret: Uint8Array;
  private readonly keyed: KeyedHash;
  /** Of all rows that there ever were; null where rows have no owner. */
  private readonly table: OwnerTable | null;

  private constructor(secret: Uint8Array, table: OwnerTable | null, form: SubjectForm) {
    this.form = form;
    this.secret = secret;
    this.keyed = keyedHash(secret);
    this.table = table;
  }

  /** @param owners OWNER_BYTES a row, zeros for rows forgotten; null where rows have no owner */
  static fromOwners(secret: Uint8Array, owners: Uint8Array | null, form: SubjectForm = "none"): SubjectIndex {
    return new SubjectIndex(secret, owners === null ? null : ownerTable(owners), form);
  }

  static fromSubjects(
    secret: Uint8Array,
    subjects: readonly string[] | null,
    form: SubjectForm = "none",
  ): SubjectIndex {
    if (subjects === null) return SubjectIndex.fromOwners(secret, null, form);
    const list = new OwnerList(secret, form);
    for (const subject of subjects) list.add(subject);
    return SubjectIndex.fromOwners(secret, list.finish(), form);
  }

  get hasOwners(): boolean {
    return this.table !== null;
  }

  /** A copy of the owners, OWNER_BYTES a row, zeros for rows forgotten; empty where rows have no owner. */
  exportOwners(forgotten: Forgotten): Uint8Array {
    const owners = Uint8Array.from(this.table?.owners ?? []);
    if (owners.length === 0) return owners;
    for (const row of forgotten.rows()) owners.fill(0, row * OWNER_BYTES, (row + 1) * OWNER_BYTES);
    return owners;
  }

  /** A copy of the secret, for saving beside the owners. */
  exportSecret(): Uint8Array {
    return Uint8Array.from(this.secret);
  }

  /** Hex key of a subject under this model's secret: of all spellings that the form makes one, the same. */
  keyOf(subject: string): string {
    return bytesToHex(ownerKey(this.keyed, formSubject(subject, this.form)));
  }

  /** Rows of a subject that are still there, ascending. */
  rows(key: string, forgotten: Forgotten): readonly number[] {
    if (this.table === null) return [];
    return rowsInTable(this.table, hexToBytes(key)).filter((row) => !forgotten.hasRow(row));
  }

  /** Keys of the owners of some rows that are still there, each once. */
  keysOf(rows: readonly number[], forgotten: Forgotten): readonly string[] {
    if (this.table === null) return [];
    const { owners } = this.table;
    const keys = new Set<string>();
    for (const row of rows) {
      if (forgotten.hasRow(row)) continue;
      keys.add(bytesToHex(owners.subarray(row * OWNER_BYTES, (row + 1) * OWNER_BYTES)));
    }
    keys.delete(NOBODY);
    return [...keys];
  }

  /** Subjects who still own rows; looks at every row. */
  countSubjects(forgotten: Forgotten): number {
    const rowCount = (this.table?.owners.length ?? 0) / OWNER_BYTES;
    return this.keysOf(
      Array.from({ length: rowCount }, (_, row) => row),
      forgotten,
    ).length;
  }

  /** Rows of whoever owns the most of all rows that there ever were; 0 where rows have no owner. Looks at every row. */
  mostRows(): number {
    const { owners } = this.table ?? { owners: new Uint8Array() };
    const counts = new Map<string, number>();
    for (let at = 0; at < owners.length; at += OWNER_BYTES) {
      const key = bytesToHex(owners.subarray(at, at + OWNER_BYTES));
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    counts.delete(NOBODY);
    return [...counts.values()].reduce((a, b) => Math.max(a, b), 0);
  }

  /** The salt under which a certificate names one of its subjects: 64 hex digits that only this model's keeper can make. */
  saltOf(certificateId: string, key: string): string {
    return bytesToHex(this.keyed(`salt:${certificateId}:${key}`));
  }
}

/** Collects the owners of rows that come one after another, without keeping the subjects. */
export class OwnerList {
  private readonly keyed: KeyedHash;
  private readonly form: SubjectForm;
  private owners = new Uint8Array(1024 * OWNER_BYTES);
  private rowCount = 0;
  private last: { readonly subject: string; readonly key: Uint8Array } | null = null;

  constructor(secret: Uint8Array, form: SubjectForm = "none") {
    this.keyed = keyedHash(secret);
    this.form = form;
  }

  add(subject: string): void {
    // A subject's rows often stand together.
    if (this.last?.subject !== subject)
      this.last = { subject, key: ownerKey(this.keyed, formSubject(subject, this.form)) };
    const at = this.rowCount * OWNER_BYTES;
    if (at === this.owners.length) {
      const wider = new Uint8Array(2 * at);
      wider.set(this.owners);
      this.owners = wider;
    }
    this.owners.set(this.last.key, at);
    this.rowCount += 1;
  }

  /** OWNER_BYTES a row. */
  finish(): Uint8Array {
    return this.owners.slice(0, this.rowCount * OWNER_BYTES);
  }
}

type KeyedHash = (text: string) => Uint8Array;

/** HMAC-SHA256 under a key that is taken in once. */
function keyedHash(secret: Uint8Array): KeyedHash {
  const begun = hmac.create(sha256, secret);
  return (text) => begun.clone().update(utf8ToBytes(text)).digest();
}

function ownerKey(keyed: KeyedHash, subject: string): Uint8Array {
  return keyed(`subject:${subject}`);
}

const NOBODY = "0".repeat(2 * OWNER_BYTES);
