import { type DefaultsFindings, type DefaultsResult, REQUESTS } from "./defaults-result.js";
import { toMarkdown, wrapMarkdown } from "./file-formats.js";
import type { Table, Value } from "./outcome.js";

/** What is aimed at, in points of accuracy, of the area under the curve or of R squared; by the number of rows. */
export function aimFor({
  rowCount,
  measure,
}: Pick<DefaultsResult, "rowCount" | "measure">): { readonly below: number; readonly spread: number } | null {
  if (measure === "R2") return rowCount >= 300 ? { below: 2, spread: 0.5 } : null;
  if (rowCount >= 1000) return { below: 1, spread: 0.5 };
  return rowCount >= 300 ? { below: 2, spread: Number.POSITIVE_INFINITY } : null;
}

/** What falls short of the aim, in words; empty where nothing does, null where there is no aim or nothing to compare with. */
export function shortfalls(result: DefaultsResult): readonly string[] | null {
  const aim = aimFor(result);
  const peer = peerValue(result);
  if (aim === null || peer === null) return null;
  const stages = ["before", "mean", "least"] as const;
  return [
    ...stages.filter((stage) => points(peer - result[stage]) > aim.below),
    ...(points(result.spread) >= aim.spread ? ["spread"] : []),
  ];
}

/** The table of all sets. */
export function defaultsTable({ results }: DefaultsFindings): Table {
  return {
    name: "defaults",
    title: "Ours beside scikit-learn's, nothing set in either",
    columns: [
      "data",
      "rows",
      "columns",
      "classes",
      "measure",
      "scikit-learn",
      "baseline",
      "before",
      "mean after",
      "least after",
      "spread",
      "requests",
      "steps a request",
      "steps of retraining",
      "training (s)",
      "a request (s)",
      "aim",
    ],
    rows: results.map(rowOf),
  };
}

function rowOf(result: DefaultsResult): Value[] {
  const { set, rowCount, featureCount, classCount, measure, baseline, before, mean, least } = result;
  return [
    set,
    rowCount,
    featureCount,
    classCount,
    measure,
    ...[peerValue(result), baseline, before, mean, least].map((value) => value?.toFixed(4) ?? null),
    result.spread.toFixed(4),
    result.requestCount,
    Math.round(result.steps),
    result.retrainingSteps,
    result.trainingSeconds.toFixed(2),
    result.requestSeconds.toFixed(3),
    verdictOf(result),
  ];
}

/** Fewer requests than were meant make the least look better, so that they are named. */
function verdictOf(result: DefaultsResult): string | null {
  const short = shortfalls(result);
  if (short === null) return null;
  if (short.length > 0) return `short: ${short.join(", ")}`;
  return isWhole(result) ? "met" : `met in ${result.requestCount}`;
}

function isWhole({ requestCount }: DefaultsResult): boolean {
  return requestCount >= REQUESTS;
}

/** The measured part of docs/defaults.md. */
export function defaultsMarkdown(findings: DefaultsFindings, { quick }: { readonly quick: boolean }): string {
  const { results, peerVersion } = findings;
  const judged = results.filter((result) => shortfalls(result) !== null);
  const met = judged.filter((result) => shortfalls(result)?.length === 0);
  const whole = met.filter(isWhole).length;
  const reached = `It was met on ${whole} of ${judged.length} sets through all ${REQUESTS} requests, and on ${met.length - whole} more through the fewer requests that they were given.`;
  const peer =
    peerVersion === null
      ? "There was no scikit-learn to compare with where this was made."
      : `The column *scikit-learn* is \`LogisticRegression()\` of scikit-learn ${peerVersion} on the same features. For R squared (R2) it is \`Ridge()\` on the features before rows are scaled.`;
  const columns = `The measure is accuracy, or the area under the curve (AUC) where one class is rare, on rows that were not trained on. *Baseline* is the share of the commonest label (0.5 for AUC, 0 for R2). *Spread* is the standard deviation over the models after each request. A set gets ${REQUESTS} requests, or fewer where they take much work; with fewer, the least value looks better than it would with ${REQUESTS}. Seconds depend on the machine and on what else it does.`;
  const aim = `The aim from 1,000 rows up is to stay within 1 point of scikit-learn before and after every request, with a spread under half a point. From 300 rows up it is 2 points. For R2 it is 2 points and a spread under half a point, from 300 rows up. ${judged.length > 0 ? `${reached} ` : ""}Noise and batch order are random, so figures move a little from run to run.`;
  return `\`npm run experiment -- defaults --data ../shared/data${quick ? " --quick" : ""} --docs docs/defaults.md\` printed this.

${wrapMarkdown(`${peer} ${columns}`)}

${wrapMarkdown(aim)}

${toMarkdown(defaultsTable(findings))}

What was chosen for each set:

${toMarkdown(planTable(findings))}
`;
}

function planTable({ results }: DefaultsFindings): Pick<Table, "columns" | "rows"> {
  return {
    columns: ["data", "l2 x rows", "batch size", "epochs"],
    rows: results.map(({ set, rowCount, plan }) => [
      set,
      Number((plan.l2 * rowCount).toPrecision(4)),
      plan.batchSize,
      plan.epochs,
    ]),
  };
}

function peerValue({ peer, measure }: DefaultsResult): number | null {
  if (peer === null) return null;
  return measure === "AUC" ? peer.auc : peer.accuracy;
}

function points(share: number): number {
  return 100 * share;
}
