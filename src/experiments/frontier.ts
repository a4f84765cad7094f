import { calibrateSigma, placeRequest, processConstants, stepsToUnlearn } from "../core.js";
import type { BatchOrder } from "./batch-orders.js";
import type { Cell, CellResults } from "./cells.js";
import { type ExperimentSet, processOf } from "./data-sets.js";
import { type Conditions, type Experiment, simulationCell } from "./experiment.js";
import type { Chart, Series, Table, Value } from "./outcome.js";
import { firstRequests, type SequenceQuestion, sequenceEvents, timelineSteps } from "./sequences.js";

const SIGMAS = [0.001, 0.003, 0.01, 0.03, 0.1] as const;
const COUNTS = [1, 10, 100, 1000] as const;

/** How many requests are looked at: as many as leave most rows. */
function countsFor({ train }: ExperimentSet): readonly number[] {
  return COUNTS.filter((count) => 4 * count <= train.rowCount);
}
const EPSILON = 1;
const EPOCHS = 20;
/** Each in a batch order of its own: where in the cycle a run stops moves the accuracy more than the noise does. */
const MOST_TRIALS = 20;
const ORDERS = 20;

type Mode = "sequence" | "batch" | "subjects";

/** Ours: what requests cost in gradient evaluations at each accuracy, and how many cost nothing. */
export const frontier: Experiment = {
  name: "frontier",
  title: "Frontier: accuracy and cost at a fixed promise",
  sets: ["mnist", "cifar10", "adult"],
  plan(conditions) {
    const { set } = conditions;
    const modes = modesOf(set);
    const few = { ...conditions, trials: Math.min(conditions.trials, MOST_TRIALS) };
    return {
      cells: modes.flatMap((mode) => SIGMAS.map((sigma) => cellOf(few, mode, sigma))),
      outcome: (results) => ({
        trials: few.trials,
        notes: [
          `Promise epsilon = ${EPSILON}, delta = ${set.delta.toPrecision(3)} for every request; ${EPOCHS} epochs of learning, batches of ${batchSizeOf(set)}, rows removed (tombstone); ${ORDERS} batch orders.`,
          "Sequence: one row a request, one request after another. Batch: all rows in one request. Subjects: all rows of a person in one request, one person after another (sets whose rows have owners).",
          "A request costs nothing where the noise of ordinary training has covered its rows already.",
        ],
        charts: [costChart(set, modes, results), freeChart(set)],
        tables: [costTable(set, modes, results), freeTable(set)],
        comparisons: [],
        aims: [],
      }),
    };
  },
};

function modesOf({ train }: ExperimentSet): readonly Mode[] {
  return train.subjects === null ? ["sequence", "batch"] : ["sequence", "batch", "subjects"];
}

function batchSizeOf({ name }: Pick<ExperimentSet, "name">): number {
  return name === "adult" ? 32 : 128;
}

function questionFor(set: ExperimentSet, sigma: number): SequenceQuestion {
  const process = processOf(set, { batchSize: batchSizeOf(set), deletion: "tombstone", rounded: true });
  const learnSteps = EPOCHS * process.batchCount;
  return { process, sigma, epsilon: EPSILON, delta: set.delta, learnSteps };
}

function cellOf(conditions: Conditions, mode: Mode, sigma: number): Cell {
  const question = questionFor(conditions.set, sigma);
  const { process, learnSteps } = question;
  const counts = countsFor(conditions.set);
  const groups = mode === "subjects" ? rowsBySubject(conditions.set) : null;
  const requestsOf = (order: BatchOrder): readonly (readonly number[])[] => {
    const most = counts[counts.length - 1];
    return groups === null ? firstRequests(order, most) : firstSubjects(order, groups, most);
  };
  const schedule = (order: BatchOrder) => {
    const requests = requestsOf(order);
    if (mode === "batch") return counts.flatMap((count) => batchEvents(question, order, requests, count));
    const steps = timelineSteps(question, order, requests);
    return withRequestNames(requests, steps, learnSteps);
  };
  const settings = { mode, learnSteps, epsilon: EPSILON };
  return simulationCell(conditions, `${mode}-sigma${sigma}`, settings, {
    process,
    sigma,
    schedule,
    orders: ORDERS,
  });
}

/** Accuracy, steps and free requests by the number of requests, whatever rows each has. */
function withRequestNames(
  requests: readonly (readonly number[])[],
  steps: readonly number[],
  learnSteps: number,
) {
  const events = [...sequenceEvents({ learnSteps, requests: [], steps: [], measureAt: [0], noteAt: [] })];
  let total = 0;
  let free = 0;
  requests.forEach((rows, i) => {
    events.push({ kind: "remove", rows }, { kind: "run", steps: steps[i] });
    total += steps[i];
    if (steps[i] === 0) free += 1;
    const count = i + 1;
    if (!(COUNTS as readonly number[]).includes(count)) return;
    events.push(
      { kind: "measure", name: `accuracy, ${count}` },
      { kind: "note", name: `steps, ${count}`, value: total },
      { kind: "note", name: `free, ${count}`, value: free / count },
    );
  });
  return events;
}

/** One request of `count` rows right after learning; costs are noted, accuracy is measured for the largest, which can only be worse. */
function batchEvents(
  question: SequenceQuestion,
  order: BatchOrder,
  requests: readonly (readonly number[])[],
  count: number,
) {
  const rows = requests.slice(0, count).flat();
  const [steps] = timelineSteps(question, order, [rows]);
  const note = { kind: "note", name: `steps, ${count}`, value: steps } as const;
  if (count < requests.length) return [note];
  const events = sequenceEvents({
    learnSteps: question.learnSteps,
    requests: [rows],
    steps: [steps],
    measureAt: [0, count],
    noteAt: [],
  });
  return [note, ...events];
}

function rowsBySubject({ train }: ExperimentSet): ReadonlyMap<string, readonly number[]> {
  const groups = new Map<string, number[]>();
  train.subjects?.forEach((subject, row) => {
    const rows = groups.get(subject);
    if (rows) rows.push(row);
    else groups.set(subject, [row]);
  });
  return groups;
}

/** The owners of the first rows to ask, each once. */
function firstSubjects(
  order: BatchOrder,
  groups: ReadonlyMap<string, readonly number[]>,
  count: number,
): readonly (readonly number[])[] {
  const groupOfRow = new Map([...groups.values()].flatMap((rows) => rows.map((row) => [row, rows] as const)));
  const chosen = new Set<readonly number[]>();
  for (const row of order.requesters) {
    if (chosen.size === count) break;
    chosen.add(groupOfRow.get(row) as readonly number[]);
  }
  return [...chosen];
}

function costChart(set: ExperimentSet, modes: readonly Mode[], results: CellResults): Chart {
  const counts = countsFor(set);
  const most = counts[counts.length - 1];
  const series = modes.flatMap((mode) =>
    counts.slice(1).map(
      (count): Series => ({
        label: `${mode}, ${count.toLocaleString("en-US")}`,
        points: SIGMAS.map((sigma) => {
          const found = results.of(`${mode}-sigma${sigma}`);
          const accuracy = found[`accuracy, ${most}`].mean;
          return { x: found[`steps, ${count}`].mean * batchSizeOf(set), y: accuracy };
        }),
      }),
    ),
  );
  return {
    name: "frontier",
    title: "Accuracy after the most requests against gradients of all requests, along the noise",
    xLabel: "gradient evaluations",
    yLabel: "accuracy",
    xScale: "log",
    yScale: "linear",
    series,
  };
}

function costTable(set: ExperimentSet, modes: readonly Mode[], results: CellResults): Table {
  const retraining = EPOCHS * set.train.rowCount;
  const rows = modes.flatMap((mode) =>
    SIGMAS.flatMap((sigma) =>
      countsFor(set).map((count): Value[] => {
        const found = results.of(`${mode}-sigma${sigma}`);
        const evaluations = found[`steps, ${count}`].mean * batchSizeOf(set);
        const times = mode === "batch" ? 1 : count;
        const accuracy = found[`accuracy, ${count}`]?.mean ?? null;
        const free = found[`free, ${count}`]?.mean ?? null;
        const saved = evaluations > 0 ? (retraining * times) / evaluations : null;
        return [mode, sigma, count, evaluations, saved, free, found["accuracy, 0"].mean, accuracy];
      }),
    ),
  );
  return {
    name: "frontier",
    title: "Gradient evaluations of all requests, against retraining for each, and accuracy",
    columns: [
      "mode",
      "sigma",
      "requests (rows in a batch)",
      "gradients",
      "times fewer than retraining",
      "free requests",
      "learned",
      "accuracy",
    ],
    rows,
  };
}

const ROW_COUNTS = [1e3, 1e4, 1e5, 1e6, 1e7] as const;
const BUDGETS = [1, 10, 100] as const;

/** Share of rows whose deletion right after learning takes no step; the noise is that at which the worst takes `budget` steps. */
export function freeShare(
  set: Pick<ExperimentSet, "name" | "l2">,
  rowCount: number,
  budget: number,
): { readonly sigma: number; readonly share: number } {
  const batchSize = batchSizeOf(set);
  const process = processConstants({ rowCount, batchSize, l2: set.l2, smoothness: 0.25, lipschitz: 1 });
  const target = { epsilon: EPSILON, delta: Math.min(1e-5, 1 / rowCount) };
  const { sigma } = calibrateSigma({ process, ...target, epochs: EPOCHS, unlearnSteps: budget });
  const steps = EPOCHS * process.batchCount;
  const isFree = (age: number): boolean => {
    const deleted = placeRequest(process, steps, 1, process.batchCount - 1 - age);
    return stepsToUnlearn({ process, sigma, ...target, deleted, steps })?.steps === 0;
  };
  // The longer ago a batch was visited, the less its rows cost.
  let [costly, free] = [-1, process.batchCount];
  while (free - costly > 1) {
    const middle = Math.floor((costly + free) / 2);
    if (isFree(middle)) free = middle;
    else costly = middle;
  }
  return { sigma, share: (process.batchCount - free) / process.batchCount };
}

function freeTable(set: ExperimentSet): Table {
  return {
    name: "free-requests",
    title:
      "Share of rows whose deletion right after learning takes no step, at this set's batch size and regularisation",
    columns: ["rows", "steps for the worst row", "sigma", "share that costs nothing"],
    rows: ROW_COUNTS.flatMap((rowCount) =>
      BUDGETS.map((budget): Value[] => {
        const { sigma, share } = freeShare(set, rowCount, budget);
        return [rowCount, budget, sigma, share];
      }),
    ),
  };
}

function freeChart(set: ExperimentSet): Chart {
  return {
    name: "free-requests",
    title: "Share of rows whose deletion right after learning takes no step",
    xLabel: "rows",
    yLabel: "share",
    xScale: "log",
    yScale: "linear",
    series: BUDGETS.map((budget) => ({
      label: `worst row: ${budget} ${budget === 1 ? "step" : "steps"}`,
      points: ROW_COUNTS.map((rowCount) => ({ x: rowCount, y: freeShare(set, rowCount, budget).share })),
    })),
  };
}
