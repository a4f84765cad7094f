import { ExpungeError } from "../errors.js";
import { type Objective, objectiveFrom } from "../objective/index.js";
import type { TrialRow } from "../unlearner/trial-row.js";
import type { Trials } from "../unlearner/trials.js";

/**
 * The mean loss of rows under any weights, without the regulariser.
 *
 * @param rows rows that are there; the loss keeps its own copy of them
 */
export function lossOfRows(process: Trials, rows: readonly number[]): (weights: Float64Array) => number {
  const objective = objectiveFrom(process.plan.objective);
  const records = rows.map((row) => process.rowAt(row)).filter((record) => record !== null);
  return (weights) => {
    let sum = 0;
    for (const record of records) sum += objective.loss(outputsOf(objective, weights, record), record.label);
    return sum / records.length;
  };
}

/**
 * The rows that pull hardest: those with the longest gradients (clipped and weighted as the process does it) at the weights that training
 * without noise ends at; the lower row number where two are alike. The rule looks at no run of the audit, and no certificate depends
 * on which rows it picks: it only picks those on which a violation would be easiest to see.
 *
 * @param count from 1 to the number of rows that are there
 * @returns row numbers, ascending
 * @throws ExpungeError E_OPTION where there are fewer rows; as `Trials.run`
 */
export async function hardestRows(process: Trials, count: number): Promise<readonly number[]> {
  const [trained] = await process.run({ trials: 1, workers: 0, isNoiseless: true });
  const weights = trained.weights[0]!;
  const objective = objectiveFrom(process.plan.objective);
  const clip = process.plan.process.lipschitz;
  const pulls: { readonly row: number; readonly pull: number }[] = [];
  for (let row = 0; row < process.rowCount; row++) {
    const record = process.rowAt(row);
    if (record !== null)
      pulls.push({ row, pull: record.weight * Math.min(clip, gradientNorm(objective, weights, record)) });
  }
  if (pulls.length < count)
    throw new ExpungeError("E_OPTION", `Expected at most ${pulls.length} rows to pick, found ${count}.`);
  pulls.sort((a, b) => b.pull - a.pull || a.row - b.row);
  return pulls
    .slice(0, count)
    .map(({ row }) => row)
    .sort((a, b) => a - b);
}

/** The gradient of a generalised linear model is its derivative by the outputs times the row. */
function gradientNorm(objective: Objective, weights: Float64Array, record: TrialRow): number {
  const derivative = new Float64Array(objective.outputCount);
  objective.derivative(outputsOf(objective, weights, record), record.label, derivative);
  return Math.hypot(...derivative) * normOf(record.values);
}

/** In a loop: a function takes so many arguments only. */
function normOf(values: Float32Array): number {
  let square = 0;
  for (const value of values) square += value * value;
  return Math.sqrt(square);
}

function outputsOf(
  { outputCount }: Objective,
  weights: Float64Array,
  { columns, values }: TrialRow,
): Float64Array {
  const d = weights.length / outputCount;
  return Float64Array.from({ length: outputCount }, (_, j) => {
    let sum = 0;
    for (let k = 0; k < columns.length; k++) sum += values[k]! * weights[j * d + columns[k]!]!;
    return sum;
  });
}
