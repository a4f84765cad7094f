import type { BatchOrder } from "./batch-orders.js";
import type { Cell, CellResults } from "./cells.js";
import { type ExperimentSet, processOf } from "./data-sets.js";
import { type Conditions, type Experiment, simulationCell } from "./experiment.js";
import { freeChart, freeTable } from "./free-requests.js";
import { batchSizeOf, EPOCHS, EPSILON } from "./frontier-settings.js";
import type { Chart, Series, Table, Value } from "./outcome.js";
import { firstRequests, onReleaseSteps, type SequenceQuestion, timelineSteps } from "./sequences.js";
import type { Event } from "./simulate.js";

/** Noise: of every step (sigma), or the most that a release may add to a weight. */
const LEVELS = {
  "every step": [0.001, 0.003, 0.01, 0.03, 0.1],
  "on release": [0.01, 0.03, 0.1, 0.3, 1],
} as const;
type NoiseName = keyof typeof LEVELS;
const NOISES = Object.keys(LEVELS) as readonly NoiseName[];

const COUNTS = [1, 10, 100, 1000] as const;

/** How many requests are looked at: as many as leave most rows. */
function countsFor({ train }: ExperimentSet): readonly number[] {
  return COUNTS.filter((count) => 4 * count <= train.rowCount);
}
/** Each in a batch order of its own: where in the cycle a run stops moves the accuracy more than the noise does. */
const MAX_TRIALS = 20;
const ORDERS = 20;

type Mode = "sequence" | "batch" | "subjects";

/** One point of the frontier: who asks, where the noise is, and how much. */
interface Point {
  readonly mode: Mode;
  readonly noise: NoiseName;
  readonly level: number;
}

/** Ours: what requests cost in gradient evaluations at each accuracy, and how many cost nothing. */
export const frontier: Experiment = {
  name: "frontier",
  title: "Frontier: accuracy and cost at a fixed promise",
  sets: ["mnist", "cifar10", "adult"],
  plan(conditions) {
    const { set } = conditions;
    const modes = modesOf(set);
    const few = { ...conditions, trials: Math.min(conditions.trials, MAX_TRIALS) };
    return {
      cells: pointsOf(modes).map((point) => cellOf(few, point)),
      outcome: (results) => ({
        trials: few.trials,
        notes: [
          `Every request is promised epsilon = ${EPSILON} at delta = ${set.delta.toPrecision(3)}. Models learn for ${EPOCHS} epochs with batches of ${batchSizeOf(set)}, in ${ORDERS} batch orders. Deleted rows leave empty slots (tombstones).`,
          "Sequence: each request names one row, and requests follow one another. Batch: one request names all rows. Subjects: each request names all rows of one person, and persons follow one another (only for sets whose rows have owners).",
          "Noise at every step: sigma is its level. A request costs nothing if the noise of ordinary training has covered its rows already. Noise on release: steps have no noise, and a request takes the least number of steps that keeps the noise left on each weight at or below the level. The model before the first request is an ordinary one.",
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

function pointsOf(modes: readonly Mode[]): readonly Point[] {
  return NOISES.flatMap((noise) =>
    modes.flatMap((mode) => LEVELS[noise].map((level) => ({ mode, noise, level }))),
  );
}

function nameOf({ mode, noise, level }: Point): string {
  return noise === "every step" ? `${mode}-sigma${level}` : `${mode}-release${level}`;
}

function questionFor(set: ExperimentSet, { noise, level }: Point): SequenceQuestion {
  const process = processOf(set, { batchSize: batchSizeOf(set), deletion: "tombstone" });
  const sigma = noise === "every step" ? level : 0;
  const learnSteps = EPOCHS * process.batchCount;
  return { process, sigma, epsilon: EPSILON, delta: set.delta, learnSteps };
}

/** What each of a sequence of requests takes: steps, and the noise of its release. */
type Costs = (
  order: BatchOrder,
  requests: readonly (readonly number[])[],
) => readonly { readonly steps: number; readonly std: number }[];

function costsOf(question: SequenceQuestion, { noise, level }: Point): Costs {
  if (noise === "on release")
    return (order, requests) => onReleaseSteps(question, order, requests, { maxNoise: level });
  return (order, requests) => timelineSteps(question, order, requests).map((steps) => ({ steps, std: 0 }));
}

function cellOf(conditions: Conditions, point: Point): Cell {
  const { mode, noise } = point;
  const question = questionFor(conditions.set, point);
  const { process, learnSteps, sigma } = question;
  const costs = costsOf(question, point);
  const counts = countsFor(conditions.set);
  const groups = mode === "subjects" ? rowsBySubject(conditions.set) : null;
  const most = counts.at(-1)!;
  const requestsOf = (order: BatchOrder): readonly (readonly number[])[] =>
    groups === null ? firstRequests(order, most) : firstSubjects(order, groups, most);
  const learned: Event[] = [
    { kind: "run", steps: learnSteps },
    { kind: "measure", name: "accuracy, 0" },
  ];
  const schedule = (order: BatchOrder): readonly Event[] => {
    const requests = requestsOf(order);
    const served =
      mode === "batch"
        ? counts.flatMap((count) => batchEvents(costs, order, requests, count))
        : sequenceOf(requests, costs(order, requests));
    return [...learned, ...served];
  };
  const settings = { mode, learnSteps, epsilon: EPSILON, noise, level: point.level };
  return simulationCell(conditions, nameOf(point), settings, {
    process,
    sigma,
    schedule,
    hasReleases: noise === "on release",
    orders: ORDERS,
  });
}

/** Accuracy, steps and free requests by the number of requests, whatever rows each has. */
function sequenceOf(requests: readonly (readonly number[])[], costs: ReturnType<Costs>): readonly Event[] {
  const events: Event[] = [];
  let total = 0;
  let free = 0;
  requests.forEach((rows, i) => {
    const { steps, std } = costs[i]!;
    events.push({ kind: "remove", rows }, { kind: "run", steps }, { kind: "release", std });
    total += steps;
    if (steps === 0) free += 1;
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
  costs: Costs,
  order: BatchOrder,
  requests: readonly (readonly number[])[],
  count: number,
): readonly Event[] {
  const rows = requests.slice(0, count).flat();
  const { steps, std } = costs(order, [rows])[0]!;
  const note = { kind: "note", name: `steps, ${count}`, value: steps } as const;
  if (count < requests.length) return [note];
  return [
    note,
    { kind: "remove", rows },
    { kind: "run", steps },
    { kind: "release", std },
    { kind: "measure", name: `accuracy, ${count}` },
  ];
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
  const most = counts.at(-1)!;
  const pointAt = (cell: string, count: number) => ({
    x: results.figure(cell, `steps, ${count}`).mean * batchSizeOf(set),
    y: results.figure(cell, `accuracy, ${most}`).mean,
  });
  const series = NOISES.flatMap((noise) =>
    modes.flatMap((mode) =>
      counts.slice(1).map(
        (count): Series => ({
          label: `${noise}, ${mode}, ${count.toLocaleString("en-US")}`,
          points: LEVELS[noise].map((level) => pointAt(nameOf({ mode, noise, level }), count)),
        }),
      ),
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
  const rows = pointsOf(modes).flatMap((point) =>
    countsFor(set).map((count): Value[] => {
      const { mode, noise, level } = point;
      const cell = nameOf(point);
      const found = results.of(cell);
      const learned = results.figure(cell, "accuracy, 0").mean;
      const evaluations = results.figure(cell, `steps, ${count}`).mean * batchSizeOf(set);
      const times = mode === "batch" ? 1 : count;
      const accuracy = found[`accuracy, ${count}`]?.mean ?? null;
      const free = found[`free, ${count}`]?.mean ?? null;
      const saved = evaluations > 0 ? (retraining * times) / evaluations : null;
      return [noise, mode, level, count, evaluations, saved, free, learned, accuracy];
    }),
  );
  return {
    name: "frontier",
    title: "Gradient evaluations of all requests, against retraining for each, and accuracy",
    columns: [
      "noise",
      "mode",
      "level",
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
