/**
 * npm test: checks style, types and generated files, builds, then runs all tests but the long ones (vitest.config.ts). Arguments go to Vitest
 * in place of that choice, and skip the checks.
 * The last line is "N passed, N failed, N skipped".
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CHROMIUM, POSTGRES, skippedLines } from "./optional-parts.mjs";
import { bin, PUBLISHED, root, run } from "./run.mjs";

const args = process.argv.slice(2);
if (args.length === 0) {
  run(bin("biome"), ["check", "."]);
  run(bin("tsc"), ["--noEmit"]);
  run(bin("tsc"), ["-p", "packages/web", "--noEmit"]);
  run(process.execPath, ["scripts/build-wasm.mjs", "--check"]);
  run(process.execPath, ["scripts/build-schema.mjs", "--check"]);
}
run(process.execPath, ["scripts/build.mjs"]);
if (args.length === 0) {
  for (const name of PUBLISHED) run(bin("publint"), ["--strict"], { cwd: `${root}packages/${name}` });
  run(process.execPath, ["scripts/try-packed.mjs"]);
}
installMissing(CHROMIUM);
installMissing(POSTGRES);

const tests = args.length === 0 ? ["--project=!long"] : args;
const folder = await mkdtemp(join(tmpdir(), "expunge-test-"));
const report = join(folder, "report.json");
const status = run(
  bin("vitest"),
  ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`, ...tests],
  {
    mayFail: true,
  },
);
const { numPassedTests, numFailedTests, numPendingTests, numFailedTestSuites, success } = JSON.parse(
  await readFile(report, "utf8"),
);
await rm(folder, { recursive: true });
const failed = numFailedTests + (numFailedTests === 0 && !success ? Math.max(1, numFailedTestSuites) : 0);
for (const line of skippedLines()) console.log(line);
console.log(`${numPassedTests} passed, ${failed} failed, ${numPendingTests} skipped`);
process.exit(status === 0 && failed === 0 ? 0 : 1);

/** On a bare Debian machine, as root, Chromium and PostgreSQL are installed; elsewhere their tests are skipped, which the end says. */
function installMissing({ debianPackage, isThere }) {
  if (isThere() || process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return;
  console.log(`Installing ${debianPackage} for the tests (apt-get install ${debianPackage})...`);
  const quiet = { stdio: "ignore", cwd: root };
  spawnSync("apt-get", ["update", "-qq"], quiet);
  spawnSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", debianPackage], quiet);
}
