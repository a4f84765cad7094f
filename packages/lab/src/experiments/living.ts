import { createSigner, type Envelope, type FitOptions, fit, type Model, modelDigest, verify } from "expunge";
import type { Dataset } from "expunge/data";
import { throwIfAborted } from "expunge/internal";
import type { SeededRandom } from "../report/seeded-random.js";
import { randomFor } from "./batch-orders.js";
import type { Cell, CellResults } from "./cells.js";
import type { ExperimentSet } from "./data-sets.js";
import type { Experiment } from "./experiment.js";
import {
  type Aim,
  type CellResult,
  type Chart,
  exactFigure,
  figureOf,
  type Table,
  type Value,
} from "./outcome.js";
import { Population } from "./population.js";

const MONTHS = 12;
/** Of all rows those that arrive in the months; the others are there at the start. */
const ARRIVING = 0.75;
/** As many come with the wrong label as the months will correct. */
const SHARES = { share: 0.01, wrong: 0.08 } as const;
const EPSILON = 1;
const EPOCHS = 20;
const MAX_TRIALS = 5;

/** A way to keep the model, and how it is trained. */
interface Way {
  readonly name: string;
  readonly options: FitOptions;
}

function waysFor({ l2, delta }: ExperimentSet): readonly Way[] {
  const shared = { epsilon: EPSILON, delta, maxSteps: 10 ** 7 };
  return [
    { name: "noise at every step", options: { ...shared, l2, batchSize: 32, epochs: EPOCHS, sigma: 0.01 } },
    { name: "noise on release", options: shared },
  ];
}

/** Ours: a model that goes on for a year beside one that is trained anew every month. */
export const living: Experiment = {
  name: "living",
  title: "A year of a model: people join, leave and are corrected",
  sets: ["adult"],
  plan({ set, trials: asked }) {
    const trials = Math.min(asked, MAX_TRIALS);
    const ways = waysFor(set);
    return {
      cells: ways.flatMap((way) => Array.from({ length: trials }, (_, trial) => cellOf(set, way, trial))),
      outcome: (results) => ({
        trials,
        everyEpoch: true,
        notes: notesFor(set),
        charts: [accuracyChart(ways, trials, results), gradientChart(ways, trials, results)],
        tables: ways.map((way) => monthTable(way, trials, results)),
        comparisons: [],
        aims: ways.flatMap(({ name }) => aimsOf({ name, trials }, results)),
      }),
    };
  },
};

function notesFor({ train, delta }: ExperimentSet): readonly string[] {
  const monthly = arrivalsOf(train.rowCount);
  const start = train.rowCount - MONTHS * monthly;
  return [
    `A model begins with ${start.toLocaleString("en-US")} of the ${train.rowCount.toLocaleString("en-US")} rows. Every month ${monthly.toLocaleString("en-US")} rows join by \`learn\`, for one epoch. Then 1% of the rows in use leave by \`forget\`, and 1% are put right by \`correct\`, each in one request. ${100 * SHARES.wrong}% of all rows arrive with the opposite label: those are corrected. Every request is promised epsilon = ${EPSILON} at delta = ${delta.toPrecision(3)}, for policy \`independent\`.`,
    "Retrained is a model trained anew, without noise, on the rows in use at the end of the month, by the same options. Accuracy is that on the test rows at the end of the month, after the noise of the last release; in the picture thin lines reach one standard deviation of the trials to either side. Gradients are those of a month: rows whose gradient was computed.",
    `Noise at every step: l2 = 0.001, batches of 32 rows, ${EPOCHS} epochs, sigma = 0.01. Noise on release: no options but epsilon, delta and a large maxSteps; what the defaults choose depends on the number of rows, so that each retraining has its own. Rows, months and wrong labels are seeded. Noise and batch orders are not, so that certificates certify: figures move a little from run to run.`,
  ];
}

function cellOf(set: ExperimentSet, { name, options }: Way, trial: number): Cell {
  return {
    name: cellName(name, trial),
    settings: {
      data: set.digest,
      months: MONTHS,
      arriving: ARRIVING,
      ...SHARES,
      options: JSON.stringify(options),
    },
    run: (signal) => live(set, options, randomFor(`living/${trial}`), signal),
  };
}

const cellName = (way: string, trial: number): string => `${way} ${trial}`;
const figureName = (month: number, what: string): string => `month ${month}, ${what}`;

function arrivalsOf(rowCount: number): number {
  return Math.floor((ARRIVING * rowCount) / MONTHS);
}

/** One life of a model, and what is measured of it. */
async function live(
  { train, test }: ExperimentSet,
  options: FitOptions,
  random: SeededRandom,
  signal: AbortSignal | undefined,
): Promise<CellResult> {
  const population = new Population(train, SHARES, random);
  const monthly = arrivalsOf(train.rowCount);
  const signer = createSigner();
  const certificates: Envelope[] = [];
  const found: Record<string, number> = {};
  let model = await fit(population.join(train.rowCount - MONTHS * monthly), options);
  for (let month = 1; month <= MONTHS; month++) {
    throwIfAborted(signal);
    const note = (what: string, value: number): void => {
      found[figureName(month, what)] = value;
    };
    const learned = await model.learn(population.join(monthly), { epochs: 1 });
    const left = await learned.model.forget({ rows: population.leave() }, { signer });
    const corrections = population.correct();
    const corrected = corrections && (await left.model.correct(corrections, { signer }));
    const done = [learned, left, ...(corrected ? [corrected] : [])];
    for (const { certificate } of [left, ...(corrected ? [corrected] : [])])
      if (certificate) certificates.push(certificate);
    model = (corrected ?? left).model;
    const { accuracy, gradients } = await retrain(population.known(), test, options);
    note("rows", model.description.rowCount - model.timeline.deletedCount);
    note("accuracy", model.score(test));
    note("accuracy retrained", accuracy);
    note("gradients of learning", learned.gradientEvaluations);
    note(
      "gradients",
      done.reduce((sum, { gradientEvaluations }) => sum + gradientEvaluations, 0),
    );
    note("gradients retrained", gradients);
  }
  found.certificates = certificates.length;
  found.verified = countVerified(certificates, signer.publicKey, model);
  model.dispose();
  return Object.fromEntries(Object.entries(found).map(([name, value]) => [name, exactFigure(value)]));
}

/** Trains anew without noise. */
async function retrain(rows: Dataset, test: Dataset, { sigma: _, ...options }: FitOptions) {
  const model = await fit(rows, options);
  const gradients = model.timeline.steps * model.plan.process.batchSize;
  const accuracy = model.score(test);
  model.dispose();
  return { accuracy, gradients };
}

/** How many certificates hold, the first also by a chain of the others that ends at the model. */
function countVerified(certificates: readonly Envelope[], publicKey: Uint8Array, model: Model): number {
  const [first, ...chain] = certificates;
  const leads = first && verify(first, { publicKey, chain, model: modelDigest(model.state) }).ok;
  const holding = certificates.filter((certificate) => verify(certificate, { publicKey }).ok).length;
  return leads ? holding : 0;
}

interface Trials {
  readonly name: string;
  readonly trials: number;
}

function valuesOf(results: CellResults, { name, trials }: Trials, figure: string): number[] {
  return Array.from({ length: trials }, (_, trial) => results.figure(cellName(name, trial), figure).mean);
}

function aimsOf(of: Trials, results: CellResults): readonly Aim[] {
  const { name } = of;
  const [issued, verified] = [total(results, of, "certificates"), total(results, of, "verified")];
  const retrained = seriesOf(results, of, "accuracy retrained");
  const below = seriesOf(results, of, "accuracy").map(({ y }, i) => (retrained[i]?.y ?? 0) - y);
  const most = 100 * Math.max(...below);
  return [
    {
      what: `certificates that verify, ${name}`,
      target: "all, the first also by a chain to the last weights",
      found: `${verified} of ${issued}`,
      met: verified === issued,
    },
    {
      what: `points below retraining in the worst month, ${name}`,
      target: "at most 1",
      found: most.toFixed(2),
      met: most <= 1,
    },
  ];
}

function total(results: CellResults, of: Trials, figure: string): number {
  return valuesOf(results, of, figure).reduce((sum, value) => sum + value, 0);
}

/** By month, over the trials. */
function seriesOf(results: CellResults, of: Trials, what: string) {
  return Array.from({ length: MONTHS }, (_, i) => {
    const { mean, std } = figureOf(valuesOf(results, of, figureName(i + 1, what)).map((value) => [value]));
    return { x: i + 1, y: mean, std };
  });
}

function chartOf(
  ways: readonly Way[],
  trials: number,
  results: CellResults,
  what: string,
): Pick<Chart, "series" | "xLabel" | "xScale"> {
  return {
    xLabel: "month",
    xScale: "linear",
    series: ways.flatMap(({ name }) =>
      ["", " retrained"].map((suffix) => ({
        label: `${name}${suffix === "" ? "" : ", retrained"}`,
        points: seriesOf(results, { name, trials }, `${what}${suffix}`),
      })),
    ),
  };
}

function accuracyChart(ways: readonly Way[], trials: number, results: CellResults): Chart {
  return {
    name: "accuracy",
    title: "Accuracy at the end of each month",
    yLabel: "accuracy on test rows",
    yScale: "linear",
    isInDocs: true,
    ...chartOf(ways, trials, results, "accuracy"),
  };
}

function gradientChart(ways: readonly Way[], trials: number, results: CellResults): Chart {
  return {
    name: "gradients",
    title: "Gradients of each month",
    yLabel: "gradient evaluations",
    yScale: "log",
    ...chartOf(ways, trials, results, "gradients"),
  };
}

function monthTable({ name }: Way, trials: number, results: CellResults): Table {
  const meansOf = (what: string): number[] => seriesOf(results, { name, trials }, what).map(({ y }) => y);
  const columns = [
    "rows",
    "accuracy",
    "accuracy retrained",
    "gradients",
    "gradients of learning",
    "gradients retrained",
  ];
  const means = columns.map(meansOf);
  const rows = Array.from({ length: MONTHS }, (_, i): Value[] => {
    const [inUse, accuracy, retrained, ...gradients] = means.map((values) => values[i] as number);
    return [
      i + 1,
      Math.round(inUse as number),
      (accuracy as number).toFixed(4),
      (retrained as number).toFixed(4),
      ...gradients.map(Math.round),
    ];
  });
  return {
    name: name.replaceAll(" ", "-"),
    title: `Month by month, ${name}`,
    columns: [
      "month",
      "rows in use",
      "accuracy",
      "accuracy, retrained",
      "gradients",
      "of which learning",
      "gradients, retrained",
    ],
    rows,
  };
}
