import { constants, readSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { dataError } from "../data/data-error.js";
import { unreadable } from "../data/read-bytes.js";
import { ExpungeError } from "../errors.js";
import { given } from "../given.js";

/** Opens a file, as `open` of node:fs/promises; tests give one whose handles fail. */
export type OpenFile = (path: string, flags: number) => Promise<FileHandle>;

/** For files of ours: readable by nobody else, and never through a link. */
export const openOwn: OpenFile = (path, flags) => open(path, flags | constants.O_NOFOLLOW, 0o600);

/** Bytes a call: one of Node's moves less than 2^31. */
const PIECE_BYTES = 2 ** 26;

/** A file of which whole ranges are read and written. Errors name it. */
export interface RangeFile {
  /** What errors call it. */
  readonly path: string;
  /** @throws ExpungeError E_DATA for a full disk, or whatever else the system says */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** Fills `bytes`, which may lie in any memory. @throws ExpungeError E_DATA where there are fewer */
  read(bytes: Uint8Array, position: number): Promise<void>;
  /** The same before it returns, where a file can do so. */
  readNow?(bytes: Uint8Array, position: number): void;
  /** Resolves when everything written so far is durable. @throws ExpungeError E_DATA */
  sync(): Promise<void>;
  /** Lets go of the file. */
  close(): Promise<void>;
}

/** A file of the system as it is. */
export class BlockFile implements RangeFile {
  readonly path: string;
  private readonly handle: FileHandle;

  constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.handle = handle;
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const count = Math.min(bytes.length - done, PIECE_BYTES);
      const { bytesWritten } = await this.named(this.handle.write(bytes, done, count, position + done));
      done += bytesWritten;
    }
  }

  async read(bytes: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const count = Math.min(bytes.length - done, PIECE_BYTES);
      const { bytesRead } = await this.handle.read(bytes, done, count, position + done).catch((error) => {
        throw unreadable(this.path, error);
      });
      if (bytesRead === 0) throw this.endsBefore(bytes.length, position, done);
      done += bytesRead;
    }
  }

  readNow(bytes: Uint8Array, position: number): void {
    for (let done = 0; done < bytes.length; ) {
      const count = Math.min(bytes.length - done, PIECE_BYTES);
      const bytesRead = this.readSome(bytes, done, count, position + done);
      if (bytesRead === 0) throw this.endsBefore(bytes.length, position, done);
      done += bytesRead;
    }
  }

  async size(): Promise<number> {
    return (await this.handle.stat()).size;
  }

  async sync(): Promise<void> {
    await this.named(this.handle.sync());
  }

  async close(): Promise<void> {
    await this.handle.close();
  }

  private readSome(bytes: Uint8Array, at: number, count: number, position: number): number {
    try {
      return readSync(this.handle.fd, bytes, at, count, position);
    } catch (error) {
      throw unreadable(this.path, error as NodeJS.ErrnoException);
    }
  }

  private endsBefore(length: number, position: number, done: number): ExpungeError {
    return dataError({ file: this.path }, `${length} bytes from byte ${position}`, `only ${done}`);
  }

  private async named<T>(written: Promise<T>): Promise<T> {
    return written.catch((error) => {
      throw unwritable(this.path, error);
    });
  }
}

/** E_DATA for what the operating system says of a file that is to be written. */
export function unwritable(path: string, error: NodeJS.ErrnoException): ExpungeError {
  const reason = REASONS[String(error.code)] ?? error.message;
  return new ExpungeError("E_DATA", `Cannot write ${path}: ${reason}.`, {
    file: path,
    ...given({ reason: error.code }),
  });
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: "there is no room left on the disk (ENOSPC)",
  EDQUOT: "the disk quota is used up (EDQUOT)",
  EFBIG: "the file grows larger than is allowed here (EFBIG)",
  EEXIST: "it is there already",
  ENOENT: "there is no such directory",
};
