import { Transform } from "node:stream";
import { dataError } from "./data-error.js";
import { encodingText } from "./text-encoding.js";
import type { TextHead } from "./text-head.js";

/**
 * Passes text through, every line end (LF, CRLF or CR) as LF, and refuses what is none: zero bytes, or bytes that are not UTF-8.
 *
 * csv-parse counts the CRLF of a quoted cell as two lines, and takes the first line's end for the end of all lines.
 *
 * @param guessed the encoding that zero bytes may come of
 * @throws ExpungeError E_DATA (as the stream's error) naming the file and the line
 */
export function checkText(path: string, guessed: TextHead["guessed"] = null): Transform {
  const toUnix = unixLines();
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let line = 1;
  const check = (chunk: Buffer, isLast: boolean): void => {
    const zero = chunk.indexOf(0);
    if (zero >= 0) throw zeroByte(path, line + countLines(chunk.subarray(0, zero)), guessed);
    try {
      decoder.decode(chunk, { stream: !isLast });
    } catch {
      throw noText(path, line + linesBeforeBadUtf8(chunk), "bytes that are not UTF-8", OTHER_ENCODING);
    }
    line += countLines(chunk);
  };
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const text = toUnix(chunk);
      try {
        check(text, false);
      } catch (error) {
        return done(error as Error);
      }
      done(null, text);
    },
    flush(done) {
      try {
        check(Buffer.alloc(0), true);
      } catch (error) {
        return done(error as Error);
      }
      done();
    },
  });
}

/** Turns CRLF and CR into LF, chunk by chunk; a chunk without CR is given back as it is. */
function unixLines(): (chunk: Buffer) => Buffer {
  let isAfterCr = false;
  return (chunk) => {
    if (!isAfterCr && !chunk.includes(CR)) return chunk;
    const text = Buffer.allocUnsafe(chunk.length);
    let length = 0;
    for (const byte of chunk) {
      const isRest = isAfterCr && byte === LF;
      isAfterCr = byte === CR;
      if (!isRest) text[length++] = isAfterCr ? LF : byte;
    }
    return text.subarray(0, length);
  };
}

const LF = 10;
const CR = 13;

function noText(path: string, line: number, found: string, hint: string): Error {
  return dataError({ file: path, line }, "a CSV file in UTF-8", found, hint);
}

const OTHER_ENCODING =
  ' If it is in another encoding, declare it in the schema, such as "csv": { "encoding": "windows-1252" } (schema infer: --encoding windows-1252).';

function zeroByte(path: string, line: number, guessed: TextHead["guessed"]): Error {
  if (guessed === null) return noText(path, line, "a zero byte", "");
  const found = `a zero byte, as in ${encodingText(guessed)} without a byte-order mark`;
  return noText(path, line, found, ` Declare it in the schema: "csv": { "encoding": "${guessed}" }.`);
}

function countLines(chunk: Buffer): number {
  let count = 0;
  for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, at + 1)) count++;
  return count;
}

/** Lines of a chunk before its first bad one. The first line may begin in the middle of a character, which is no fault of it. */
function linesBeforeBadUtf8(chunk: Buffer): number {
  let lines = 0;
  let start = 0;
  while (start < chunk.length && (chunk[start]! & 0xc0) === 0x80 && start < 3) start++;
  for (;;) {
    const end = chunk.indexOf(LF, start);
    if (end < 0) return lines;
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(chunk.subarray(start, end));
    } catch {
      return lines;
    }
    lines++;
    start = end + 1;
  }
}
