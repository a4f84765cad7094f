import { type Command, CommanderError } from "commander";
import { DomainError, ExpungeError, messageIn } from "../errors.js";
import { onStderr } from "./colours.js";
import { EXIT_CODES, EXIT_UNEXPECTED } from "./exit-codes.js";
import { optionWords } from "./option-words.js";

interface Reported {
  readonly code: string;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly exitCode: number;
}

/**
 * Says on stderr what went wrong: one line, or one JSON object where --json was given; everything that nobody foresaw with its stack.
 *
 * @returns the exit code
 */
export function reportError(error: unknown, program: Command, argv: readonly string[]): number {
  // Help and version were asked for and printed; help for want of a command was printed too.
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  if (error instanceof CommanderError && error.code === "commander.help") return EXIT_CODES.E_OPTION;
  const reported = describe(error, program, argv);
  const { code, message, details = {}, exitCode } = reported;
  if (argv.includes("--json"))
    process.stderr.write(`${JSON.stringify({ error: { code, message, details } })}\n`);
  else process.stderr.write(`${onStderr.red("error")} ${code}: ${message}\n`);
  if (exitCode === EXIT_UNEXPECTED && error instanceof Error && !isSystemError(error) && error.stack)
    process.stderr.write(`${onStderr.dim(error.stack)}\n`);
  return exitCode;
}

function describe(error: unknown, program: Command, argv: readonly string[]): Reported {
  if (error instanceof CommanderError) {
    const message = error.message.replace(/^error: /, "").replaceAll("\n", " ");
    const text = `${message.replace(/[^.)?]$/, "$&.")} See: ${commandNamed(program, argv).name} --help`;
    return { code: "E_OPTION", message: text, exitCode: EXIT_CODES.E_OPTION };
  }
  if (error instanceof ExpungeError || error instanceof DomainError) {
    const { code, details } = error;
    const { command } = commandNamed(program, argv);
    const message =
      code === "E_ABORTED" ? "Stopped; nothing was changed." : messageIn(error, optionWords(command));
    return { code, message, details, exitCode: EXIT_CODES[code] };
  }
  if (isSystemError(error) && error.code === "EADDRINUSE")
    return {
      code: "E_OPTION",
      message: "Another program listens on that port already; take another one with --port.",
      exitCode: EXIT_CODES.E_OPTION,
    };
  // Its message begins with the code.
  if (isSystemError(error))
    return {
      code: error.code,
      message: error.message.replace(`${error.code}: `, ""),
      exitCode: EXIT_UNEXPECTED,
    };
  const message = error instanceof Error ? error.message : String(error);
  return {
    code: "UNEXPECTED",
    message: `${message} (a bug; please report it with the lines that follow)`,
    exitCode: EXIT_UNEXPECTED,
  };
}

/** A full disk, a file that may not be read: the operating system's word needs no stack. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException & { readonly code: string } {
  return (
    error instanceof Error && "syscall" in error && typeof (error as { code?: unknown }).code === "string"
  );
}

/** The command that the arguments got as far as naming, such as "expunge schema infer". */
function commandNamed(
  program: Command,
  argv: readonly string[],
): { readonly command: Command; readonly name: string } {
  let command = program;
  let name = program.name();
  for (const word of argv) {
    const next = command.commands.find((candidate) => candidate.name() === word);
    if (next === undefined) break;
    command = next;
    name += ` ${word}`;
  }
  return { command, name };
}
