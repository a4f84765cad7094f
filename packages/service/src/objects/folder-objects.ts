import { type FileHandle, mkdir, open, opendir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ExpungeError } from "expunge";
import { syncDirectory } from "expunge/process";
import { missingObject } from "./missing-object.js";
import type { ByteRange, ObjectStore } from "./object-store.js";

/** Objects as files of a folder: on this machine's disk, or on one that all its hosts share. */
export function openFolder(place: string, part: string): ObjectStore {
  const folder = join(place, part);
  const pathOf = (name: string): string => join(folder, name);
  return {
    place,
    make: () => makeFolder(folder),
    // The folder is made once, at first: where it is gone, another disk may have been mounted in its place, or none.
    put: (name, bytes) =>
      write(folder, pathOf(name), bytes).catch((error: NodeJS.ErrnoException) => {
        throw new ExpungeError("E_DATABASE", `The folder of the rows cannot be written: ${error.message}.`, {
          file: pathOf(name),
        });
      }),
    async read(name, ranges) {
      const file = await open(pathOf(name), "r").catch((error: NodeJS.ErrnoException) => {
        throw error.code === "ENOENT" ? missingObject(name, "is missing") : error;
      });
      try {
        return await Promise.all(ranges.map((range) => readRange(file, range, name)));
      } finally {
        await file.close();
      }
    },
    has: (name) => stat(pathOf(name)).then(() => true, whetherThere),
    remove: (name) => rm(pathOf(name), { force: true }),
    async *list() {
      const directory = await opendir(folder).catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return [];
        throw error;
      });
      for await (const { name } of directory) {
        const info = await stat(pathOf(name)).catch(() => null);
        if (info?.isFile()) yield { name, writtenAt: info.mtime };
      }
    },
    close() {},
  };
}

async function write(folder: string, path: string, bytes: Uint8Array): Promise<void> {
  // Never over another: names are not used twice.
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(bytes);
    await file.datasync();
  } catch (error) {
    // What is there of it takes room, which may be what is missing.
    await rm(path, { force: true }).catch(() => {});
    throw error;
  } finally {
    await file.close();
  }
  await syncDirectory(folder);
}

function whetherThere(error: NodeJS.ErrnoException): false {
  if (error.code === "ENOENT") return false;
  throw error;
}

/** Durable before anything is put into it, with the folders above it that had to be made. */
async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: 0o700 }).catch((error: Error) => {
    throw new ExpungeError("E_DATABASE", `The folder of the rows cannot be made: ${error.message}.`);
  });
  if (first === undefined) return;
  for (let made = path; made.length >= first.length; made = dirname(made)) await syncDirectory(dirname(made));
}

async function readRange(file: FileHandle, { first, length }: ByteRange, name: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(bytes, done, length - done, first + done);
    if (bytesRead === 0) throw missingObject(name, "is too short");
    done += bytesRead;
  }
  return bytes;
}
