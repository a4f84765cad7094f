import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { madeIn, onceARun, runFolder } from "./once-a-run.js";
import { createPostgres } from "./postgres.js";

/*
 * One PostgreSQL for all suites of a run that only want an empty database, started by the first of them. Suites that kill it, fill its
 * disk or count what it does have their own (`createPostgres`).
 */

const FOLDER = "EXPUNGE_TEST_POSTGRES";
const SERVER = "postgres";

/** Vitest's global setup: a place for the server; nothing is started yet. @returns the teardown */
export default function prepare(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "expunge-tests-"));
  // The server may run as another user, who must get to its own folder in here.
  chmodSync(folder, 0o711);
  process.env[FOLDER] = folder;
  // Rows of databases in PostgreSQL; each has its own part of it.
  process.env.EXPUNGE_ROWS = join(folder, "rows");
  return () => {
    const server = madeIn(folder, SERVER);
    if (server !== null) process.kill(-(JSON.parse(server) as Server).pid, "SIGKILL");
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
  const server = await onceARun(SERVER, async () => {
    const options = ["-c", "fsync=off", "-c", "max_connections=300"];
    const { url, pid } = await createPostgres(runFolder(), options);
    return JSON.stringify({ url, pid });
  });
  return JSON.parse(server) as Server;
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
