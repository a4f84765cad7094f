import { type Command, Option } from "commander";
import { databaseOption } from "./database-option.js";
import { createOutput } from "./output.js";
import { withKnownDatabase } from "./with-database.js";

interface CallbacksOptions {
  readonly database: string;
  readonly json?: boolean;
  readonly retry?: boolean;
  readonly drop?: boolean;
}

export function addCallbacksCommand(program: Command): void {
  program
    .command("callbacks")
    .description("Show callbacks of a service that were given up after a week, try them again, or drop them")
    .addOption(databaseOption())
    .option("--retry", "try all of them again, for another week")
    .addOption(
      new Option("--drop", "drop all of them: their receivers are told the next change").conflicts("retry"),
    )
    .option("--json", "print JSON: a list of tenant, receiver, count, as they were before")
    .addHelpText(
      "after",
      `
Examples:
    $ expunge callbacks
    $ expunge callbacks --retry`,
    )
    .action(async ({ database: location, json, retry, drop }: CallbacksOptions) => {
      const found = await withKnownDatabase("callbacks", location, async ({ executor }, service) => {
        const before = await service.listGivenUp(executor);
        if (retry) await service.retryGivenUp(executor);
        if (drop) await service.dropGivenUp(executor);
        return before;
      });
      const done = retry ? "tried again" : drop ? "dropped" : "given up";
      createOutput(json === true).result(found, () =>
        found.length === 0
          ? ["None was given up."]
          : found.map(({ tenant, receiver, count }) => `${tenant}, ${receiver}: ${count} ${done}`),
      );
    });
}
