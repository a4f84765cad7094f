import { execFileSync, spawn } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A PostgreSQL of the tests' own, in a temporary directory. */
export interface TestPostgres {
  readonly url: string;
  /** Of the server, which leads a process group. */
  readonly pid: number;
  /** Starts it, or starts it again after a kill. */
  start(): Promise<void>;
  /** kill -9 to the server and all its children. */
  kill(): Promise<void>;
  /** Ends it and removes its files. */
  remove(): Promise<void>;
}

const HOME = "/usr/lib/postgresql";

/** Directory of PostgreSQL's programs, or null where none is installed. */
export function postgresPrograms(): string | null {
  if (process.env.EXPUNGE_POSTGRES_BIN) return process.env.EXPUNGE_POSTGRES_BIN;
  if (!existsSync(HOME)) return null;
  const versions = readdirSync(HOME).sort((a, b) => Number(b) - Number(a));
  return (
    versions.map((version) => join(HOME, version, "bin")).find((bin) => existsSync(join(bin, "postgres"))) ??
    null
  );
}

/** Root may not run PostgreSQL: the user that Debian's package makes does. */
function postgresUser(): { uid: number; gid: number } | Record<string, never> {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string): number => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

/**
 * @param parent where its files go; default the temporary directory
 * @param settings further arguments of the server
 * @throws where PostgreSQL is not installed
 */
export async function createPostgres(
  parent: string = tmpdir(),
  settings: readonly string[] = [],
): Promise<TestPostgres> {
  const bin = postgresPrograms();
  if (bin === null) throw new Error("PostgreSQL is not installed.");
  const user = postgresUser();
  const directory = mkdtempSync(join(parent, "expunge-postgres-"));
  if (user.uid !== undefined) chownSync(directory, user.uid, user.gid as number);
  const data = join(directory, "data");
  const initdb = ["-D", data, "-U", "expunge", "--auth=trust", "--no-locale", "-E", "UTF8"];
  execFileSync(join(bin, "initdb"), initdb, { ...user, cwd: directory, stdio: "ignore" });
  const port = await freePort();
  const url = `postgres://expunge@127.0.0.1:${port}/postgres`;
  let server: ReturnType<typeof spawn> | undefined;

  async function start(): Promise<void> {
    // A killed server's children may still hold the shared memory for a moment.
    for (let attempt = 0; ; attempt++) {
      const options = ["-D", data, "-p", String(port), "-k", directory, "-h", "127.0.0.1", ...settings];
      server = spawn(join(bin as string, "postgres"), options, {
        ...user,
        cwd: directory,
        stdio: "ignore",
        detached: true,
      });
      // Nothing of it keeps a test's process from ending.
      server.unref();
      if (await isReady(server, bin as string, port)) return;
      if (attempt === 20) throw new Error("PostgreSQL does not start.");
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  async function kill(): Promise<void> {
    if (server?.pid === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const ended = new Promise((resolve) => server?.once("exit", resolve));
    // Whoever waits for its end has nothing else left perhaps, and must not end before.
    server.ref();
    process.kill(-server.pid, "SIGKILL");
    await ended;
  }

  await start();
  return {
    url,
    get pid() {
      return server?.pid as number;
    },
    start,
    kill,
    async remove() {
      await kill();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function isReady(server: ReturnType<typeof spawn>, bin: string, port: number): Promise<boolean> {
  for (let attempt = 0; attempt < 200 && server.exitCode === null; attempt++) {
    try {
      execFileSync(join(bin, "pg_isready"), ["-h", "127.0.0.1", "-p", String(port)], { stdio: "ignore" });
      return true;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  return false;
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
