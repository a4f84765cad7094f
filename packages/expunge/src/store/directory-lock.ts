import { randomUUID } from "node:crypto";
import { link, mkdir, open, readdir, readFile, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { ExpungeError } from "../errors.js";
import { holderText, isGone, thisSystem } from "./lock-holder.js";

/** Holds a directory for this process; let go with `release`. */
export interface DirectoryLock {
  /** Lets go of the directory, once: a lock that somebody else has by then stays. */
  release(): Promise<void>;
}

/** What a lock is made with, so that tests can let it fail. */
export interface LockFiles {
  /** Writes a new file, durably; where that fails, it is gone again. */
  write(path: string, text: string): Promise<void>;
  /** Gives a file a second name, in one step, where no file has it. */
  link(from: string, to: string): Promise<void>;
}

export const lockFiles: LockFiles = {
  async write(path, text) {
    const file = await open(path, "wx", 0o600);
    try {
      await file.writeFile(text);
      // Else it may be empty after a loss of power.
      await file.sync();
    } catch (error) {
      await rm(path, { force: true }).catch(() => {});
      throw error;
    } finally {
      await file.close();
    }
  },
  link,
};

const LOCK = "lock";
/** A lock that is being made: whoever reads `lock` finds all of it, or none. */
const DRAFT = /^lock\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const ATTEMPTS = 10;

/** Whether a name in a directory is of its lock, or of one that is being made. */
export function isLockFile(name: string): boolean {
  return name === LOCK || DRAFT.test(name);
}

/**
 * Takes a directory for one process: a file that appears in one step and names its process. The lock of a process that is known to be gone is taken
 * over (`isGone`).
 *
 * @throws ExpungeError E_LOCKED naming the holder; a file system error as it came
 */
export function lockDirectory(directory: string): Promise<DirectoryLock> {
  return lockDirectoryWith(directory, lockFiles);
}

/** `lockDirectory` with any files. */
export async function lockDirectoryWith(directory: string, files: LockFiles): Promise<DirectoryLock> {
  const path = join(directory, LOCK);
  const token = randomUUID();
  const own = holderText(thisSystem.self(), token);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const holder = await readHolder(path);
    if (holder === null) {
      if (!(await createLock(path, own, `${path}.${token}`, files))) continue;
      await removeDrafts(directory);
      return held(path, own);
    }
    if (!(await isGone(holder, directory, thisSystem))) throw lockedBy(holder, path);
    await takeOver(path, directory);
  }
  throw new ExpungeError(
    "E_LOCKED",
    `Could not take the lock ${path}: others keep taking it, or ${path}.takeover was left behind; remove it if no process is left.`,
  );
}

/** @param own what this lock says, and no other one ever */
function held(path: string, own: string): DirectoryLock {
  let released: Promise<void> | undefined;
  return {
    release() {
      released ??= removeOwn(path, own);
      return released;
    },
  };
}

async function removeOwn(path: string, own: string): Promise<void> {
  if ((await readHolder(path)) === own) await rm(path, { force: true });
}

/** @returns whether the lock is this one; false where somebody else has one, or has tidied up */
async function createLock(path: string, own: string, draft: string, files: LockFiles): Promise<boolean> {
  await files.write(draft, own);
  try {
    return await files.link(draft, path).then(() => true, falseWhere("EEXIST", "ENOENT"));
  } catch (error) {
    if (!NO_LINKS.includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    // A file system without second names: whoever is killed here leaves an empty lock.
    return await files.write(path, own).then(() => true, falseWhere("EEXIST"));
  } finally {
    await rm(draft, { force: true }).catch(() => {});
  }
}

/** Of file systems on which a file has one name. */
const NO_LINKS = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"];

function falseWhere(...codes: readonly string[]): (error: NodeJS.ErrnoException) => boolean {
  return (error) => {
    if (codes.includes(error.code ?? "")) return false;
    throw error;
  };
}

/**
 * For whoever may not write, and so can hold no lock.
 *
 * @throws ExpungeError E_LOCKED naming the holder, or that the lock may not be read
 */
export async function requireUnlocked(directory: string): Promise<void> {
  const path = join(directory, LOCK);
  const holder = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw new ExpungeError(
      "E_LOCKED",
      `${path} may not be read (${error.code}): somebody else is working on this directory, or was killed there.`,
    );
  });
  if (holder !== null && !(await isGone(holder, directory, thisSystem))) throw lockedBy(holder, path);
}

/** What those left who were killed on their way to the lock. Whoever is on the way now finds it taken and tries again. */
async function removeDrafts(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  for (const name of names.filter((one) => DRAFT.test(one)))
    await rm(join(directory, name), { force: true }).catch(() => {});
}

/** Removes a dead process's lock. Guarded, so that of two who find it dead one cannot remove the other's fresh lock. */
async function takeOver(path: string, directory: string): Promise<void> {
  const guard = `${path}.takeover`;
  const isMine = await mkdir(guard).then(
    () => true,
    () => false,
  );
  if (!isMine) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    return;
  }
  try {
    const holder = await readHolder(path);
    if (holder !== null && (await isGone(holder, directory, thisSystem))) await rm(path, { force: true });
  } finally {
    await rmdir(guard);
  }
}

/** null where the lock has just been let go. */
async function readHolder(path: string): Promise<string | null> {
  return readFile(path, "utf8").catch(() => null);
}

function lockedBy(text: string, path: string): ExpungeError {
  const holder = text.split("\n")[0] as string;
  if (holder === "")
    return new ExpungeError(
      "E_LOCKED",
      `${path} does not say who is working on this directory: it is being made, or was cut off. Remove it if no process is working there.`,
    );
  return new ExpungeError(
    "E_LOCKED",
    `Process ${holder} is working on this directory; wait for it, or remove ${path} if no such process is left.`,
    { holder },
  );
}
