import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { StringDecoder } from "node:string_decoder";
import { createGunzip, createGzip } from "node:zlib";
import { ExpungeError } from "expunge";

/*
 * A backup is lines of JSON, compressed: a header, rows each with its table, a trailer with how many there are and the digest of all lines
 * before it. Whatever is cut off or changed is found out.
 */

export interface BackupHeader {
  readonly expunge: "backup";
  readonly version: 1;
  /** Everything, or what must not be forgotten where the database is lost after the last full one. */
  readonly kind: "full" | "deletions";
  /** Names of the migrations that the tables were made by. */
  readonly migrations: readonly string[];
  readonly createdAt: string;
}

export interface BackupRow {
  readonly table: string;
  /** As PostgreSQL's row_to_json has it. */
  readonly row: Readonly<Record<string, unknown>>;
}

interface Trailer {
  readonly rows: number;
  readonly sha256: string;
}

/** Writes a backup beside its place, to disk, and only then into it. @returns rows written */
export async function writeBackupFile(
  path: string,
  header: BackupHeader,
  rows: AsyncIterable<BackupRow>,
): Promise<number> {
  const temporary = `${path}.part`;
  const file = await open(temporary, "w", 0o600);
  try {
    const zip = createGzip({ level: 3 });
    const written = pour(zip, file);
    const hash = createHash("sha256");
    let count = 0;
    const put = async (value: unknown): Promise<void> => {
      const line = `${JSON.stringify(value)}\n`;
      hash.update(line);
      if (!zip.write(line)) await new Promise((resolve) => zip.once("drain", resolve));
    };
    await put(header);
    for await (const row of rows) {
      await put(row);
      count += 1;
    }
    const trailer: Trailer = { rows: count, sha256: hash.digest("hex") };
    zip.end(`${JSON.stringify(trailer)}\n`);
    await written;
    await file.sync();
    await file.close();
    await rename(temporary, path);
    return count;
  } catch (error) {
    await file.close().catch(() => {});
    await rm(temporary, { force: true });
    throw error;
  }
}

async function pour(from: AsyncIterable<Buffer>, file: Awaited<ReturnType<typeof open>>): Promise<void> {
  for await (const chunk of from) await file.writeFile(chunk);
}

/** The first line of a backup. @throws ExpungeError E_DATABASE */
export async function readBackupHeader(path: string): Promise<BackupHeader> {
  for await (const line of linesOf(path)) return headerOf(path, line);
  throw damaged(path, "it is empty");
}

/**
 * Rows of a backup in order. That it is whole is known at its end: nothing may be made final before.
 *
 * @throws ExpungeError E_DATABASE where it is cut off or changed
 */
export async function* readBackupRows(path: string): AsyncGenerator<BackupRow> {
  const hash = createHash("sha256");
  let held: string | null = null;
  let count = -1;
  for await (const line of linesOf(path)) {
    if (held !== null) {
      if (count >= 0) yield parse<BackupRow>(path, held);
      count += 1;
      hash.update(`${held}\n`);
    }
    held = line;
  }
  requireWhole(path, held, count, hash);
}

function requireWhole(path: string, last: string | null, count: number, hash: Hash): void {
  const { rows, sha256 } = parse<Partial<Trailer>>(path, last ?? "null") ?? {};
  if (rows === undefined) throw damaged(path, "its end is missing");
  if (rows !== count) throw damaged(path, `expected ${rows} rows, found ${count}`);
  if (sha256 !== hash.digest("hex")) throw damaged(path, "its content does not fit its digest");
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const source = createReadStream(path);
  const unzipped = source.pipe(createGunzip());
  source.once("error", (error) => unzipped.destroy(error));
  const decoder = new StringDecoder("utf8");
  let rest = "";
  try {
    // Not by readline, which tells nobody of an input that breaks, or the whole process.
    for await (const chunk of unzipped) {
      const lines = (rest + decoder.write(chunk)).split("\n");
      rest = lines.pop() as string;
      yield* lines;
    }
    if (rest !== "") yield rest;
  } catch (error) {
    throw error instanceof ExpungeError ? error : damaged(path, whatBroke(error as NodeJS.ErrnoException));
  } finally {
    source.destroy();
  }
}

function whatBroke({ code, message }: NodeJS.ErrnoException): string {
  if (code === "ENOENT") return "there is no such file";
  if (code === "Z_BUF_ERROR") return "it was cut off";
  return code === "Z_DATA_ERROR" ? "it is no backup of Expunge, or was changed" : message;
}

function headerOf(path: string, line: string): BackupHeader {
  const header = parse<BackupHeader>(path, line);
  if (header?.expunge !== "backup") throw damaged(path, "it is no backup of Expunge");
  if (header.version !== 1) throw damaged(path, `expected version 1, found ${String(header.version)}`);
  return header;
}

function parse<T>(path: string, line: string): T {
  try {
    return JSON.parse(line) as T;
  } catch {
    throw damaged(path, "a line of it is no JSON");
  }
}

function damaged(path: string, what: string): ExpungeError {
  return new ExpungeError("E_DATABASE", `The backup ${path} cannot be used: ${what}.`);
}
