import {
  boundWords,
  countWords,
  type Html,
  html,
  numberWords,
  percentWords,
  plural,
  timesWords,
} from "expunge/internal";
import type { DemoReport } from "./demo-report.js";

/** The finding in one sentence, and the paragraph below it. */
export function headline(report: DemoReport): Html {
  const { requests, totals, plan, training } = report;
  const people = subjectTotal(report);
  const free = requests.filter((request) => request.steps === 0).length;
  const failed = requests.filter((request) => !request.verified);
  const last = requests.at(-1)!;
  const asked =
    requests.length === 1 ? "One deletion request" : `${countWords(requests.length)} deletion requests`;
  return html`<h1>${asked}, answered in <em>${plural(totals.steps, "training step")}</em>${
    totals.steps < totals.retrainSteps ? html`; retraining takes ${countWords(totals.retrainSteps)}` : null
  }.</h1>
<p class="lead">${people === null ? "" : `${plural(people, "person", "people")} and `}${plural(rowTotal(report), "row")} were removed from the model trained on ${report.dataset.name}. ${
    free === 0
      ? ""
      : free === requests.length
        ? "No request needed any further training: earlier noise had already covered the rows. "
        : `${countWords(free)} of the requests needed no further training at all: earlier noise had already covered the rows. `
  }Test accuracy went from ${percentWords(training.accuracy)} to ${percentWords(last.accuracy)}. Promised for every request: ε ≤ ${numberWords(plan.epsilon)} at δ = ${numberWords(plan.delta)}.</p>
${failed.length === 0 ? verdict(requests.length) : failure(failed.map((request) => request.index))}`;
}

/** The four figures that a reader takes away. */
export function keyFigures(report: DemoReport): Html {
  const { totals, requests, plan, training } = report;
  const largest = Math.max(...requests.map((request) => request.epsilon));
  const last = requests.at(-1)!;
  const ratio =
    totals.steps === 0
      ? "none needed"
      : `${timesWords(totals.retrainSteps / totals.steps)} fewer than retraining`;
  const figures: readonly (readonly [string, string, string])[] = [
    [
      "Steps for all requests",
      countWords(totals.steps),
      totals.steps < totals.retrainSteps ? ratio : "as many as retraining",
    ],
    totals.paperSteps === null
      ? [
          "Noise in a score",
          numberWords(Math.max(...requests.map((request) => request.noise))),
          "at most, after any request",
        ]
      : ["Paper’s accountant", countWords(totals.paperSteps), "steps, same noise and promise"],
    ["Largest certified ε", boundWords(largest), `promised: at most ${numberWords(plan.epsilon)}`],
    [
      "Test accuracy now",
      percentWords(last.accuracy),
      training.noiselessAccuracy === null
        ? `${percentWords(training.accuracy)} after training`
        : `${percentWords(training.noiselessAccuracy)} without any noise`,
    ],
  ];
  return html`<dl class="figures">${figures.map(
    ([name, value, note]) =>
      html`<div><dt>${name}</dt><dd><strong>${value}</strong><span>${note}</span></dd></div>`,
  )}</dl>`;
}

/** People removed by all requests, or null where rows have no owner. */
export function subjectTotal({ dataset, requests }: DemoReport): number | null {
  return dataset.subjectCount === null
    ? null
    : requests.reduce((sum, request) => sum + request.subjectCount, 0);
}

export function rowTotal({ requests }: DemoReport): number {
  return requests.reduce((sum, request) => sum + request.rowCount, 0);
}

function verdict(count: number): Html {
  return html`<p class="verdict"><span aria-hidden="true">✓</span> ${
    count === 1 ? "Its certificate was" : `All ${countWords(count)} certificates were`
  } recomputed and accepted by the verifier.</p>`;
}

function failure(indexes: readonly number[]): Html {
  return html`<p class="verdict failed"><span aria-hidden="true">✗</span> ${
    indexes.length === 1 ? "One certificate was" : `${countWords(indexes.length)} certificates were`
  } refused by the verifier: request ${indexes.join(", ")}. Nothing is promised for ${indexes.length === 1 ? "it" : "them"}.</p>`;
}
