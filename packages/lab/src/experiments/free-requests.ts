import { calibrateSigma, placeRequest, processConstants, stepsToUnlearn } from "expunge/accounting";
import type { ExperimentSet } from "./data-sets.js";
import { batchSizeOf, EPOCHS, EPSILON } from "./frontier-settings.js";
import type { Chart, Table, Value } from "./outcome.js";

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

export function freeTable(set: ExperimentSet): Table {
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

export function freeChart(set: ExperimentSet): Chart {
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
