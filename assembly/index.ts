import { addPanels } from "./batch";
import { NOISE_STD, PANELS_PER_BATCH } from "./context";
import { updateWithNoise, updateWithoutNoise } from "./update";

/** One step of every trial on one batch. The step number, as two words, is the noise's nonce. */
export function step(context: usize, batch: i32, stepLow: i32, stepHigh: i32): void {
  const panels = load<i32>(context, PANELS_PER_BATCH);
  addPanels(context, batch * panels, panels);
  update(context, stepLow, stepHigh);
}

/** The end of a step whose gradients are summed already. */
export function update(context: usize, stepLow: i32, stepHigh: i32): void {
  if (load<f32>(context, NOISE_STD) > 0) updateWithNoise(context, stepLow, stepHigh);
  else updateWithoutNoise(context);
}

export { addPanels } from "./batch";
export { packPanel } from "./pack";

// Exported so that the optimiser does not inline them into their only callers: Node 20's JIT then mixes a caller's work
// into their loops.
export { normalGroups, transformExtended } from "./gaussian";
export { singleOutputCoefficients, softmaxCoefficients } from "./coefficients";
export { addPanel, dotPanel } from "./panel";
