/**
 * What some tests need beside Node and the packages: whether it is here, and how to get it.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { root } from "./run.mjs";

const isOneThere = (paths) => paths.some((path) => path && existsSync(path));
const dataFolder = resolve(root, process.env.EXPUNGE_DATA ?? "../shared/data");

export const CHROMIUM = {
  debianPackage: "chromium",
  isThere: () =>
    isOneThere([
      process.env.EXPUNGE_CHROMIUM,
      "/usr/bin/chromium",
      "/usr/bin/chromium-browser",
      "/usr/bin/google-chrome",
    ]),
  skipped:
    "Skipped, no Chromium: the tests in a browser. Install chromium, or set EXPUNGE_CHROMIUM to its path.",
};

export const POSTGRES = {
  debianPackage: "postgresql",
  isThere: () => isOneThere([process.env.EXPUNGE_POSTGRES_BIN, "/usr/lib/postgresql"]),
  skipped:
    "Skipped, no PostgreSQL: the tests of the service on it. Install postgresql, or set EXPUNGE_POSTGRES_BIN to the folder of its programs.",
};

const FIREFOX = {
  isThere: () => isOneThere([process.env.EXPUNGE_FIREFOX, "/usr/bin/firefox-esr", "/usr/bin/firefox"]),
  skipped: "Skipped, no Firefox: the pages in it. Install firefox-esr, or set EXPUNGE_FIREFOX to its path.",
};

const MNIST_AND_ADULT = {
  isThere: () => ["mnist", "adult"].every((name) => existsSync(resolve(dataFolder, name))),
  skipped:
    "Skipped, no real data: the tests on MNIST and Adult. Set EXPUNGE_DATA to the folder that holds mnist/ and adult/.",
};

const SCIKIT_LEARN = {
  isThere: () => spawnSync("python3", ["-c", "import sklearn"], { stdio: "ignore" }).status === 0,
  skipped:
    "Skipped, no scikit-learn: the comparisons with it. Install python3-sklearn, or pip install scikit-learn.",
};

/** A line for each part that is not here: what was skipped, and how to get it. */
export function skippedLines() {
  return [CHROMIUM, FIREFOX, POSTGRES, MNIST_AND_ADULT, SCIKIT_LEARN]
    .filter(({ isThere }) => !isThere())
    .map(({ skipped }) => skipped);
}
