#!/usr/bin/env node
import { Command } from "commander";
import { DomainError, ExpungeError } from "../errors.js";
import { VERSION } from "../version.js";
import { addDemoCommand } from "./command-demo.js";
import { addForgetCommand } from "./command-forget.js";
import { addModelCommands } from "./command-model.js";
import { addPlanCommand } from "./command-plan.js";
import { addSchemaCommand } from "./command-schema.js";
import { addTrainCommand } from "./command-train.js";
import { addVerifyCommand } from "./command-verify.js";
import { EXIT_CODES, EXIT_UNEXPECTED } from "./exit-codes.js";
import { bad } from "./output.js";

function createProgram(): Command {
  const program = new Command("expunge")
    .description("Certified machine unlearning: train, forget people in a few steps, prove it.")
    .version(VERSION)
    .showHelpAfterError("(--help shows the options)")
    .addHelpText(
      "after",
      `
Start here:
    $ expunge demo                              the whole story on generated data
    $ expunge schema infer people.csv --label churned --subject email --out schema.json
    $ expunge train people.csv --schema schema.json --out model --epsilon 1 --delta 1e-5
    $ expunge forget model --subject ann@example.com
    $ expunge verify model/certificates/<id>.json --model model

Exit codes: 0 success, 1 false certificate, 2 options, 3 data, 4 assumption broken, 5 infeasible, 6 unknown subject,
7 locked or superseded, 8 model directory, 9 key, 10 certificate unreadable, 11 kernel, 70 unexpected, 130 aborted.`,
    );
  for (const add of [
    addPlanCommand,
    addSchemaCommand,
    addTrainCommand,
    addModelCommands,
    addForgetCommand,
    addVerifyCommand,
    addDemoCommand,
  ]) {
    add(program);
  }
  return program;
}

/** One line for our own errors (the stack says nothing to a user); everything else with its stack. */
function report(error: unknown, isJson: boolean): number {
  if (error instanceof ExpungeError || error instanceof DomainError) {
    if (isJson)
      process.stderr.write(
        `${JSON.stringify({ error: { code: error.code, message: error.message, details: error.details } })}\n`,
      );
    else process.stderr.write(`${bad("error")} ${error.code}: ${error.message}\n`);
    return EXIT_CODES[error.code];
  }
  process.stderr.write(
    `${bad("unexpected error")}: ${error instanceof Error ? error.stack : String(error)}\n`,
  );
  return EXIT_UNEXPECTED;
}

// A reader that goes away (`| head`) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

createProgram()
  .parseAsync()
  .catch((error: unknown) => {
    process.exitCode = report(error, process.argv.includes("--json"));
  });
