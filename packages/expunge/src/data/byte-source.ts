import { createReadStream } from "node:fs";
import { Readable } from "node:stream";

/** Bytes that are read by position and have no path: those of a file without a name, say. */
export interface ByteSource {
  /** What errors call it. */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** Fills `bytes` with those from a position on, all of them within the size. */
  read(bytes: Uint8Array, position: number): Promise<void>;
}

/** What errors call a file. */
export function nameOf(file: string | ByteSource): string {
  return typeof file === "string" ? file : file.name;
}

const BLOCK_BYTES = 2 ** 18;

/** All bytes of a file in order. */
export function streamBytes(file: string | ByteSource): Readable {
  if (typeof file === "string") return createReadStream(file, { highWaterMark: BLOCK_BYTES });
  async function* blocks({ size }: ByteSource): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < size; at += BLOCK_BYTES) yield bytesAt(file as ByteSource, at, at + BLOCK_BYTES);
  }
  return Readable.from(blocks(file), { objectMode: false });
}

/** Bytes of their own from `start` to `end`, or to the end of the file. */
export async function bytesAt(file: ByteSource, start: number, end: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(Math.max(0, Math.min(end, file.size) - start));
  await file.read(bytes, start);
  return bytes;
}
