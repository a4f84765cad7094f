import { Transform } from "node:stream";
import { dataError } from "./data-error.js";

/**
 * Passes text through and refuses what is none: zero bytes, or bytes that are not UTF-8.
 *
 * @throws ExpungeError E_DATA (as the stream's error) naming the file and the line
 */
export function checkText(path: string): Transform {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let line = 1;
  const check = (chunk: Buffer, isLast: boolean): void => {
    const zero = chunk.indexOf(0);
    if (zero >= 0) throw noText(path, line + countLines(chunk.subarray(0, zero)), "a zero byte");
    try {
      decoder.decode(chunk, { stream: !isLast });
    } catch {
      throw noText(path, line + linesBeforeBadUtf8(chunk), "bytes that are not UTF-8");
    }
    line += countLines(chunk);
  };
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      try {
        check(chunk, false);
      } catch (error) {
        return done(error as Error);
      }
      done(null, chunk);
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

function noText(path: string, line: number, found: string): Error {
  return dataError({ file: path, line }, "a CSV file in UTF-8", found);
}

function countLines(chunk: Buffer): number {
  let count = 0;
  for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) count++;
  return count;
}

/** Lines of a chunk before its first bad one. The first line may begin in the middle of a character, which is no fault of it. */
function linesBeforeBadUtf8(chunk: Buffer): number {
  let lines = 0;
  let start = 0;
  while (start < chunk.length && (chunk[start] & 0xc0) === 0x80 && start < 3) start++;
  for (;;) {
    const end = chunk.indexOf(10, start);
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
