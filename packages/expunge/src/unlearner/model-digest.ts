import { encodeSafetensors } from "../export/safetensors.js";
import { sha256Hex } from "../records/bytes.js";
import type { ModelState } from "./model-state.js";

/** The weights file of a model: one tensor "weights", outputCount x featureCount, in float64: the very state that the process goes on from. */
export function weightsFile(state: Pick<ModelState, "plan" | "weights">): Uint8Array {
  const { outputCount, featureCount } = state.plan;
  const shape = [outputCount, featureCount];
  return encodeSafetensors({ weights: { dtype: "F64", shape, data: Float64Array.from(state.weights) } });
}

/** Hex sha256 of the weights file: what certificates call the model. */
export function modelDigest(state: Pick<ModelState, "plan" | "weights">): string {
  return sha256Hex(weightsFile(state));
}
