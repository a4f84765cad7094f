import { type ChildProcess, execFile } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "rolldown";

export interface Run {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What --json prints on stderr. */
export interface Failure {
  readonly error: { readonly code: string; readonly message: string; readonly details: object };
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Text on standard input. */
  readonly input?: string;
  /** Told of the process as soon as it runs. */
  readonly onStart?: (child: ChildProcess) => void;
}

/** The command line as users have it: built from the sources, run as a process of its own, its output piped. */
export interface Cli {
  /** A temporary folder, the working directory of every run. */
  readonly folder: string;
  /** The program's file, for tests that start it in another way than by `run`. */
  readonly main: string;
  run(args: readonly string[], options?: RunOptions): Promise<Run>;
  /** Runs with --json, expects the exit code, and returns what was printed: the result, or the error from stderr. */
  json<T = Record<string, unknown>>(args: readonly string[], exitCode?: number): Promise<T>;
  remove(): Promise<void>;
}

/** Builds into node_modules, so that the bundle finds its dependencies and nothing has to be built before. */
export async function buildCli(): Promise<Cli> {
  const root = join(import.meta.dirname, "..");
  const cache = join(root, "node_modules", ".cache");
  await mkdir(cache, { recursive: true });
  const built = await mkdtemp(join(cache, "expunge-cli-"));
  await build({
    input: {
      main: join(root, "packages/expunge/src/cli/main.ts"),
      lab: join(root, "packages/lab/src/main.ts"),
    },
    resolve: { conditionNames: ["@expunge/source"] },
    platform: "node",
    logLevel: "silent",
    external: (id) => !/^(\.|\/|[A-Za-z]:[\\/]|@?expunge(\/|$))/.test(id),
    output: { dir: built, entryFileNames: "[name].mjs", chunkFileNames: "[name]-[hash].mjs" },
  });
  const folder = await mkdtemp(join(tmpdir(), "expunge-cli-"));
  const run = (args: readonly string[], { env, input, onStart }: RunOptions = {}): Promise<Run> =>
    new Promise((resolve) => {
      const child = execFile(
        process.execPath,
        [join(built, isOfLab(args) ? "lab.mjs" : "main.mjs"), ...args],
        { cwd: folder, env: { ...environment(folder), ...env }, maxBuffer: 1 << 28 },
        (_error, stdout, stderr) =>
          resolve({ code: child.exitCode, signal: child.signalCode, stdout, stderr }),
      );
      child.stdin?.end(input ?? "");
      onStart?.(child);
    });
  return {
    folder,
    main: join(built, "main.mjs"),
    run,
    async json(args, exitCode = 0) {
      const { code, stdout, stderr } = await run([...args, "--json"]);
      if (code !== exitCode)
        throw new Error(
          `expunge ${args.join(" ")}: exit code ${code}, not ${exitCode}\n${stderr}\n${stdout}`,
        );
      const text = stdout === "" ? stderr : stdout;
      return JSON.parse(text);
    },
    async remove() {
      await rm(built, { recursive: true, force: true });
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const isOfLab = ([command]: readonly string[]): boolean => command === "demo" || command === "experiment";

/** The user's own key and home are never touched; colours are left to the command, even where CI is set. */
function environment(folder: string): Record<string, string | undefined> {
  const { FORCE_COLOR: _force, NO_COLOR: _no, ...rest } = process.env;
  return { ...rest, CI: "1", HOME: folder, USERPROFILE: folder, EXPUNGE_KEY: join(folder, "keys", "key") };
}
