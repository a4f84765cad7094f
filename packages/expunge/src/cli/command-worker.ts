import type { Command } from "commander";
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

export function addWorkerCommand(program: Command): void {
  const command = program
    .command("worker")
    .description("Do the work of a service: train models, serve deletion requests, sign certificates")
    .addOption(sharedDatabaseOption());
  addRuntimeOptions(command)
    .addHelpText(
      "after",
      `
Any number of workers may run, on any number of machines: a worker that dies loses nothing, and no two do the same work. Ctrl-C (or SIGTERM)
finishes what is in hand first. EXPUNGE_DATABASE_KEY (32 bytes in base64) seals signing keys at rest; all workers need the same. One that cannot start
ends with an exit code; a database that goes away later is waited for.

Examples:
    $ EXPUNGE_DATABASE_KEY=... expunge worker --database postgres://expunge@db.internal/expunge`,
    )
    .action(async (options: RuntimeArguments) => {
      const output = createOutput(false);
      // Only here: the database's drivers would make every other command start slower.
      const { openRuntime } = await loadService("worker");
      const runtime = await openRuntime(runtimeOptionsOf(options, output));
      noteUnsealed(runtime, output);
      await untilStopped(output, `At work. The ledger's origin is ${runtime.origin}.`);
      await runtime.close();
    });
}
