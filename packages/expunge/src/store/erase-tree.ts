import { lstat, open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { nullWhere, zeroFile } from "../row-files/erase-file.js";

/**
 * Removes a file or a directory tree, its files' bytes overwritten with zeros first; what is not there is fine. Where a file cannot be overwritten nothing is
 * removed, so that whoever comes next still finds its name. Best effort below the file system: journals and flash translation layers may keep copies, as
 * docs/certificate.md says.
 *
 * @param openFile for tests that let the disk fail
 * @throws the system's error
 */
export async function eraseTree(path: string, openFile: typeof open = open): Promise<void> {
  await zeroTree(path, openFile);
  await rm(path, { recursive: true, force: true });
}

async function zeroTree(path: string, openFile: typeof open): Promise<void> {
  const info = await lstat(path).catch(nullWhere("ENOENT"));
  if (info?.isDirectory()) {
    for (const name of await readdir(path)) await zeroTree(join(path, name), openFile);
    return;
  }
  // A link is removed, never followed: what it points to is not ours. Nor is what a pipe or a device leads to.
  if (!info?.isFile()) return;
  // Gone, or a link by now.
  await zeroFile(path, openFile).catch(nullWhere("ENOENT", "ELOOP"));
}
