import type { Dataset } from "../data/index.js";
import type { StoredModel } from "../store/stored-model.js";
import type { ForgetResult, Model } from "../unlearner/model.js";
import type { Preview } from "../unlearner/preview.js";
import { describeHolds } from "./describe-certificate.js";
import { bad, count, fields, figure, good, heading } from "./output.js";

/** What is said of a request besides its outcome. */
interface Beside {
  readonly evaluateOn?: Dataset;
  readonly receiptsFile?: string | undefined;
  /** On the data that were read for it. */
  readonly notes: readonly string[];
}

/** What `expunge forget --json` prints. */
export function summarizeForget(
  stored: StoredModel,
  result: ForgetResult,
  before: Model,
  { evaluateOn, receiptsFile, notes }: Beside,
) {
  return {
    certificateId: result.certificateId,
    certificatePath: result.certificateId === null ? null : stored.certificatePath(result.certificateId),
    earlierCertificates: result.earlierCertificates.length,
    earlierCertificatePaths: result.earlierCertificates.map((id) => stored.certificatePath(id)),
    unknown: result.unknown,
    rowCount: result.rowCount,
    steps: result.steps,
    noise: result.noise,
    gradientEvaluations: result.gradientEvaluations,
    holds: result.holds,
    epsilon: result.proof?.epsilon ?? null,
    delta: result.proof?.delta ?? null,
    mu: result.proof?.mu ?? null,
    receipts: result.receipts?.count ?? 0,
    salt: result.receipts?.count === 1 ? result.receipts.at(0).salt : null,
    ...scoresOf(before, result.model, evaluateOn),
    receiptsFile: receiptsFile ?? null,
    notes,
  };
}

/** Scores before and after a change; null where no rows were given to measure them on. */
export function scoresOf(before: Model, after: Model, rows: Dataset | undefined) {
  return {
    scoreBefore: rows === undefined ? null : before.score(rows),
    scoreAfter: rows === undefined ? null : after.score(rows),
  };
}

const NO_STEP = "earlier noise has hidden these rows already; the weights stay as they are";

type Summary = ReturnType<typeof summarizeForget>;

/** A salt that is printed is a receipt, too. */
function receiptLine({ receipts, receiptsFile }: Summary): string | null {
  if (receipts === 0) return null;
  if (receiptsFile !== null) return `${figure(receipts)}, appended to ${receiptsFile}`;
  return receipts === 1 ? null : `${figure(receipts)}, not kept (--no-receipts)`;
}

export function describeForget(summary: Summary, directory: string): string[] {
  const earlier = summary.earlierCertificatePaths;
  if (summary.certificateId === null) {
    return [
      earlier.length > 0 ? "Forgotten before; nothing was changed. What covers it:" : "Nothing was changed.",
      ...earlier.map((path) => `  ${path}`),
      ...unknownLines(summary.unknown),
    ];
  }
  return [
    good(`Forgotten: ${count(summary.rowCount, "row")}, ${count(summary.steps, "step")}.`),
    ...certificateLines(summary, directory),
    ...unknownLines(summary.unknown),
  ];
}

/** What a request left. */
export function certificateLines(summary: Summary, directory: string): string[] {
  const earlier = summary.earlierCertificatePaths;
  return fields([
    ["proved", describeHolds(summary.holds)],
    ["noise in a score", summary.noise],
    ["why no step", summary.steps === 0 ? NO_STEP : null],
    ["gradient evaluations", summary.gradientEvaluations],
    ["score before", summary.scoreBefore],
    ["score after", summary.scoreAfter],
    ["certificate", summary.certificatePath],
    ["salt for whoever asked", summary.salt],
    ["receipts", receiptLine(summary)],
    ...earlier.map((path) => ["forgotten before, see", path] as const),
    ["to check it", `expunge verify ${summary.certificatePath} --model ${directory}`],
  ]);
}

/** Positions of ids that are not here, never the ids. */
function unknownLines(unknown: readonly number[]): string[] {
  if (unknown.length === 0) return [];
  const shown = unknown.slice(0, 20).map((position) => figure(position + 1));
  const rest = unknown.length > shown.length ? ` and ${figure(unknown.length - shown.length)} more` : "";
  return [
    bad(
      `${count(unknown.length, "id")} of those named ${unknown.length === 1 ? "owns no row here and was" : "own no row here and were"} skipped: number ${shown.join(", ")}${rest}.`,
    ),
  ];
}

/** @param mustSay whether the request itself is refused until somebody says what is to become of its receipts */
export function describePreview(preview: Preview, mustSay: boolean): string[] {
  return [
    heading("Preview: nothing was changed"),
    ...fields([
      ["rows", preview.rowCount],
      ["would be proved", preview.rowCount === 0 ? null : describeHolds(preview.holds)],
      ["steps", `${figure(preview.steps)} (retraining: ${figure(preview.retrainSteps)})`],
      [
        "gradient evaluations",
        `${figure(preview.gradientEvaluations)} (retraining: ${figure(preview.retrainGradientEvaluations)})`,
      ],
      ["score now", preview.score],
      ["expected change of score", preview.expectedScoreChange],
      ["certificates of those forgotten before", preview.earlierCertificates.length || null],
    ]),
    ...(preview.trades.length < 2 ? [] : tradeLines(preview.trades)),
    ...unknownLines(preview.unknown),
    ...(mustSay
      ? [
          "The request itself needs --receipts FILE, or --no-receipts: receipts are made once, and kept nowhere else.",
        ]
      : []),
  ];
}

/** Ways to serve the request: --steps or --max-noise chooses another one than the marked. */
function tradeLines(trades: Preview["trades"]): string[] {
  const hasScore = trades.some(({ expectedScore }) => expectedScore !== null);
  const title = `  ${["steps", "ms", "noise in a score", "epsilon"].map((name) => name.padStart(18)).join("")}${hasScore ? "expected score".padStart(18) : ""}`;
  return [
    heading("What other steps would do (--steps or --max-noise)"),
    title,
    ...trades.map(({ steps, milliseconds, noise, epsilon, expectedScore, isChosen }) => {
      const cells = [figure(steps), milliseconds.toFixed(1), noise.toPrecision(3), figure(epsilon)];
      const score = expectedScore === null ? "" : expectedScore.toFixed(4).padStart(18);
      return `${isChosen ? "* " : "  "}${cells.map((cell) => cell.padStart(18)).join("")}${score}`;
    }),
  ];
}
