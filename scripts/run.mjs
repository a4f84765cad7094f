import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

/** The packages that are published, each after those that it needs. */
export const PUBLISHED = ["expunge", "client", "service"];

/** Runs a command in the project's folder with its output shown; ends this process with its status where it fails. */
export function run(command, args, options = {}) {
  const { status, signal } = spawnSync(command, args, { cwd: root, stdio: "inherit", ...options });
  if (status !== 0 && !options.mayFail) process.exit(status ?? (signal ? 1 : 0));
  return status;
}

/** A program of this project's packages. */
export function bin(name) {
  return `${root}node_modules/.bin/${name}`;
}
