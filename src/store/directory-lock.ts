import { open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { ExpungeError } from "../errors.js";

/** Holds a directory for this process; let go with `release`. */
export interface DirectoryLock {
  release(): Promise<void>;
}

/**
 * Takes a directory for one process: a file made with O_EXCL that holds the process number. The lock of a process that has died is taken over.
 *
 * @throws ExpungeError E_LOCKED naming the process that holds it
 */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  const path = join(directory, "lock");
  for (let attempt = 0; attempt < 3; attempt++) {
    const file = await open(path, "wx", 0o600).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "EEXIST") return null;
      throw error;
    });
    if (file !== null) {
      await file.writeFile(String(process.pid));
      await file.close();
      return { release: () => rm(path, { force: true }) };
    }
    const holder = Number(await readFile(path, "utf8").catch(() => ""));
    if (Number.isSafeInteger(holder) && holder > 0 && isAlive(holder)) {
      throw new ExpungeError(
        "E_LOCKED",
        `Process ${holder} is working on ${directory}; wait for it, or remove ${path} if it is not an expunge process.`,
        {
          holder,
        },
      );
    }
    await rm(path, { force: true });
  }
  throw new ExpungeError("E_LOCKED", `Could not take the lock ${path}: others keep taking it.`);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
