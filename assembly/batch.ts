import { BLOCK, COLUMNS, GRADIENT, LABELS, LIMITS, LINE_COUNTS, OBJECTIVE, OUTPUT_COUNT, OUTPUTS, ROWS, SHAPE, STARTS, TRIALS, WEIGHTS } from "./context";
import { singleOutputCoefficients, softmaxCoefficients } from "./coefficients";
import { addPanel, dotPanel } from "./panel";

const SOFTMAX = 1;

/**
 * Adds the clipped gradients of some panels' rows to every trial's gradient sum: no record's gradient is ever written out.
 *
 * Panels go in blocks that fit in L2: all dots of a block, then all sums. A block is one long sequential read from L3 or
 * memory; with dot and sum alternating panel by panel, the processor's prefetching starts anew at each.
 */
export function addPanels(context: usize, firstPanel: i32, panelCount: i32): void {
  const block = load<i32>(context, BLOCK);
  const end = firstPanel + panelCount;
  do {
    const count = min(block, end - firstPanel);
    dotBlock(context, firstPanel, count);
    coefficientsOfBlock(context, firstPanel, count);
    addBlock(context, firstPanel, count);
    firstPanel += count;
  } while (firstPanel < end);
}

function dotBlock(context: usize, firstPanel: i32, remaining: i32): void {
  const columns = load<i32>(context, COLUMNS);
  const count = load<i32>(context, TRIALS) * load<i32>(context, OUTPUT_COUNT);
  const weights = load<usize>(context, WEIGHTS);
  const rows = load<usize>(context, ROWS);
  const first = (<usize>firstPanel) << 2;
  let start = load<usize>(context, STARTS) + first;
  let lineCounts = load<usize>(context, LINE_COUNTS) + first;
  let outputs = load<usize>(context, OUTPUTS);
  do {
    dotPanel(rows + load<u32>(start), load<i32>(lineCounts), weights, count, columns, outputs);
    outputs += (<usize>count) << 4;
    start += 4;
    lineCounts += 4;
    remaining -= 1;
  } while (remaining > 0);
}

function coefficientsOfBlock(context: usize, firstPanel: i32, remaining: i32): void {
  const outputCount = load<i32>(context, OUTPUT_COUNT);
  const bytes = (<usize>(load<i32>(context, TRIALS) * outputCount)) << 4;
  const objective = load<i32>(context, OBJECTIVE);
  const shape = v128.load32_splat(context, SHAPE);
  const first = (<usize>firstPanel) << 4;
  let label = load<usize>(context, LABELS) + first;
  let limit = load<usize>(context, LIMITS) + first;
  let outputs = load<usize>(context, OUTPUTS);
  do {
    if (objective == SOFTMAX) softmaxCoefficients(outputs, outputs + bytes, outputCount, label, limit);
    else singleOutputCoefficients(outputs, outputs + bytes, objective, shape, label, limit);
    outputs += bytes;
    label += 16;
    limit += 16;
    remaining -= 1;
  } while (remaining > 0);
}

function addBlock(context: usize, firstPanel: i32, remaining: i32): void {
  const columns = load<i32>(context, COLUMNS);
  const count = load<i32>(context, TRIALS) * load<i32>(context, OUTPUT_COUNT);
  const gradient = load<usize>(context, GRADIENT);
  const rows = load<usize>(context, ROWS);
  const first = (<usize>firstPanel) << 2;
  let start = load<usize>(context, STARTS) + first;
  let lineCounts = load<usize>(context, LINE_COUNTS) + first;
  let coefficients = load<usize>(context, OUTPUTS);
  do {
    addPanel(rows + load<u32>(start), load<i32>(lineCounts), coefficients, count, columns, gradient);
    coefficients += (<usize>count) << 4;
    start += 4;
    lineCounts += 4;
    remaining -= 1;
  } while (remaining > 0);
}
