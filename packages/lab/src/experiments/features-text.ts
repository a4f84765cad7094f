import {
  BATCHES,
  EPSILONS,
  type FeaturesFindings,
  type FeaturesResult,
  NOISES,
  nameOfFeatures,
  SETTINGS,
} from "./features-result.js";
import { toMarkdown, wrapMarkdown } from "./file-formats.js";
import type { Table, Value } from "./outcome.js";

/** Accuracies by set and features, and which to take. */
export function featuresTable({ peers, results }: FeaturesFindings): Table {
  const stages = EPSILONS.flatMap((epsilon) => [
    `before, ${epsilon}`,
    `after, ${epsilon}`,
    `take, ${epsilon}`,
  ]);
  return {
    name: "features",
    title: "Accuracy by features, before and after one request",
    columns: ["data", "rows", "features", "columns", "scikit-learn", ...stages],
    rows: results.map((result) => rowOf(result, peers, results)),
  };
}

function rowOf(
  result: FeaturesResult,
  peers: FeaturesFindings["peers"],
  all: readonly FeaturesResult[],
): Value[] {
  const peer = result.features.features === "linear" ? peers[result.set] : undefined;
  const rivals = all.filter(({ set }) => set === result.set);
  return [
    ...[
      result.set,
      result.rowCount,
      nameOfFeatures(result.features),
      result.columns,
      peer?.toFixed(4) ?? null,
    ],
    ...result.stages.flatMap(({ before, after }, i) => [
      before.toFixed(4),
      after.toFixed(4),
      after === Math.max(...rivals.map(({ stages }) => stages[i]?.after ?? 0)) ? "this" : "",
    ]),
  ];
}

/** The measured part of docs/features.md. */
export function featuresMarkdown(findings: FeaturesFindings, { quick }: { readonly quick: boolean }): string {
  const { peerVersion, results } = findings;
  const { delta, epochs } = SETTINGS;
  const peer =
    peerVersion === null
      ? "There was no scikit-learn to compare with where this was made."
      : `The column *scikit-learn* is \`LogisticRegression()\` of scikit-learn ${peerVersion}, nothing set, on the scaled rows: without features and without noise.`;
  const settings = `Training takes ${epochs} epochs, delta is ${delta}; the bandwidth is read off the rows. Rows are mapped once, by the map of a plan, for all trainings of a set. l2 is the least with which one epoch forgets a row in the worst slot (the last batch that was visited) with the noise that a release may leave on a weight. That is one of ${NOISES.join(", ")}, and a batch has one of ${BATCHES.join(", ")} rows; both were chosen together by the accuracy with that noise on a sixth of the training rows that was held back; the test rows had no say. One such row was forgotten (tombstone) and certified. *Before* is the accuracy on the test rows of the model without noise, *after* that of the released one, on average over it and three trials of its release; the number behind each is epsilon. *Take* marks the best of a set, by these test rows.`;
  const costs = results.flatMap(({ set, features, stages }) =>
    stages.map(({ l2, batchSize, steps, maxNoise }, i): Value[] => [
      ...[set, nameOfFeatures(features), EPSILONS[i] ?? null],
      ...[Number(l2.toPrecision(3)), batchSize, steps, maxNoise],
    ]),
  );
  return `\`npm run experiment -- features --data ../shared/data${quick ? " --quick" : ""} --docs docs/features.md\` printed this.

${wrapMarkdown(`${settings} ${peer}`)}

${toMarkdown(featuresTable(findings))}

The settings that followed, the steps of the request and the most noise of its release on a weight:

${toMarkdown({ columns: ["data", "features", "epsilon", "l2", "batch", "steps", "most noise"], rows: costs })}
`;
}
