import type { Command } from "commander";
import { given } from "../given.js";
import { wholeNumber } from "./arguments.js";
import { sharedDatabaseOption } from "./database-option.js";
import { loadService } from "./load-service.js";
import { createOutput } from "./output.js";
import {
  addRuntimeOptions,
  noteUnsealed,
  type RuntimeArguments,
  runtimeOptionsOf,
  untilStopped,
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
      const output = createOutput(false);
      // Only here: the database's drivers would make every other command start slower.
      const { createHealthServer, openRuntime } = await loadService("worker");
      const runtime = await openRuntime(runtimeOptionsOf(options, output));
      noteUnsealed(runtime, output);
      const { healthPort: port, healthHost: host } = options;
      const health = port === undefined ? null : createHealthServer(runtime.database);
      try {
        if (health !== null) output.note(`Health at ${await health.listen({ host, ...given({ port }) })}.`);
        await untilStopped(output, `At work. The ledger's origin is ${runtime.origin}.`);
      } finally {
        await health?.close();
        await runtime.close();
      }
    });
}
