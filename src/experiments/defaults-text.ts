import type { DefaultsFindings, DefaultsResult } from "./defaults.js";
import { toMarkdown } from "./file-formats.js";
import type { Table, Value } from "./outcome.js";

/** What is aimed at, in points of accuracy or of the area under the curve; by the number of rows. */
export function aimFor(rowCount: number): { readonly below: number; readonly spread: number } | null {
  if (rowCount >= 1000) return { below: 1, spread: 0.5 };
  return rowCount >= 300 ? { below: 2, spread: Number.POSITIVE_INFINITY } : null;
}

/** What falls short of the aim, in words; empty where nothing does, null where there is no aim or nothing to compare with. */
export function shortfalls(result: DefaultsResult): readonly string[] | null {
  const aim = aimFor(result.rowCount);
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
  const short = shortfalls(result);
  const verdict = short === null ? null : short.length === 0 ? "met" : `short: ${short.join(", ")}`;
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
    verdict,
  ];
}

/** docs/defaults.md, whole. */
export function defaultsMarkdown(findings: DefaultsFindings, { quick }: { readonly quick: boolean }): string {
  const { results, peerVersion } = findings;
  const judged = results.filter((result) => shortfalls(result) !== null);
  const met = judged.filter((result) => shortfalls(result)?.length === 0).length;
  const peer =
    peerVersion === null
      ? "There was no scikit-learn to compare with where this was made."
      : `scikit-learn ${peerVersion}, \`LogisticRegression()\`, on the same features.`;
  return `# Defaults

What a model is worth that was given nothing but data: \`fit(data)\`, then single-row requests one after another, each certified at epsilon = 1, delta = 1e-5.

    npx expunge experiment defaults --data ../shared/data${quick ? " --quick" : ""} --docs docs/defaults.md

${peer} Accuracy, or the area under the curve (AUC) where one class is rare, on rows that were not trained on. *Baseline* is the commonest label's
share (0.5 for AUC), *spread* the standard deviation over the models after each request. There are up to 100 requests a set; where they take long, fewer.

The aim: within 1 point of scikit-learn before and after every request from 1,000 rows up, within 2 points at 300; spread under half a point from 1,000 rows
up. ${judged.length > 0 ? `Met on ${met} of ${judged.length} sets.` : ""} Noise and batch order are the operating system's, so figures move a little from run to run.

${toMarkdown(defaultsTable(findings))}

## Where it falls short

- **A rare class** (1 in 12, 1 in 100): the constant feature is regularised here and is not in scikit-learn, so that the offset which a rare class needs is held back. What helps: a larger
  share of positive rows, or \`l2\` below 1 / n.
- **A single request of a small table of wide rows** (MNIST, 1,000 rows): scores are small against the noise; more steps (\`maxNoise\` 0.05) halve it.
- **A few hundred rows**: a hundred requests take a third of them away, from scikit-learn too.
- **Ten classes on hundreds of columns**: the aim is met, but a request takes seconds.

## What they are

Settings that nobody chose follow from rows n, columns d, classes K and the target alone, never from a row (\`src/unlearner/defaults.ts\`):

- l2 = a / n with a = max(1, 0.002 n / (K d)), K = 1 for two classes. a = 1 is scikit-learn's C = 1. A few times that costs 0.4 to 4 points of accuracy at a thousand rows; only where rows
  abound does a larger a cost nothing, and there it makes forgetting much cheaper.
- eta = 1 / L, constant: no schedule is needed, because batches are large enough (at least 32 eta rows, all rows up to 2,000) that the last one does not sway the model.
- the noise left in a score of a row of norm 1 is at most 0.1 (0.05 with several classes, 0.03 in regression); with 0.2 single requests fall more than a point, with 0.3 the mean does.
- a request fades a record's trace within kappa = ln(1 + M / (a mu maxNoise)) time constants of 1 / (eta l2) steps; training runs 3 kappa of them (3 at least), as far as it can be afforded.

So a request takes about a third of a training's steps *by design*: a shorter training is often as accurate, and against the shortest retraining of equal accuracy a request at epsilon = 1 is no
cheaper while a = 1. It is cheap where rows abound: a million rows of 20 columns forget one in a step or few.

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
