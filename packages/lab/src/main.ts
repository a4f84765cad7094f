import { Command } from "commander";
import { reportError } from "expunge/internal";
import { addDemoCommand } from "./command-demo.js";
import { addExperimentCommand } from "./command-experiment.js";

/** The commands of this repository that users of the packages do not have: npm run demo, npm run experiment. */
const program = new Command("node scripts/lab.mjs").exitOverride().configureOutput({ outputError: () => {} });
for (const add of [addDemoCommand, addExperimentCommand]) add(program);
program.parseAsync().catch((error: unknown) => {
  process.exitCode = reportError(error, program, process.argv.slice(2));
});
