import { encodeSafetensors } from "../export/safetensors.js";
import { sha256Hex } from "../records/bytes.js";
import type { ModelState } from "./model-state.js";

/** The weights file of a model: one tensor "weights", outputCount x featureCount; float32 exactly where the kernel is. */
export function weightsFile(state: Pick<ModelState, "plan" | "weights">): Uint8Array {
  const { outputCount, featureCount, kernel } = state.plan;
  const shape = [outputCount, featureCount];
  const isFloat32 = kernel === "wasm-simd";
  const tensor = isFloat32
    ? { dtype: "F32" as const, shape, data: Float32Array.from(state.weights) }
    : { dtype: "F64" as const, shape, data: Float64Array.from(state.weights) };
  return encodeSafetensors({ weights: tensor });
}

/** Hex sha256 of the weights file: what certificates call the model. */
export function modelDigest(state: Pick<ModelState, "plan" | "weights">): string {
  return sha256Hex(weightsFile(state));
}
