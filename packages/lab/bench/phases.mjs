import { readFileSync, writeFileSync } from "node:fs";

/**
 * Times phases of a program one after another: seconds of the processor (all threads) and by the clock, and the peak of its resident set within each.
 * Linux alone tells the peak of a phase; elsewhere it is the peak so far.
 *
 * @returns a function that runs a named phase, with what it `measured` so far
 */
export function phases() {
  const measured = [];
  const phase = async (name, run) => {
    forgetPeak();
    const from = performance.now();
    const cpuFrom = process.cpuUsage();
    const value = await run();
    const { user, system } = process.cpuUsage(cpuFrom);
    const wallSeconds = (performance.now() - from) / 1000;
    measured.push({ name, cpuSeconds: (user + system) / 1e6, wallSeconds, peakBytes: peakBytes() });
    return value;
  };
  return Object.assign(phase, { measured });
}

/** What a process loads first (`node --import`) to leave its processor time and its peak in the file that EXPUNGE_BENCH_USAGE names. */
export const REPORT_USAGE = `
import { writeFileSync } from "node:fs";
process.on("exit", () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const usage = { cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, wallSeconds: performance.now() / 1000, peakBytes: maxRSS * 1024 };
  writeFileSync(process.env.EXPUNGE_BENCH_USAGE, JSON.stringify(usage));
});`;

/** The resident set of now becomes the peak. */
function forgetPeak() {
  try {
    writeFileSync("/proc/self/clear_refs", "5");
  } catch {
    // No Linux.
  }
}

function peakBytes() {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"));
    return Number(kilobytes) * 1024;
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}
