import type { Dataset } from "../data/dataset.js";
import { mapDataset } from "../features/index.js";
import { mappedCountOf } from "../records/feature-map.js";
import { featureMapFrom, MAP_OPTIONS } from "./feature-options.js";
import type { FitOptions, Planned } from "./options.js";

/** How a search deals with a feature map: by mapping rows once, and planning for mapped rows. */
export interface TuneFeatures {
  /** What plans know of the data, with the columns of mapped rows. */
  readonly planned: Planned;
  /** For plans of mapped rows: those of `fit` that say nothing of the map. */
  readonly fitOptions: FitOptions;
  /** Those that do, for the chosen plan. A bandwidth that was read off public rows is among them, since no record of the data has a say in it. */
  readonly mapOptions: FitOptions;
  readonly mapped: (rows: Dataset) => Dataset;
}

/**
 * @param data what plans are for; with `open` no row of it is looked at
 * @param open the public rows, where there are any
 * @throws as `featureMapFrom`
 */
export function tuneFeaturesFrom(
  data: Dataset,
  open: Dataset | undefined,
  options: FitOptions,
): TuneFeatures {
  const map = featureMapFrom(open ?? data, options);
  const isOfMap = ([name]: [string, unknown]): boolean => (MAP_OPTIONS as readonly string[]).includes(name);
  const entries = Object.entries(options);
  const mapOptions: FitOptions = Object.fromEntries(entries.filter(isOfMap));
  const fitOptions: FitOptions = Object.fromEntries(entries.filter((entry) => !isOfMap(entry)));
  if (map === undefined) return { planned: data, fitOptions, mapOptions, mapped: (rows) => rows };
  const { features: _, sparse: __, ...facts } = data;
  const isFromPublic = open !== undefined && map.isBandwidthFromData;
  return {
    planned: { ...facts, featureCount: mappedCountOf(map) },
    fitOptions,
    mapOptions: isFromPublic ? { ...mapOptions, featureBandwidth: map.bandwidth as number } : mapOptions,
    mapped: (rows) => mapDataset(rows, map),
  };
}
