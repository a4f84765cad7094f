import { DomainError, ExpungeError } from "../errors.js";
import { MAX_SPARSE_COLUMNS, pairsWidth, type SparseStorage } from "../records/sparse-rows.js";
import { checkAdvance, checkParameters, checkShape, requireAlive } from "./check-input.js";
import type { Kernel, PackedRows, ProcessParameters } from "./kernel.js";
import { allocateSparse, type SparseMemory } from "./sparse-memory.js";
import { SparseSlots } from "./sparse-slots.js";
import { runSteps } from "./wasm-kernel.js";
import { instantiateKernel, type KernelExports } from "./wasm-module.js";

interface Live {
  readonly memory: SparseMemory;
  readonly step: KernelExports["stepSparse64"];
  readonly slots: SparseSlots;
}

/**
 * The float64 kernel on rows of which only the numbers other than 0 are held (assembly/sparse.ts): a step takes time in proportion to the
 * batch's entries, and one sweep of the weights. It is the same process in the same arithmetic, and its rounding keeps to the same
 * bound (docs/theory.md, "Rounding of steps").
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
  const { outputCount } = objective;
  const batchCount = slotCount / parameters.batchSize;
  const memory = allocateSparse({ slotCount, featureCount, ...storage }, objective, parameters);
  const { stepSparse64: step } = await instantiateKernel(memory.memory);
  const slots = new SparseSlots(memory, objective, parameters);
  slots.fill(rows.features, rows.labels);
  let live: Live | undefined = { memory, step, slots };

  function requireLive(): Live {
    requireAlive(live === undefined);
    return live!;
  }

  return {
    name: "float64",
    precision: "float64",
    advance(weights, firstStep, stepCount, noise) {
      const { memory, step } = requireLive();
      checkAdvance(weights, outputCount * featureCount, firstStep, stepCount);
      runSteps(memory, step, batchCount, { weights, firstStep, stepCount, noise });
    },
    readSlot: (slot) => requireLive().slots.read(slot),
    writeSlot: (slot, record) => requireLive().slots.write(slot, record),
    dispose() {
      if (live === undefined) return;
      new Uint8Array(live.memory.memory.buffer).fill(0);
      live = undefined;
    },
  };
}

function checkStorage(featureCount: number, { capacity }: SparseStorage): void {
  if (!(Number.isSafeInteger(featureCount) && featureCount >= 1 && featureCount <= MAX_SPARSE_COLUMNS))
    throw new DomainError("featureCount", featureCount, `to be an integer from 1 to ${MAX_SPARSE_COLUMNS}`);
  if (Number.isSafeInteger(capacity) && capacity >= 1) return;
  throw new ExpungeError("E_KERNEL", `Expected capacity = ${capacity} to be an integer of at least 1.`);
}
