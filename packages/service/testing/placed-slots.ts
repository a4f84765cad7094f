import { eq } from "drizzle-orm";
import { rowWidthAt } from "expunge/process";
import type { Database } from "../src/database/open-database.js";
import { datasets } from "../src/database/tables.js";
import { forgottenRows } from "../src/models/forgotten-rows.js";
import { readProcess } from "../src/models/stored-process.js";
import { rowPagesOf } from "../src/rows/dataset-pages.js";
import { type DatasetRows, shapeOfDataset } from "../src/rows/dataset-rows.js";
import { NO_SLOT, readOrder } from "../src/rows/model-order.js";
import { pagedSource } from "../src/rows/paged-source.js";

/** What is wrong with where rows lie: nothing where each that a model has lies in a slot of its own, and all other slots are empty. */
export async function misplacedRows(database: Database, modelId: string): Promise<string[]> {
  const process = await readProcess(database.queries, modelId);
  if (process === null) return ["the model is not ready"];
  const { datasetId, slotCount } = process;
  const [dataset] = await database.queries.select().from(datasets).where(eq(datasets.id, datasetId));
  const width = rowWidthAt(process);
  const stored: Buffer[] = [];
  const shape = shapeOfDataset(datasetId, dataset!.description!, dataset!);
  for await (const page of rowPagesOf(database, shape))
    for (let i = 0; i < page.labels.length; i++)
      stored.push(bytesOf(rowOf(page, i, shape.featureCount, width), page.labels[i]!));
  const features = new Float32Array(slotCount * width);
  const labels = new Float32Array(slotCount);
  await pagedSource(database, process).read(0, features, labels);
  const forgotten = await forgottenRows(database.queries, process);
  const slotOfRow = await readOrder(database, modelId);
  const wrong: string[] = [];
  const rowOfSlot = new Map<number, number>();
  for (const [row, slot] of slotOfRow.entries()) {
    if (slot === NO_SLOT || forgotten.has(row)) continue;
    if (slot >= slotCount) wrong.push(`row ${row} lies beyond the cycle, in slot ${slot}`);
    if (rowOfSlot.has(slot)) wrong.push(`rows ${row} and ${rowOfSlot.get(slot)} share slot ${slot}`);
    rowOfSlot.set(slot, row);
  }
  const nothing = bytesOf(new Float32Array(width), 0);
  for (let slot = 0; slot < slotCount; slot++) {
    const row = rowOfSlot.get(slot);
    const expected = row === undefined ? nothing : stored[row]!;
    const found = bytesOf(features.slice(slot * width, (slot + 1) * width), labels[slot]!);
    if (!found.equals(expected))
      wrong.push(`slot ${slot} does not hold ${row === undefined ? "nothing" : `row ${row}`}`);
  }
  return wrong;
}

/** A row as a slot of so many numbers holds it: all of them or pairs, and its sample weight where it has one. */
function rowOf(
  { features, sparse, sampleWeights }: DatasetRows,
  row: number,
  featureCount: number,
  width: number,
): Float32Array {
  const stored = new Float32Array(width);
  if (sparse)
    for (let entry = sparse.starts[row]!, at = 0; entry < sparse.starts[row + 1]!; entry++) {
      stored[at++] = sparse.columns[entry]! + 1;
      stored[at++] = sparse.values[entry]!;
    }
  else stored.set(features.subarray(row * featureCount, (row + 1) * featureCount));
  if (sampleWeights) stored[width - 1] = sampleWeights[row]!;
  return stored;
}

function bytesOf(features: Float32Array, label: number): Buffer {
  return Buffer.from(Float32Array.of(...features, label).buffer);
}
