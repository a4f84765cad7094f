import { type ChildProcess, spawn } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { build } from "rolldown";
import type { WorkerProgramOptions } from "./service-worker-child.js";

/** A worker as a program of its own, bundled from the sources as they stand. */
export interface WorkerProgram {
  readonly path: string;
  remove(): Promise<void>;
}

let count = 0;

export async function buildWorkerProgram(): Promise<WorkerProgram> {
  count += 1;
  // Where node finds the packages that are not bundled.
  const path = join(
    import.meta.dirname,
    "../node_modules/.cache",
    `expunge-worker-${process.pid}-${count}.mjs`,
  );
  await build({
    input: join(import.meta.dirname, "service-worker-child.ts"),
    output: { file: path, format: "esm", codeSplitting: false },
    platform: "node",
    resolve: { conditionNames: ["@expunge/source"] },
    external: [/^node:/, "pg", "pg-boss", "@electric-sql/pglite", /^drizzle-orm/],
    logLevel: "silent",
  });
  return { path, remove: () => rm(path, { force: true }) };
}

/** A worker's process that says what it does, line by line. */
export interface WorkerProcess {
  readonly child: ChildProcess;
  /** Resolves when it has printed such a line after the one that was waited for last. @throws where it ends before */
  said(line: RegExp): Promise<string>;
  tell(line: string): void;
  kill(): Promise<void>;
}

export function startWorkerProcess(
  { path }: WorkerProgram,
  location: string,
  scratch: string,
  options: WorkerProgramOptions = {},
): WorkerProcess {
  const child = spawn(process.execPath, [path, location, scratch, JSON.stringify(options)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  let isOver = false;
  let lines: string[] = [];
  let rest = "";
  let wake = (): void => {};
  const hear = (text: string): void => {
    const parts = (rest + text).split("\n");
    rest = parts.pop() as string;
    lines.push(...parts);
    wake();
  };
  child.stdout?.setEncoding("utf8").on("data", hear);
  void ended.then(() => {
    isOver = true;
    wake();
  });
  return {
    child,
    async said(line) {
      for (;;) {
        const at = lines.findIndex((one) => line.test(one));
        if (at >= 0) {
          const found = lines[at] as string;
          lines = lines.slice(at + 1);
          return found;
        }
        if (isOver) throw new Error(`The worker ended, and never said ${line}.`);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    tell: (line) => void child.stdin?.write(`${line}\n`),
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
