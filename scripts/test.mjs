/**
 * npm test: checks style, types and generated files, builds, then runs all tests but the long and the slowest ones (vitest.config.ts). Arguments
 * go to Vitest in place of that choice, and skip the checks.
 * The last line is "N passed, N failed, N skipped".
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CHROMIUM, POSTGRES, skippedLines } from "./optional-parts.mjs";
import { bin, PUBLISHED, root, run, runBeside, runTogether } from "./run.mjs";

const args = process.argv.slice(2);
const node = process.execPath;
const build = [node, ["scripts/build.mjs"]];
if (args.length > 0) run(...build);
else {
  const failures = await runTogether([
    build,
    [bin("tsc"), ["--noEmit"]],
    [bin("tsc"), ["-p", "packages/web", "--noEmit"]],
    [bin("biome"), ["check", "."]],
    [node, ["scripts/build-wasm.mjs", "--check"]],
    [node, ["scripts/build-schema.mjs", "--check"]],
  ]);
  for (const failure of failures) console.error(failure);
  if (failures.length > 0) process.exit(1);
}
installMissing(CHROMIUM);
installMissing(POSTGRES);

const tests = args.length === 0 ? ["core", "short", "alone"].map((name) => `--project=${name}`) : args;
const folder = await mkdtemp(join(tmpdir(), "expunge-test-"));
const report = join(folder, "report.json");
// Beside the tests: much of it waits for one process after another.
const packages =
  args.length === 0
    ? runTogether([
        ...PUBLISHED.map((name) => [bin("publint"), ["--strict"], { cwd: `${root}packages/${name}` }]),
        [node, ["scripts/try-packed.mjs"]],
      ])
    : [];
const status = await runBeside(bin("vitest"), [
  ...["run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`],
  ...tests,
]);
const failures = await packages;
const { numPassedTests, numFailedTests, numPendingTests, numFailedTestSuites, success } = JSON.parse(
  await readFile(report, "utf8"),
);
await rm(folder, { recursive: true });
const failed = numFailedTests + (numFailedTests === 0 && !success ? Math.max(1, numFailedTestSuites) : 0);
for (const line of [...failures, ...skippedLines()]) console.log(line);
console.log(`${numPassedTests} passed, ${failed} failed, ${numPendingTests} skipped`);
process.exit(status === 0 && failed === 0 && failures.length === 0 ? 0 : 1);

/** On a bare Debian machine, as root, Chromium and PostgreSQL are installed; elsewhere their tests are skipped, which the end says. */
function installMissing({ debianPackage, isThere }) {
  if (isThere() || process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return;
  console.log(`Installing ${debianPackage} for the tests (apt-get install ${debianPackage})...`);
  const quiet = { stdio: "ignore", cwd: root };
  spawnSync("apt-get", ["update", "-qq"], quiet);
  spawnSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", debianPackage], quiet);
}
