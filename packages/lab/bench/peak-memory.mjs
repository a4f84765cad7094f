import { readFileSync, writeFileSync } from "node:fs";

/**
 * The most memory that this process has had resident, in bytes. Linux tells it of the program that runs; what resourceUsage tells there
 * is at least what the process that started this one had.
 */
export function peakBytes() {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"));
    return Number(kilobytes) * 1024;
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}

/** The resident set of now becomes the peak. */
export function forgetPeak() {
  try {
    writeFileSync("/proc/self/clear_refs", "5");
  } catch {
    // No Linux.
  }
}
