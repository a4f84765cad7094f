import os from "node:os";

/** What the figures hang on. */
export function machineFacts(pythons) {
  const cpus = os.cpus();
  return {
    cpu: cpus[0]?.model ?? "unknown",
    cpuCount: cpus.length,
    memoryBytes: os.totalmem(),
    platform: `${os.platform()} ${os.release()} ${os.arch()}`,
    node: process.version,
    v8: process.versions.v8,
    pythons,
    malloc: Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith("MALLOC_"))),
    startedAt: new Date().toISOString(),
  };
}

/** Processes that want a core, averaged over the last minute: the bench itself is about one of them. */
export const loadAverage = () => os.loadavg()[0];
