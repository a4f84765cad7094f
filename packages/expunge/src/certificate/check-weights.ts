import { carefulNorm } from "../engine/projection.js";
import { decodeSafetensors, type Tensor } from "../export/safetensors.js";
import type { UnlearningPredicate } from "../records/certificate.js";
import { mappedFeatureCount } from "./derive.js";
import type { Issue } from "./issue.js";

/* That a weights file is one that the process of a certificate can have led to: the bounds of its steps are for so many weights, within so large a ball. */

/** A norm is computed to less than this share of itself; every step leaves it at the radius at most, exactly. */
const NORM_SLACK = 2 ** -49;

/** @param path what the file was given as */
export function checkWeights(bytes: Uint8Array, predicate: UnlearningPredicate, path: string): Issue[] {
  const issue = (expected: string, actual: unknown): Issue[] => [
    { code: "MODEL_WEIGHTS", path, expected, actual },
  ];
  let tensors: Readonly<Record<string, Tensor>>;
  try {
    ({ tensors } = decodeSafetensors(bytes));
  } catch (error) {
    return issue("a weights file (safetensors)", (error as Error).message);
  }
  const { outputCount, radius } = predicate.process;
  const shape = [outputCount, mappedFeatureCount(predicate)];
  const found = Object.entries(tensors).map(([name, tensor]) => describe(name, tensor.dtype, tensor.shape));
  const expected = describe("weights", "F64", shape);
  const { weights } = tensors;
  if (weights === undefined || found.length !== 1 || found[0] !== expected) return issue(expected, found);
  const norm = carefulNorm(weights.data as Float64Array);
  // Not a number where a weight is none, or the norm overflows.
  return norm <= radius * (1 + NORM_SLACK) ? [] : issue(`weights within the radius ${radius}`, norm);
}

function describe(name: string, dtype: string, shape: readonly number[]): string {
  return `${name}: ${dtype}, ${shape.join(" x ")}`;
}
