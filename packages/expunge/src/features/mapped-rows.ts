import type { Dataset } from "../data/dataset.js";
import { type RowChunk, type RowSource, withAllNumbers } from "../data/row-source.js";
import { type FeatureMap, mappedCountOf } from "../records/feature-map.js";
import { type RowMapper, rowMapperOf } from "./row-mapper.js";

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

/** Maps a row of a data set. */
export function mapRowInto(
  mapper: RowMapper,
  { features, sparse, featureCount }: Pick<Dataset, "features" | "sparse" | "featureCount">,
  row: number,
  into: Float32Array,
): void {
  if (!sparse) {
    mapper(features.subarray(row * featureCount, (row + 1) * featureCount), into);
    return;
  }
  const { starts, columns, values } = sparse;
  const first = starts[row]!;
  const end = starts[row + 1]!;
  mapper.entries(columns.subarray(first, end), values.subarray(first, end), into);
}

/** A data set whose rows a map made: for many trainings that have the map in common, so that no row is mapped twice. */
export function mapDataset(rows: Dataset, map: FeatureMap): Dataset {
  const { sparse: _, ...facts } = rows;
  const mapper = rowMapperOf(map);
  const count = mappedCountOf(map);
  const features = new Float32Array(rows.rowCount * count);
  for (let row = 0; row < rows.rowCount; row++)
    mapRowInto(mapper, rows, row, features.subarray(row * count, (row + 1) * count));
  return { ...facts, featureNames: null, featureCount: count, features };
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
