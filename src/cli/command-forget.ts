import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { type Command, Option } from "commander";
import { ExpungeError } from "../errors.js";
import { loadOrCreateSigner } from "../store/signing-key.js";
import type { StoredModel } from "../store/stored-model.js";
import type { ForgetResult } from "../unlearner/model.js";
import type { Preview } from "../unlearner/preview.js";
import type { ForgetRequest } from "../unlearner/request.js";
import { linesOf, memorySize, number, rowList } from "./arguments.js";
import { interruptible } from "./interrupt.js";
import { addScoreDataOptions, loadDataFor } from "./load-data.js";
import { addWaitOption, openModel } from "./open-model.js";
import { count, createOutput, fields, figure, good, heading, type Output } from "./output.js";
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
    .option("--rows <list>", "row numbers to forget, from 0: 3,17,20-25", rowList)
    .option("--epsilon <e>", "ask for a closer match than the model was planned for", number)
    .option("--delta <d>", "and its delta", number)
    .addOption(
      new Option(
        "--chosen <how>",
        "whether whoever asks may have seen a model first; the certificate says which claim then holds",
      )
        .choices(["independently", "adaptively"])
        .default("adaptively"),
    )
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
    $ expunge forget model --subjects-file - < ids.txt
    $ expunge forget model --rows 12,100-103 --out certificate.json`,
  );
  command.action(async (directory: string, options) => {
    const output = createOutput(options.json === true);
    const request = await readRequest(options);
    if (options.out !== undefined) await requireWritableFile(options.out);
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
        ...pick(options),
        ...(evaluateOn ? { evaluateOn } : {}),
      });
      return { value: preview, lines: () => describePreview(preview) };
    }
    const scoreBefore = evaluateOn ? stored.model.score(evaluateOn) : undefined;
    const signer = await loadOrCreateSigner(options.key);
    const bar = output.progress("forgetting");
    const result = await stored
      .forget(request, { ...pick(options), chosen: options.chosen, signer, signal, onProgress: bar.report })
      .finally(bar.stop);
    const scoreAfter = evaluateOn ? result.model.score(evaluateOn) : undefined;
    const certificate = result.certificate ?? result.earlierCertificates[0];
    if (options.out !== undefined) {
      await mkdir(dirname(options.out), { recursive: true });
      await writeFile(options.out, `${JSON.stringify(certificate, null, 2)}\n`);
    }
    const summary = summarize(stored, result, scoreBefore, scoreAfter);
    return { value: summary, lines: () => describe(summary, directory) };
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
  readonly chosen: "independently" | "adaptively";
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

function pick({ epsilon, delta }: { epsilon?: number; delta?: number }): {
  epsilon?: number;
  delta?: number;
} {
  return { ...(epsilon === undefined ? {} : { epsilon }), ...(delta === undefined ? {} : { delta }) };
}

async function readRequest(options: ForgetArguments): Promise<ForgetRequest> {
  const subjects = [
    ...(options.subject ?? []),
    ...(options.subjectsFile === undefined ? [] : await linesOf(options.subjectsFile)),
  ];
  if (subjects.length > 0 && options.rows !== undefined)
    throw new ExpungeError("E_OPTION", "Give subjects or --rows, not both.");
  if (subjects.length > 0) return { subjects };
  if (options.subjectsFile !== undefined)
    throw new ExpungeError("E_OPTION", `${options.subjectsFile} names nobody: expected one subject a line.`);
  if (options.rows !== undefined) return { rows: options.rows };
  throw new ExpungeError("E_OPTION", "Whom to forget? Give --subject, --subjects-file or --rows.");
}

function summarize(
  stored: StoredModel,
  result: ForgetResult,
  scoreBefore: number | undefined,
  scoreAfter: number | undefined,
) {
  return {
    certificateId: result.certificateId,
    certificatePath: result.certificateId === null ? null : stored.certificatePath(result.certificateId),
    earlierCertificates: result.earlierCertificates.length,
    earlierCertificatePaths: earlierPaths(stored, result),
    rowCount: result.rowCount,
    steps: result.steps,
    gradientEvaluations: result.gradientEvaluations,
    epsilon: result.claim?.epsilon ?? null,
    delta: result.claim?.delta ?? null,
    mu: result.claim?.mu ?? null,
    salt: result.salt,
    scoreBefore: scoreBefore ?? null,
    scoreAfter: scoreAfter ?? null,
  };
}

/** Where the certificates are that cover what was forgotten before. */
function earlierPaths(stored: StoredModel, { earlierCertificates }: ForgetResult): string[] {
  const payloads = new Set(earlierCertificates.map(({ payload }) => payload));
  return [...stored.model.state.certificates]
    .filter(([, { payload }]) => payloads.has(payload))
    .map(([id]) => stored.certificatePath(id));
}

const NO_STEP = "the noise of the training has hidden these rows already; the weights stay as they are";

function describe(summary: ReturnType<typeof summarize>, directory: string): string[] {
  const earlier = summary.earlierCertificatePaths;
  if (summary.certificateId === null) {
    return ["Forgotten before; nothing was changed. What covers it:", ...earlier.map((path) => `  ${path}`)];
  }
  return [
    good(`Forgotten: ${count(summary.rowCount, "row")}, ${count(summary.steps, "step")}.`),
    ...fields([
      [
        "certified",
        `epsilon = ${figure(summary.epsilon as number)} at delta = ${figure(summary.delta as number)}`,
      ],
      ["why no step", summary.steps === 0 ? NO_STEP : null],
      ["gradient evaluations", summary.gradientEvaluations],
      ["score before", summary.scoreBefore],
      ["score after", summary.scoreAfter],
      ["certificate", summary.certificatePath],
      ["salt for whoever asked", summary.salt],
      ...earlier.map((path) => ["forgotten before, see", path] as const),
      ["to check it", `expunge verify ${summary.certificatePath} --model ${directory}`],
    ]),
  ];
}

function describePreview(preview: Preview): string[] {
  return [
    heading("Preview: nothing was changed"),
    ...fields([
      ["rows", preview.rowCount],
      ["steps", `${figure(preview.steps)} (retraining: ${figure(preview.retrainSteps)})`],
      [
        "gradient evaluations",
        `${figure(preview.gradientEvaluations)} (retraining: ${figure(preview.retrainGradientEvaluations)})`,
      ],
      ["milliseconds of compute", preview.milliseconds],
      ["certified", `epsilon = ${figure(preview.epsilon)} at delta = ${figure(preview.delta)}`],
      ["expected change of score", preview.expectedScoreChange],
      ["certificates of those forgotten before", preview.earlierCertificates.length || null],
    ]),
  ];
}
