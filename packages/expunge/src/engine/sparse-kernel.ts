import { DomainError, ExpungeError } from "../errors.js";
import { MAX_SPARSE_COLUMNS, pairsWidth, type SparseStorage } from "../records/sparse-rows.js";
import { checkParameters, checkShape } from "./check-input.js";
import type { Kernel, PackedRows, ProcessParameters } from "./kernel.js";
import { allocateSparse } from "./sparse-memory.js";
import { SparseSlots } from "./sparse-slots.js";
import { kernelOn } from "./wasm-kernel.js";
import { instantiateKernel } from "./wasm-module.js";

/**
 * The float64 kernel on rows of which only the numbers other than 0 are held (assembly/sparse.ts): a step without noise takes time
 * in proportion to the batch's entries, where these have room for no more than the columns; every 64th step, and others, sweep the weights. It is the
 * same process, and its rounding keeps to the same bound (docs/theory.md, "Rounding of steps").
 *
 * @param rows    features are pairs, `storage.capacity` of them a row, each followed by its sample weight where rows have one
 * @throws as `createKernel`
 */
export async function createSparseKernel(
  rows: PackedRows,
  parameters: ProcessParameters,
  storage: SparseStorage,
): Promise<Kernel> {
  const objective = checkParameters(parameters);
  const { featureCount, slotCount } = rows;
  checkStorage(featureCount, storage);
  checkShape({ ...rows, featureCount: pairsWidth(storage) }, parameters.batchSize, parameters.weighting);
  const shape = { slotCount, featureCount, ...storage };
  const memory = allocateSparse(shape, objective, parameters, { isListed: true });
  const kernel = await instantiateKernel(memory.memory);
  const slots = new SparseSlots(memory, kernel, objective, parameters);
  slots.fill(rows.features, rows.labels);
  const batchCount = slotCount / parameters.batchSize;
  const live = { memory, kernel, step: kernel.stepSparse64, slots };
  return kernelOn(live, "float64", batchCount, memory.cutEvery);
}

/** @throws DomainError E_DOMAIN, ExpungeError E_KERNEL */
export function checkStorage(
  featureCount: number,
  { capacity, plannedCapacity = capacity }: SparseStorage,
): void {
  if (!(Number.isSafeInteger(featureCount) && featureCount >= 1 && featureCount <= MAX_SPARSE_COLUMNS))
    throw new DomainError("featureCount", featureCount, `to be an integer from 1 to ${MAX_SPARSE_COLUMNS}`);
  if (!(Number.isSafeInteger(capacity) && capacity >= 1))
    throw new ExpungeError("E_KERNEL", `Expected capacity = ${capacity} to be an integer of at least 1.`);
  if (Number.isSafeInteger(plannedCapacity) && plannedCapacity >= 1 && plannedCapacity <= capacity) return;
  throw new ExpungeError(
    "E_KERNEL",
    `Expected plannedCapacity = ${plannedCapacity} to be an integer from 1 to ${capacity}.`,
  );
}
