import type { Evaluation } from "../unlearner/metrics.js";
import { describeHolds } from "./describe-certificate.js";
import type { ModelCard } from "./model-card.js";
import { describeObjective, mapLine } from "./model-summary.js";
import { count, figure } from "./output.js";
import { weightsText } from "./weights-text.js";

/** Hugging Face's mark of what only the model's makers can say. */
const TO_BE_WRITTEN = "[More Information Needed]";
/** Longer lists are in the card's JSON. */
const MAX_LISTED = 50;

type Row = readonly [string, string | number | null];

/**
 * A card as Markdown, with the YAML that Hugging Face reads before it. Its sections are theirs and those of Mitchell et al., "Model Cards for Model
 * Reporting" (2019); what nobody but the makers knows is marked as to be written.
 */
export function modelCardText(card: ModelCard): string {
  const { name, model, featureNames } = card;
  const lines = [
    ...frontMatter(card),
    `# ${name}`,
    "",
    `A linear model${model.featureMap ? " of mapped features" : ""} (${model.objective.kind}) for ${card.task === "regression" ? "regression" : "classification"}, trained and unlearned by Expunge.`,
    "",
    "## Model details",
    "",
    ...table([
      ["objective", describeObjective(model.objective)],
      ["classes", card.task === "regression" ? null : listed(model.labels)],
      ["features", model.features],
      ...mapLine(model.featureMap),
      ["weights", `sha256 ${card.digest}`],
      ["made by", card.generator],
      ["developed by, license, contact", TO_BE_WRITTEN],
    ]),
    "## Intended use",
    "",
    `${TO_BE_WRITTEN} Say who is to use it, for what, and what it is not for.`,
    "",
    "## Training data",
    "",
    ...table([
      ["rows at the start", model.rowsAtStart],
      ["rows that joined since, corrected ones among them", model.rowsJoined || null],
      ["rows now", model.rowsNow],
      ["schema", model.schemaDigest === null ? "none: rows came as numbers" : `sha256 ${model.schemaDigest}`],
      ["rows are scaled to", card.scaling.kind === "l2" ? "norm 1" : "norm at most 1"],
      ["constant feature", card.scaling.intercept || null],
      ["where they come from", TO_BE_WRITTEN],
    ]),
    ...(featureNames === null ? [] : [`Features: ${listed(featureNames)}.`, ""]),
    "Schema, number of rows, names and scales are treated as public: certificates say nothing of what they reveal.",
    "",
    "## Training procedure",
    "",
    "Projected gradient descent over a fixed, random batch order. Forgetting empties the rows and goes on with the same process, with noise.",
    "",
    ...table(processRows(card)),
    "## Evaluation",
    "",
    ...evaluationLines(card.evaluation),
    "## Unlearning",
    "",
    ...unlearningLines(card),
    "## Limitations",
    "",
    ...(card.evaluation?.notes ?? []).map(({ text }) => `- ${text}`),
    `- ${TO_BE_WRITTEN} Say for whom it works worse, and what was not measured.`,
    "",
  ];
  return lines.join("\n");
}

/** Source: huggingface.co/docs/hub/model-cards, "Model card metadata". Quoted texts of JSON are texts of YAML. */
function frontMatter({ name, task, evaluation }: ModelCard): string[] {
  const pipeline = task === "regression" ? "tabular-regression" : "tabular-classification";
  const lines = [
    "---",
    "library_name: expunge",
    `pipeline_tag: ${pipeline}`,
    "tags:",
    "- machine-unlearning",
  ];
  if (evaluation === null) return [...lines, "---", ""];
  const metrics = Object.entries(headline(evaluation)).flatMap(([type, value]) =>
    value === null ? [] : [`    - type: ${type}`, `      value: ${value}`],
  );
  return [
    ...lines,
    "model-index:",
    `- name: ${JSON.stringify(name)}`,
    "  results:",
    "  - task:",
    `      type: ${pipeline}`,
    "    dataset:",
    `      name: ${JSON.stringify(evaluation.rowsFrom)}`,
    "      type: tabular",
    "    metrics:",
    ...metrics,
    "---",
    "",
  ];
}

/** By Hugging Face's names of metrics. */
function headline(evaluation: Evaluation): Readonly<Record<string, number | null>> {
  if (evaluation.task === "regression") {
    const { r2, meanAbsoluteError, rootMeanSquaredError } = evaluation;
    return { r_squared: r2, mae: meanAbsoluteError, rmse: rootMeanSquaredError };
  }
  const { accuracy, balancedAccuracy, f1, auc } = evaluation;
  return { accuracy, balanced_accuracy: balancedAccuracy, f1, roc_auc: auc };
}

function processRows({ model }: ModelCard): Row[] {
  const { noise, limit, tunedOn } = model;
  return [
    ["epochs", model.epochs],
    ["batch", `${figure(model.batchSize)} rows, ${count(model.stepsPerEpoch, "step")} an epoch`],
    ["step size eta", model.eta],
    ["l2", model.l2],
    ["weights of rows", weightsText(model.weighting)],
    ["kernel", `${model.kernel} (rounding ${model.rounding})`],
    ["noise", noise.kind === "on-release" ? "on release" : `at every step, sigma = ${figure(noise.sigma)}`],
    ["options tuned", model.isTuned ? `by trials on ${tunedOn ?? "unknown"} data` : "no"],
    [
      "limit on everything released",
      limit && `epsilon = ${figure(limit.epsilon)} at delta = ${figure(limit.delta)}`,
    ],
    ["steps run so far", model.steps],
  ];
}

function evaluationLines(evaluation: ModelCard["evaluation"]): string[] {
  if (evaluation === null) return [`${TO_BE_WRITTEN} (expunge card --data FILE measures it)`, ""];
  const { rowsFrom, rowCount } = evaluation;
  const baseline =
    evaluation.task === "regression"
      ? `Always saying the mean has an R squared of 0 and an RMSE of ${figure(evaluation.baseline.rootMeanSquaredError)}.`
      : `Always saying ${code(evaluation.baseline.label)} has an accuracy of ${figure(evaluation.baseline.share)}.`;
  return [
    `On ${count(rowCount, "row")} of ${code(rowsFrom)}:`,
    "",
    ...table(Object.entries(headline(evaluation)).map(([name, value]) => [name.replaceAll("_", " "), value])),
    baseline,
    "",
  ];
}

function unlearningLines({ model, proved }: ModelCard): string[] {
  const { requestCount, rowsAtStart, rowsJoined, rowsNow } = model;
  const served = `Requests served: ${figure(requestCount)}; rows removed: ${figure(rowsAtStart + rowsJoined - rowsNow)}.`;
  if (!model.isCertifying)
    return [
      served,
      "",
      "Nothing is proved of them: the run is seeded, so that its noise can be foretold.",
      "",
    ];
  if (proved === null) return [served, "", "Nothing is proved of anybody yet: no request was served.", ""];
  return [
    served,
    "",
    `Proved: ${describeHolds(proved.holds)}. ${proved.statement}`,
    "",
    `This is what certificate ${code(proved.certificateId)} of ${proved.issuedAt} says. It was checked against ${proved.hasLearnedSince ? "the weights that this model has learned from since" : "these weights"} when the card was made; check it again by ${code("expunge verify")}.`,
    "",
    "It does not cover:",
    "",
    ...proved.notCovered.map((line) => `- ${line}`),
    "",
  ];
}

function table(rows: readonly Row[]): string[] {
  const shown = rows.filter(([, value]) => value !== null);
  const lines = shown.map(
    ([name, value]) => `| ${name} | ${typeof value === "number" ? figure(value) : cell(value as string)} |`,
  );
  return ["| | |", "| --- | --- |", ...lines, ""];
}

function listed(names: readonly string[]): string {
  const more = names.length - MAX_LISTED;
  return `${names.slice(0, MAX_LISTED).map(code).join(", ")}${more > 0 ? `, and ${more} more` : ""}`;
}

/** Names come from data: as code they are neither links nor HTML. */
function code(text: string): string {
  return `\`${text.replaceAll("`", "'").replaceAll(/\s+/g, " ")}\``;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
