import { ExpungeError, optionError, wordedError } from "../errors.js";
import { bandwidthOf, bandwidthOfSparse } from "../features/index.js";
import { isInRange } from "../math/number-range.js";
import {
  BANDWIDTH_RANGE,
  type FeatureKind,
  type FeatureMap,
  faultOfSize,
  MAX_SEED_LENGTH,
} from "../records/feature-map.js";
import type { SparseRows } from "../records/sparse-rows.js";
import { FIT_OPTIONS } from "./fit-option-table.js";
import { onlyWith, requireFitOption } from "./option-checks.js";

/** What of the rows a map may depend on. */
export interface Mappable {
  readonly featureCount: number;
  /** Rows, of which a bandwidth is read off where none is given. */
  readonly features?: Float32Array;
  /** The rows, where they are sparse. */
  readonly sparse?: SparseRows;
  /** Or what was read off them. */
  readonly bandwidth?: number | null;
}

/** Those options of `fit` that a map follows from. */
interface MapOptions {
  readonly features?: FeatureKind;
  readonly featureCount?: number;
  readonly featureBandwidth?: number;
  readonly featureSeed?: string | number;
}

/** Waves, or gates, where nobody says. */
const USUAL_COUNTS = { fourier: 1000, "gated-relu": 16 } as const;

const OF_MAPS = ["featureCount", "featureBandwidth", "featureSeed"] as const;

/** Those options of `fit` that say what a model is linear in. */
export const MAP_OPTIONS = ["features", ...OF_MAPS] as const;

/** What of a map is known before any row is; undefined where models are linear in the row itself. @throws ExpungeError E_OPTION */
export function mapShapeFrom(
  { featureCount: inputCount }: Pick<Mappable, "featureCount">,
  options: MapOptions,
): Pick<FeatureMap, "kind" | "inputCount" | "count" | "seed"> | undefined {
  const { features: kind = FIT_OPTIONS.features.usual, featureBandwidth, featureSeed } = options;
  requireFitOption("features", kind);
  if (kind === "linear") {
    const without = OF_MAPS.filter((name) => options[name] !== undefined);
    if (without.length === 0) return undefined;
    throw wordedError(
      "E_OPTION",
      ({ field }) =>
        `${without.map((name) => field(name)).join(", ")}: only with ${field("features")} other than "linear".`,
    );
  }
  if (kind !== "fourier" && featureBandwidth !== undefined)
    throw onlyWith(["featureBandwidth"], "features", "fourier");
  const { featureCount: count = USUAL_COUNTS[kind] } = options;
  requireFitOption("featureCount", count);
  if (featureBandwidth !== undefined) requireFitOption("featureBandwidth", featureBandwidth);
  const seed = String(featureSeed ?? FIT_OPTIONS.featureSeed.usual);
  if (seed.length > MAX_SEED_LENGTH)
    throw wordedError(
      "E_OPTION",
      ({ field }) =>
        `Expected ${field("featureSeed")} to be of at most ${MAX_SEED_LENGTH} characters, found ${seed.length}.`,
    );
  const shape = { kind, inputCount, count, seed };
  const fault = faultOfSize(shape);
  if (fault === null) return shape;
  throw optionError("featureCount", count, `to be ${fault[1]}`);
}

/**
 * The map of a plan, undefined where models are linear in the row itself.
 *
 * @throws ExpungeError E_OPTION naming the option; E_DATA where a bandwidth is to be read off rows that do not differ
 */
export function featureMapFrom(of: Mappable, options: MapOptions): FeatureMap | undefined {
  const shape = mapShapeFrom(of, options);
  if (shape === undefined) return undefined;
  const given = options.featureBandwidth ?? null;
  const isBandwidthFromData = shape.kind === "fourier" && given === null;
  const bandwidth = isBandwidthFromData ? bandwidthFrom(of) : given;
  return Object.freeze({ ...shape, bandwidth, isBandwidthFromData });
}

function bandwidthFrom(of: Mappable): number {
  const bandwidth = of.bandwidth ?? readBandwidth(of);
  if (bandwidth !== null && isInRange(bandwidth, BANDWIDTH_RANGE)) return bandwidth;
  if (bandwidth !== null)
    throw new ExpungeError(
      "E_DATA",
      `Half the median distance between rows, read off as the bandwidth of Fourier features, is ${bandwidth}; expected ${BANDWIDTH_RANGE.min} to ${BANDWIDTH_RANGE.max}. Scale the columns alike, or give featureBandwidth.`,
    );
  throw new ExpungeError(
    "E_DATA",
    "Expected rows that differ, to read a bandwidth for Fourier features off them. Give featureBandwidth.",
  );
}

/** Where somebody has read it off rows already and found nothing (`null`), there is nothing to read. */
function readBandwidth({ features, sparse, featureCount, bandwidth: known }: Mappable): number | null {
  if (sparse && known === undefined) return bandwidthOfSparse(sparse);
  return features ? bandwidthOf(features, featureCount) : null;
}
