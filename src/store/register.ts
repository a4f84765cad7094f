import { join } from "node:path";
import { ExpungeError } from "../errors.js";
import { Forgotten, type ForgottenEntries } from "../unlearner/forgotten.js";
import { type DurableFiles, patchesOf } from "./durable-files.js";
import { bytesOf, FILES, readOr, readWords } from "./layout.js";
import type { ModelRecord, Removal } from "./model-schema.js";

const ID_BYTES = 16;
const KEY_BYTES = 32;
/** A key and a request's number. */
const SUBJECT_BYTES = KEY_BYTES + 4;

/** The parts of a record that say what the register holds. */
type Registered = Pick<ModelRecord, "timeline" | "removal" | "description" | "forgottenSubjectCount">;

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
  await files.write(join(directory, FILES.forgottenSubjects), subjectEntries([...subjects]));
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
    const data = subjectEntries(subjects.map((key) => [key, requestCount]));
    const offset = (forgottenSubjectCount - subjects.length) * SUBJECT_BYTES;
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
  const { timeline, removal, description } = record;
  const newest = { rows: removal?.rows ?? [], subjects: removal?.subjects ?? [] };
  const { requestCount, certificateId } = timeline;
  const rows = await readRows(files, directory, description.rowCount, requestCount);
  for (const row of newest.rows) rows.set(row, requestCount);
  if (rows.size !== timeline.deletedCount)
    throw damaged(directory, FILES.forgottenRows, `${timeline.deletedCount} rows`, String(rows.size));
  const subjectsBefore = record.forgottenSubjectCount - newest.subjects.length;
  const subjects = await readSubjects(files, directory, subjectsBefore, requestCount);
  for (const key of newest.subjects) subjects.set(key, requestCount);
  if (subjects.size !== record.forgottenSubjectCount)
    throw damaged(
      directory,
      FILES.forgottenSubjects,
      `${record.forgottenSubjectCount} subjects, each once`,
      String(subjects.size),
    );
  const before = removal === null ? requestCount : requestCount - 1;
  const certificateIds = await readCertificateIds(files, directory, before);
  if (removal !== null) certificateIds.push(certificateId as string);
  return Forgotten.from({ certificateIds, rows, subjects, newest });
}

/** Ids of the first certificates of a model, in order. @throws ExpungeError E_MODEL where there are not so many */
export async function readCertificateIds(
  files: DurableFiles,
  directory: string,
  count: number,
): Promise<string[]> {
  const bytes = await readOr(files, join(directory, FILES.log));
  if (bytes.length < count * ID_BYTES)
    throw damaged(directory, FILES.log, `${count} certificates`, `${bytes.length} bytes`);
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, count * ID_BYTES).toString("hex");
  return Array.from({ length: count }, (_, i) => uuidOf(hex.slice(32 * i, 32 * (i + 1))));
}

async function readRows(
  files: DurableFiles,
  directory: string,
  rowCount: number,
  requestCount: number,
): Promise<Map<number, number>> {
  const byRow = await readWords(files, join(directory, FILES.forgottenRows), rowCount);
  const rows = new Map<number, number>();
  for (let row = 0; row < rowCount; row++) {
    const request = byRow[row];
    if (request === 0) continue;
    requireRequest(directory, FILES.forgottenRows, request, requestCount);
    rows.set(row, request);
  }
  return rows;
}

async function readSubjects(
  files: DurableFiles,
  directory: string,
  count: number,
  requestCount: number,
): Promise<Map<string, number>> {
  const bytes = await readOr(files, join(directory, FILES.forgottenSubjects));
  if (bytes.length < count * SUBJECT_BYTES)
    throw damaged(directory, FILES.forgottenSubjects, `${count} subjects`, `${bytes.length} bytes`);
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, count * SUBJECT_BYTES);
  const subjects = new Map<string, number>();
  for (let at = 0; at < view.length; at += SUBJECT_BYTES) {
    const request = view.readUInt32LE(at + KEY_BYTES);
    requireRequest(directory, FILES.forgottenSubjects, request, requestCount);
    subjects.set(view.toString("hex", at, at + KEY_BYTES), request);
  }
  return subjects;
}

function requireRequest(directory: string, file: string, request: number, requestCount: number): void {
  if (request >= 1 && request <= requestCount) return;
  throw damaged(directory, file, `numbers of requests up to ${requestCount}`, String(request));
}

function damaged(directory: string, file: string, expected: string, found: string): ExpungeError {
  return new ExpungeError("E_MODEL", `${join(directory, file)}: expected ${expected}, found ${found}.`);
}

function subjectEntries(subjects: readonly (readonly [key: string, request: number])[]): Buffer {
  const entries = Buffer.alloc(subjects.length * SUBJECT_BYTES);
  subjects.forEach(([key, request], i) => {
    entries.write(key, i * SUBJECT_BYTES, "hex");
    entries.writeUInt32LE(request, i * SUBJECT_BYTES + KEY_BYTES);
  });
  return entries;
}

function idBytes(id: string): Buffer {
  return Buffer.from(id.replaceAll("-", ""), "hex");
}

function uuidOf(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
