import type { Command } from "commander";
import { given } from "../given.js";
import { wholeNumber } from "./arguments.js";
import { requireSharedDatabase, sharedDatabaseOption } from "./database-option.js";
import { loadService } from "./load-service.js";
import {
  addRuntimeOptions,
  endAtOnce,
  noteUnsealed,
  type RuntimeArguments,
  runtimeOptionsOf,
  untilStopped,
  withServiceLog,
} from "./runtime-options.js";

interface WorkerArguments extends RuntimeArguments {
  readonly healthPort?: number;
  readonly healthHost: string;
}

export function addWorkerCommand(program: Command): void {
  const command = program
    .command("worker")
    .description("Do the work of a service: train models, serve deletion requests, sign certificates")
    .addOption(sharedDatabaseOption());
  addRuntimeOptions(command)
    .option(
      "--health-port <number>",
      "answers /healthz, /readyz and /metrics there; 0 for any that is free",
      wholeNumber,
    )
    .option(
      "--health-host <address>",
      "address for that; this machine only unless told otherwise",
      "127.0.0.1",
    )
    .addHelpText(
      "after",
      `
Any number of workers may run, on any number of machines: a worker that dies loses nothing, and no two do the same work. Ctrl-C (or SIGTERM)
ends it within seconds: a training goes on from a checkpoint when there is a worker again. EXPUNGE_DATABASE_KEY (32 bytes in base64) seals signing keys at rest; all workers need the same. One that cannot start
ends with an exit code; a database that goes away later is waited for.

Examples:
    $ EXPUNGE_DATABASE_KEY=... expunge worker --database postgres://expunge@db.internal/expunge`,
    )
    .action(async (options: WorkerArguments) => {
      endAtOnce();
      requireSharedDatabase(options.database);
      // Only here: the database's drivers would make every other command start slower.
      const service = await loadService("worker");
      await withServiceLog(options, service, async (log) => {
        const runtime = await service.openRuntime(runtimeOptionsOf(options, log));
        noteUnsealed(runtime, log.warn);
        const { healthPort: port, healthHost: host } = options;
        const health = port === undefined ? null : service.createHealthServer(runtime.database);
        try {
          if (health !== null) log.note(`Health at ${await health.listen({ host, ...given({ port }) })}.`);
          await untilStopped(log, `At work. The ledger's origin is ${runtime.origin}.`);
        } finally {
          await health?.close();
          await runtime.close();
        }
      });
    });
}
