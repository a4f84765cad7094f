#!/usr/bin/env node
import { createProgram } from "./program.js";
import { reportError } from "./report-error.js";

// A reader that goes away (`| head`) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

const LEAVE_MS = 10_000;

const program = createProgram();
program.parseAsync().catch((error: unknown) => {
  process.exitCode = reportError(error, program, process.argv.slice(2));
  // Whatever is open yet must not keep a process that has failed.
  setTimeout(() => process.exit(), LEAVE_MS).unref();
});
