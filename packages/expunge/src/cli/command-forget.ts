import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Command } from "commander";
import { ExpungeError } from "../errors.js";
import { given } from "../given.js";
import { loadOrCreateSigner } from "../store/signing-key.js";
import type { StoredModel } from "../store/stored-model.js";
import type { ForgetResult } from "../unlearner/model.js";
import type { Receipts } from "../unlearner/receipts.js";
import type { ForgetRequest } from "../unlearner/request.js";
import { linesOf, memorySize, number, positiveInteger, rowList } from "./arguments.js";
import { describeForget, describePreview, summarizeForget } from "./describe-forget.js";
import { interruptible } from "./interrupt.js";
import { addScoreDataOptions, loadDataFor } from "./load-data.js";
import { addWaitOption, openModel } from "./open-model.js";
import { createOutput, type Output } from "./output.js";
import { requireWritableFile } from "./output-path.js";

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
    .option("--skip-unknown", "serve those who are known and report the others (default: refuse all)")
    .option("--epsilon <e>", "ask for another match than the model was planned for", number)
    .option("--delta <d>", "and its delta", number)
    .option(
      "--max-noise <nu>",
      "most noise to leave in the score of a row of norm 1; less noise takes more steps (default: the model's)",
      number,
    )
    .option("--steps <k>", "run this many steps, and add the noise that they leave to add", positiveInteger)
    .option("--preview", "say what it would cost, and change nothing")
    .option(
      "--evaluate <data>",
      "labelled data to measure the score on, before and after (with --preview: the expected change)",
    )
    .option(
      "--memory-limit <size>",
      "memory for rows; models with more read them as they go (default 1GB)",
      memorySize,
    )
    .option("--key <file>", "signing key (default: this user's own, made on first use)")
    .option("--out <file>", "write the certificate here too")
    .option(
      "--receipts <file>",
      "append each subject's receipt to this file, one JSON object a line; they are kept nowhere else",
    )
    .option("--json", "print JSON");
  addScoreDataOptions(command);
  addWaitOption(command).addHelpText(
    "after",
    `
All or nothing: on an error, a crash or Ctrl-C the model stays as it was. Asking again for somebody already forgotten changes
nothing and answers with the earlier certificate.

Examples:
    $ expunge forget model --subject ann@example.com --preview
    $ expunge forget model --subject ann@example.com
    $ expunge forget model --subjects-file - --receipts receipts.jsonl < ids.txt
    $ expunge forget model --rows 12,100-103 --out certificate.json`,
  );
  command.action(async (directory: string, options) => {
    const output = createOutput(options.json === true);
    const request = await readRequest(options);
    if (options.out !== undefined) await requireWritableFile(options.out);
    if (options.receipts !== undefined) await requireWritableFile(options.receipts);
    const answer = await interruptible((signal) =>
      answerRequest(directory, request, options, output, signal),
    );
    output.result(answer.value, answer.lines);
  });
}

interface Answer {
  readonly value: unknown;
  readonly lines: () => string[];
}

/** Forgets or previews, holding the model's directory no longer than that takes. */
async function answerRequest(
  directory: string,
  request: ForgetRequest,
  options: ForgetArguments,
  output: Output,
  signal: AbortSignal,
): Promise<Answer> {
  const stored = await openModel(directory, options, signal);
  try {
    const evaluateOn =
      options.evaluate === undefined
        ? undefined
        : await loadDataFor(directory, stored.model, options.evaluate, options);
    if (options.preview) {
      const preview = await stored.model.preview(request, {
        ...askedOf(options),
        ...(evaluateOn ? { evaluateOn } : {}),
      });
      return { value: preview, lines: () => describePreview(preview) };
    }
    const scoreBefore = evaluateOn ? stored.model.score(evaluateOn) : undefined;
    const signer = await loadOrCreateSigner(options.key);
    const bar = output.progress("forgetting");
    const result = await stored
      .forget(request, { ...askedOf(options), signer, signal, onProgress: bar.report })
      .finally(bar.stop);
    const scoreAfter = evaluateOn ? result.model.score(evaluateOn) : undefined;
    // First what cannot be had again.
    if (options.receipts !== undefined && result.receipts !== null)
      await appendReceipts(options.receipts, result.receipts);
    if (options.out !== undefined) await writeCertificate(options.out, stored, result);
    const summary = {
      ...summarizeForget(stored, result, scoreBefore, scoreAfter),
      receiptsFile: options.receipts ?? null,
    };
    return { value: summary, lines: () => describeForget(summary, directory) };
  } finally {
    await stored.close();
  }
}

interface ForgetArguments {
  readonly subject?: readonly string[];
  readonly subjectsFile?: string;
  readonly rows?: readonly number[];
  readonly epsilon?: number;
  readonly delta?: number;
  readonly maxNoise?: number;
  readonly steps?: number;
  readonly skipUnknown?: boolean;
  readonly receipts?: string;
  readonly preview?: boolean;
  readonly evaluate?: string;
  readonly schema?: string;
  readonly labels?: string;
  readonly key?: string;
  readonly out?: string;
  readonly wait: number;
  readonly memoryLimit?: number;
}

function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

/** What was asked for, of the options that say so. */
function askedOf({ epsilon, delta, maxNoise, steps }: ForgetArguments) {
  return given({ epsilon, delta, maxNoise, steps });
}

/** The request's certificate, or the one that covers it already; where there is none, what the file held before stays. */
async function writeCertificate(path: string, stored: StoredModel, result: ForgetResult): Promise<void> {
  const [earlier] = result.earlierCertificates;
  const certificate =
    result.certificate ?? (earlier === undefined ? null : await stored.readCertificate(earlier));
  if (certificate === null) return;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify(certificate, null, 2)}\n`);
}

/** Behind those that the file has: a receipt cannot be made again. */
async function appendReceipts(path: string, receipts: Receipts): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const file = createWriteStream(path, { flags: "a", mode: 0o600 });
  for (const { id, receipt } of receipts) {
    if (!file.write(`${JSON.stringify({ subject: id, ...receipt })}\n`)) await once(file, "drain");
  }
  file.end();
  await once(file, "close");
}

async function readRequest(options: ForgetArguments): Promise<ForgetRequest> {
  const subjects = [
    ...(options.subject ?? []),
    ...(options.subjectsFile === undefined ? [] : await linesOf(options.subjectsFile)),
  ];
  if (subjects.length > 0 && options.rows !== undefined)
    throw new ExpungeError("E_OPTION", "Give subjects or --rows, not both.");
  if (subjects.length > 0) return { subjects, unknown: options.skipUnknown ? "skip" : "refuse" };
  if (options.subjectsFile !== undefined)
    throw new ExpungeError("E_OPTION", `${options.subjectsFile} names nobody: expected one subject a line.`);
  if (options.rows !== undefined) return { rows: options.rows };
  throw new ExpungeError("E_OPTION", "Whom to forget? Give --subject, --subjects-file or --rows.");
}
