import { forgetPeak, peakBytes } from "./peak-memory.mjs";

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
import { peakBytes } from ${JSON.stringify(new URL("peak-memory.mjs", import.meta.url))};
process.on("exit", () => {
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  const usage = { cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, wallSeconds: performance.now() / 1000, peakBytes: peakBytes() };
  writeFileSync(process.env.EXPUNGE_BENCH_USAGE, JSON.stringify(usage));
});`;
