import { chmodSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { createPostgres } from "./postgres.js";

/*
 * One PostgreSQL for all suites of a run that only want an empty database, started by the first of them. Suites that kill it, fill its
 * disk or count what it does have their own (`createPostgres`).
 */

const FOLDER = "EXPUNGE_TEST_POSTGRES";
const FAILED = "failed";

/** Vitest's global setup: a place for the server; nothing is started yet. @returns the teardown */
export default function prepare(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "expunge-tests-"));
  // The server may run as another user, who must get to its own folder in here.
  chmodSync(folder, 0o711);
  process.env[FOLDER] = folder;
  // Rows of databases in PostgreSQL; each has its own part of it.
  process.env.EXPUNGE_ROWS = join(folder, "rows");
  return () => {
    const server = readIfThere(join(folder, "server.json"));
    if (server !== null && server !== FAILED) process.kill(-(JSON.parse(server) as Server).pid, "SIGKILL");
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
}

interface Server {
  readonly url: string;
  readonly pid: number;
}

/** An empty database of a suite's own. */
export interface TestDatabase {
  readonly url: string;
  remove(): Promise<void>;
}

let count = 0;

/** @throws where PostgreSQL is not installed */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { url: serverUrl } = await sharedServer();
  count += 1;
  const name = `test_${process.pid}_${count}`;
  await execute(serverUrl, `create database ${name}`);
  return {
    url: serverUrl.replace(/[^/]+$/, name),
    remove: () => execute(serverUrl, `drop database ${name} with (force)`),
  };
}

async function sharedServer(): Promise<Server> {
  const folder = process.env[FOLDER];
  if (folder === undefined) throw new Error("Expected Vitest's global setup to have run.");
  const file = join(folder, "server.json");
  if (isFirst(folder)) {
    const started = await createPostgres(folder, ["-c", "fsync=off", "-c", "max_connections=300"]).catch(
      (error: Error) => error,
    );
    // Also where it failed: nobody waits for a server that does not come.
    const isUp = !(started instanceof Error);
    writeFileSync(`${file}.new`, isUp ? JSON.stringify({ url: started.url, pid: started.pid }) : FAILED);
    renameSync(`${file}.new`, file);
    if (!isUp) throw started;
  }
  for (;;) {
    const server = readIfThere(file);
    if (server === FAILED)
      throw new Error("The tests' PostgreSQL did not start; the first suite that wanted it says why.");
    if (server !== null) return JSON.parse(server) as Server;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Whether nobody came before: a folder is made once. */
function isFirst(folder: string): boolean {
  try {
    mkdirSync(join(folder, "taken"));
    return true;
  } catch {
    return false;
  }
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
