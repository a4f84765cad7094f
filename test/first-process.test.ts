import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildCli, type Cli } from "./cli-harness.js";
import { freePort, postgresPrograms } from "./postgres.js";
import { createTestDatabase, type TestDatabase } from "./shared-postgres.js";

/* The first process of a container: the system does nothing with a signal to it that it does not listen for. */

const canRun = postgresPrograms() !== null && spawnSync("unshare", ["--pid", "--fork", "true"]).status === 0;
if (!canRun)
  console.warn("SKIPPED: to be the first process of a container needs root, unshare and PostgreSQL.");

interface First {
  /** Waits until it has said this. */
  says(what: RegExp): Promise<void>;
  signal(name: "SIGTERM" | "SIGINT"): void;
  readonly ended: Promise<number | null>;
  readonly text: () => string;
}

describe.skipIf(!canRun)("a server or a worker that is the first process of a container", () => {
  let cli: Cli;
  let database: TestDatabase;
  const running = new Set<ChildProcess>();
  beforeAll(async () => {
    cli = await buildCli();
    database = await createTestDatabase();
  });
  afterAll(async () => {
    for (const child of running) child.kill("SIGKILL");
    await database?.remove();
    await cli?.remove();
  });

  function start(args: readonly string[]): First {
    const namespace = ["--pid", "--fork", "--kill-child", "--mount-proc"];
    const child = spawn("unshare", [...namespace, process.execPath, cli.main, ...args], {
      cwd: cli.folder,
      env: { ...process.env, EXPUNGE_DATABASE_KEY: Buffer.alloc(32, 5).toString("base64") },
      stdio: ["ignore", "pipe", "pipe"],
    });
    running.add(child);
    let text = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (part) => (text += part));
    const ended = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));
    return {
      async says(what) {
        while (!what.test(text)) {
          if (child.exitCode !== null) throw new Error(`It ended with ${child.exitCode}: ${text}`);
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      },
      signal: (name) => process.kill(firstOf(child), name),
      ended,
      text: () => text,
    };
  }
  const ways = ["serve", "worker"] as const;
  const serverOnly = (command: string): string[] =>
    command === "serve" ? ["--no-worker", "--port", "0"] : [];

  it.each(ways)("expunge %s ends in good order by SIGTERM", async (command) => {
    const one = start([command, "--database", database.url, ...serverOnly(command)]);
    await one.says(/At work|listens on/);
    one.signal("SIGTERM");
    expect(await one.ended, one.text()).toBe(0);
  });

  it.each(ways)("expunge %s is ended while it waits for its database", async (command) => {
    const url = `postgres://nobody@127.0.0.1:${await freePort()}/none`;
    const one = start([command, "--database", url, ...serverOnly(command)]);
    await one.says(/is waited for/);
    one.signal("SIGTERM");
    // As a shell says that it was ended by the signal; 12 would say that it went on, and gave up.
    expect(await one.ended, one.text()).toBe(143);
  });

  it.each([
    ["SIGTERM", 143],
    ["SIGINT", 130],
  ] as const)("a second signal, %s, ends it at once", async (signal, code) => {
    const one = start(["serve", "--database", database.url, ...serverOnly("serve"), "--drain", "3600"]);
    await one.says(/listens on/);
    one.signal("SIGTERM");
    await one.says(/Finishing what is in hand/);
    one.signal(signal);
    expect(await one.ended, one.text()).toBe(code);
  });
});

/** The process that unshare has started and waits for. */
function firstOf({ pid }: ChildProcess): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ")[0]);
}
