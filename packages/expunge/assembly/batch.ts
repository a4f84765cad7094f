import { BLOCK, COLUMNS, GRADIENT, GRADIENT_WEIGHTS, LABELS, LIMITS, LINE_COUNTS, OBJECTIVE, OUTPUT_COUNT, OUTPUTS, PART_PANELS, PARTS, ROWS, SHAPE, STARTS, TRIALS, WEIGHTS } from "./context";
import { singleOutputCoefficients, softmaxCoefficients } from "./coefficients";
import { singleOutputCoefficients64, softmaxCoefficients64 } from "./coefficients64";
import { addPanel, dotPanel } from "./panel";
import { addPanel64, dotPanel64 } from "./panel64";
import { endPart, MAX_PANELS } from "./parts";

const SOFTMAX = 1;
/** Numbers for the rows of a panel. */
const VECTOR: usize = 4;

/**
 * Adds the clipped gradients of some panels' rows to every trial's gradient sum: no record's gradient is ever written out.
 *
 * Panels go in blocks that fit in L2: all dots of a block, then all sums. A block is one long sequential read from L3 or
 * memory; with dot and sum alternating panel by panel, the processor's prefetching starts anew at each.
 *
 * T is f32 or f64, the kernel's precision. Four of them, one for each row of a panel, are a "vector" here.
 */
export function addPanels<T>(context: usize, firstPanel: i32, panelCount: i32): void {
  const block = load<i32>(context, BLOCK);
  const end = firstPanel + panelCount;
  do {
    const count = min(block, end - firstPanel);
    dotBlock<T>(context, firstPanel, count);
    coefficientsOfBlock<T>(context, firstPanel, count);
    if (load<usize>(context, GRADIENT_WEIGHTS) != 0) weighBlock<T>(context, firstPanel, count);
    addBlock<T>(context, firstPanel, count);
    firstPanel += count;
  } while (firstPanel < end);
}

function dotBlock<T>(context: usize, firstPanel: i32, remaining: i32): void {
  const columns = load<i32>(context, COLUMNS);
  const count = load<i32>(context, TRIALS) * load<i32>(context, OUTPUT_COUNT);
  const weights = load<usize>(context, WEIGHTS);
  const rows = load<usize>(context, ROWS);
  const first = (<usize>firstPanel) << 2;
  let start = load<usize>(context, STARTS) + first;
  let lineCounts = load<usize>(context, LINE_COUNTS) + first;
  let outputs = load<usize>(context, OUTPUTS);
  do {
    const panel = rows + load<u32>(start);
    dotPacked<T>(panel, load<i32>(lineCounts), weights, count, columns, outputs);
    outputs += <usize>count * VECTOR * sizeof<T>();
    start += 4;
    lineCounts += 4;
    remaining -= 1;
  } while (remaining > 0);
}

export function coefficientsOfBlock<T>(context: usize, firstPanel: i32, remaining: i32): void {
  const outputCount = load<i32>(context, OUTPUT_COUNT);
  const bytes = <usize>(load<i32>(context, TRIALS) * outputCount) * VECTOR * sizeof<T>();
  const objective = load<i32>(context, OBJECTIVE);
  const shape = load<f64>(context, SHAPE);
  const firstRow = <usize>firstPanel * VECTOR;
  let label = load<usize>(context, LABELS) + (firstRow << 2);
  let limit = load<usize>(context, LIMITS) + firstRow * sizeof<T>();
  let outputs = load<usize>(context, OUTPUTS);
  do {
    if (sizeof<T>() == 8) {
      if (objective == SOFTMAX) softmaxCoefficients64(outputs, outputs + bytes, outputCount, label, limit);
      else singleOutputCoefficients64(outputs, outputs + bytes, objective, shape, label, limit);
    } else {
      if (objective == SOFTMAX) softmaxCoefficients(outputs, outputs + bytes, outputCount, label, limit);
      else singleOutputCoefficients(outputs, outputs + bytes, objective, shape, label, limit);
    }
    outputs += bytes;
    label += 16;
    limit += VECTOR * sizeof<T>();
    remaining -= 1;
  } while (remaining > 0);
}

/** Multiplies the coefficients of every row by its weight: after clipping, so that no gradient grows. */
export function weighBlock<T>(context: usize, firstPanel: i32, remaining: i32): void {
  const bytes = <usize>(load<i32>(context, TRIALS) * load<i32>(context, OUTPUT_COUNT)) * VECTOR * sizeof<T>();
  let weights = load<usize>(context, GRADIENT_WEIGHTS) + <usize>firstPanel * VECTOR * sizeof<T>();
  let at = load<usize>(context, OUTPUTS);
  do {
    const end = at + bytes;
    do {
      if (sizeof<T>() == 8) {
        v128.store(at, f64x2.mul(v128.load(at), v128.load(weights)));
        v128.store(at, f64x2.mul(v128.load(at, 16), v128.load(weights, 16)), 16);
      } else {
        v128.store(at, f32x4.mul(v128.load(at), v128.load(weights)));
      }
      at += VECTOR * sizeof<T>();
    } while (at < end);
    weights += VECTOR * sizeof<T>();
    remaining -= 1;
  } while (remaining > 0);
}

function addBlock<T>(context: usize, firstPanel: i32, remaining: i32): void {
  const columns = load<i32>(context, COLUMNS);
  const count = load<i32>(context, TRIALS) * load<i32>(context, OUTPUT_COUNT);
  const sums = load<usize>(context, sizeof<T>() == 8 ? GRADIENT : PARTS);
  const rows = load<usize>(context, ROWS);
  const first = (<usize>firstPanel) << 2;
  let start = load<usize>(context, STARTS) + first;
  let lineCounts = load<usize>(context, LINE_COUNTS) + first;
  let coefficients = load<usize>(context, OUTPUTS);
  do {
    const panel = rows + load<u32>(start);
    addPacked<T>(panel, load<i32>(lineCounts), coefficients, count, columns, sums);
    endPanel<T>(context);
    coefficients += <usize>count * VECTOR * sizeof<T>();
    start += 4;
    lineCounts += 4;
    remaining -= 1;
  } while (remaining > 0);
}

// @ts-ignore: decorator
@inline
export function dotPacked<T>(panel: usize, lineCount: i32, weights: usize, count: i32, columns: i32, into: usize): void {
  if (sizeof<T>() == 8) dotPanel64(panel, lineCount, weights, count, columns, into);
  else dotPanel(panel, lineCount, weights, count, columns, into);
}

// @ts-ignore: decorator
@inline
export function addPacked<T>(panel: usize, lineCount: i32, coefficients: usize, count: i32, columns: i32, sums: usize): void {
  if (sizeof<T>() == 8) addPanel64(panel, lineCount, coefficients, count, columns, sums);
  else addPanel(panel, lineCount, coefficients, count, columns, sums);
}

/** Counts a panel of a part, and ends the part where it is full; float64 has no parts. */
// @ts-ignore: decorator
@inline
export function endPanel<T>(context: usize): void {
  if (sizeof<T>() == 8) return;
  const panels = load<i32>(context, PART_PANELS) + 1;
  store<i32>(context, panels, PART_PANELS);
  if (panels == MAX_PANELS) endPart(context);
}
