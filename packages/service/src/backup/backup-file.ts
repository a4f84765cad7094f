import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { createGunzip, createGzip } from "node:zlib";
import { ExpungeError } from "expunge";
import { writeWhole } from "expunge/process";

/*
 * A backup is lines, compressed: a header in JSON; rows, each the name of its table, a space and the row as PostgreSQL's row_to_json has it; a
 * trailer in JSON with how many there are and the digest of all lines before it. Whatever is cut off or changed is found out. Nobody ever holds
 * more of a file than some rows.
 */

export interface BackupHeader {
  readonly expunge: "backup";
  readonly version: 2;
  /** Everything, or what must not be forgotten of what came after the last full one. */
  readonly kind: "full" | "deletions";
  /** Names of the migrations that the tables were made by. */
  readonly migrations: readonly string[];
  /** By the database's clock. */
  readonly createdAt: string;
  /** Entries of the ledger that are in the file, and the root over all up to the last. */
  readonly ledger: LedgerSpan;
  /** Digest of the segment of deletions before this one; null where there is none. */
  readonly previous: string | null;
}

export interface LedgerSpan {
  readonly from: number;
  readonly to: number;
  /** Hex. */
  readonly root: string;
}

export interface BackupRow {
  readonly table: string;
  /** JSON of the row. */
  readonly row: string;
}

interface Trailer {
  readonly rows: number;
  readonly sha256: string;
}

/** Characters that are compressed at once: a call for each row would take longer than the rows. */
const WRITE_CHARACTERS = 2 ** 17;
const READ_BYTES = 2 ** 17;

/** Writes a backup beside its place, to disk, and only then into it. @returns rows written */
export function writeBackupFile(
  path: string,
  header: BackupHeader,
  rows: AsyncIterable<BackupRow>,
): Promise<number> {
  return writeWhole(path, async (temporary) => {
    const file = await open(temporary, "w", 0o600);
    const zip = createGzip({ level: 3 });
    try {
      const written = pour(zip, file);
      // Whoever waits for the rest hears of it; until then it must not end the process.
      written.catch(() => {});
      let lines = "";
      const hash = createHash("sha256");
      const push = async (): Promise<void> => {
        const text = lines;
        lines = "";
        if (!zip.write(text)) await Promise.race([written, new Promise((done) => zip.once("drain", done))]);
      };
      const put = async (line: string): Promise<void> => {
        hash.update(`${line}\n`);
        lines += `${line}\n`;
        if (lines.length >= WRITE_CHARACTERS) await push();
      };
      let count = 0;
      await put(JSON.stringify(header));
      for await (const { table, row } of rows) {
        await put(`${table} ${row}`);
        count += 1;
      }
      const trailer: Trailer = { rows: count, sha256: hash.digest("hex") };
      zip.end(`${lines}${JSON.stringify(trailer)}\n`);
      await written;
      return count;
    } finally {
      zip.destroy();
      await file.close();
    }
  });
}

async function pour(from: AsyncIterable<Buffer>, file: Awaited<ReturnType<typeof open>>): Promise<void> {
  for await (const chunk of from) await file.writeFile(chunk);
}

/** The first line of a backup. @throws ExpungeError E_DATABASE */
export async function readBackupHeader(path: string): Promise<BackupHeader> {
  for await (const line of linesOf(path)) return headerOf(path, line);
  throw damaged(path, "it is empty");
}

/** Reads all of a backup. @returns its digest @throws ExpungeError E_DATABASE where it is cut off or changed */
export async function requireWhole(path: string): Promise<string> {
  const rows = readBackupRows(path);
  for (;;) {
    const { value, done } = await rows.next();
    if (done) return value;
  }
}

/**
 * Rows of a backup in order. That it is whole is known at its end: nothing may be made final before.
 *
 * @returns its digest
 * @throws ExpungeError E_DATABASE where it is cut off or changed
 */
export async function* readBackupRows(path: string): AsyncGenerator<BackupRow, string> {
  const hash = createHash("sha256");
  let held: string | null = null;
  let count = -1;
  for await (const line of linesOf(path)) {
    if (held !== null) {
      if (count >= 0) yield rowOf(path, held);
      count += 1;
      hash.update(`${held}\n`);
    }
    held = line;
  }
  const { rows, sha256 } = trailerOf(held ?? "");
  if (rows === undefined) throw damaged(path, "its end is missing");
  if (rows !== count) throw damaged(path, `expected ${rows} rows, found ${count}`);
  const digest = hash.digest("hex");
  if (sha256 !== digest) throw damaged(path, "its content does not fit its digest");
  return digest;
}

/** Of a file that was cut off the last line is any line, or half of one. */
function trailerOf(line: string): Partial<Trailer> {
  try {
    return (JSON.parse(line) as Partial<Trailer> | null) ?? {};
  } catch {
    return {};
  }
}

function rowOf(path: string, line: string): BackupRow {
  const at = line.indexOf(" ");
  if (at < 0) throw damaged(path, "a line of it is no row");
  return { table: line.slice(0, at), row: line.slice(at + 1) };
}

/** Not by readline, which tells nobody of an input that breaks, or the whole process. */
async function* linesOf(path: string): AsyncGenerator<string> {
  const source = createReadStream(path, { highWaterMark: READ_BYTES });
  const unzipped = source.pipe(createGunzip({ chunkSize: READ_BYTES }));
  source.once("error", (error) => unzipped.destroy(error));
  // Of the line that goes on in the next chunk.
  let begun: Buffer[] = [];
  try {
    for await (const chunk of unzipped as AsyncIterable<Buffer>) {
      let start = 0;
      for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
        yield Buffer.concat([...begun, chunk.subarray(start, end)]).toString("utf8");
        begun = [];
        start = end + 1;
      }
      if (start < chunk.length) begun.push(chunk.subarray(start));
    }
    if (begun.length > 0) yield Buffer.concat(begun).toString("utf8");
  } catch (error) {
    throw error instanceof ExpungeError ? error : damaged(path, whatBroke(error as NodeJS.ErrnoException));
  } finally {
    source.destroy();
    unzipped.destroy();
  }
}

function whatBroke({ code, message }: NodeJS.ErrnoException): string {
  if (code === "ENOENT") return "there is no such file";
  if (code === "Z_BUF_ERROR") return "it was cut off";
  return code === "Z_DATA_ERROR" ? "it is no backup of Expunge, or was changed" : message;
}

function headerOf(path: string, line: string): BackupHeader {
  const header = parse<BackupHeader | null>(path, line);
  if (header?.expunge !== "backup") throw damaged(path, "it is no backup of Expunge");
  if (header.version !== 2) throw damaged(path, `expected version 2, found ${String(header.version)}`);
  return header;
}

function parse<T>(path: string, line: string): T {
  try {
    return JSON.parse(line) as T;
  } catch {
    throw damaged(path, "a line of it is no JSON");
  }
}

export function damaged(path: string, what: string): ExpungeError {
  return new ExpungeError("E_DATABASE", `The backup ${path} cannot be used: ${what}.`);
}
