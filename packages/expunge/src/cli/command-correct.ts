import type { Command } from "commander";
import type { Dataset } from "../data/index.js";
import { ExpungeError } from "../errors.js";
import type { CorrectRequest } from "../unlearner/correction.js";
import { answerRequest } from "./answer-request.js";
import { rowList, subjectsNamed } from "./arguments.js";
import { certificateLines } from "./describe-forget.js";
import { interruptible } from "./interrupt.js";
import { loadDataFor } from "./load-data.js";
import { type Answer, count, createOutput, good, type Output } from "./output.js";
import {
  addAskedOptions,
  addCertificateOptions,
  addChangeOptions,
  type RequestArguments,
  requireWritableResults,
} from "./request-options.js";
import { inWords, type OwnWords } from "./request-words.js";

export function addCorrectCommand(program: Command): void {
  const command = program
    .command("correct")
    .description("Correct rows: forget the old values, certify that, and go on with the new ones")
    .argument("<model>", "model directory")
    .argument("<data>", "corrected rows with their labels, read as the training data were")
    .option("--subject <id>", "owner of the one row to correct")
    .option(
      "--subjects-file <file>",
      "a file with that owner (- for standard input, which keeps ids out of the shell history)",
    )
    .option("--rows <list>", "numbers of the rows to correct, from 0, in the order of the data", rowList);
  addAskedOptions(command);
  addCertificateOptions(command);
  addChangeOptions(command)
    .addHelpText(
      "after",
      `
Give as many rows as are to be corrected. --rows names them in the order of the data. --subject names somebody who owns one row.
Without either, the data's own column of subjects says whose row each one corrects. A corrected row stays its owner's and gets a new
number. The certificate says that the old values are forgotten. All or nothing: on an error, a crash or Ctrl-C the model stays as it was.

Examples:
    $ expunge correct model ann.csv --subject ann@example.com --preview
    $ expunge correct model corrections.csv
    $ expunge correct model two-rows.csv --rows 12,40 --out certificate.json`,
    )
    .action(async (directory: string, data: string, options: CorrectArguments) => {
      const output = createOutput(options.json === true);
      const subject = await subjectOf(options);
      await requireWritableResults(options);
      const answer = await interruptible((signal) =>
        correct(directory, data, subject, options, { output, signal }),
      ).catch((error: unknown) => {
        throw inWords(error, wordsFor(data));
      });
      output.result(answer.value, answer.lines);
    });
}

/** Corrected rows, as notes and errors of the file count them. */
function wordsFor(data: string): OwnWords {
  return {
    field: (name, index) =>
      name === "to" && index !== undefined ? `row ${index + 1} of ${data}` : undefined,
  };
}

interface CorrectArguments extends RequestArguments {
  readonly subject?: string;
}

function correct(
  directory: string,
  data: string,
  subject: string | undefined,
  options: RequestArguments,
  run: { readonly output: Output; readonly signal: AbortSignal },
): Promise<Answer> {
  return answerRequest(directory, options, run, {
    requestFor: async (model, notes) =>
      requestOf(
        await loadDataFor(directory, model, data, options, { part: "train", notes }),
        subject,
        options.rows,
      ),
    carryOut: (stored, request, asked) => stored.correct(request, asked),
    describe(summary, { rows }) {
      const numbers = `${rows[0]}${rows.length > 1 ? ` to ${rows.at(-1)}` : ""}`;
      return {
        value: { ...summary, rows },
        lines: () => [
          good(
            `Corrected: ${count(summary.rowCount, "row")}, now number ${numbers}; ${count(summary.steps, "step")}.`,
          ),
          ...certificateLines(summary, directory),
        ],
      };
    },
  });
}

function requestOf(
  to: Dataset,
  subject: string | undefined,
  rows: readonly number[] | undefined,
): CorrectRequest {
  if (subject !== undefined) return { subject, to };
  return rows === undefined ? { to } : { rows, to };
}

/** @throws ExpungeError E_OPTION where more than one is named, or rows as well */
async function subjectOf(options: CorrectArguments): Promise<string | undefined> {
  const { subjectsFile, rows } = options;
  const named = await subjectsNamed(options);
  if (named.length > 0 && rows !== undefined)
    throw new ExpungeError("E_OPTION", "Give a subject or --rows, not both.");
  if (named.length <= 1 && (named.length === 1 || subjectsFile === undefined)) return named[0];
  throw new ExpungeError(
    "E_OPTION",
    `Expected one subject, found ${named.length}: to correct rows of several, leave them out and give data with the column of subjects.`,
  );
}
