import { join } from "node:path";
import { ExpungeError } from "../errors.js";
import { Forgotten, type ForgottenBefore, type ForgottenEntries } from "../unlearner/forgotten.js";
import { KEY_BYTES } from "../unlearner/key-table.js";
import { type OwnerTable, ownerTable, rowsInTable } from "../unlearner/owner-table.js";
import { type DurableFiles, patchesOf } from "./durable-files.js";
import { bytesOf, FILES, readOr } from "./layout.js";
import type { ModelRecord, Removal } from "./model-schema.js";
import { readWordsByRow } from "./newest-rows.js";

const ID_BYTES = 16;
/** A key and a request's number. */
const SUBJECT_BYTES = KEY_BYTES + 4;

/** The parts of a record that say what the register holds. */
type Registered = Pick<
  ModelRecord,
  "plan" | "timeline" | "removal" | "joined" | "description" | "forgottenSubjectCount"
>;

/** Writes the register of a new directory. */
export async function writeRegister(
  files: DurableFiles,
  directory: string,
  rowCount: number,
  { certificateIds, rows, subjects }: ForgottenEntries,
): Promise<void> {
  const byRow = new Uint32Array(rowCount);
  for (const [row, request] of rows) byRow[row] = request;
  await files.write(join(directory, FILES.log), Buffer.concat(certificateIds.map(idBytes)));
  await files.write(join(directory, FILES.forgottenRows), bytesOf(byRow));
  const listed = [...subjects];
  const keys = Buffer.concat(listed.map(([key]) => key));
  const requests = listed.map(([, request]) => request);
  const entries = subjectEntries(keys, (i) => requests[i]!);
  await files.write(join(directory, FILES.forgottenSubjects), entries);
}

/** Bytes of the register's files once the newest request is entered. */
export function registerBytes({
  timeline,
  description,
  forgottenSubjectCount,
}: Registered): Readonly<Record<string, number>> {
  return {
    [FILES.log]: timeline.requestCount * ID_BYTES,
    [FILES.forgottenRows]: description.rowCount * 4,
    [FILES.forgottenSubjects]: forgottenSubjectCount * SUBJECT_BYTES,
  };
}

/** Enters the newest request. Each entry has its own place, so that doing it again changes nothing. */
export async function enterRequest(
  files: DurableFiles,
  directory: string,
  { timeline, forgottenSubjectCount }: Registered,
  { rows, subjects }: Removal,
): Promise<void> {
  const { requestCount, certificateId } = timeline;
  const number = bytesOf(Uint32Array.of(requestCount));
  await files.overwrite(
    join(directory, FILES.forgottenRows),
    patchesOf(rows, (row) => ({ offset: row * 4, data: number })),
  );
  if (subjects.length > 0) {
    const data = subjectEntries(subjects, () => requestCount);
    const offset = forgottenSubjectCount * SUBJECT_BYTES - data.length;
    await files.overwrite(join(directory, FILES.forgottenSubjects), [{ offset, data }]);
  }
  const id = idBytes(certificateId as string);
  await files.overwrite(join(directory, FILES.log), [{ offset: (requestCount - 1) * ID_BYTES, data: id }]);
}

/**
 * What is forgotten: the register, and the newest request, which need not be in it yet. What lies behind the last valid entry of a file, left by
 * a write that was cut off, is not looked at.
 *
 * @throws ExpungeError E_MODEL where the files do not agree with the record
 */
export async function readRegister(
  files: DurableFiles,
  directory: string,
  record: Registered,
): Promise<Forgotten> {
  const { timeline, removal } = record;
  const { requestCount, certificateId } = timeline;
  const byRow = await readRows(files, directory, record);
  const subjects = await readSubjects(files, directory, record);
  const ids = new Uint8Array(requestCount * ID_BYTES);
  ids.set(await readLog(files, directory, removal === null ? requestCount : requestCount - 1));
  if (removal !== null) ids.set(idBytes(certificateId as string), (requestCount - 1) * ID_BYTES);
  return Forgotten.after(new KeptRegister(ids, byRow, subjects));
}

/** Ids of the first certificates of a model, in order. @throws ExpungeError E_MODEL where there are not so many */
export async function readCertificateIds(
  files: DurableFiles,
  directory: string,
  count: number,
): Promise<string[]> {
  return idsIn(await readLog(files, directory, count));
}

async function readLog(files: DurableFiles, directory: string, count: number): Promise<Uint8Array> {
  const bytes = await readOr(files, join(directory, FILES.log));
  if (bytes.length < count * ID_BYTES)
    throw damaged(directory, FILES.log, `${count} certificates`, `${bytes.length} bytes`);
  return bytes.subarray(0, count * ID_BYTES);
}

/** Numbers of requests by row. */
async function readRows(files: DurableFiles, directory: string, record: Registered): Promise<Uint32Array> {
  const { timeline, removal } = record;
  const { requestCount, deletedCount } = timeline;
  const byRow = await readWordsByRow(
    files,
    join(directory, FILES.forgottenRows),
    record,
    new Uint32Array(record.joined?.slots.length ?? 0),
  );
  for (const row of removal?.rows ?? []) byRow[row] = requestCount;
  let found = 0;
  for (const request of byRow) {
    if (request > requestCount) throw unknownRequest(directory, FILES.forgottenRows, request, requestCount);
    if (request > 0) found++;
  }
  if (found !== deletedCount)
    throw damaged(directory, FILES.forgottenRows, `${deletedCount} rows`, String(found));
  return byRow;
}

async function readSubjects(
  files: DurableFiles,
  directory: string,
  { timeline, removal, forgottenSubjectCount: count }: Registered,
): Promise<ForgottenSubjects> {
  const { requestCount } = timeline;
  const newest = removal?.subjects ?? new Uint8Array(0);
  const countBefore = count - newest.length / KEY_BYTES;
  const bytes = await readOr(files, join(directory, FILES.forgottenSubjects));
  if (bytes.length < countBefore * SUBJECT_BYTES)
    throw damaged(directory, FILES.forgottenSubjects, `${countBefore} subjects`, `${bytes.length} bytes`);
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, countBefore * SUBJECT_BYTES);
  const keys = Buffer.alloc(count * KEY_BYTES);
  const requests = new Uint32Array(count).fill(requestCount, countBefore);
  for (let i = 0; i < countBefore; i++) {
    const at = i * SUBJECT_BYTES;
    const request = view.readUInt32LE(at + KEY_BYTES);
    if (request < 1 || request > requestCount)
      throw unknownRequest(directory, FILES.forgottenSubjects, request, requestCount);
    view.copy(keys, i * KEY_BYTES, at, at + KEY_BYTES);
    requests[i] = request;
  }
  keys.set(newest, countBefore * KEY_BYTES);
  return { table: ownerTable(keys), requests };
}

/** Forgotten subjects in the order of their requests: a table of their keys, and the numbers of the requests. */
interface ForgottenSubjects {
  readonly table: OwnerTable;
  readonly requests: Uint32Array;
}

/** The register as it was read, in the bytes it takes on disk: nothing is made of an entry until it is asked for. */
class KeptRegister implements ForgottenBefore {
  readonly requestCount: number;
  private readonly ids: Uint8Array;
  private readonly byRow: Uint32Array;
  private readonly subjects: ForgottenSubjects;

  constructor(ids: Uint8Array, byRow: Uint32Array, subjects: ForgottenSubjects) {
    this.requestCount = ids.length / ID_BYTES;
    this.ids = ids;
    this.byRow = byRow;
    this.subjects = subjects;
  }

  certificateOfRequest(request: number): string {
    return idAt(this.ids, request - 1);
  }

  requestOfRow(row: number): number {
    return this.byRow[row] ?? 0;
  }

  requestOfSubject(key: Uint8Array): number {
    const { table, requests } = this.subjects;
    // Whoever joined again may be forgotten again.
    const place = rowsInTable(table, key).at(-1);
    return place === undefined ? 0 : requests[place]!;
  }

  entries(): ForgottenEntries {
    return {
      certificateIds: idsIn(this.ids),
      rows: rowsForgotten(this.byRow),
      subjects: subjectsForgotten(this.subjects),
    };
  }
}

function* rowsForgotten(byRow: Uint32Array): Generator<[row: number, request: number]> {
  for (const [row, request] of byRow.entries()) if (request > 0) yield [row, request];
}

function* subjectsForgotten({
  table,
  requests,
}: ForgottenSubjects): Generator<[key: Uint8Array, request: number]> {
  for (const [i, request] of requests.entries())
    yield [table.owners.subarray(i * KEY_BYTES, (i + 1) * KEY_BYTES), request];
}

function unknownRequest(directory: string, file: string, found: number, requestCount: number): ExpungeError {
  return damaged(directory, file, `numbers of requests up to ${requestCount}`, String(found));
}

function damaged(directory: string, file: string, expected: string, found: string): ExpungeError {
  return new ExpungeError("E_MODEL", `${join(directory, file)}: expected ${expected}, found ${found}.`);
}

/** @param keys one behind the other */
function subjectEntries(keys: Uint8Array, requestOf: (position: number) => number): Buffer {
  const count = keys.length / KEY_BYTES;
  const entries = Buffer.alloc(count * SUBJECT_BYTES);
  for (let i = 0; i < count; i++) {
    entries.set(keys.subarray(i * KEY_BYTES, (i + 1) * KEY_BYTES), i * SUBJECT_BYTES);
    entries.writeUInt32LE(requestOf(i), i * SUBJECT_BYTES + KEY_BYTES);
  }
  return entries;
}

function idBytes(id: string): Buffer {
  return Buffer.from(id.replaceAll("-", ""), "hex");
}

function idsIn(ids: Uint8Array): string[] {
  return Array.from({ length: ids.length / ID_BYTES }, (_, i) => idAt(ids, i));
}

function idAt(ids: Uint8Array, i: number): string {
  const hex = Buffer.from(ids.buffer, ids.byteOffset + i * ID_BYTES, ID_BYTES).toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
