import { VERSION } from "expunge";
import { durationWords, Html, html } from "expunge/internal";
import { STYLE_SHEET } from "../report/style-sheet.js";
import { chartSvg } from "./charts.js";
import { shownValue, toMarkdown, wrapMarkdown } from "./file-formats.js";
import type { Chart, Comparison, Outcome, Table, TimedOutcome, Value } from "./outcome.js";

/** The report of all outcomes as one HTML file that loads nothing and runs no script. */
export function renderOutcomes(outcomes: readonly TimedOutcome[]): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="Expunge ${VERSION}">
<title>Expunge: the paper's experiments, and ours</title>
<style>${new Html(STYLE_SHEET)}</style>
<style>figure{margin-top:1.4rem}figure svg[role=img]{background:#fff;color:#1b1d21}h3{margin-top:1.6rem}</style>
</head>
<body>
<header class="top"><strong>Expunge</strong> · experiments</header>
<main>
<h1>The paper's experiments, and ours</h1>
<p class="lead">${SUMMARY}</p>
${outcomes.map(section)}
</main>
<footer class="foot">Made by Expunge ${VERSION}.</footer>
</body>
</html>
`.text;
}

const SUMMARY =
  "Each part says what was measured here, what the authors published, and whether the two agree. They agree if our mean is within one of their standard deviations of their mean. The authors draw a new batch order in every trial. Here the trials are spread over up to 20 orders, and standard errors are taken over the orders.";

function section({ outcome, seconds }: TimedOutcome): Html {
  const id = `${outcome.experiment}-${outcome.set}`;
  const { aims, comparisons, charts, tables, notes } = outcome;
  return html`<section id="${id}">
<h2>${outcome.title}</h2>
<pre><code>${commandFor(outcome)}</code></pre>
<p class="intro">${factsOf(outcome, seconds)}</p>
${notes.map((note) => html`<p class="note">${note}</p>`)}
${charts.map((chart) => html`<figure><figcaption><h3>${chart.title}</h3></figcaption>${new Html(chartSvg(chart))}</figure>`)}
${aims.length > 0 && htmlTable("Aims", AIM_COLUMNS, aimRows(outcome))}
${comparisons.length > 0 && htmlTable(verdict(comparisons), COMPARISON_COLUMNS, comparisonRows(comparisons))}
${tables.map((table) => htmlTable(table.title, table.columns, table.rows))}
</section>
`;
}

function htmlTable(title: string, columns: readonly string[], rows: Table["rows"]): Html {
  return html`<h3>${title}</h3>
<div class="scroll" role="region" tabindex="0" aria-label="${title}"><table>
<thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>
${rows.map(([first = null, ...rest]) => html`<tr><th scope="row">${shownValue(first)}</th>${rest.map((value) => html`<td>${shownValue(value)}</td>`)}</tr>\n`)}</tbody>
</table></div>
`;
}

const INTRODUCTION =
  "These are the experiments of the paper, and our own. Each part was made by the command in it, with `--docs docs/reproduction.md` at the end of the command. That option writes the parts anew whose outcomes are in the output folder, and leaves the others. The folder also holds the figures (SVG, PNG), CSV and JSON.";

/** Pictures that the page in Markdown shows: where they are, seen from the page, and what is in them. */
export function docsPictures({ outcome }: TimedOutcome): { readonly path: string; readonly chart: Chart }[] {
  return outcome.charts
    .filter(({ isInDocs }) => isInDocs)
    .map((chart) => ({ path: `images/${outcome.experiment}-${outcome.set}-${chart.name}.svg`, chart }));
}

/**
 * The same in Markdown, with the pictures of `docsPictures` alone.
 *
 * @param before the page as it was: its other parts stay
 */
export function renderMarkdown(outcomes: readonly TimedOutcome[], before = ""): string {
  const made = new Map(outcomes.map((timed) => [timed.outcome.title, markdownSection(timed)]));
  const [, ...sections] = before.split(/^(?=## )/m);
  const parts = new Map(sections.map((section) => [titleOf(section), `${section.trimEnd()}\n`]));
  for (const [title, section] of made) parts.set(title, section);
  return `# Reproduction

${wrapMarkdown(INTRODUCTION)}

${wrapMarkdown(SUMMARY)}

${[...parts.values()].join("\n")}`;
}

function titleOf(section: string): string {
  return section.slice("## ".length, section.indexOf("\n"));
}

function markdownSection(timed: TimedOutcome): string {
  const { outcome, seconds } = timed;
  const { title, notes, aims, comparisons, tables } = outcome;
  const table = (heading: string, columns: readonly string[], rows: Table["rows"]): string =>
    `### ${heading}\n\n${toMarkdown({ columns, rows })}`;
  const parts = [
    `## ${title}`,
    `    ${commandFor(outcome)}`,
    wrapMarkdown(factsOf(outcome, seconds)),
    ...notes.map(wrapMarkdown),
    ...docsPictures(timed).map(({ path, chart }) => `![${chart.title}](${path})`),
    ...(aims.length > 0 ? [table("Aims", AIM_COLUMNS, aimRows(outcome))] : []),
    ...(comparisons.length > 0
      ? [table(verdict(comparisons), COMPARISON_COLUMNS, comparisonRows(comparisons))]
      : []),
    ...tables.map(({ title: heading, columns, rows }) => table(heading, columns, rows)),
  ];
  return `${parts.join("\n\n")}\n`;
}

function commandFor({ experiment, set, trials, everyEpoch }: Outcome): string {
  const options = `${trials > 0 ? ` --trials ${trials}` : ""}${everyEpoch ? " --every-epoch" : ""}`;
  return `npm run experiment -- ${experiment} --data ../shared/data --set ${set}${options}`;
}

function factsOf({ trials, everyEpoch }: Outcome, seconds: number): string {
  const time = seconds >= 0.1 ? ` ${durationWords(1000 * seconds)} of computing.` : "";
  if (trials === 0) return `Calculated by the accountants.${time}`;
  const steps = everyEpoch
    ? "Every step was run."
    : "Not all steps before a measurement were run: those were left out of whose effect less than a hundredth remains at the measurement.";
  return `${trials} ${trials === 1 ? "trial" : "trials"} a figure.${time} ${steps}`;
}

function verdict(comparisons: readonly Comparison[]): string {
  const agreeing = comparisons.filter(({ agrees }) => agrees).length;
  return `Against the published figures: ${agreeing} of ${comparisons.length} agree`;
}

const COMPARISON_COLUMNS = [
  "published as",
  "published",
  "published std",
  "measured",
  "measured std",
  "difference",
  "in standard errors",
  "verdict",
];

function comparisonRows(comparisons: readonly Comparison[]): Value[][] {
  return comparisons.map(({ what, published, measured, difference, standardErrors, agrees }) => [
    what,
    published.mean.toFixed(4),
    published.std.toFixed(4),
    measured.mean.toFixed(4),
    measured.std.toFixed(4),
    difference.toFixed(4),
    standardErrors.toFixed(1),
    agrees ? "agrees" : Math.abs(standardErrors) <= 3 ? "disagrees, within chance" : "DISAGREES",
  ]);
}

const AIM_COLUMNS = ["aim", "target", "found", "verdict"];

function aimRows({ aims }: Outcome): Value[][] {
  return aims.map(({ what, target, found, met }) => [what, target, found, met ? "met" : "NOT MET"]);
}
