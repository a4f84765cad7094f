import { addPanels } from "./batch";
import { NOISE_STD, PANELS_PER_BATCH, PART_PANELS } from "./context";
import { endPart } from "./parts";
import { addRows, dotRows } from "./rows";
import { updateWithNoise, updateWithoutNoise } from "./update";

/*
 * One step of every trial on one batch, for either precision. The step number, as two words, is the noise's nonce.
 */

export function step32(context: usize, batch: i32, stepLow: i32, stepHigh: i32): void {
  const panels = load<i32>(context, PANELS_PER_BATCH);
  addPanels32(context, batch * panels, panels);
  update32(context, stepLow, stepHigh);
}

export function step64(context: usize, batch: i32, stepLow: i32, stepHigh: i32): void {
  const panels = load<i32>(context, PANELS_PER_BATCH);
  addPanels64(context, batch * panels, panels);
  update64(context, stepLow, stepHigh);
}

/* Its two parts: the sums of some panels' gradients, and the end of a step whose gradients are summed already. */

export function addPanels32(context: usize, firstPanel: i32, panelCount: i32): void {
  addPanels<f32>(context, firstPanel, panelCount);
}

export function addPanels64(context: usize, firstPanel: i32, panelCount: i32): void {
  addPanels<f64>(context, firstPanel, panelCount);
}

export function update32(context: usize, stepLow: i32, stepHigh: i32): void {
  if (load<i32>(context, PART_PANELS) > 0) endPart(context);
  if (load<f64>(context, NOISE_STD) > 0) updateWithNoise<f32>(context, stepLow, stepHigh);
  else updateWithoutNoise<f32>(context);
}

export function update64(context: usize, stepLow: i32, stepHigh: i32): void {
  if (load<f64>(context, NOISE_STD) > 0) updateWithNoise<f64>(context, stepLow, stepHigh);
  else updateWithoutNoise<f64>(context);
}

/* The sums of the gradients of rows that are not packed, of one output: what can be checked of the rows comes between the two. */

export function dotRows32(context: usize, source: usize, rowBytes: usize, rowCount: i32, squares: usize): void {
  dotRows<f32>(context, source, rowBytes, rowCount, squares);
}

export function dotRows64(context: usize, source: usize, rowBytes: usize, rowCount: i32, squares: usize): void {
  dotRows<f64>(context, source, rowBytes, rowCount, squares);
}

export function addRows32(context: usize, source: usize, rowBytes: usize, rowCount: i32): void {
  addRows<f32>(context, source, rowBytes, rowCount);
}

export function addRows64(context: usize, source: usize, rowBytes: usize, rowCount: i32): void {
  addRows<f64>(context, source, rowBytes, rowCount);
}

export { packPanel, packPanels } from "./pack";
export { packRows } from "./pairs";
export { measure64 } from "./norm";
export { close64, spread64 } from "./paired";
export { stepSparse64 } from "./sparse";

// Exported so that the optimiser does not inline them into their only callers: Node 20's JIT then mixes a caller's work
// into their loops.
export { normalGroups, splitExtended, splitGroup } from "./gaussian";
export { beginLogs, combine, endLogs, goOnWithLogs, takeSinesAndCosines, turn } from "./box-muller";
export { singleOutputCoefficients, softmaxCoefficients } from "./coefficients";
export { singleOutputCoefficients64, softmaxCoefficients64 } from "./coefficients64";
export { addPanel, dotPanel } from "./panel";
export { addPanel64, dotPanel64 } from "./panel64";
export { addApart32, dotApart32 } from "./rows32";
export { addApart64, dotApart64 } from "./rows64";
export { addGroup, addRow, dotRow, readGroup } from "./groups";
export { moveRow, scaled, subtractRow } from "./lazy";
export { addPairedRow, dotPairedRow, scaledPairs, subtractPairedRow } from "./paired";
export { gather, markColumns, numberBatch, numberRow, subtractListed } from "./columns";
export { measureGroup, packPairs } from "./pairs";
