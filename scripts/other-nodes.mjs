import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "./run.mjs";

/**
 * Installs packages into a folder with npm.
 *
 * @returns whether they are there: false, loudly, where npm's registry cannot be reached
 * @throws Error where npm fails for another reason
 */
export function installInto(folder, packages) {
  const args = [
    "install",
    "--no-audit",
    "--no-fund",
    "--prefer-offline",
    "--engine-strict",
    "--loglevel=error",
    "--fetch-retries=1",
    ...packages,
  ];
  const { status, stderr } = spawnSync("npm", args, { cwd: folder, encoding: "utf8" });
  if (status === 0) return true;
  if (/ENOTFOUND|ECONNREFUSED|EAI_AGAIN|ETIMEDOUT|ENETUNREACH|ENOTCACHED/.test(stderr)) {
    console.warn(`SKIPPED: ${packages.join(" ")}: npm's registry cannot be reached.`);
    return false;
  }
  throw new Error(`npm install ${packages.join(" ")}:\n${stderr}`);
}

/**
 * The program of the newest Node of a major version: this one, or npm's package node-PLATFORM-ARCH, which is kept in
 * node_modules/.cache, since it is a hundred megabytes.
 *
 * @param major as "22"
 * @returns its path; null, loudly, where npm's registry cannot be reached
 */
export async function nodeOf(major) {
  if (major === process.versions.node.split(".")[0]) return process.execPath;
  const name = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
  const folder = `${root}node_modules/.cache/node-${major}`;
  const file = join(folder, "node_modules", name, "bin", "node");
  if (existsSync(file)) return file;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: "node", private: true }));
  return installInto(folder, [`${name}@${major}`]) ? file : null;
}
