import { readFileSync } from "node:fs";

/**
 * The most memory that this process has had resident, in bytes. On Linux resourceUsage tells at least what the process that started
 * this one had, however much that was.
 */
export function peakBytes(): number {
  if (process.platform !== "linux") return process.resourceUsage().maxRSS * 1024;
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))!;
  return Number(kilobytes) * 1024;
}
