import { COLUMNS, GRADIENT, LABELS, LIMITS, LINE_COUNTS, LINES, OUTPUT_COUNT, OUTPUTS, PANELS_PER_BATCH, ROWS, WEIGHTS } from "./context";
import { exp4 } from "./elementary";
import { addPanel, dotPanel } from "./panel";

/** Adds the gradients of one batch to the gradient sum, class by class: no record's gradient is ever written out. */
export function addSoftmaxBatch(context: usize, batch: i32): void {
  const columns = load<i32>(context, COLUMNS);
  const panels = load<i32>(context, PANELS_PER_BATCH);
  const classes = load<i32>(context, OUTPUT_COUNT);
  const panelBytes = (<usize>columns) << 4;
  const vectorBytes = (<usize>columns) << 2;
  const outputs = load<usize>(context, OUTPUTS);
  const first = <usize>batch * <usize>panels;
  let panel = load<usize>(context, ROWS) + first * panelBytes;
  let label = load<usize>(context, LABELS) + (first << 4);
  let limit = load<usize>(context, LIMITS) + (first << 4);
  let lines = load<usize>(context, LINES) + first * <usize>columns;
  let lineCounts = load<usize>(context, LINE_COUNTS) + (first << 2);
  let remaining = panels;
  do {
    const lineCount = load<i32>(lineCounts);
    let j = 0;
    let weights = load<usize>(context, WEIGHTS);
    do {
      v128.store(outputs + ((<usize>j) << 4), dotPanel(panel, lines, lineCount, weights, columns));
      weights += vectorBytes;
      j += 1;
    } while (j < classes);

    writeCoefficients(outputs, classes, v128.load(label), v128.load(limit));

    j = 0;
    let gradient = load<usize>(context, GRADIENT);
    do {
      addPanel(panel, lines, lineCount, outputs + ((<usize>j) << 4), gradient, columns);
      gradient += vectorBytes;
      j += 1;
    } while (j < classes);

    panel += panelBytes;
    lines += columns;
    lineCounts += 4;
    label += 16;
    limit += 16;
    remaining -= 1;
  } while (remaining > 0);
}

/** Replaces a panel's outputs by softmax(outputs) - onehot(label); by 0 in rows whose limit is 0, which are empty. */
function writeCoefficients(outputs: usize, classes: i32, label: v128, limit: v128): void {
  const end = outputs + ((<usize>classes) << 4);
  let top = v128.load(outputs);
  let at = outputs + 16;
  do {
    top = f32x4.max(top, v128.load(at));
    at += 16;
  } while (at < end);

  let sum = f32x4.splat(0);
  at = outputs;
  do {
    const e = exp4(f32x4.sub(v128.load(at), top));
    v128.store(at, e);
    sum = f32x4.add(sum, e);
    at += 16;
  } while (at < end);

  const isLive = f32x4.gt(limit, f32x4.splat(0));
  const scale = f32x4.div(f32x4.splat(1), sum);
  let j: f32 = 0;
  at = outputs;
  do {
    const isLabel = v128.and(f32x4.eq(label, f32x4.splat(j)), f32x4.splat(1));
    v128.store(at, v128.and(isLive, f32x4.sub(f32x4.mul(v128.load(at), scale), isLabel)));
    j += 1;
    at += 16;
  } while (at < end);
}
