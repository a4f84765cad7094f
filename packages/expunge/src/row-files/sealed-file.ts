import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { unreadable } from "../data/read-bytes.js";
import { ExpungeError } from "../errors.js";
import { type OpenFile, openOwn, type RangeFile, unwritable } from "./block-file.js";
import { openPage, SEAL_BYTES, sealPage } from "./sealed-page.js";

/** Bytes of a page; writes that begin and end between pages need not read any. */
export const PAGE_BYTES = 2 ** 16;
const STORED_BYTES = PAGE_BYTES + SEAL_BYTES;
/** Pages read by one call. */
const PAGES_AT_ONCE = 64;

/** What is needed of a file: a FileHandle has it. */
export interface PositionedFile {
  /** Fills a part of a buffer from a place of the file; may read less. */
  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesRead: number }>;
  /** Writes a part of a buffer to a place of the file; may write less. */
  write(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ bytesWritten: number }>;
  /** Lets go of the file. */
  close(): Promise<void>;
}

/**
 * A new file without a name for as long as it is open, for what must not outlive this process. Its name is removed before a byte is written, so that
 * nobody else can open it, and the system frees it however the process ends. Its bytes are sealed under a key that is nowhere but in this
 * process's memory: what is left of it on the disk can be read by nobody, and a page that is not as it was written is refused.
 *
 * @param directory where the disk has room
 * @throws ExpungeError E_DATA naming the directory
 */
export async function openNameless(directory: string, openFile: OpenFile = openOwn): Promise<SealedFile> {
  const path = join(directory, `expunge-${randomBytes(12).toString("hex")}`);
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL;
  const handle = await openFile(path, flags).catch((error) => {
    throw unwritable(path, error);
  });
  await rm(path, { force: true });
  return new SealedFile(handle, directory);
}

/** Pages sealed under a key that is wiped when the file is closed. */
export class SealedFile implements RangeFile {
  readonly path: string;
  readonly key: Uint8Array;
  private readonly handle: PositionedFile;
  /** A bit for each page that was written. */
  private written = new Uint8Array(64);
  private writes = 0;

  /** @param path what errors call it @param key of pages that are there already; 32 bytes */
  constructor(handle: PositionedFile, path: string, key: Uint8Array = randomBytes(32)) {
    this.handle = handle;
    this.path = path;
    this.key = key;
  }

  /** The number by which a child process can be given the file. */
  get fd(): number {
    return (this.handle as { fd?: number }).fd ?? -1;
  }

  /** @throws ExpungeError E_DATA for a full disk, or whatever else the system says; for a page, written before in part, that is damaged */
  async write(bytes: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const page = Math.floor((position + done) / PAGE_BYTES);
      const from = position + done - page * PAGE_BYTES;
      const count = Math.min(PAGE_BYTES - from, bytes.length - done);
      const piece = bytes.subarray(done, done + count);
      await this.writePage(page, count === PAGE_BYTES ? piece : await this.patched(page, from, piece));
      done += count;
    }
  }

  /** Fills `bytes`, which may lie in any memory. @throws ExpungeError E_DATA for a page that is not there, or is not as it was written */
  async read(bytes: Uint8Array, position: number): Promise<void> {
    const end = position + bytes.length;
    for (let at = position; at < end; ) {
      const first = Math.floor(at / PAGE_BYTES);
      const last = Math.min(Math.floor((end - 1) / PAGE_BYTES), first + PAGES_AT_ONCE - 1);
      const stored = await this.readStored(first, last - first + 1);
      for (let page = first; page <= last; page++) {
        const plain = this.opened(page, stored.subarray((page - first) * STORED_BYTES));
        const start = page * PAGE_BYTES;
        const upTo = Math.min(end, start + PAGE_BYTES);
        bytes.set(plain.subarray(at - start, upTo - start), at - position);
        at = upTo;
      }
    }
  }

  /** Nothing: it need not outlive the process. */
  async sync(): Promise<void> {}

  /** What was written is gone. */
  async close(): Promise<void> {
    this.key.fill(0);
    await this.handle.close();
  }

  private async patched(page: number, from: number, piece: Uint8Array): Promise<Uint8Array> {
    const isThere = ((this.written[page >>> 3] ?? 0) & (1 << (page & 7))) !== 0;
    const plain = isThere ? this.opened(page, await this.readStored(page, 1)) : new Uint8Array(PAGE_BYTES);
    plain.set(piece, from);
    return plain;
  }

  private async writePage(page: number, plain: Uint8Array): Promise<void> {
    const sealed = sealPage(this.key, this.writes++, page, plain);
    for (let done = 0; done < sealed.length; ) {
      const { bytesWritten } = await this.handle
        .write(sealed, done, sealed.length - done, page * STORED_BYTES + done)
        .catch((error) => {
          throw unwritable(this.path, error);
        });
      done += bytesWritten;
    }
    const byte = page >>> 3;
    if (byte >= this.written.length) {
      const grown = new Uint8Array(2 * (byte + 1));
      grown.set(this.written);
      this.written = grown;
    }
    this.written[byte] = this.written[byte]! | (1 << (page & 7));
  }

  private async readStored(first: number, count: number): Promise<Uint8Array> {
    const stored = Buffer.allocUnsafe(count * STORED_BYTES);
    let done = 0;
    while (done < stored.length) {
      const { bytesRead } = await this.handle
        .read(stored, done, stored.length - done, first * STORED_BYTES + done)
        .catch((error) => {
          throw unreadable(this.path, error);
        });
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return stored.subarray(0, done);
  }

  private opened(page: number, stored: Uint8Array): Uint8Array {
    const plain = openPage(this.key, page, stored.subarray(0, STORED_BYTES));
    if (plain !== null) return plain;
    throw new ExpungeError(
      "E_DATA",
      `Cannot read a file in ${this.path}: page ${page} is not as it was written (EBADMSG).`,
      { file: this.path, reason: "EBADMSG" },
    );
  }
}
