import { NOISE_STD, OBJECTIVE } from "./context";
import { addSingleOutputBatch } from "./single-output";
import { addSoftmaxBatch } from "./softmax";
import { projectOntoBall, sweepWithNoise, sweepWithoutNoise } from "./update";

const SOFTMAX = 1;

/** One step of the process on one batch. The step number, as two words, is the noise's nonce. */
export function step(context: usize, batch: i32, stepLow: i32, stepHigh: i32): void {
  if (load<i32>(context, OBJECTIVE) == SOFTMAX) addSoftmaxBatch(context, batch);
  else addSingleOutputBatch(context, batch);
  if (load<f32>(context, NOISE_STD) > 0) sweepWithNoise(context, stepLow, stepHigh);
  else sweepWithoutNoise(context);
  projectOntoBall(context);
}

// Exported so that the optimiser does not inline them into their only callers: Node 20's JIT then mixes a caller's work
// into their loops.
export { normalGroups, transformExtended } from "./gaussian";
