import { COLUMNS, GRADIENT, LABELS, LIMITS, LINE_COUNTS, OBJECTIVE, OUTPUT_COUNT, OUTPUTS, PANELS_PER_BATCH, ROWS, SHAPE, STARTS, TRIALS, WEIGHTS } from "./context";
import { singleOutputCoefficients, softmaxCoefficients } from "./coefficients";
import { addPanel, dotPanel } from "./panel";

const SOFTMAX = 1;

/** Adds the clipped gradients of one batch to every trial's gradient sum: no record's gradient is ever written out. */
export function addBatch(context: usize, batch: i32): void {
  const columns = load<i32>(context, COLUMNS);
  const panels = load<i32>(context, PANELS_PER_BATCH);
  const outputCount = load<i32>(context, OUTPUT_COUNT);
  const count = load<i32>(context, TRIALS) * outputCount;
  const weights = load<usize>(context, WEIGHTS);
  const gradient = load<usize>(context, GRADIENT);
  const outputs = load<usize>(context, OUTPUTS);
  const end = outputs + ((<usize>count) << 4);
  const objective = load<i32>(context, OBJECTIVE);
  const shape = v128.load32_splat(context, SHAPE);
  const rows = load<usize>(context, ROWS);
  const first = <usize>batch * <usize>panels;
  let label = load<usize>(context, LABELS) + (first << 4);
  let limit = load<usize>(context, LIMITS) + (first << 4);
  let start = load<usize>(context, STARTS) + (first << 2);
  let lineCounts = load<usize>(context, LINE_COUNTS) + (first << 2);
  let remaining = panels;
  do {
    const panel = rows + load<u32>(start);
    const lineCount = load<i32>(lineCounts);
    // Coefficients go through memory: kept in registers, Node 20 may compute them anew inside addPanel's loops.
    dotPanel(panel, lineCount, weights, count, columns, outputs);
    if (objective == SOFTMAX) softmaxCoefficients(outputs, end, outputCount, label, limit);
    else singleOutputCoefficients(outputs, end, objective, shape, label, limit);
    addPanel(panel, lineCount, outputs, count, columns, gradient);
    start += 4;
    lineCounts += 4;
    label += 16;
    limit += 16;
    remaining -= 1;
  } while (remaining > 0);
}
