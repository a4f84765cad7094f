import { readFileSync, readlinkSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { hostname } from "node:os";

/** A process, and what tells it from every other one that has its number: elsewhere, before, or behind another view of the processes. */
export interface Holder {
  readonly pid: number;
  readonly host: string;
  /** null where the system does not say. */
  readonly place: Place | null;
}

export interface Place {
  /** Of the running kernel, drawn when it was started. */
  readonly boot: string;
  /** Whose process numbers these are: containers of one host name may have their own. */
  readonly namespace: string;
  /** When the process was started, in ticks of that kernel. */
  readonly start: string;
  /** Of the installation, where it has one; "" else. */
  readonly machine: string;
}

/** What is asked about other processes and about a directory, so that tests can be of other machines. */
export interface System {
  self(): Holder;
  isAlive(pid: number): boolean;
  /** `start` of a process; null where it cannot be seen. */
  startOf(pid: number): string | null;
  /** Whether a directory is on a disk that one kernel alone can have at a time. */
  isOnOwnDisk(directory: string): Promise<boolean>;
}

/** A holder as a lock names it: a line that people read, then one for each part of its place. */
export function holderText({ pid, host, place }: Holder, token: string): string {
  const parts = Object.entries({ token, ...place }).map(([name, value]) => `${name} ${value}\n`);
  return `${pid}@${host}\n${parts.join("")}`;
}

/** null for a text that names no process. What wrote no place was written before there was one, or on a system that does not tell. */
export function parseHolder(text: string): Holder | null {
  const [first = "", ...lines] = text.split("\n");
  const [, pid, host] = /^(\d+)@(.*)$/.exec(first) ?? [];
  if (pid === undefined || host === undefined) return null;
  const parts = Object.fromEntries(lines.map((line) => [line.split(" ", 1)[0], line.replace(/^\S* /, "")]));
  const { boot, namespace, start, machine = "" } = parts;
  const isPlaced = boot !== undefined && namespace !== undefined && start !== undefined;
  return { pid: Number(pid), host, place: isPlaced ? { boot, namespace, start, machine } : null };
}

/**
 * Whether the holder of a directory's lock is known to be gone. Where nothing is known it is not: two who go on with one model are worse than a lock that
 * somebody has to remove.
 */
export async function isGone(text: string, directory: string, system: System): Promise<boolean> {
  const holder = parseHolder(text);
  const self = system.self();
  if (holder === null || holder.host !== self.host) return false;
  const { pid, place } = holder;
  if (place === null) return !system.isAlive(pid);
  if (self.place === null) return false;
  if (place.boot !== self.place.boot) {
    // The machine was started anew, or this is another one of its name, which may see the directory over a network.
    const isSameMachine = place.machine !== "" && place.machine === self.place.machine;
    return isSameMachine && (await system.isOnOwnDisk(directory));
  }
  // Of processes that have their own numbers, or whose numbers are not ours, nothing is known.
  if (place.namespace !== self.place.namespace) return false;
  if (!system.isAlive(pid)) return true;
  const start = system.startOf(pid);
  return start !== null && start !== place.start;
}

export const thisSystem: System = {
  self: () => ({ pid: process.pid, host: hostname(), place: ownPlace() }),

  isAlive(pid) {
    try {
      process.kill(pid, 0);
      return true;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code !== "ESRCH";
    }
  },

  startOf: (pid) => startOf(String(pid)),

  async isOnOwnDisk(directory) {
    const { type } = await statfs(directory).catch(() => ({ type: 0 }));
    return OWN_DISKS.has(type);
  },
};

/** Magic numbers of ext2 to ext4, XFS, Btrfs, F2FS and ZFS (statfs(2)). */
const OWN_DISKS: ReadonlySet<number> = new Set([0xef53, 0x58465342, 0x9123683e, 0xf2f52010, 0x2fc12fc1]);

/** null where there is no /proc, as on macOS and Windows. */
function ownPlace(): Place | null {
  const boot = readText("/proc/sys/kernel/random/boot_id");
  const start = startOf("self");
  const namespace = orNull(() => readlinkSync("/proc/self/ns/pid"));
  if (boot === null || start === null || namespace === null) return null;
  return { boot, namespace, start, machine: readText("/etc/machine-id") ?? "" };
}

/** Field 22 of /proc/<pid>/stat (proc_pid_stat(5)); the name before it, in brackets, may hold anything. */
function startOf(pid: string): string | null {
  const text = readText(`/proc/${pid}/stat`);
  return text?.slice(text.lastIndexOf(")") + 2).split(" ")[19] ?? null;
}

function readText(path: string): string | null {
  return orNull(() => readFileSync(path, "utf8").trim().split("\n", 1)[0] ?? null);
}

function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
