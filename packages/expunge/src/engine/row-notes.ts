import type { Objective } from "../objective/index.js";
import { normAbove } from "./check-input.js";
import { float32AtMost } from "./float32.js";
import type { ProcessParameters } from "./kernel.js";
import type { WasmMemory } from "./wasm-memory.js";
import { gradientWeight } from "./weighting.js";

const MAX_FLOAT32 = 3.4028234663852886e38;

/** What a memory keeps of a record beside its features. */
type NotedRows = Pick<
  WasmMemory,
  "labels" | "limits" | "gradientWeights" | "sampleWeights" | "precision" | "featureCount"
>;

/** A record that was checked. */
export interface CheckedRow {
  /** Norm of its features, in float64. */
  readonly norm: number;
  readonly label: number;
  readonly sampleWeight: number;
}

/** Notes a record's label, its weight and the bound on its derivative. @param packedRow its place among the packed rows */
export function noteRow(
  memory: NotedRows,
  objective: Objective,
  { clip, weighting }: ProcessParameters,
  packedRow: number,
  { norm, label, sampleWeight }: CheckedRow,
): void {
  const { labels, limits, gradientWeights, sampleWeights, precision, featureCount } = memory;
  labels[packedRow] = label;
  if (weighting) {
    const weight = gradientWeight(weighting, objective.task, label, sampleWeight);
    gradientWeights[packedRow] = precision === "float64" ? weight : float32AtMost(weight);
    if (weighting.samples) sampleWeights[packedRow] = sampleWeight;
  }
  limits[packedRow] = 0;
  // Limit 0 makes an empty row's coefficient 0. For softmax, which is never clipped, any positive limit means live.
  if (norm === 0) return;
  const limit = clip / normAbove(norm, featureCount);
  limits[packedRow] =
    precision === "float64" ? Math.min(limit, Number.MAX_VALUE) : float32AtMost(Math.min(limit, MAX_FLOAT32));
}
