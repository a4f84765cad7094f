import { type _HMAC, hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { countBelow } from "../math/sorted.js";
import { ByteWriter } from "../records/byte-writer.js";
import { formSubject, type SubjectForm } from "../records/subject-form.js";
import type { Forgotten } from "./forgotten.js";
import { KEY_BYTES, KeyTable } from "./key-table.js";
import { type OwnerTable, ownerTable, rowsInTable } from "./owner-table.js";

/** Bytes of one row's owner: a subject's key. */
export const OWNER_BYTES = KEY_BYTES;

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
    this.keyed = new KeyedHash(secret);
    this.table = table;
  }

  /**
   * An index that was saved by `exportOwners` and `exportSecret`.
   *
   * @param owners OWNER_BYTES a row, zeros for rows forgotten; null where rows have no owner
   */
  static fromOwners(secret: Uint8Array, owners: Uint8Array | null, form: SubjectForm = "none"): SubjectIndex {
    return new SubjectIndex(secret, owners === null ? null : ownerTable(owners), form);
  }

  /**
   * A new index of the owners of rows.
   *
   * @param secret   the model's own, under which ids are hashed
   * @param subjects the owner of each row; null where rows have no owner
   */
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

  /** An index of more rows, behind these. @param keys of their owners, one behind the other; none where rows have no owner */
  withOwners(keys: Uint8Array): SubjectIndex {
    if (this.table === null) return this;
    const owners = new Uint8Array(this.table.owners.length + keys.length);
    owners.set(this.table.owners);
    owners.set(keys, this.table.owners.length);
    return SubjectIndex.fromOwners(this.secret, owners, this.form);
  }

  /** The keys of the owners of some rows, one behind the other; empty where rows have no owner. */
  ownersOfRows(rows: readonly number[]): Uint8Array {
    if (this.table === null) return new Uint8Array(0);
    const keys = new Uint8Array(rows.length * OWNER_BYTES);
    for (const [i, row] of rows.entries()) keys.set(keyAt(this.table.owners, row), i * OWNER_BYTES);
    return keys;
  }

  /** Whether rows have owners. */
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

  /** The key of a subject under this model's secret, OWNER_BYTES bytes: of all spellings that the form makes one, the same. */
  keyOf(subject: string): Uint8Array {
    const key = new Uint8Array(OWNER_BYTES);
    this.keyed.write(subjectText(formSubject(subject, this.form)), key);
    return key;
  }

  /** The keys of some subjects, one behind the other. */
  keysOf(subjects: readonly string[]): Uint8Array {
    const keys = new Uint8Array(subjects.length * OWNER_BYTES);
    for (let i = 0; i < subjects.length; i++)
      this.keyed.write(subjectText(formSubject(subjects[i]!, this.form)), keyAt(keys, i));
    return keys;
  }

  /** Rows of a subject that are still there, ascending. */
  rows(key: Uint8Array, forgotten: Forgotten): readonly number[] {
    if (this.table === null) return [];
    return rowsInTable(this.table, key).filter((row) => !forgotten.hasRow(row));
  }

  /**
   * Rows of whichever owner of newcomers has the most of all rows that there ever were, the newcomers among them; 0 where rows have no owner.
   * Rows forgotten before a model was opened have no owner any more: each counts for everybody who was known before.
   *
   * @param owners keys of the newcomers' owners, one behind the other
   */
  mostRowsWith(owners: Uint8Array, forgotten: Forgotten): number {
    if (this.table === null) return 0;
    const lost = rowsInTable(this.table, new Uint8Array(OWNER_BYTES)).length;
    const joining = ownerTable(owners);
    let most = 0;
    for (const key of keysOnce(owners)) {
      const before = rowsInTable(this.table, key).length;
      const isKnown = before > 0 || forgotten.certificateOfSubject(key) !== undefined;
      most = Math.max(most, before + rowsInTable(joining, key).length + (isKnown ? lost : 0));
    }
    return most;
  }

  /**
   * The keys, one behind the other, of those who own nothing once some rows are gone.
   *
   * @param rows still there, ascending
   */
  keysWithout(rows: readonly number[], forgotten: Forgotten): Uint8Array {
    const gone = new KeyTable();
    for (const key of this.ownersOf(rows))
      if (this.rows(key, forgotten).every((row) => rows[countBelow(rows, row)] === row)) gone.add(key, 1);
    return gone.slice(0, gone.length);
  }

  /** Subjects who still own rows; looks at every row. */
  countSubjects(forgotten: Forgotten): number {
    let count = 0;
    for (const key of this.ownersOf(this.allRows()))
      if (rowsInTable(this.table as OwnerTable, key).some((row) => !forgotten.hasRow(row))) count += 1;
    return count;
  }

  /** Rows of whoever owns the most of all rows that there ever were; 0 where rows have no owner. Looks at every row. */
  mostRows(): number {
    let most = 0;
    for (const key of this.ownersOf(this.allRows()))
      most = Math.max(most, rowsInTable(this.table as OwnerTable, key).length);
    return most;
  }

  /** The keys of the owners of some rows, each once. */
  private *ownersOf(rows: Iterable<number>): Generator<Uint8Array> {
    if (this.table === null) return;
    const seen = new KeyTable();
    for (const row of rows) {
      const key = keyAt(this.table.owners, row);
      if (isNobody(key) || seen.numberOf(key) !== undefined) continue;
      seen.add(key, 1);
      yield key;
    }
  }

  private *allRows(): Generator<number> {
    const rowCount = (this.table?.owners.length ?? 0) / OWNER_BYTES;
    for (let row = 0; row < rowCount; row++) yield row;
  }

  /** The salt under which a certificate names one of its subjects, as 32 bytes at the beginning of `out`: only this model's keeper can make it. */
  writeSalt(certificateId: string, key: Uint8Array, out: Uint8Array): void {
    const text = writer.clear().text("salt:").text(certificateId).text(":").hex(key);
    this.keyed.write(text.view(), out);
  }
}

/** Collects the owners of rows that come one after another, without keeping the subjects. */
export class OwnerList {
  private readonly keyed: KeyedHash;
  private readonly form: SubjectForm;
  private owners = new Uint8Array(1024 * OWNER_BYTES);
  private rowCount = 0;
  private readonly last = { subject: null as string | null, key: new Uint8Array(OWNER_BYTES) };

  constructor(secret: Uint8Array, form: SubjectForm = "none") {
    this.keyed = new KeyedHash(secret);
    this.form = form;
  }

  add(subject: string): void {
    // A subject's rows often stand together.
    if (this.last.subject !== subject) {
      this.last.subject = subject;
      this.keyed.write(subjectText(formSubject(subject, this.form)), this.last.key);
    }
    const at = this.rowCount * OWNER_BYTES;
    if (at === this.owners.length) {
      const wider = new Uint8Array(2 * at);
      wider.set(this.owners);
      this.owners = wider;
    }
    this.owners.set(this.last.key, at);
    this.rowCount += 1;
  }

  /** Owners so far. */
  get count(): number {
    return this.rowCount;
  }

  /** OWNER_BYTES a row. */
  finish(): Uint8Array {
    return this.owners.slice(0, this.rowCount * OWNER_BYTES);
  }
}

type HmacState = _HMAC<ReturnType<typeof sha256.create>>;

/** HMAC-SHA256 under a key that is taken in once. Nothing is made anew for a message: a request may name a million subjects. */
class KeyedHash {
  private readonly begun: HmacState;
  private readonly working: HmacState;

  constructor(secret: Uint8Array) {
    this.begun = hmac.create(sha256, secret) as HmacState;
    this.working = this.begun.clone();
  }

  /** Writes 32 bytes to the beginning of `out`. */
  write(message: Uint8Array, out: Uint8Array): void {
    this.begun._cloneInto(this.working).update(message).digestInto(out);
  }
}

const writer = new ByteWriter();

function subjectText(subject: string): Uint8Array {
  return writer.clear().text("subject:").text(subject).view();
}

/** The key at a position of keys that stand one behind the other; not a copy. */
export function keyAt(keys: Uint8Array, position: number): Uint8Array {
  return keys.subarray(position * OWNER_BYTES, (position + 1) * OWNER_BYTES);
}

/** Each key of some that stand one behind the other, once. */
function* keysOnce(keys: Uint8Array): Generator<Uint8Array> {
  const seen = new KeyTable();
  for (let i = 0; i < keys.length / OWNER_BYTES; i++) {
    const key = keyAt(keys, i);
    if (seen.numberOf(key) !== undefined) continue;
    seen.add(key, 1);
    yield key;
  }
}

function isNobody(key: Uint8Array): boolean {
  return key.every((byte) => byte === 0);
}
