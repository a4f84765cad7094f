/** What a model can be linear in: the row itself, or what a fixed map makes of it. */
export const FEATURE_KINDS = ["linear", "fourier", "gated-relu"] as const;

/** One of `FEATURE_KINDS`. */
export type FeatureKind = (typeof FEATURE_KINDS)[number];

/** Most waves or gates of a map. */
export const MAX_FEATURES = 65_536;
/** Most columns of a mapped row, and most numbers that a map draws. */
export const MAX_MAPPED_COLUMNS = 2 ** 17;
export const MAX_DRAWN_NUMBERS = 2 ** 24;

/**
 * A map from scaled rows to what a model is linear in. It follows from these numbers and the seed alone, so that it is public and fixed before a row
 * is read (docs/theory.md, "Features").
 */
export interface FeatureMap {
  readonly kind: Exclude<FeatureKind, "linear">;
  /** Columns of a scaled row, the intercept's among them. */
  readonly inputCount: number;
  /** Fourier features: columns of a mapped row. Gated ReLU: gates, each of which makes `inputCount` columns. */
  readonly count: number;
  /** Distance over which Fourier features vary, > 0; null for gates, which have none. */
  readonly bandwidth: number | null;
  /** Whether the bandwidth was read off some of the rows. */
  readonly isBandwidthFromData: boolean;
  readonly seed: string;
}

/** What a certificate says of a map, beside the columns that its data have. */
export function certifiedMap({ inputCount: _, ...map }: FeatureMap): Omit<FeatureMap, "inputCount"> {
  return map;
}

/** Columns of a mapped row. */
export function mappedCountOf({
  kind,
  inputCount,
  count,
}: Pick<FeatureMap, "kind" | "inputCount" | "count">): number {
  return kind === "fourier" ? count : count * inputCount;
}

/** What of a map is not as it must be, and what it must be; null where all is well. */
export function faultOfMap(map: FeatureMap): readonly [field: keyof FeatureMap, expected: string] | null {
  const { kind, bandwidth, isBandwidthFromData } = map;
  const size = faultOfSize(map);
  if (size !== null) return size;
  if (kind === "fourier") return bandwidth === null ? ["bandwidth", "a number > 0"] : null;
  if (bandwidth !== null) return ["bandwidth", "null: gates have none"];
  return isBandwidthFromData ? ["isBandwidthFromData", "false: gates have no bandwidth"] : null;
}

/** What of a map's size is not as it must be, as `faultOfMap` says it. */
export function faultOfSize(
  map: Pick<FeatureMap, "kind" | "inputCount" | "count">,
): readonly [field: "count", expected: string] | null {
  const { inputCount, count } = map;
  if (count > MAX_FEATURES) return ["count", `at most ${MAX_FEATURES}`];
  if (mappedCountOf(map) > MAX_MAPPED_COLUMNS)
    return ["count", `at most ${Math.floor(MAX_MAPPED_COLUMNS / inputCount)} gates of ${inputCount} columns`];
  return inputCount * count > MAX_DRAWN_NUMBERS
    ? ["count", `at most ${Math.floor(MAX_DRAWN_NUMBERS / inputCount)} for ${inputCount} columns`]
    : null;
}

/** Characters of a seed, for which certificates have room. */
export const MAX_SEED_LENGTH = 1000;

/** Bandwidths for which float32 has room. */
export const BANDWIDTH_RANGE = { min: 1e-6, max: 1e6 } as const;
