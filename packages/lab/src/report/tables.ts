import {
  boundWords,
  countWords,
  durationWords,
  type Html,
  html,
  numberWords,
  percentWords,
  plural,
} from "expunge/internal";
import { objectiveWords } from "expunge/options";
import type { DemoReport, DemoRequest } from "./demo-report.js";
import { rowTotal, subjectTotal } from "./headline.js";

/** One line for each request, and the totals. */
export function requestTable(report: DemoReport): Html {
  const { requests, totals } = report;
  const last = requests.at(-1)!;
  const people = subjectTotal(report);
  return html`<section id="requests" aria-labelledby="requests-title">
<h2 id="requests-title">Every request</h2>
<div class="scroll" role="region" tabindex="0" aria-labelledby="requests-title">
<table>
<thead><tr><th scope="col">Request</th>${people === null ? null : html`<th scope="col">People</th>`}<th scope="col">Rows</th><th scope="col">Steps</th><th scope="col">Gradients</th><th scope="col">Time</th><th scope="col">ε</th><th scope="col">Noise in a score</th><th scope="col">δ</th><th scope="col">Accuracy</th>${hasPaper(report) && html`<th scope="col">Paper’s steps</th>`}<th scope="col">Retraining’s steps</th><th scope="col">Certificate</th></tr></thead>
<tbody>
${requests.map((request) => requestRow(request, people !== null, hasPaper(report)))}</tbody>
<tfoot><tr><th scope="row">All</th>${people === null ? null : html`<td>${countWords(people)}</td>`}<td>${countWords(rowTotal(report))}</td><td>${countWords(totals.steps)}</td><td>${countWords(totals.gradientEvaluations)}</td><td>${durationWords(totals.milliseconds)}</td><td></td><td></td><td></td><td>${percentWords(last.accuracy)}</td>${hasPaper(report) && html`<td>${totals.paperSteps === null ? "–" : countWords(totals.paperSteps)}</td>`}<td>${countWords(totals.retrainSteps)}</td><td>${verifiedWords(requests)}</td></tr></tfoot>
</table>
</div>
<p class="note">Gradients: rows whose gradient was computed. ${
    totals.retrainMillisecondsMeasured === null
      ? ""
      : `Training again once for each request was run too and took ${durationWords(totals.retrainMillisecondsMeasured)}, against ${durationWords(totals.milliseconds)}. `
  }ε is rounded up. A dash: not computed, or cannot be met.</p>
</section>`;
}

/** Whether the paper's accountant knows this kind of noise. */
function hasPaper({ requests }: DemoReport): boolean {
  return requests.some(({ paperSteps }) => paperSteps !== null);
}

function requestRow(request: DemoRequest, hasPeople: boolean, isCompared: boolean): Html {
  const { steps, noise, paperSteps } = request;
  return html`<tr><th scope="row">${request.index}</th>${hasPeople && html`<td>${countWords(request.subjectCount)}</td>`}<td>${countWords(request.rowCount)}</td><td${steps === 0 ? html` class="free"` : null}>${countWords(steps)}</td><td>${countWords(request.gradientEvaluations)}</td><td>${durationWords(request.milliseconds)}</td><td>${boundWords(request.epsilon)}</td><td>${numberWords(noise, 2)}</td><td>${numberWords(request.delta, 2)}</td><td>${percentWords(request.accuracy)}</td>${isCompared && html`<td>${paperSteps === null ? "–" : countWords(paperSteps)}</td>`}<td>${countWords(request.retrainSteps)}</td><td>${certificateCell(request)}</td></tr>
`;
}

function certificateCell({ certificateFile, verified }: DemoRequest): Html {
  const name = certificateFile.split("/").at(-1)!;
  const shown = isRelativePath(certificateFile)
    ? html`<a href="${encodeURI(certificateFile)}">${name}</a>`
    : html`${name}`;
  return verified
    ? html`<span class="ok" role="img" aria-label="verified">✓</span> ${shown}`
    : html`<span class="bad">not verified</span> ${shown}`;
}

/** Nothing but a file beside the report is linked: the report must not lead elsewhere. */
function isRelativePath(path: string): boolean {
  return /^[\w.][\w./ -]*$/.test(path);
}

function verifiedWords(requests: readonly DemoRequest[]): string {
  const verified = requests.filter((request) => request.verified).length;
  return verified === requests.length
    ? "all verified"
    : `${countWords(verified)} of ${countWords(requests.length)} verified`;
}

/** What was trained, and how: numbers with a word on each. */
export function planTable({ dataset, plan, training }: DemoReport): Html {
  const stepsPerEpoch = Math.ceil(dataset.rowCount / plan.batchSize);
  const rows: readonly (readonly [string, string, string])[] = [
    ["Data", dataset.name, dataset.source],
    [
      "Rows",
      countWords(dataset.rowCount),
      `${dataset.subjectCount === null ? "" : `of ${plural(dataset.subjectCount, "person", "people")}; `}${countWords(dataset.featureCount)} features; ${plural(dataset.testRowCount, "further row")} for testing`,
    ],
    ["Objective", objectiveWords(plan.objective), "convex, with the constants that the proof needs"],
    [
      "Training",
      plural(plan.epochs, "epoch"),
      `of ${plural(stepsPerEpoch, "step")}, ${plural(plan.batchSize, "row")} a step; ${countWords(training.gradientEvaluations)} gradients in ${durationWords(1000 * training.seconds)}`,
    ],
    noiseRow(plan.noise),
    ["Step size η", numberWords(plan.eta), "at most 2 / (L + m), as the proof demands"],
    [
      "Regularisation λ",
      numberWords(plan.l2),
      `each step brings two models closer by c = ${numberWords(plan.contraction, 5)}`,
    ],
    ["Promise", `ε ≤ ${numberWords(plan.epsilon)}`, `δ = ${numberWords(plan.delta)}, for every request`],
    [
      "Deletion",
      plan.deletion,
      plan.deletion === "tombstone"
        ? "a deleted row’s place stays empty"
        : "another row takes a deleted row’s place",
    ],
  ];
  return html`<section id="plan" aria-labelledby="plan-title">
<h2 id="plan-title">What was trained</h2>
<dl class="plan">${rows.map(([name, value, note]) => html`<div><dt>${name}</dt><dd><strong>${value}</strong> <span>${note}</span></dd></div>`)}</dl>
</section>`;
}

function noiseRow(noise: DemoReport["plan"]["noise"]): readonly [string, string, string] {
  return noise.kind === "on-release"
    ? [
        "Noise",
        "on release",
        `none in training; at most ${numberWords(noise.most)} in a score after a request`,
      ]
    : ["Noise σ", numberWords(noise.sigma), "added in every step, in training and after"];
}
