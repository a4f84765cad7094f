import { spawn, spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

/** The packages that are published, each after those that it needs. */
export const PUBLISHED = ["expunge", "client", "service"];

/** Runs a command in the project's folder with its output shown; ends this process with its status where it fails. */
export function run(command, args, options = {}) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: "inherit", ...options });
  if (status !== 0) process.exit(status ?? 1);
}

/**
 * Runs commands, as many at once as there are cores. Each one's output is shown when it has ended.
 * @returns what failed, a line each
 */
export async function runTogether(commands) {
  const waiting = [...commands];
  const failures = [];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [command, args, options] = next;
      const status = await runOutOfSight(command, args, options);
      if (status !== 0) failures.push(`${[command, ...args].join(" ")} ended with ${status}.`);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return failures;
}

async function runOutOfSight(command, args, options = {}) {
  const child = spawn(command, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"], ...options });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (part) => {
      text += part;
    });
  const status = await endOf(child);
  process.stdout.write(text);
  return status;
}

/** As `run`, while other commands run; it never ends this process. @returns the status */
export function runBeside(command, args) {
  return endOf(spawn(command, args, { cwd: root, stdio: "inherit" }));
}

function endOf(child) {
  return new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
}

/** A program of this project's packages. */
export function bin(name) {
  return `${root}node_modules/.bin/${name}`;
}
