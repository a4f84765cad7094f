import type { Objective } from "../objective/index.js";
import { checkRecord, checkSlot, featuresOf, normOf } from "./check-input.js";
import type { ProcessParameters, Row } from "./kernel.js";
import { packPanel, packPanels, unpackPanel } from "./panels.js";
import { noteRow } from "./row-notes.js";
import { PANEL_ROWS, panelsOf, type WasmMemory } from "./wasm-memory.js";
import { type KernelExports, stepFunctions } from "./wasm-module.js";
import { checkSampleWeight } from "./weighting.js";

/** The slots of a WebAssembly memory: every record is measured where it is packed, so that nothing unchecked is ever trained on. */
export class Slots {
  private readonly memory: WasmMemory;
  private readonly kernel: KernelExports;
  private readonly objective: Objective;
  private readonly parameters: ProcessParameters;

  constructor(
    memory: WasmMemory,
    kernel: KernelExports,
    objective: Objective,
    parameters: ProcessParameters,
  ) {
    this.memory = memory;
    this.kernel = kernel;
    this.objective = objective;
    this.parameters = parameters;
  }

  get slotCount(): number {
    const { panelCount, panelsPerBatch } = this.memory;
    return (panelCount / panelsPerBatch) * this.parameters.batchSize;
  }

  /** Packs all slots from row-major arrays. @throws DomainError E_DOMAIN naming the slot */
  fill(features: Float32Array, labels: Float32Array): void {
    const { staging, rowWidth } = this.memory;
    this.forEachPanel(this.slotCount, (panel, slot, rowCount) => {
      staging.set(features.subarray(slot * rowWidth, (slot + rowCount) * rowWidth));
      const weights = this.takeSampleWeights(0, rowCount);
      packPanel(this.memory, this.kernel, panel, 0, rowCount);
      this.noteMeasured(panel * PANEL_ROWS, labels.subarray(slot, slot + rowCount), weights, slot);
    });
    staging.fill(0);
  }

  /**
   * Packs staged rows in place of all that was packed: a batch, or a part of one.
   *
   * @param stagingRow where the rows stand in the staging area, one after another
   * @param labels     of the rows
   * @param firstSlot  what errors call the first of them
   * @throws DomainError E_DOMAIN naming the slot
   */
  refill(stagingRow: number, labels: Float32Array, firstSlot: number): void {
    const start = stagingRow * this.memory.rowWidth;
    const weights = this.takeSampleWeights(start, labels.length);
    packPanels(this.memory, this.kernel, start, labels.length);
    this.noteTaken(labels, weights, firstSlot);
  }

  /**
   * Adds the gradients of staged rows to the sums without packing them, for rows that are visited once: the bits are those of `refill` and a pass over what
   * it packs. One output, at least 16 features, and no more rows than a block has.
   *
   * @throws as `refill`, before anything is added
   */
  addStaged(stagingRow: number, labels: Float32Array, firstSlot: number): void {
    const { stagingAddress, rowWidth, squares, workers } = this.memory;
    const { context } = workers[0]!;
    const { dotRows, addRows } = stepFunctions(this.kernel, this.memory.precision);
    const rowBytes = 4 * rowWidth;
    const source = stagingAddress + stagingRow * rowBytes;
    dotRows(context, source, rowBytes, labels.length, squares.byteOffset);
    const weights = this.copySampleWeights(stagingRow * rowWidth, labels.length);
    this.noteTaken(labels, weights, firstSlot);
    addRows(context, source, rowBytes, labels.length);
  }

  /** A copy of one slot's record. */
  read(slot: number): Row {
    checkSlot(slot, this.slotCount);
    const { featureCount, rowWidth, staging, labels, sampleWeights } = this.memory;
    const row = this.packedRowOf(slot);
    unpackPanel(this.memory, Math.floor(row / PANEL_ROWS));
    const start = (row % PANEL_ROWS) * featureCount;
    const features = new Float32Array(rowWidth);
    features.set(staging.subarray(start, start + featureCount));
    if (rowWidth > featureCount) features[featureCount] = sampleWeights[row]!;
    staging.fill(0, 0, PANEL_ROWS * featureCount);
    return { features, label: labels[row]! };
  }

  /** Replaces one slot's record; null makes it empty. @throws DomainError E_DOMAIN, ExpungeError E_KERNEL */
  write(slot: number, record: { readonly features: ArrayLike<number>; readonly label: number } | null): void {
    checkSlot(slot, this.slotCount);
    const { featureCount, rowWidth, staging } = this.memory;
    const stored = featuresOf(record?.features ?? new Float32Array(rowWidth), rowWidth);
    const features = stored.subarray(0, featureCount);
    const sampleWeight = rowWidth > featureCount ? stored[featureCount]! : 1;
    const label = Math.fround(record?.label ?? 0);
    const row = this.packedRowOf(slot);
    const panel = Math.floor(row / PANEL_ROWS);
    unpackPanel(this.memory, panel);
    staging.set(features, (row % PANEL_ROWS) * featureCount);
    try {
      // Before it is packed: a record that is refused must not take the old one's place.
      const norm = normOf(features);
      checkRecord(norm, label, slot, this.objective);
      checkSampleWeight(sampleWeight, norm, slot);
      packPanel(this.memory, this.kernel, panel, 0, PANEL_ROWS);
      this.note(row, norm, label, sampleWeight);
    } finally {
      staging.fill(0, 0, PANEL_ROWS * featureCount);
    }
  }

  /**
   * Takes the sample weights out of staged rows and moves their features together; null where rows have none.
   *
   * @param start where the rows begin in the staging area
   */
  private takeSampleWeights(start: number, rowCount: number): Float32Array | null {
    const { staging, featureCount, rowWidth } = this.memory;
    const weights = this.copySampleWeights(start, rowCount);
    if (weights === null) return null;
    for (let row = 0; row < rowCount; row++) {
      const from = start + row * rowWidth;
      staging.copyWithin(start + row * featureCount, from, from + featureCount);
    }
    return weights;
  }

  /** The sample weights of staged rows, which stay as they are; null where rows have none. */
  private copySampleWeights(start: number, rowCount: number): Float32Array | null {
    const { staging, featureCount, rowWidth } = this.memory;
    if (rowWidth === featureCount) return null;
    return Float32Array.from(
      { length: rowCount },
      (_, row) => staging[start + row * rowWidth + featureCount]!,
    );
  }

  /** Checks and notes all rows that were measured last, of one batch or a part of it. */
  private noteTaken(labels: Float32Array, weights: Float32Array | null, firstSlot: number): void {
    this.noteMeasured(0, labels, weights, firstSlot);
    // A part of a batch may end within a panel, where an earlier part had rows.
    this.memory.limits.fill(0, labels.length, PANEL_ROWS * panelsOf(labels.length));
  }

  /** Checks and notes rows that were packed last, from a packed row on; slot `firstSlot` is the first of them. */
  private noteMeasured(
    packedRow: number,
    labels: Float32Array,
    weights: Float32Array | null,
    firstSlot: number,
  ): void {
    const { squares } = this.memory;
    for (let i = 0; i < labels.length; i++) {
      const norm = Math.sqrt(squares[i]!);
      const label = labels[i]!;
      const sampleWeight = weights === null ? 1 : weights[i]!;
      checkRecord(norm, label, firstSlot + i, this.objective);
      checkSampleWeight(sampleWeight, norm, firstSlot + i);
      this.note(packedRow + i, norm, label, sampleWeight);
    }
  }

  private note(packedRow: number, norm: number, label: number, sampleWeight: number): void {
    noteRow(this.memory, this.objective, this.parameters, packedRow, { norm, label, sampleWeight });
  }

  /** Calls back for the panels of `count` slots, which are whole batches or a part of one. */
  private forEachPanel(count: number, use: (panel: number, slot: number, rowCount: number) => void): void {
    const { batchSize } = this.parameters;
    let panel = 0;
    for (let batch = 0; batch < count; batch += batchSize) {
      const rows = Math.min(batchSize, count - batch);
      for (let row = 0; row < rows; row += PANEL_ROWS) {
        use(panel++, batch + row, Math.min(PANEL_ROWS, rows - row));
      }
    }
  }

  /** Index of a slot among the packed rows: every batch starts a panel of its own. */
  private packedRowOf(slot: number): number {
    const { batchSize } = this.parameters;
    const batch = Math.floor(slot / batchSize);
    return batch * this.memory.panelsPerBatch * PANEL_ROWS + (slot - batch * batchSize);
  }
}
