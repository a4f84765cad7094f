import type { Readable } from "node:stream";
import { ExpungeError } from "../errors.js";
import { type ByteSource, nameOf } from "./byte-source.js";
import { openPacked } from "./packed-file.js";
import { unreadable } from "./read-bytes.js";
import { type TextHead, textHeadOf } from "./text-head.js";
import { toUtf8 } from "./to-utf8.js";

const SAMPLE_BYTES = 2 ** 16;

/**
 * Looks at the beginning of a text file, gzipped, packed by Zstandard or plain.
 *
 * @param declared its encoding; a byte-order mark says more
 * @throws ExpungeError E_DATA for a file that cannot be read or unpacked, or is in UTF-32
 */
export async function readTextHead(source: string | ByteSource, declared?: string): Promise<TextHead> {
  const path = nameOf(source);
  const { bytes, isWhole } = await readSample(source);
  return textHeadOf(path, { bytes, isWhole }, declared);
}

/**
 * Streams to go behind one another, from a file to its text in UTF-8, which nobody has checked.
 *
 * @throws ExpungeError E_DATA
 */
export async function openText(
  source: string | ByteSource,
  encoding: string,
): Promise<readonly [Readable, ...NodeJS.ReadWriteStream[]]> {
  const bytes = await openPacked(source);
  return encoding === "utf-8" ? [bytes] : [bytes, toUtf8(nameOf(source), encoding)];
}

async function readSample(
  source: string | ByteSource,
): Promise<{ readonly bytes: Uint8Array; readonly isWhole: boolean }> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of (await openPacked(source)) as AsyncIterable<Uint8Array>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > SAMPLE_BYTES) break;
    }
  } catch (error) {
    throw error instanceof ExpungeError ? error : unreadable(nameOf(source), error as Error);
  }
  return { bytes: Buffer.concat(chunks).subarray(0, SAMPLE_BYTES), isWhole: length <= SAMPLE_BYTES };
}
