import type { BatchOrder } from "./batch-orders.js";
import { drawBatchOrder } from "./batch-orders.js";
import type { Cell, CellResults } from "./cells.js";
import type { ExperimentSet } from "./data-sets.js";
import { processOf } from "./data-sets.js";
import { type Conditions, type Experiment, simulationCell } from "./experiment.js";
import { type BatchSize, batchRows, nameOf } from "./fig3b-methods.js";
import { learnEpochsOf } from "./noise-levels.js";
import { type Chart, exactFigure, figureOf, type Table, type Value } from "./outcome.js";
import { beside } from "./published.js";
import {
  firstRequests,
  olderPaperEpochs,
  paperEpochs,
  type SequenceQuestion,
  sequenceEvents,
  timelineSteps,
} from "./sequences.js";

const SIGMAS = [0.01, 0.05, 0.1, 0.2, 0.5, 1] as const;
const BATCHES = [32, 128, 512, "full"] as const satisfies readonly BatchSize[];
const REQUESTS = 100;
const EPSILON = 0.01;
/** Batch orders that our epochs are averaged over, at most. */
const MAX_ORDERS = 5;

const NOTE = `Promise epsilon = ${EPSILON} at delta = 1/n for each of ${REQUESTS} requests.`;

/** What noise costs in accuracy. */
export const fig3c: Experiment = {
  name: "fig3c",
  title: "Figure 3c: noise and accuracy",
  sets: ["mnist", "cifar10"],
  plan(conditions) {
    const { published } = conditions;
    return {
      cells: grid((size, sigma) => accuracyCell(conditions, size, sigma)),
      outcome: (results) => ({
        notes: [
          NOTE,
          "After each request run the steps of the paper's accountant and one epoch more, as the authors' program does. Learning takes 101 epochs (3,001 with full batches).",
        ],
        charts: [
          accuracyChart("learned", "after learning", results),
          accuracyChart("unlearned", "after 100 requests", results),
        ],
        tables: [accuracyTable(results)],
        comparisons: grid((size, sigma) =>
          beside(
            published.learn_by_sigma,
            `learn_scratch_b${size === "full" ? 0 : size}_sigma${sigma}`,
            results.figure(cellName(size, sigma), "accuracy, 0"),
          ),
        ).flat(),
        aims: [],
      }),
    };
  },
};

/** What noise saves in epochs. */
export const fig3d: Experiment = {
  name: "fig3d",
  title: "Figure 3d: noise and complexity",
  sets: ["mnist", "cifar10"],
  plan({ set, trials }) {
    return {
      cells: grid((size, sigma) => epochsCell(set, size, sigma, Math.min(trials, MAX_ORDERS))),
      outcome: (results) => ({
        trials: 0,
        notes: [NOTE, "Calculated by the accountants, Expunge's for random rows, replaced."],
        charts: [epochsChart(results)],
        tables: [epochsTable(results)],
        comparisons: [],
        aims: [],
      }),
    };
  },
};

function grid<T>(at: (size: BatchSize, sigma: number) => T): T[] {
  return BATCHES.flatMap((size) => SIGMAS.map((sigma) => at(size, sigma)));
}

function cellName(size: BatchSize, sigma: number): string {
  return `b${size}-sigma${sigma}`;
}

function questionFor(set: ExperimentSet, size: BatchSize, sigma: number): SequenceQuestion {
  const process = processOf(set, { batchSize: batchRows(set, size) });
  const learnSteps = learnEpochsOf(process) * process.batchCount;
  return { process, sigma, epsilon: EPSILON, delta: set.delta, learnSteps };
}

function accuracyCell(conditions: Conditions, size: BatchSize, sigma: number): Cell {
  const question = questionFor(conditions.set, size, sigma);
  const { process } = question;
  const { batchCount } = process;
  const learnSteps = question.learnSteps + batchCount;
  const steps = paperEpochs(question, REQUESTS).map((epochs) => (epochs + 1) * batchCount);
  const schedule = (order: BatchOrder) =>
    sequenceEvents({
      learnSteps,
      requests: firstRequests(order, REQUESTS),
      steps,
      measureAt: [0, REQUESTS],
      noteAt: [],
    });
  const settings = { learnSteps, steps: steps.join() };
  return simulationCell(conditions, cellName(size, sigma), settings, { process, sigma, schedule });
}

function epochsCell(set: ExperimentSet, size: BatchSize, sigma: number, orders: number): Cell {
  const question = questionFor(set, size, sigma);
  const { process } = question;
  const { rowCount, contraction, eta } = process;
  const name = cellName(size, sigma);
  return {
    name,
    settings: { rowCount, contraction, eta, delta: set.delta, epsilon: EPSILON, orders },
    async run() {
      const totals = Array.from({ length: orders }, (_, index) => {
        const order = drawBatchOrder(process, set.name, index);
        return [sum(timelineSteps(question, order, firstRequests(order, REQUESTS))) / process.batchCount];
      });
      return {
        paper: exactFigure(sum(paperEpochs(question, REQUESTS))),
        older: exactFigure(sum(olderPaperEpochs(question, REQUESTS))),
        expunge: figureOf(totals),
      };
    },
  };
}

function accuracyChart(name: string, words: string, results: CellResults): Chart {
  const stage = name === "learned" ? "accuracy, 0" : `accuracy, ${REQUESTS}`;
  return {
    name,
    title: `Test accuracy ${words}`,
    xLabel: "σ",
    yLabel: "accuracy",
    xScale: "log",
    yScale: "linear",
    series: BATCHES.map((size) => ({
      label: nameOf(size),
      points: SIGMAS.map((sigma) => {
        const { mean, std } = results.figure(cellName(size, sigma), stage);
        return { x: sigma, y: mean, std };
      }),
    })),
  };
}

function accuracyTable(results: CellResults): Table {
  return {
    name: "accuracy",
    title: "Test accuracy after learning and after 100 requests",
    columns: ["batch", "sigma", "learned", "std learned", "after 100 requests", "std after", "trials"],
    rows: grid((size, sigma): Value[] => {
      const cell = cellName(size, sigma);
      const learned = results.figure(cell, "accuracy, 0");
      const last = results.figure(cell, `accuracy, ${REQUESTS}`);
      return [nameOf(size), sigma, learned.mean, learned.std, last.mean, last.std, last.trials];
    }),
  };
}

function epochsChart(results: CellResults): Chart {
  const line = (label: string, size: BatchSize, name: "paper" | "expunge") => ({
    label: `${label}, ${nameOf(size)}`,
    points: SIGMAS.map((sigma) => ({ x: sigma, y: results.figure(cellName(size, sigma), name).mean })),
  });
  return {
    name: "epochs",
    title: "Epochs of 100 requests",
    xLabel: "σ",
    yLabel: "epochs",
    xScale: "log",
    yScale: "log",
    series: BATCHES.flatMap((size) => [line("PNSGD", size, "paper"), line("Expunge", size, "expunge")]),
  };
}

function epochsTable(results: CellResults): Table {
  return {
    name: "epochs",
    title: "Epochs of 100 requests that the accountants ask for",
    columns: [
      "batch",
      "sigma",
      "PNSGD, as published lists",
      "PNSGD",
      "PNSGD, as run",
      "Expunge",
      "times fewer",
    ],
    rows: grid((size, sigma): Value[] => {
      const meanOf = (accountant: string): number => results.figure(cellName(size, sigma), accountant).mean;
      const [older, paper, expunge] = [meanOf("older"), meanOf("paper"), meanOf("expunge")];
      return [nameOf(size), sigma, older, paper, paper + REQUESTS, expunge, paper / expunge];
    }),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
