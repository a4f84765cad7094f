import { open, readFile } from "node:fs/promises";
import { ExpungeError } from "../errors.js";
import { given } from "../given.js";
import { type ByteSource, bytesAt } from "./byte-source.js";

/** A whole file. @throws ExpungeError E_DATA naming it */
export async function readBytes(path: string): Promise<Uint8Array> {
  return readFile(path).catch((error) => {
    throw unreadable(path, error);
  });
}

/** The first bytes of a file, fewer where it is shorter. @throws ExpungeError E_DATA naming it */
export async function readFirstBytes(path: string | ByteSource, count: number): Promise<Uint8Array> {
  if (typeof path !== "string") return bytesAt(path, 0, count);
  const file = await open(path).catch((error) => {
    throw unreadable(path, error);
  });
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(count), 0, count, 0);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    throw unreadable(path, error as Error);
  } finally {
    await file.close();
  }
}

/** Whether bytes begin as a gzip file does (RFC 1952). */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** The bytes of a source that is a path or bytes already, and what errors call it. */
export async function bytesOf(
  source: string | Uint8Array,
  kind: string,
): Promise<{ readonly bytes: Uint8Array; readonly name: string }> {
  if (typeof source === "string") return { bytes: await readBytes(source), name: source };
  return { bytes: source, name: `${kind} bytes` };
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder",
  EACCES: "you may not read it",
};

/** Why a file cannot be read, in words. */
export function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  return REASONS[code ?? ""] ?? message;
}

/** E_DATA for what the operating system says of a file. */
export function unreadable(path: string, error: NodeJS.ErrnoException): ExpungeError {
  return new ExpungeError("E_DATA", `Cannot read ${path}: ${reasonOf(error)}.`, {
    file: path,
    ...given({ reason: error.code }),
  });
}
