import {
  checkAdvance,
  checkParameters,
  checkRecord,
  checkRows,
  checkSlot,
  featuresOf,
  requireAlive,
  requireFiniteWeights,
} from "./boundary.js";
import { float32AtMost } from "./float32.js";
import type { Kernel, PackedRows, ProcessParameters } from "./kernel.js";
import { withNoiseKey } from "./noise-key.js";
import { packPanel, unpackPanel } from "./panels.js";
import { allocate, PANEL_ROWS, type WasmMemory } from "./wasm-memory.js";
import { instantiateKernel, type KernelExports } from "./wasm-module.js";

/**
 * The process of theory.md section 1 in float32 SIMD (assembly/). Parameters are rounded to float32 on the safe side.
 *
 * @throws ExpungeError E_KERNEL where WebAssembly SIMD is missing or the rows do not fit, and as `createKernel`
 */
export async function createWasmKernel(rows: PackedRows, parameters: ProcessParameters): Promise<Kernel> {
  const objective = checkParameters(parameters);
  const { batchSize, clip } = parameters;
  const norms = checkRows(rows, batchSize, objective);
  const { slotCount, featureCount } = rows;
  const { outputCount } = objective;
  const batchCount = slotCount / batchSize;

  // Only this binding and the instance hold the memory, so dropping both frees it.
  let live: WasmMemory | undefined = allocate(rows, objective, parameters);
  const { columns, panelsPerBatch } = live;
  const panelRows = new Float32Array(PANEL_ROWS * columns);

  /** Index of a slot among the packed rows: every batch starts a panel of its own. */
  function packedRowOf(slot: number): number {
    const batch = Math.floor(slot / batchSize);
    return batch * panelsPerBatch * PANEL_ROWS + (slot - batch * batchSize);
  }

  function setLabel(slot: number, label: number, norm: number, to: WasmMemory): void {
    const row = packedRowOf(slot);
    to.labels[row] = label;
    // Limit 0 makes an empty row's coefficient 0. For softmax, which is never clipped, any positive limit means live.
    to.limits[row] = norm === 0 ? 0 : float32AtMost(Math.min(clip / norm, MAX_FLOAT32));
  }

  for (let slot = 0; slot < slotCount; slot++) {
    const row = packedRowOf(slot) % PANEL_ROWS;
    panelRows.set(rows.features.subarray(slot * featureCount, (slot + 1) * featureCount), row * columns);
    setLabel(slot, rows.labels[slot]!, norms[slot]!, live);
    if (row === PANEL_ROWS - 1 || (slot + 1) % batchSize === 0) {
      packPanel(live, Math.floor(packedRowOf(slot) / PANEL_ROWS), panelRows);
      panelRows.fill(0);
    }
  }

  // Waits only now: the caller might change rows that were checked but not yet copied.
  let instance: KernelExports | undefined = await instantiateKernel(live.memory);

  function requireLive(): { state: WasmMemory; step: KernelExports["step"] } {
    requireAlive(live === undefined);
    return { state: live!, step: instance!.step };
  }

  return {
    name: "wasm-simd",
    precision: "float32",
    advance(weights, firstStep, stepCount, noise) {
      const { state, step } = requireLive();
      checkAdvance(weights, outputCount * featureCount, firstStep, stepCount);
      const packed = state.weights;
      // A run that overflowed may have left NaN in the padding and in the sums.
      packed.fill(0);
      state.gradient.fill(0);
      for (let j = 0; j < outputCount; j++) {
        packed.set(weights.subarray(j * featureCount, (j + 1) * featureCount), j * columns);
      }
      requireFiniteWeights(packed, "before");
      try {
        withNoiseKey(noise, (key) => state.key.set(key));
        for (let k = firstStep; k < firstStep + stepCount; k++) {
          step(state.context, (k - 1) % batchCount, k % 2 ** 32, Math.floor(k / 2 ** 32));
        }
      } finally {
        for (const secret of state.secrets) secret.fill(0);
      }
      requireFiniteWeights(packed, "after");
      for (let j = 0; j < outputCount; j++) {
        weights.set(packed.subarray(j * columns, j * columns + featureCount), j * featureCount);
      }
    },
    readSlot(slot) {
      const { state } = requireLive();
      checkSlot(slot, slotCount);
      const row = packedRowOf(slot);
      unpackPanel(state, Math.floor(row / PANEL_ROWS), panelRows);
      const start = (row % PANEL_ROWS) * columns;
      const features = panelRows.slice(start, start + featureCount);
      panelRows.fill(0);
      return { features, label: state.labels[row]! };
    },
    writeSlot(slot, record) {
      const { state } = requireLive();
      checkSlot(slot, slotCount);
      const features = featuresOf(record?.features ?? new Float32Array(featureCount), featureCount);
      const label = Math.fround(record?.label ?? 0);
      const norm = checkRecord(features, label, slot, objective);
      const row = packedRowOf(slot);
      const panel = Math.floor(row / PANEL_ROWS);
      unpackPanel(state, panel, panelRows);
      panelRows.set(features, (row % PANEL_ROWS) * columns);
      packPanel(state, panel, panelRows);
      panelRows.fill(0);
      setLabel(slot, label, norm, state);
    },
    dispose() {
      if (live === undefined) return;
      new Uint8Array(live.memory.buffer).fill(0);
      live = undefined;
      instance = undefined;
    },
  };
}

const MAX_FLOAT32 = 3.4028234663852886e38;
