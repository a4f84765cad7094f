import { mkdtemp, readdir, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { eraseFile } from "expunge/process";

/*
 * Directories in which rows are sorted, on the worker's own disk. They name their process, so that those of dead ones are found.
 */

const PREFIX = "expunge-train-";

export function makeScratch(parent: string): Promise<string> {
  return mkdtemp(join(parent, `${PREFIX}${process.pid}-`));
}

/** Overwrites and removes a directory of plain files. */
export async function eraseScratch(directory: string): Promise<void> {
  for (const name of await readdir(directory).catch(() => [])) await eraseFile(join(directory, name));
  await rmdir(directory).catch(() => rm(directory, { recursive: true, force: true }));
}

/** Erases what processes left that were killed. */
export async function eraseLeftovers(parent: string): Promise<void> {
  for (const name of await readdir(parent).catch(() => [])) {
    const [, pid] = new RegExp(`^${PREFIX}(\\d+)-`).exec(name) ?? [];
    if (pid !== undefined && Number(pid) !== process.pid && isDead(Number(pid)))
      await eraseScratch(join(parent, name)).catch(() => {});
  }
}

function isDead(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}
