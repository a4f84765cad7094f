import { constants as bufferLimits } from "node:buffer";
import { constants, writeSync } from "node:fs";
import { mkdir, open, readdir, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { eraseTree } from "./erase-tree.js";

/** Bytes for a place in a file. */
export interface Patch {
  readonly offset: number;
  readonly data: Uint8Array;
}

/**
 * The few file operations a model directory is made of, so that tests can stop the world between any two of them. What a file holds is durable
 * when the promise resolves; that a name is there, or gone, is durable after `sync` of its directory.
 */
export interface DurableFiles {
  /** Makes a directory, with those above it; one that is there is fine. */
  makeDirectory(path: string): Promise<void>;
  /** Writes a new file, or replaces one that nobody reads. */
  write(path: string, data: Uint8Array | string): Promise<void>;
  /** Gives a file another name, in one step; one of that name is replaced. */
  rename(from: string, to: string): Promise<void>;
  /** Makes the names in a directory durable, or the bytes of a file. */
  sync(path: string): Promise<void>;
  /** Overwrites bytes in place; the file grows where they lie beyond its end. */
  overwrite(path: string, patches: Iterable<Patch>): Promise<void>;
  /** Removes a file or a directory tree, its files' bytes overwritten with zeros first; where that fails nothing is removed. */
  erase(path: string): Promise<void>;
  /** All bytes of a file, at most `largest`. */
  read(path: string): Promise<Uint8Array>;
  /** Bytes that a file may have where it is to be read whole. */
  readonly largest: number;
  list(path: string): Promise<readonly string[]>;
  /** Whether whatever writes is refused; default false. */
  readonly isReadOnly?: boolean;
}

/** Patches written without a breath: a request of a million rows must not stop everything else. */
const PATCHES_AT_ONCE = 4096;
/** Neighbouring patches are written together up to this many bytes. */
const JOINED_BYTES = 2 ** 16;

/** Bytes read or written by one call: the system's calls, and Node's, end below 2^31. */
const CALL_BYTES = 2 ** 30;

export const nodeFiles: DurableFiles = {
  async makeDirectory(path) {
    await mkdir(path, { recursive: true, mode: 0o700 });
  },

  async write(path, data) {
    const file = await open(path, "w", 0o600);
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
  },

  rename,

  async sync(path) {
    const opened = await open(path, constants.O_RDONLY);
    try {
      await opened.sync();
    } finally {
      await opened.close();
    }
  },

  async overwrite(path, patches) {
    const file = await open(path, constants.O_RDWR | constants.O_NOFOLLOW);
    try {
      let count = 0;
      for (const patch of joined(patches)) {
        writePatch(file.fd, patch);
        if (++count % PATCHES_AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      await file.datasync();
    } finally {
      await file.close();
    }
  },

  erase: (path) => eraseTree(path),

  read: (path) => readWhole(path),

  largest: bufferLimits.MAX_LENGTH,

  async list(path) {
    return (await readdir(path)).sort();
  },
};

/**
 * Reads a file, however long it is: Node's own `readFile` refuses 2 GiB.
 *
 * @param callBytes most that one call reads
 * @throws the system's error
 */
export async function readWhole(path: string, callBytes: number = CALL_BYTES): Promise<Uint8Array> {
  const file = await open(path, constants.O_RDONLY);
  try {
    const info = await file.stat();
    // A pipe has no length, and a file that the kernel makes up says 0.
    if (!info.isFile() || info.size === 0) return new Uint8Array(await file.readFile());
    const bytes = new Uint8Array(info.size);
    for (let done = 0; done < bytes.length; ) {
      const { bytesRead } = await file.read(bytes, done, Math.min(callBytes, bytes.length - done), done);
      if (bytesRead === 0) return bytes.slice(0, done);
      done += bytesRead;
    }
    return bytes;
  } finally {
    await file.close();
  }
}

/**
 * Writes a file beside its place, to disk, and only then into it: whoever reads finds the old bytes or the new, after a crash too. Where it
 * fails, nothing is left of the new ones.
 *
 * @param write        gets the path to write to
 * @param beforeRename the last moment at which it cannot be in its place; where it throws it never is
 */
export async function writeWhole<T>(
  path: string,
  write: (temporary: string) => Promise<T>,
  files: DurableFiles = nodeFiles,
  beforeRename: () => void = () => {},
): Promise<T> {
  const temporary = `${path}.new`;
  try {
    const result = await write(temporary);
    await files.sync(temporary);
    beforeRename();
    await files.rename(temporary, path);
    await files.sync(dirname(path));
    return result;
  } catch (error) {
    await files.erase(temporary).catch(() => {});
    throw error;
  }
}

/** Removes a file or a tree durably, its files' bytes overwritten first. */
export async function eraseDurably(files: DurableFiles, path: string): Promise<void> {
  await files.erase(path);
  await files.sync(dirname(path));
}

/** A patch for each of some items, made when it is written. */
export function* patchesOf(items: Iterable<number>, of: (item: number) => Patch): Generator<Patch> {
  for (const item of items) yield of(item);
}

/** Patches that follow one another as one, up to some length. */
function* joined(patches: Iterable<Patch>): Generator<Patch> {
  const buffer = new Uint8Array(JOINED_BYTES);
  let start = 0;
  let length = 0;
  for (const patch of patches) {
    const { offset, data } = patch;
    const fits = offset === start + length && length + data.length <= JOINED_BYTES;
    if (!fits && length > 0) yield { offset: start, data: buffer.subarray(0, length) };
    if (!fits) {
      start = offset;
      length = 0;
    }
    if (data.length > JOINED_BYTES) {
      yield patch;
      continue;
    }
    buffer.set(data, length);
    length += data.length;
  }
  if (length > 0) yield { offset: start, data: buffer.subarray(0, length) };
}

/** At once, because a promise for each of a few bytes takes ten times as long. */
function writePatch(fd: number, { offset, data }: Patch): void {
  for (let done = 0; done < data.length; )
    done += writeSync(fd, data, done, Math.min(CALL_BYTES, data.length - done), offset + done);
}
