import { ExpungeError, VERSION } from "expunge";
import { type Frame, Html, html, NARROW, WIDE } from "expunge/internal";
import { accuracyPlot } from "./accuracy-plot.js";
import { gradientPlot } from "./cumulative-plot.js";
import type { DemoReport } from "./demo-report.js";
import { epsilonPlot } from "./epsilon-plot.js";
import { guidance } from "./guidance.js";
import { headline, keyFigures } from "./headline.js";
import { legend, type Swatch } from "./legend.js";
import { stepsPlot } from "./steps-plot.js";
import { STYLE_SHEET } from "./style-sheet.js";
import { planTable, requestTable } from "./tables.js";

/**
 * The report as one HTML file that needs nothing else: no script, no request to anywhere (its own policy forbids both),
 * pictures inline, in two sizes of which the reader's screen picks one. The same report gives the same text.
 *
 * @throws ExpungeError E_OPTION for a report without requests
 */
export function renderReport(report: DemoReport): string {
  if (report.requests.length === 0) {
    throw new ExpungeError("E_OPTION", "Expected a report of at least one request, found none.");
  }
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="Expunge ${VERSION}">
<title>${report.title}</title>
<style>${new Html(STYLE_SHEET)}</style>
</head>
<body>
<header class="top"><strong>Expunge</strong> · ${report.title}</header>
<main>
${headline(report)}
${keyFigures(report)}
${plots(report)}
${guidance(report)}
${requestTable(report)}
${planTable(report)}
${commands(report)}
</main>
<footer class="foot">Made by Expunge ${VERSION}. This file contains everything it shows: it loads nothing and runs no script.</footer>
</body>
</html>
`.text;
}

function plots(report: DemoReport): Html {
  const { training, plan, requests } = report;
  const hasFree = requests.some((request) => request.steps === 0);
  const hasPaper = requests.some((request) => request.paperSteps !== null);
  const hasFailed = requests.some((request) => !request.verified);
  const paper: (readonly [Swatch, string])[] = hasPaper ? [["paper", "paper’s accountant"]] : [];
  return html`<section aria-labelledby="plots-title">
<h2 id="plots-title">Request by request</h2>
<div class="plots">
${figure(
  "Steps for each request",
  "Logarithmic: every line is ten times the one below it.",
  [
    ["ours", "Expunge"],
    ...(hasFree ? [["free", "Expunge, no step needed"] as const] : []),
    ...paper,
    ["retrain", "retraining"],
  ],
  (frame) => stepsPlot(report, frame),
)}
${figure(
  "Gradient evaluations so far",
  "Rows whose gradient was computed since training ended. Logarithmic.",
  [["ours-line", "Expunge"], ...paper, ["retrain", "retraining"]],
  (frame) => gradientPlot(report, frame),
)}
${figure(
  "Certified ε",
  "What each certificate states about the model released after the request. Lower is a stronger claim.",
  [
    ["ours", "certified"],
    ["level", `promised: ${plan.epsilon}`],
    ...(hasFailed ? [["bad", "not verified"] as const] : []),
  ],
  (frame) => epsilonPlot(report, frame),
)}
${figure(
  report.dataset.subjectCount === null
    ? "Accuracy on rows it has not seen"
    : "Accuracy on people it has not seen",
  "On the test rows, from the freshly trained model (0) on. The axis does not begin at zero.",
  [
    ["ours", "Expunge"],
    ...(training.noiselessAccuracy === null ? [] : [["level", "same training without noise"] as const]),
  ],
  (frame) => accuracyPlot(report, frame),
)}
</div>
</section>`;
}

function figure(
  title: string,
  note: string,
  key: readonly (readonly [Swatch, string])[],
  draw: (frame: Frame) => string,
): Html {
  return html`<figure>
<figcaption><h3>${title}</h3><p>${note}</p></figcaption>
${legend(key)}
<div class="wide">${new Html(draw(WIDE))}</div>
<div class="narrow">${new Html(draw(NARROW))}</div>
<p class="axis" aria-hidden="true">deletion request</p>
</figure>`;
}

function commands({ commands }: DemoReport): Html | null {
  if (commands.length === 0) return null;
  return html`<section id="commands" aria-labelledby="commands-title">
<h2 id="commands-title">Run it, check it</h2>
<pre tabindex="0" aria-labelledby="commands-title"><code>${commands.join("\n")}</code></pre>
</section>`;
}
