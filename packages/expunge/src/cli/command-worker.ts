import { hostname } from "node:os";
import type { Command } from "commander";
import { given } from "../given.js";
import { memorySize } from "./arguments.js";
import { addBatchOptions, batchOptionsOf } from "./batch-options.js";
import { sharedDatabaseOption } from "./database-option.js";
import { failureText } from "./failure-text.js";
import { loadService } from "./load-service.js";
import { createOutput } from "./output.js";

export function addWorkerCommand(program: Command): void {
  const command = program
    .command("worker")
    .description("Do the work of a service: train models, serve deletion requests, sign certificates")
    .addOption(sharedDatabaseOption())
    .option(
      "--scratch <directory>",
      "where rows are sorted for a training (default: the temporary directory)",
    )
    .option("--memory-limit <size>", "memory for rows while they are sorted (default 256MB)", memorySize)
    .option(
      "--origin <name>",
      "name of the ledger in its checkpoints (default: this host's name)",
      hostname(),
    );
  addBatchOptions(command)
    .addHelpText(
      "after",
      `
Any number of workers may run, on any number of machines: a worker that dies loses nothing, and no two do the same work. Ctrl-C (or SIGTERM)
finishes what is in hand first. EXPUNGE_DATABASE_KEY (32 bytes in base64) seals signing keys at rest; all workers need the same.

Examples:
    $ EXPUNGE_DATABASE_KEY=... expunge worker --database postgres://expunge@db.internal/expunge`,
    )
    .action(async (options) => {
      const output = createOutput(false);
      // Only here: the database's drivers would make every other command start slower.
      const { openRuntime } = await loadService("worker");
      const runtime = await openRuntime({
        location: options.database,
        origin: options.origin,
        databaseKey: process.env.EXPUNGE_DATABASE_KEY,
        ...given({ scratch: options.scratch, memoryLimit: options.memoryLimit }),
        ...batchOptionsOf(options),
        onFailure: ({ work, modelId, error }) =>
          output.note(`${new Date().toISOString()} ${work} ${modelId ?? ""}: ${failureText(error)}`),
      });
      if (!runtime.isSealed)
        output.note("note: signing keys are stored as they are; set EXPUNGE_DATABASE_KEY to seal them.");
      output.note("At work.");
      await new Promise<void>((resolve) => {
        process.once("SIGINT", resolve);
        process.once("SIGTERM", resolve);
      });
      output.note("Finishing what is in hand.");
      await runtime.close();
    });
}
