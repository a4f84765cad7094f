import { spawn } from "node:child_process";
import { chmodSync } from "node:fs";
import { dirname } from "node:path";
import { expect, it } from "vitest";
import { startTestBucket } from "../packages/service/testing/s3-server.js";
import { buildCli } from "./cli-harness.js";
import { postgresPrograms } from "./postgres.js";
import { createTestDatabase } from "./shared-postgres.js";

const canRun = postgresPrograms() !== null && process.getuid?.() === 0;
if (!canRun) console.warn("SKIPPED: to be a user without a home needs root and PostgreSQL.");

/** A number that no list of users has, as images and dynamic users of systemd have them. */
const NOBODY = 65532;

it.skipIf(!canRun)("a worker works on rows in a bucket as a user without a name and a home", async () => {
  const database = await createTestDatabase();
  const bucket = await startTestBucket();
  const cli = await buildCli();
  // Whoever the command runs as may read the program.
  chmodSync(dirname(cli.main), 0o755);
  const { HOME: _, ...env } = process.env;
  const child = spawn(
    process.execPath,
    [cli.main, "worker", "--database", database.url, "--rows", bucket.place],
    { uid: NOBODY, gid: NOBODY, cwd: "/", env, stdio: ["ignore", "pipe", "pipe"] },
  );
  const ended = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (part) => {
      text += part;
      if (text.includes("At work") && !child.killed) child.kill("SIGTERM");
    });
  try {
    expect(await ended, text).toBe(0);
  } finally {
    await cli.remove();
    await bucket.remove();
    await database.remove();
  }
});
