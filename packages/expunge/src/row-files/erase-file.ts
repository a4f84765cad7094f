import { constants } from "node:fs";
import { lstat, open, rm } from "node:fs/promises";
import { dirname } from "node:path";

const ZERO_BYTES = 2 ** 22;

/**
 * Removes a file, its bytes overwritten with zeros first; one that is not there is fine. A link is removed, never followed. Best effort
 * below the file system: journals and flash translation layers may keep copies, as docs/certificate.md says.
 *
 * @throws the system's error where the bytes could not be overwritten; the file is removed all the same, if that is possible
 */
export async function eraseFile(path: string): Promise<void> {
  const info = await lstat(path).catch(nullWhere("ENOENT"));
  if (info === null) return;
  try {
    if (info.isFile()) await zeroFile(path);
  } finally {
    await rm(path, { force: true });
  }
  await syncDirectory(dirname(path));
}

/** Makes the names of new, renamed and removed files durable. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, constants.O_RDONLY);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/**
 * Overwrites a file's bytes with zeros, durably; a link is not followed.
 *
 * @param openFile for tests that let the disk fail
 * @throws the system's error
 */
export async function zeroFile(path: string, openFile: typeof open = open): Promise<void> {
  const file = await openFile(path, constants.O_RDWR | constants.O_NOFOLLOW);
  try {
    const { size } = await file.stat();
    const zeros = new Uint8Array(Math.min(size, ZERO_BYTES));
    for (let done = 0; done < size; )
      done += (await file.write(zeros, 0, Math.min(zeros.length, size - done), done)).bytesWritten;
    await file.datasync();
  } finally {
    await file.close();
  }
}

/** For `catch`: null for errors with these codes; others go on. */
export function nullWhere(...codes: readonly string[]): (error: NodeJS.ErrnoException) => null {
  return (error) => {
    if (codes.includes(error.code ?? "")) return null;
    throw error;
  };
}
