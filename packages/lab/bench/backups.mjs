/**
 * Backups of a service with a long ledger, on a PostgreSQL of its own: what a full backup, the segments of deletions, a restore and the check of
 * the ledger after it take in time, processor time and memory.
 *
 *   node packages/lab/bench/backups.mjs [--entries 2000000] [--heap 64]
 *
 * Half of the entries are requests; a certificate answers a hundred. Nineteen of twenty are in the full backup, the rest
 * comes after it. Every step is a process of its own, whose JavaScript heap may have `--heap` MiB. Needs PostgreSQL's programs (Debian: apt-get
 * install postgresql); everything is removed at the end.
 */
import { execFileSync } from "node:child_process";
import { rm, stat } from "node:fs/promises";
import { loadavg } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { readArgs } from "../../../scripts/read-args.mjs";
import { bundleService, cacheDirectory, importService } from "./bundle.mjs";
import { peakBytes } from "./peak-memory.mjs";

const [step, parts, ...given] = process.argv.slice(2);
if (step === "step") await runStep(parts, ...given);
else await main();

async function main() {
  const { values } = readArgs({
    options: { entries: { type: "string", default: "2000000" }, heap: { type: "string", default: "64" } },
  });
  // A certificate for every hundred requests.
  const requests = (share) => 100 * Math.round((share * Number(values.entries)) / 200);
  const cache = await cacheDirectory(`expunge-bench-${process.pid}`);
  const { createPostgres } = await importService("test/postgres.ts", cache);
  const bundled = await bundleService("packages/lab/bench/backups-parts.ts", cache);
  const postgres = await createPostgres(undefined, ["-c", "fsync=off", "-c", "max_wal_size=4GB"]);
  const restored = postgres.url.replace(/[^/]+$/, "restored");
  const [full, deletions] = [join(cache, "full.backup"), join(cache, "deletions")];
  const run = (name, ...details) => {
    const flags = name === "fill" ? [] : [`--max-old-space-size=${values.heap}`];
    const self = fileURLToPath(import.meta.url);
    const out = execFileSync(process.execPath, [...flags, self, "step", bundled, name, ...details], {
      stdio: ["ignore", "pipe", "inherit"],
      encoding: "utf8",
    });
    const { title, seconds, cpu, peak } = JSON.parse(out);
    const load = loadavg()[0].toFixed(0);
    console.log(`${title}: ${seconds} s (${cpu} s of processor time), at most ${peak} MiB; load ${load}`);
  };
  const megabytes = async (path) => ((await stat(path)).size / 1e6).toFixed(1);
  try {
    run("fill", postgres.url, requests(0.95));
    run("full", postgres.url, full);
    console.log(`  the file: ${await megabytes(full)} MB`);
    run("deletions", postgres.url, deletions);
    run("fill", postgres.url, requests(0.05));
    run("deletions", postgres.url, deletions);
    run("fill", postgres.url, 500);
    run("deletions", postgres.url, deletions);
    for (const number of [1, 2, 3])
      console.log(
        `  segment ${number}: ${await megabytes(join(deletions, `0000000${number}.deletions`))} MB`,
      );
    run("restore", postgres.url, restored, full, deletions);
    run("check", restored);
  } finally {
    await postgres.remove();
    await rm(cache, { recursive: true });
  }
}

async function runStep(parts, name, url, ...details) {
  const service = await import(pathToFileURL(parts).href);
  const database = await service.openDatabase(url);
  const start = performance.now();
  const title = await steps(service, database)[name](...details);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const { user, system } = process.cpuUsage();
  const peak = (peakBytes() / 2 ** 20).toFixed(0);
  await database.close();
  console.log(JSON.stringify({ title, seconds, cpu: ((user + system) / 1e6).toFixed(1), peak }));
}

function steps(service, database) {
  return {
    async fill(requests) {
      await service.fillLedger(database, Number(requests));
      return `filling in ${2 * requests} entries`;
    },
    async full(file) {
      return `full backup of ${await service.writeBackup(database, file)} rows`;
    },
    async deletions(folder) {
      const { rows, ledger } = await service.writeDeletions(database, folder);
      return `segment of the entries ${ledger.from} to ${ledger.to}, ${rows} rows`;
    },
    async restore(restored, backup, deletions) {
      const { note } = await service.latestCheckpoint(database.queries);
      await database.executor.executeSql("create database restored");
      const empty = await service.openDatabase(restored);
      const { rows, requests } = await service.restoreBackup(empty, { backup, deletions, checkpoint: note });
      await empty.close();
      return `restore of ${rows} rows and ${requests} later requests`;
    },
    async check() {
      const keys = await service.logVerifiers(database.queries);
      const { ok, size } = await service.checkLedger(database.queries, keys);
      return `check of a ledger of ${size} entries: ${ok ? "in order" : "NOT in order"}`;
    },
  };
}
