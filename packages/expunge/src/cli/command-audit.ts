import type { Command } from "commander";
import { type AuditReport, auditText, auditTrials, hardestRows } from "../audit/index.js";
import { ExpungeError } from "../errors.js";
import { given } from "../given.js";
import { readRows } from "../unlearner/read-rows.js";
import type { ForgetRequest } from "../unlearner/request.js";
import { type TrialMaterial, Trials } from "../unlearner/trials.js";
import { collect, deletionNamed, number, positiveInteger, rowList } from "./arguments.js";
import { EXIT_FALSE_CERTIFICATE, EXIT_UNEXPECTED } from "./exit-codes.js";
import { interruptible } from "./interrupt.js";
import { addWaitOption, openModel } from "./open-model.js";
import { bad, createOutput, good, type Output } from "./output.js";
import { requireWritableFile, writeInPlace } from "./output-path.js";
import { inWords, subjectWords } from "./request-words.js";

export function addAuditCommand(program: Command): void {
  const command = program
    .command("audit")
    .description("Put a model's certificates on trial: can unlearned models be told from retrained ones?")
    .argument("<model>", "model directory: its plan, batch order and rows are used; it stays as it is")
    .option("--trials <n>", "models in each of three samples, at least 50", positiveInteger, 2000)
    .option("--subject <id>", "subject whose deletion is audited; may be repeated", collect)
    .option("--subjects-file <file>", "such subjects, one a line (- for standard input)")
    .option(
      "--rows <list>",
      "rows whose deletion is audited, from 0: 3,17,20-25 (default: the one row that pulls hardest, that is, has the longest gradient at the end of a training without noise)",
      rowList,
    )
    .option(
      "--disclosure",
      "audit the claim about everything released, too (noise at every step; the default where the model has a limit on it)",
    )
    .option("--confidence <p>", "of a verdict that the certificate is false", number, 0.95)
    .option("--seed <text>", "noise of the audit's own models, for an audit that can be repeated")
    .option("--workers <n>", "threads (default: one a core)", positiveInteger)
    .option("--out <file>", "write the whole report here, as JSON")
    .option("--plot <file>", "draw the trade-off curve against the certified one here, as SVG")
    .option("--json", "print the whole report as JSON");
  addWaitOption(command).addHelpText(
    "after",
    `
Trains many models by this model's plan on its rows, has them forget the rows named, trains as many without those rows, and
lets attackers who know everything but the noise tell them apart. It audits the process, not the weights in the directory: no
test of one set of weights can show that it was unlearned. All rows are held in memory; time grows with trials times training.

Exit code 0: nothing contradicts the certificate. 1: the certificate is false. 70: the audit's own control failed.

Examples:
    $ expunge audit model
    $ expunge audit model --trials 2000 --subject ann@example.com --plot curve.svg
    $ expunge audit model --rows 3,17 --disclosure --out report.json`,
  );
  command.action(async (directory: string, options: AuditArguments) => {
    const output = createOutput(options.json === true);
    for (const path of [options.out, options.plot]) if (path !== undefined) await requireWritableFile(path);
    const named = await deletionNamed(options);
    const report = await interruptible((signal) => audit(directory, named, options, output, signal)).catch(
      (error: unknown) => {
        throw inWords(error, subjectWords(options));
      },
    );
    if (options.out !== undefined) await writeInPlace(options.out, `${JSON.stringify(report, null, 2)}\n`);
    if (options.plot !== undefined) {
      const { tradeOffPlot } = await import("../plots/trade-off-plot.js");
      await writeInPlace(options.plot, `${tradeOffPlot(judgedMost(report))}\n`);
    }
    output.result(report, () => describe(report, named === null));
    if (report.verdict === "violated") process.exitCode = EXIT_FALSE_CERTIFICATE;
    if (report.verdict === "void") process.exitCode = EXIT_UNEXPECTED;
  });
}

interface AuditArguments {
  readonly trials: number;
  readonly subject?: readonly string[];
  readonly subjectsFile?: string;
  readonly rows?: readonly number[];
  readonly disclosure?: boolean;
  readonly confidence: number;
  readonly seed?: string;
  readonly workers?: number;
  readonly out?: string;
  readonly plot?: string;
  readonly json?: boolean;
  readonly wait: number;
}

async function audit(
  directory: string,
  named: ForgetRequest | null,
  options: AuditArguments,
  output: Output,
  signal: AbortSignal,
): Promise<AuditReport> {
  const { trials, disclosure, confidence, workers } = options;
  const process = new Trials(await readMaterial(directory, options, signal));
  const forget = named ?? { rows: await hardestRows(process, 1) };
  const bar = output.progress("auditing");
  return auditTrials(process, {
    forget,
    trials,
    confidence,
    ...given({ disclosure, workers }),
    signal,
    onProgress: ({ partsDone, partsTotal }) =>
      bar.report({ stage: "train", stepsDone: partsDone, stepsTotal: partsTotal }),
  }).finally(bar.stop);
}

/**
 * A model's plan, order and rows, its directory let go at once. The trials draw noise of their own: a seed of the model would repeat
 * the noise that its weights were made of.
 */
async function readMaterial(
  directory: string,
  options: Pick<AuditArguments, "wait" | "seed">,
  signal: AbortSignal,
): Promise<TrialMaterial> {
  const stored = await openModel(directory, options, signal);
  try {
    const { state } = stored.model;
    if (state.timeline.lives !== undefined)
      throw new ExpungeError(
        "E_OPTION",
        "Expected a model whose rows are those of its training: an audit trains it anew by its plan, which does not know of rows that joined or were corrected.",
      );
    const { description, slotOfRow, index, forgotten } = state;
    const plan = { ...state.plan, seed: options.seed ?? null };
    return { plan, description, slotOfRow, index, forgotten, rows: await readRows(stored.model) };
  } finally {
    await stored.close();
  }
}

/** What the picture shows: the claim that failed, or that of erasure. */
function judgedMost({ erasure, disclosure }: AuditReport): AuditReport["erasure"]["result"] {
  const isDisclosure = disclosure?.result.verdict === "violated" && erasure.result.verdict === "consistent";
  return isDisclosure ? disclosure.result : erasure.result;
}

function describe(report: AuditReport, isPicked: boolean): string[] {
  const [title = "", ...lines] = auditText(report).split("\n");
  const paint = report.verdict === "consistent" ? good : bad;
  const rows = report.requests.flatMap((request) => request.rows);
  const picked = `Nobody was named: row ${rows.join(", ")} was picked, which pulls hardest in a training without noise.`;
  return [paint(title), ...lines, ...(isPicked ? ["", picked] : [])];
}
