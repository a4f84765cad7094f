import { Transform } from "node:stream";
import { dataError } from "./data-error.js";
import { encodingText } from "./text-encoding.js";

/**
 * Turns bytes of another encoding into UTF-8.
 *
 * @throws ExpungeError E_DATA (as the stream's error) naming the file, and the line up to which all was well
 */
export function toUtf8(path: string, encoding: string): Transform {
  const decoder = new TextDecoder(encoding, { fatal: true });
  let lines = 0;
  const decode = (chunk: Uint8Array, isLast: boolean): string => {
    let text: string;
    try {
      text = decoder.decode(chunk, { stream: !isLast });
    } catch {
      const expected = `text in ${encodingText(encoding)}`;
      throw dataError({ file: path }, expected, `other bytes behind line ${lines}`);
    }
    for (const char of text) if (char === "\n") lines++;
    return text;
  };
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      try {
        done(null, decode(chunk, false));
      } catch (error) {
        done(error as Error);
      }
    },
    flush(done) {
      try {
        done(null, decode(new Uint8Array(), true));
      } catch (error) {
        done(error as Error);
      }
    },
  });
}
