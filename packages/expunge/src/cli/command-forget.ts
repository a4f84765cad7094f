import type { Command } from "commander";
import { ExpungeError } from "../errors.js";
import type { ForgetRequest } from "../unlearner/request.js";
import { answerRequest } from "./answer-request.js";
import { collect, deletionNamed, rowList } from "./arguments.js";
import { describeForget } from "./describe-forget.js";
import { interruptible } from "./interrupt.js";
import { createOutput } from "./output.js";
import {
  addAskedOptions,
  addCertificateOptions,
  addChangeOptions,
  type RequestArguments,
  requireWritableResults,
} from "./request-options.js";
import { inWords, subjectWords } from "./request-words.js";

export function addForgetCommand(program: Command): void {
  const command = program
    .command("forget")
    .description("Forget subjects or rows: unlearn, certify, erase")
    .argument("<model>", "model directory")
    .option("--subject <id>", "subject to forget, as in the subject column; may be repeated", collect)
    .option(
      "--subjects-file <file>",
      "subjects to forget, one a line (- for standard input, which keeps ids out of the shell history)",
    )
    .option(
      "--rows <list>",
      "row numbers to forget, from 0 (notes and errors count from 1): 3,17,20-25",
      rowList,
    )
    .option("--skip-unknown", "serve those who are known and report the others (default: refuse all)");
  addAskedOptions(command);
  addCertificateOptions(command);
  addChangeOptions(command)
    .addHelpText(
      "after",
      `
All or nothing: on an error, a crash or Ctrl-C the model stays as it was. Asking again for somebody already forgotten changes
nothing and answers with the earlier certificate. A request of several people says what is to become of their receipts: --receipts or
--no-receipts.

Examples:
    $ expunge forget model --subject ann@example.com --preview
    $ expunge forget model --subject ann@example.com
    $ expunge forget model --subjects-file - --receipts receipts.jsonl < ids.txt
    $ expunge forget model --rows 12,100-103 --out certificate.json`,
    )
    .action(async (directory: string, options: ForgetArguments) => {
      const output = createOutput(options.json === true);
      const request = await readRequest(options);
      await requireWritableResults(options);
      const answer = await interruptible((signal) =>
        answerRequest(
          directory,
          options,
          { output, signal },
          {
            requestFor: async () => request,
            carryOut: (stored, asked, how) => stored.forget(asked, how),
            describe: (summary) => ({ value: summary, lines: () => describeForget(summary, directory) }),
          },
        ),
      ).catch((error: unknown) => {
        throw inWords(error, { ...subjectWords(options), setting: skipping });
      });
      output.result(answer.value, answer.lines);
    });
}

/** The value that `unknown` has in a program is a flag of its own here. */
function skipping(name: string, value: string): string | undefined {
  return name === "unknown" ? `--${value}-unknown` : undefined;
}

interface ForgetArguments extends RequestArguments {
  readonly subject?: readonly string[];
  readonly skipUnknown?: boolean;
}

async function readRequest(options: ForgetArguments): Promise<ForgetRequest> {
  const named = await deletionNamed(options);
  if (named === null)
    throw new ExpungeError("E_OPTION", "Whom to forget? Give --subject, --subjects-file or --rows.");
  return "rows" in named ? named : { ...named, unknown: options.skipUnknown ? "skip" : "refuse" };
}
