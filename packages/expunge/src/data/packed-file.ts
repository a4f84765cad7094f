import { Duplex, pipeline, type Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { Decompress } from "fzstd";
import { type ByteSource, nameOf, streamBytes } from "./byte-source.js";
import { dataError } from "./data-error.js";
import { isGzip, readFirstBytes } from "./read-bytes.js";

/**
 * Opens a file as a stream of its bytes, unpacked where its first bytes say that it is gzip (RFC 1952) or Zstandard (RFC 8878), whatever
 * its name.
 *
 * @throws ExpungeError E_DATA for a file that cannot be read, or is packed in another way. A damaged one fails while it is read
 */
export async function openPacked(source: string | ByteSource): Promise<Readable> {
  const path = nameOf(source);
  const head = await readFirstBytes(source, 6);
  const kind = OTHER_PACKINGS.find(({ begin }) => begin.every((byte, i) => head[i] === byte))?.kind;
  if (kind !== undefined)
    throw dataError({ file: path }, "text, gzip or Zstandard", kind, " Unpack it first.");
  const file = streamBytes(source);
  const unpack = isGzip(head) ? createGunzip() : isZstd(head) ? Duplex.from(unzstd(path)) : null;
  if (unpack === null) return file;
  // Errors reach whoever reads what is unpacked; the callback is for pipeline only.
  return pipeline(file, unpack, () => {});
}

const OTHER_PACKINGS = [
  { kind: "a zip archive, or an Excel workbook", begin: [0x50, 0x4b, 3, 4] },
  { kind: "bzip2", begin: [0x42, 0x5a, 0x68] },
  { kind: "xz", begin: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0] },
] as const;

const ZSTD = [0x28, 0xb5, 0x2f, 0xfd];

function isZstd(head: Uint8Array): boolean {
  return ZSTD.every((byte, i) => head[i] === byte);
}

/** A block of 128 KiB may be packed in four bytes: so much at once is at most 32 MiB. */
const ZSTD_INPUT_BYTES = 1024;

function unzstd(path: string): (packed: AsyncIterable<Uint8Array>) => AsyncGenerator<Uint8Array> {
  return async function* (packed) {
    let ready: Uint8Array[] = [];
    const decompress = new Decompress((chunk) => {
      // The chunk is a view of what fzstd goes on to write to.
      if (chunk.length > 0) ready.push(chunk.slice());
    });
    const push = (chunk: Uint8Array, isLast: boolean): readonly Uint8Array[] => {
      ready = [];
      try {
        decompress.push(chunk, isLast);
      } catch (error) {
        throw dataError(
          { file: path },
          "a whole Zstandard file",
          `a damaged one (${(error as Error).message})`,
        );
      }
      return ready;
    };
    for await (const chunk of packed)
      for (let at = 0; at < chunk.length; at += ZSTD_INPUT_BYTES)
        yield* push(chunk.subarray(at, at + ZSTD_INPUT_BYTES), false);
    yield* push(new Uint8Array(), true);
  };
}
