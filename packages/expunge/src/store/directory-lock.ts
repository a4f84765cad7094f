import { randomUUID } from "node:crypto";
import { mkdir, open, readFile, rm, rmdir } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { ExpungeError } from "../errors.js";

/** Holds a directory for this process; let go with `release`. */
export interface DirectoryLock {
  /** Lets go of the directory, once: a lock that somebody else has by then stays. */
  release(): Promise<void>;
}

/**
 * Takes a directory for one process: a file made with O_EXCL that names process and host. The lock of a process of this host that has
 * died is taken over.
 *
 * @throws ExpungeError E_LOCKED naming the holder
 */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  const path = join(directory, "lock");
  const own = `${process.pid}@${hostname()}\ntoken ${randomUUID()}\n`;
  for (let attempt = 0; attempt < 5; attempt++) {
    if (await createLock(path, own)) return held(path, own);
    const holder = await readHolder(path);
    if (holder !== null && !isDead(holder)) throw lockedBy(holder, path);
    if (holder !== null) await takeOver(path);
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

async function createLock(path: string, own: string): Promise<boolean> {
  const file = await open(path, "wx", 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "EEXIST") return null;
    throw error;
  });
  if (file === null) return false;
  await file.writeFile(own);
  await file.close();
  return true;
}

/** Removes a dead process's lock. Guarded, so that of two who find it dead one cannot remove the other's fresh lock. */
async function takeOver(path: string): Promise<void> {
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
    if (holder !== null && isDead(holder)) await rm(path, { force: true });
  } finally {
    await rmdir(guard);
  }
}

/** null where the lock has just been let go. */
async function readHolder(path: string): Promise<string | null> {
  return readFile(path, "utf8").catch(() => null);
}

function isDead(holder: string): boolean {
  const [, pid, host] = /^(\d+)@(.*)$/m.exec(holder) ?? [];
  // Of another host's process, or of a lock that is just being written, nothing is known.
  if (pid === undefined || host !== hostname()) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

function lockedBy(text: string, path: string): ExpungeError {
  const holder = text.split("\n")[0] as string;
  return new ExpungeError(
    "E_LOCKED",
    `Process ${holder} is working on this directory; wait for it, or remove ${path} if no such process is left.`,
    { holder },
  );
}
