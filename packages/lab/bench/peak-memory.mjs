import { readFileSync, writeFileSync } from "node:fs";

/**
 * The most memory that a process has had resident, in bytes. Linux tells it of the program that runs; what resourceUsage tells there
 * is at least what the process that started this one had.
 *
 * @param pid of another process, on Linux alone; default this one
 * @throws Error where nothing is told of another process
 */
export function peakBytes(pid = "self") {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
    return Number(kilobytes) * 1024;
  } catch (error) {
    if (pid !== "self") throw error;
    return process.resourceUsage().maxRSS * 1024;
  }
}

/** The resident set of now becomes the peak. @param pid as `peakBytes` takes it @throws as it does */
export function forgetPeak(pid = "self") {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, "5");
  } catch (error) {
    if (pid !== "self") throw error;
    // No Linux.
  }
}
