import { constants } from "node:fs";
import { lstat, mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

/**
 * The few file operations a model directory is made of, each durable when its promise resolves: data and directory entries are
 * fsynced. An interface, so that tests can stop the world between any two of them.
 */
export interface DurableFiles {
  makeDirectory(path: string): Promise<void>;
  /** Writes a new file, or replaces one that nobody reads. */
  write(path: string, data: Uint8Array | string): Promise<void>;
  /** Replaces a file in one step: a reader sees the old bytes or the new. */
  replace(path: string, data: Uint8Array | string): Promise<void>;
  /** Overwrites bytes in place. */
  overwrite(
    path: string,
    patches: readonly { readonly offset: number; readonly data: Uint8Array }[],
  ): Promise<void>;
  /** Removes a file or a directory tree, its files' bytes overwritten with zeros first. */
  erase(path: string): Promise<void>;
  read(path: string): Promise<Uint8Array>;
  list(path: string): Promise<readonly string[]>;
}

export const nodeFiles: DurableFiles = {
  async makeDirectory(path) {
    await mkdir(path, { recursive: true, mode: 0o700 });
    await syncDirectory(dirname(path));
  },

  async write(path, data) {
    await writeSynced(path, data);
    await syncDirectory(dirname(path));
  },

  async replace(path, data) {
    const temporary = `${path}.new`;
    await writeSynced(temporary, data);
    await rename(temporary, path);
    await syncDirectory(dirname(path));
  },

  async overwrite(path, patches) {
    const file = await open(path, constants.O_RDWR | constants.O_NOFOLLOW);
    try {
      for (const { offset, data } of patches) {
        for (let done = 0; done < data.length; ) {
          done += (await file.write(data, done, data.length - done, offset + done)).bytesWritten;
        }
      }
      await file.sync();
    } finally {
      await file.close();
    }
  },

  async erase(path) {
    await zeroTree(path);
    await rm(path, { recursive: true, force: true });
    await syncDirectory(dirname(path));
  },

  async read(path) {
    return new Uint8Array(await readFile(path));
  },

  async list(path) {
    return (await readdir(path)).sort();
  },
};

async function writeSynced(path: string, data: Uint8Array | string): Promise<void> {
  const file = await open(path, "w", 0o600);
  try {
    await file.writeFile(data);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, constants.O_RDONLY);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** Best effort below the file system: journals and flash translation layers may keep copies, as docs/certificate.md says. */
async function zeroTree(path: string): Promise<void> {
  // A link is removed, never followed: what it points to is not ours.
  const info = await lstat(path).catch(() => null);
  if (info === null || info.isSymbolicLink()) return;
  const entries = await readdir(path, { withFileTypes: true }).catch(() => null);
  if (entries === null) return zeroFile(path);
  for (const entry of entries) {
    const child = join(path, entry.name);
    await (entry.isDirectory() ? zeroTree(child) : zeroFile(child));
  }
}

async function zeroFile(path: string): Promise<void> {
  const file = await open(path, constants.O_RDWR | constants.O_NOFOLLOW).catch(() => null);
  if (file === null) return;
  try {
    const { size } = await file.stat();
    const zeros = new Uint8Array(Math.min(size, 1 << 20));
    for (let offset = 0; offset < size; offset += zeros.length) {
      await file.write(zeros, 0, Math.min(zeros.length, size - offset), offset);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}
