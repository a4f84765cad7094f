import { COLUMNS, GRADIENT, LABELS, LIMITS, LINE_COUNTS, LINES, OBJECTIVE, OUTPUTS, PANELS_PER_BATCH, ROWS, SHAPE, WEIGHTS } from "./context";
import { exp4 } from "./elementary";
import { addPanel, dotPanel } from "./panel";

const LOGISTIC = 0;
const SMOOTHED_HINGE = 2;

/** Adds the clipped gradients of one batch to the gradient sum, for objectives with one output. */
export function addSingleOutputBatch(context: usize, batch: i32): void {
  const columns = load<i32>(context, COLUMNS);
  const panels = load<i32>(context, PANELS_PER_BATCH);
  const panelBytes = (<usize>columns) << 4;
  const weights = load<usize>(context, WEIGHTS);
  const gradient = load<usize>(context, GRADIENT);
  const coefficients = load<usize>(context, OUTPUTS);
  const first = <usize>batch * <usize>panels;
  let panel = load<usize>(context, ROWS) + first * panelBytes;
  let label = load<usize>(context, LABELS) + (first << 4);
  let limit = load<usize>(context, LIMITS) + (first << 4);

  let lines = load<usize>(context, LINES) + first * <usize>columns;
  let lineCounts = load<usize>(context, LINE_COUNTS) + (first << 2);
  let remaining = panels;
  do {
    const lineCount = load<i32>(lineCounts);
    // The coefficients go through memory: kept in registers, Node 20 may compute them anew inside addPanel's loop.
    v128.store(coefficients, dotPanel(panel, lines, lineCount, weights, columns));
    writeCoefficients(context, coefficients, label, limit);
    addPanel(panel, lines, lineCount, coefficients, gradient, columns);
    panel += panelBytes;
    lines += columns;
    lineCounts += 4;
    label += 16;
    limit += 16;
    remaining -= 1;
  } while (remaining > 0);
}

/** Replaces a panel's four outputs by their four clipped scalar derivatives (src/objective/ has the formulas). */
function writeCoefficients(context: usize, outputs: usize, label: usize, limit: usize): void {
  const o = v128.load(outputs);
  const y = v128.load(label);
  const objective = load<i32>(context, OBJECTIVE);
  let derivative: v128;
  if (objective == LOGISTIC) {
    derivative = f32x4.div(f32x4.neg(y), f32x4.add(f32x4.splat(1), exp4(f32x4.mul(y, o))));
  } else if (objective == SMOOTHED_HINGE) {
    const gap = f32x4.sub(f32x4.splat(1), f32x4.mul(y, o));
    const slope = f32x4.mul(gap, v128.load32_splat(context, SHAPE));
    derivative = f32x4.neg(f32x4.mul(y, f32x4.max(f32x4.splat(0), f32x4.min(f32x4.splat(1), slope))));
  } else {
    const threshold = v128.load32_splat(context, SHAPE);
    derivative = f32x4.max(f32x4.neg(threshold), f32x4.min(threshold, f32x4.sub(o, y)));
  }
  const bound = v128.load(limit);
  v128.store(outputs, f32x4.max(f32x4.neg(bound), f32x4.min(bound, derivative)));
}
