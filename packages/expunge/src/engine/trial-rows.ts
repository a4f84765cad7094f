import type { Objective } from "../objective/index.js";
import type { SparseStorage } from "../records/sparse-rows.js";
import type { PackedRows, ProcessParameters } from "./kernel.js";
import type { PoolMemory } from "./pool-memory.js";
import { Slots } from "./slots.js";
import { allocateSparse, type SparseTrials } from "./sparse-memory.js";
import { SparseSlots } from "./sparse-slots.js";
import type { StepName } from "./trial-loop.js";
import { allocate, type MemoryShape, PANEL_ROWS, panelsOf } from "./wasm-memory.js";
import { instantiateKernel, type KernelExports } from "./wasm-module.js";

/** The rows of all trials, and what steps on them. */
export interface Held {
  readonly memory: PoolMemory;
  readonly slots: Pick<Slots, "read" | "write">;
  readonly kernel: KernelExports;
  readonly stepName: StepName;
  readonly batchCount: number;
}

/** Rows with all their numbers, of which a pass over a batch advances several trials. @throws ExpungeError E_KERNEL */
export async function denseRows(
  rows: PackedRows,
  parameters: ProcessParameters,
  objective: Objective,
  layout: Pick<MemoryShape, "trials" | "trialsPerPass" | "workers" | "isShared" | "precision">,
): Promise<Held> {
  const { batchSize } = parameters;
  const batchCount = rows.slotCount / batchSize;
  const { featureCount } = rows;
  const shape = { panelCount: batchCount * panelsOf(batchSize), featureCount, stagingRows: PANEL_ROWS };
  const memory = allocate({ ...shape, ...layout }, objective, parameters);
  const kernel = await instantiateKernel(memory.memory, layout.isShared ? "shared" : "own");
  const slots = new Slots(memory, kernel, objective, parameters);
  slots.fill(rows.features, rows.labels);
  return {
    memory,
    slots,
    kernel,
    batchCount,
    stepName: layout.precision === "float64" ? "step64" : "step32",
  };
}

/** Rows in pairs: each trial goes through all steps by itself, over rows that all share. @throws ExpungeError E_KERNEL */
export async function sparseRows(
  rows: PackedRows,
  parameters: ProcessParameters,
  objective: Objective,
  layout: SparseTrials & SparseStorage,
): Promise<Held> {
  const { slotCount, featureCount } = rows;
  const { capacity, plannedCapacity } = layout;
  const shape = { slotCount, featureCount, capacity, plannedCapacity };
  const memory = allocateSparse(shape, objective, parameters, {
    shared: layout,
  });
  const kernel = await instantiateKernel(memory.memory, layout.isShared ? "shared" : "own");
  const slots = new SparseSlots(memory, kernel, objective, parameters);
  slots.fill(rows.features, rows.labels);
  const batchCount = slotCount / parameters.batchSize;
  return { memory, slots, kernel, batchCount, stepName: "stepSparse64" };
}
