import { writeFile } from "node:fs/promises";
import type { Command } from "commander";
import { ExpungeError } from "../errors.js";
import { loadOrCreateSigner } from "../store/signing-key.js";
import { loadModel, type StoredModel } from "../store/stored-model.js";
import type { ForgetResult } from "../unlearner/model.js";
import type { Preview } from "../unlearner/preview.js";
import type { ForgetRequest } from "../unlearner/request.js";
import { linesOf, number, rowList } from "./arguments.js";
import { addDataOptions, loadDataFor } from "./load-data.js";
import { createOutput, fields, figure, good, heading } from "./output.js";

export function addForgetCommand(program: Command): void {
  const command = program
    .command("forget")
    .description("Forget subjects or rows: unlearn, certify, erase")
    .argument("<model>", "model directory")
    .option("--subject <id>", "subject to forget; may be repeated", collect, [])
    .option(
      "--subjects-file <file>",
      "subjects to forget, one a line (- for standard input, which keeps ids out of the shell history)",
    )
    .option("--rows <list>", "row numbers to forget, from 0: 3,17,20-25", rowList)
    .option("--epsilon <e>", "ask for a closer match than the model was planned for", number)
    .option("--delta <d>", "and its delta", number)
    .option("--preview", "say what it would cost, and change nothing")
    .option("--evaluate <data>", "data to measure accuracy on, before and after")
    .option("--key <file>", "signing key (default: this user's own, made on first use)")
    .option("--out <file>", "write the certificate here too")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `
Examples:
    $ expunge forget model --subject ann@example.com --preview
    $ expunge forget model --subject ann@example.com
    $ expunge forget model --subjects-file - < ids.txt
    $ expunge forget model --rows 12,100-103 --out certificate.json`,
    );
  addDataOptions(command);
  command.action(async (directory: string, options) => {
    const output = createOutput(options.json === true);
    const request = await readRequest(options);
    const stored = await loadModel(directory);
    try {
      const evaluateOn =
        options.evaluate === undefined ? undefined : await loadDataFor(stored, options.evaluate, options);
      if (options.preview) {
        const preview = stored.model.preview(request, {
          ...pick(options),
          ...(evaluateOn ? { evaluateOn } : {}),
        });
        output.result(preview, () => describePreview(preview));
        return;
      }
      const scoreBefore = evaluateOn ? stored.model.score(evaluateOn) : undefined;
      const signer = await loadOrCreateSigner(options.key);
      const bar = output.progress("forgetting");
      const result = await stored
        .forget(request, { ...pick(options), signer, onProgress: bar.report })
        .finally(bar.stop);
      const scoreAfter = evaluateOn ? result.model.score(evaluateOn) : undefined;
      const certificate = result.certificate ?? result.earlierCertificates[0];
      if (options.out !== undefined)
        await writeFile(options.out, `${JSON.stringify(certificate, null, 2)}\n`);
      const summary = summarize(stored, result, scoreBefore, scoreAfter);
      output.result(summary, () => describe(summary));
    } finally {
      await stored.close();
    }
  });
}

function collect(value: string, previous: string[]): string[] {
  return [...previous, value];
}

function pick({ epsilon, delta }: { epsilon?: number; delta?: number }): {
  epsilon?: number;
  delta?: number;
} {
  return { ...(epsilon === undefined ? {} : { epsilon }), ...(delta === undefined ? {} : { delta }) };
}

async function readRequest(options: {
  subject: string[];
  subjectsFile?: string;
  rows?: number[];
}): Promise<ForgetRequest> {
  const subjects = [
    ...options.subject,
    ...(options.subjectsFile === undefined ? [] : await linesOf(options.subjectsFile)),
  ];
  if (subjects.length > 0 && options.rows !== undefined)
    throw new ExpungeError("E_OPTION", "Give subjects or --rows, not both.");
  if (subjects.length > 0) return { subjects };
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

function describe(summary: ReturnType<typeof summarize>): string[] {
  if (summary.certificateId === null) {
    return [
      `Forgotten before: the earlier certificate stands (${summary.earlierCertificates}). Nothing was changed.`,
    ];
  }
  return [
    good(`Forgotten: ${summary.rowCount} row(s), ${summary.steps} step(s).`),
    ...fields([
      [
        "certified",
        `epsilon = ${figure(summary.epsilon as number)} at delta = ${figure(summary.delta as number)}`,
      ],
      ["gradient evaluations", summary.gradientEvaluations],
      ["score before", summary.scoreBefore],
      ["score after", summary.scoreAfter],
      ["certificate", summary.certificatePath],
      ["salt for whoever asked", summary.salt],
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
      ["forgotten before", preview.earlierCertificates.length || null],
    ]),
  ];
}
