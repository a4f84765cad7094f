import type { Readable } from "node:stream";
import { ExpungeError } from "../errors.js";
import { type ByteSource, nameOf } from "./byte-source.js";
import { dataError } from "./data-error.js";
import { openPacked } from "./packed-file.js";
import { unreadable } from "./read-bytes.js";
import { guessUtf16, markedEncoding, toUtf8 } from "./text-encoding.js";

/** What the first part of a text file shows. */
export interface TextHead {
  /** By its byte-order mark, else as declared, else "utf-8". */
  readonly encoding: string;
  /** Nobody declared it and no mark says so, but its bytes look like UTF-16. */
  readonly guessed: "utf-16le" | "utf-16be" | null;
  /** The beginning of the text, without the mark, in the encoding that was guessed where one was; the last line may be cut off. */
  readonly sample: string;
  /** Whether the sample is the whole text. */
  readonly isWhole: boolean;
}

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
  const mark = markedEncoding(bytes);
  if (mark === "utf-32")
    throw dataError({ file: path }, "text in UTF-8, or an encoding that is declared", "UTF-32");
  const guessed = mark === null && declared === undefined ? guessUtf16(bytes) : null;
  const encoding = mark ?? declared ?? "utf-8";
  const sample = new TextDecoder(guessed ?? encoding).decode(bytes, { stream: !isWhole });
  return { encoding, guessed, sample, isWhole };
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
