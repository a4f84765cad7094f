import { type BatchOrder, drawBatchOrder } from "./batch-orders.js";
import type { Cell, CellResults } from "./cells.js";
import type { ExperimentSet } from "./data-sets.js";
import { type Conditions, type Experiment, simulationCell } from "./experiment.js";
import {
  BATCH_SIZES,
  type BatchSize,
  nameOf,
  questionFor,
  REQUESTS,
  type SequenceMethod,
  SIGMA,
  sequenceMethods,
  TARGET_EPSILON,
} from "./fig3b-methods.js";
import {
  type Aim,
  type Chart,
  type Comparison,
  exactFigure,
  type Figure,
  figureOf,
  type Table,
  type Value,
} from "./outcome.js";
import { beside } from "./published.js";
import { firstRequests, olderPaperEpochs, paperEpochs, sequenceEvents, timelineSteps } from "./sequences.js";

const MEASURE_AT = [0, 20, 40, 60, 80, 100] as const;
const NOTE_AT = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100] as const;

/** A hundred requests, one after another, at a fixed noise and promise: epochs and accuracy. */
export const fig3b: Experiment = {
  name: "fig3b",
  title: "Figure 3b: 100 requests, one after another",
  sets: ["mnist", "cifar10"],
  plan(conditions) {
    const { set, trials } = conditions;
    const methods = sequenceMethods(set);
    return {
      cells: [
        ...BATCH_SIZES.map((size) => evaluationsCell(set, size, trials)),
        ...methods.map((method) => cellOf(conditions, method)),
      ],
      outcome: (results) => ({
        notes: NOTES,
        charts: [epochsChart(methods, results), accuracyChart(methods, results)],
        tables: [mainTable(methods, results), speedUpTable(results), publishedTable(conditions)],
        comparisons: comparisonsOf(conditions, methods, results),
        // They were set for MNIST; the table of gradient evaluations says it for every set.
        aims: conditions.set.name === "mnist" ? aimsOf(results) : [],
      }),
    };
  },
};

const NOTES = [
  `Every request is promised epsilon = ${TARGET_EPSILON} at delta = 1/n, with noise sigma = ${SIGMA}. Expunge's requests name random rows. How many steps a request takes depends on the batch of its row.`,
  "The authors' program runs one epoch more than its accountant asks for on every call. The accuracy of PNSGD is measured in that way here. Its epochs are given as asked for, and as run.",
  "The published lists of epochs were made with an older, looser distance, Z = 2 eta M / (b (1 - c)), and with the form for later requests also for the first one. Recomputed in that way, they are exactly the published ones.",
  "Descent-to-Delete keeps a noiseless state and releases noisy weights. Langevin unlearning serves 5, 10 or 20 rows in one request, so it takes 20, 10 or 5 requests for the hundred rows.",
] as const;

function cellOf(conditions: Conditions, method: SequenceMethod): Cell {
  const { id, process, sigma, learnSteps, records, extraSteps, outputStd } = method;
  const schedule = (order: BatchOrder) => {
    const asked = method.steps(order);
    return sequenceEvents({
      learnSteps,
      requests: firstRequests(order, REQUESTS / records, records),
      steps: asked.map((steps) => steps + extraSteps),
      measureAt: MEASURE_AT,
      noteAt: NOTE_AT,
      ...(outputStd === undefined ? {} : { outputStd }),
    });
  };
  const settings = { method: id, learnSteps, extraSteps };
  const memory = sigma === 0 && conditions.memory > 0 ? { memory: 1e-6 } : {};
  return simulationCell(conditions, id, settings, { process, sigma, schedule, ...memory });
}

/** Epochs that a method's accountant asked for by the time so many rows were gone; NaN where it failed before, or has no request there. */
function epochsAt(method: SequenceMethod, results: CellResults, rows: number): number {
  const figure = results.of(method.id)[`steps, ${rows}`];
  if (figure === undefined) return Number.NaN;
  const asked = figure.mean - method.extraSteps * (rows / method.records);
  return asked / method.process.batchCount;
}

function epochsChart(methods: readonly SequenceMethod[], results: CellResults): Chart {
  const shown = ["paper-b32", "paper-b128", "paper-b512", "paper-bfull", "expunge-replace-b32"];
  const also = ["expunge-replace-b128", "expunge-replace-b512", "descent-1", "langevin-5", "langevin-20"];
  const series = methods
    .filter(({ id }) => [...shown, ...also].includes(id))
    .map((method) => ({
      label: method.label,
      points: NOTE_AT.map((x) => ({ x, y: epochsAt(method, results, x) })).filter(
        ({ y }) => !Number.isNaN(y),
      ),
    }));
  const retraining = { label: "retraining (100 epochs)", points: NOTE_AT.map((x) => ({ x, y: 100 * x })) };
  return {
    name: "epochs",
    title: "Epochs in all, as the accountants ask",
    xLabel: "rows deleted",
    yLabel: "epochs",
    xScale: "linear",
    yScale: "log",
    series: [...series, retraining],
  };
}

function accuracyChart(methods: readonly SequenceMethod[], results: CellResults): Chart {
  const shown = ["paper-b32", "paper-b128", "paper-b512", "paper-bfull", "expunge-replace-b32"];
  const also = ["expunge-replace-b128", "expunge-replace-b512", "descent-1", "descent-2", "langevin-5"];
  return {
    name: "accuracy",
    title: "Test accuracy along the way",
    xLabel: "rows deleted",
    yLabel: "accuracy",
    xScale: "linear",
    yScale: "linear",
    series: methods
      .filter(({ id }) => [...shown, ...also].includes(id))
      .map((method) => ({
        label: method.label,
        points: MEASURE_AT.flatMap((x) => {
          const figure = results.of(method.id)[`accuracy, ${x}`];
          return figure === undefined ? [] : [{ x, y: figure.mean, std: figure.std }];
        }),
      })),
  };
}

function mainTable(methods: readonly SequenceMethod[], results: CellResults): Table {
  const rows = methods.map((method): Value[] => {
    const found = results.of(method.id);
    const epochs = epochsAt(method, results, 100);
    const { process, extraSteps, records } = method;
    const asRun = epochs + (extraSteps * (REQUESTS / records)) / process.batchCount;
    const evaluations = Math.round(epochs * process.batchCount * process.batchSize);
    const figures = MEASURE_AT.map((at) => found[`accuracy, ${at}`]?.mean ?? null);
    return [
      method.label,
      Number.isNaN(epochs) ? null : epochs,
      Number.isNaN(asRun) ? null : asRun,
      Number.isNaN(evaluations) ? null : evaluations,
      ...figures,
      found["accuracy, 100"]?.std ?? null,
    ];
  });
  const columns = MEASURE_AT.map((at) => `accuracy, ${at}`);
  return {
    name: "sequence",
    title: "After 100 rows: epochs asked for and run, gradients, and accuracy after so many rows",
    columns: ["method", "epochs", "epochs as run", "gradients", ...columns, "std at 100"],
    rows,
  };
}

/** Batch orders that ours is averaged over, at most. */
const MAX_ORDERS = 10;

type SetFacts = Pick<ExperimentSet, "name" | "train" | "l2" | "delta">;

/**
 * Gradient evaluations of the hundred requests at equal noise and promise, by the paper's accountant and by ours with rows replaced
 * or removed; needs the accountants only.
 */
export function evaluationsOf(
  set: SetFacts,
  size: BatchSize,
  orders = MAX_ORDERS,
): { readonly paper: Figure; readonly replace: Figure; readonly tombstone: Figure } {
  const ours = (deletion: "replace" | "tombstone"): Figure => {
    const question = questionFor(set, size, deletion);
    const totals = Array.from({ length: orders }, (_, index) => {
      const order = drawBatchOrder(question.process, set.name, index);
      const steps = sum(timelineSteps(question, order, firstRequests(order, REQUESTS)));
      return [steps * question.process.batchSize];
    });
    return figureOf(totals);
  };
  const theirs = questionFor(set, size);
  const { batchCount, batchSize } = theirs.process;
  const paper = exactFigure(sum(paperEpochs(theirs, REQUESTS)) * batchCount * batchSize);
  return { paper, replace: ours("replace"), tombstone: ours("tombstone") };
}

function evaluationsCell(set: ExperimentSet, size: BatchSize, trials: number): Cell {
  const { rowCount, contraction, eta } = questionFor(set, size).process;
  const orders = Math.min(trials, MAX_ORDERS);
  return {
    name: `evaluations-b${size}`,
    settings: { rowCount, contraction, eta, delta: set.delta, orders },
    run: async () => ({ ...evaluationsOf(set, size, orders) }),
  };
}

function speedUpTable(results: CellResults): Table {
  return {
    name: "speed-up",
    title: "Gradient evaluations of 100 requests at equal noise and promise",
    columns: [
      "batch",
      "paper's accountant",
      "Expunge, replace",
      "times fewer (replace)",
      "Expunge, tombstone",
      "times fewer (tombstone)",
    ],
    rows: BATCH_SIZES.map((size) => {
      const meanOf = (accountant: string): number => results.figure(`evaluations-b${size}`, accountant).mean;
      const [paper, replace, tombstone] = [meanOf("paper"), meanOf("replace"), meanOf("tombstone")];
      return [nameOf(size), paper, replace, paper / replace, tombstone, paper / tombstone];
    }),
  };
}

function publishedTable({ set, published }: Conditions): Table {
  return {
    name: "epochs-published",
    title: "Epochs of 100 requests by the paper's accountant: asked for, and as its program runs them",
    columns: ["batch", "published", "recomputed", "today's distance", "today's, as run"],
    rows: BATCH_SIZES.map((size) => {
      const question = questionFor(set, size);
      const key = `k_list_${size === "full" ? "b0" : `b${size}`}`;
      const list = published.sequential100_eps1_sigma0_03[key];
      const today = sum(paperEpochs(question, REQUESTS));
      const theirs = list !== undefined && "totalEpochs" in list ? list.totalEpochs : null;
      return [nameOf(size), theirs, sum(olderPaperEpochs(question, REQUESTS)), today, today + REQUESTS];
    }),
  };
}

function comparisonsOf(
  { published }: Conditions,
  methods: readonly SequenceMethod[],
  results: CellResults,
): readonly Comparison[] {
  const figures = published.sequential100_eps1_sigma0_03;
  return methods.flatMap(({ id, publishedAs }) => {
    if (publishedAs === undefined) return [];
    return [
      ...beside(figures, `learn_scratch_${publishedAs}`, results.figure(id, "accuracy, 0")),
      ...beside(figures, `finetune_${publishedAs}_step100`, results.figure(id, "accuracy, 100")),
    ];
  });
}

function aimsOf(results: CellResults): readonly Aim[] {
  const least = [[128, 20] as const, [32, 100] as const];
  return least.map(([size, times]) => {
    const cell = `evaluations-b${size}`;
    const found = results.figure(cell, "paper").mean / results.figure(cell, "replace").mean;
    return {
      what: `gradient evaluations, b = ${size}, against the paper's accountant`,
      target: `at least ${times} times fewer`,
      found: `${found.toFixed(1)} times fewer`,
      met: found >= times,
    };
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
