import type { Cell, CellResults } from "./cells.js";
import type { ExperimentSet, SetName } from "./data-sets.js";
import type { Outcome } from "./outcome.js";
import type { Published } from "./published.js";
import { type Simulation, simulate } from "./simulate.js";

/** What an experiment is run with. */
export interface Conditions {
  readonly set: ExperimentSet;
  readonly trials: number;
  /** Share of the weights' norm that steps left out may still be felt by; 0 runs all of them. */
  readonly memory: number;
  /** What the authors published about this set; nothing about sets other than theirs. */
  readonly published: Published;
}

/** An experiment: the cells it consists of, and what is made of them. */
export interface Experiment {
  readonly name: string;
  readonly title: string;
  /** Data sets that it can be run on. */
  readonly sets: readonly SetName[];
  plan(conditions: Conditions): {
    readonly cells: readonly Cell[];
    outcome(results: CellResults): Findings;
  };
}

/** An outcome without what the conditions say already; what of that differs from them, such as `trials`: 0 where nothing was trained. */
export type Findings = Omit<Outcome, "version" | "experiment" | "set" | "title" | "trials" | "everyEpoch"> &
  Partial<Pick<Outcome, "trials" | "everyEpoch">>;

/** Batch orders behind a figure: enough for its mean to lie within a quarter of its spread. */
const MAX_ORDERS = 20;

/** A cell that runs a simulation on the experiment's set; `settings` names what its schedule depends on. */
export function simulationCell(
  { set, trials, memory }: Conditions,
  name: string,
  settings: Cell["settings"],
  simulation: Pick<Simulation, "process" | "sigma" | "schedule"> &
    Partial<Pick<Simulation, "memory" | "orders" | "hasReleases">>,
): Cell {
  const { process, sigma } = simulation;
  const shared = {
    trials,
    memory,
    orders: MAX_ORDERS,
    ...simulation,
    seed: `${set.name}/${name}`,
    orderSeed: set.name,
  };
  return {
    name,
    settings: {
      ...settings,
      data: set.digest,
      trials,
      orders: shared.orders,
      memory: shared.memory,
      sigma,
      batchSize: process.batchSize,
      l2: process.strongConvexity,
      eta: process.eta,
      deletion: process.deletion,
    },
    run: (signal) => simulate({ ...shared, train: set.train, test: set.test, ...(signal ? { signal } : {}) }),
  };
}
