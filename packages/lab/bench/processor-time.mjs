import { readdirSync, readFileSync } from "node:fs";

/** Ticks of the kernel's clock a second: so on every Linux that Node runs on. */
const TICKS = 100;

/** What /proc says of a process: its parent, and ticks of itself and of its children that have ended. */
function statOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return {
      parent: Number(fields[1]),
      own: Number(fields[11]) + Number(fields[12]),
      ended: Number(fields[13]) + Number(fields[14]),
    };
  } catch {
    return null;
  }
}

/** Milliseconds of processor time of a process, to 10 ms; Linux only. */
export const ofProcess = (pid) => (1000 * (statOf(pid)?.own ?? 0)) / TICKS;

/** The same of a process and all its children, those that have ended too: of a whole PostgreSQL by its first process. */
export function ofFamily(pid) {
  const first = statOf(pid);
  let ticks = (first?.own ?? 0) + (first?.ended ?? 0);
  for (const name of readdirSync("/proc")) {
    const stat = /^\d+$/.test(name) ? statOf(name) : null;
    if (stat?.parent === pid) ticks += stat.own;
  }
  return (1000 * ticks) / TICKS;
}
