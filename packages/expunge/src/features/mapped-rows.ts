import { type Dataset, denseRows } from "../data/dataset.js";
import { type RowChunk, type RowSource, withAllNumbers } from "../data/row-source.js";
import { type FeatureMap, mappedCountOf } from "../records/feature-map.js";
import { rowMapperOf } from "./row-mapper.js";

/**
 * Rows as a map makes them.
 *
 * @param rows row-major; numbers behind the map's columns, such as a sample weight, stay as they are
 * @param width numbers of a row
 */
export function mapRows(rows: Float32Array, width: number, map: FeatureMap): Float32Array {
  const mapper = rowMapperOf(map);
  const { inputCount } = map;
  const count = mappedCountOf(map);
  const mappedWidth = count + width - inputCount;
  const rowCount = rows.length / width;
  const mapped = new Float32Array(rowCount * mappedWidth);
  for (let i = 0; i < rowCount; i++) {
    const row = rows.subarray(i * width, (i + 1) * width);
    const start = i * mappedWidth;
    mapper(row.subarray(0, inputCount), mapped.subarray(start, start + count));
    mapped.set(row.subarray(inputCount), start + count);
  }
  return mapped;
}

/**
 * A data set whose rows a map made: for many trainings that have the map in common, so that no row is mapped twice. Rows that are held sparse are held
 * with all their numbers a few at a time.
 */
export function mapDataset(rows: Dataset, map: FeatureMap): Dataset {
  const { sparse: _, ...facts } = rows;
  const { featureCount, rowCount } = rows;
  const mappedCount = mappedCountOf(map);
  const features = new Float32Array(rowCount * mappedCount);
  const most = Math.max(1, Math.floor(MAPPED_NUMBERS / featureCount));
  for (let from = 0; from < rowCount; from += most) {
    const some = denseRows(rows, from, Math.min(from + most, rowCount));
    features.set(mapRows(some, featureCount, map), from * mappedCount);
  }
  return { ...facts, featureNames: null, featureCount: mappedCount, features };
}

/**
 * A source of mapped rows, a few at a time.
 *
 * @param source  of scaled rows, with whatever stands behind their features counted in `featureCount`
 * @param shape   what of the map is known before a row is read
 * @param mapFrom the map, asked for when the first rows are there
 */
export function mappedSource(
  source: RowSource,
  shape: Pick<FeatureMap, "kind" | "inputCount" | "count">,
  mapFrom: (firstRows: Float32Array) => FeatureMap,
): RowSource {
  const rows = withAllNumbers(source);
  const { featureCount: width } = rows;
  const featureCount = width + mappedCountOf(shape) - shape.inputCount;
  const most = Math.max(1, Math.floor(MAPPED_NUMBERS / featureCount));
  async function* chunks(): AsyncGenerator<RowChunk> {
    for await (const chunk of rows.chunks()) {
      const { features, labels, subjects, sampleWeights } = chunk;
      const map = mapFrom(features);
      for (let from = 0; from < labels.length; from += most) {
        const to = Math.min(from + most, labels.length);
        yield {
          features: mapRows(features.subarray(from * width, to * width), width, map),
          labels: labels.subarray(from, to),
          subjects: subjects?.slice(from, to) ?? null,
          ...(sampleWeights ? { sampleWeights: sampleWeights.subarray(from, to) } : {}),
        };
      }
    }
  }
  return { ...rows, featureCount, chunks };
}

/** Numbers of rows that are mapped at a time: 2 MiB. */
const MAPPED_NUMBERS = 2 ** 19;
