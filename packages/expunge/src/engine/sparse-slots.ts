import { DomainError, ExpungeError } from "../errors.js";
import type { Objective } from "../objective/index.js";
import { countPairs, pairsWidth } from "../records/sparse-rows.js";
import { checkRecord, checkSlot, featuresOf } from "./check-input.js";
import type { ProcessParameters, Row } from "./kernel.js";
import { noteRow } from "./row-notes.js";
import type { SparseMemory } from "./sparse-memory.js";
import { PANEL_ROWS, panelsOf } from "./wasm-memory.js";
import type { KernelExports } from "./wasm-module.js";
import { checkSampleWeight, rowWidthOf } from "./weighting.js";

/** Rows of slots that follow one another. */
interface StoredRows {
  /** As they came, row-major. */
  readonly stored: Float32Array;
  readonly labels: Float32Array;
  /** What errors call the first of them. */
  readonly firstSlot: number;
}

/** Where pairs stand in the memory. */
interface PairsAt {
  readonly address: number;
  /** From one row to the next. */
  readonly bytes: number;
}

/** The slots of a memory of sparse rows. A record comes and goes as pairs (records/sparse-rows.ts), and is checked before it is taken. */
export class SparseSlots {
  private readonly memory: SparseMemory;
  private readonly kernel: KernelExports;
  private readonly objective: Objective;
  private readonly parameters: ProcessParameters;
  /** Numbers of a stored row: its pairs, and its sample weight where rows have one. */
  readonly width: number;

  constructor(
    memory: SparseMemory,
    kernel: KernelExports,
    objective: Objective,
    parameters: ProcessParameters,
  ) {
    this.memory = memory;
    this.kernel = kernel;
    this.objective = objective;
    this.parameters = parameters;
    this.width = rowWidthOf(pairsWidth(memory), parameters.weighting);
  }

  /** Takes all slots from row-major arrays. @throws DomainError E_DOMAIN naming the slot */
  fill(features: Float32Array, labels: Float32Array): void {
    const { width, memory, parameters } = this;
    const { rowWords, values } = memory;
    const { batchSize } = parameters;
    for (let slot = 0; slot < labels.length; slot += batchSize) {
      const own = labels.subarray(slot, slot + batchSize);
      const stored = features.subarray(slot * width, (slot + own.length) * width);
      const start = this.packedRowOf(slot) * rowWords;
      for (let i = 0; i < own.length; i++)
        values.set(stored.subarray(i * width, i * width + pairsWidth(memory)), start + i * rowWords);
      this.pack(slot, { stored, labels: own, firstSlot: slot }, this.ownPlace(slot));
    }
  }

  /**
   * Takes staged rows in place of those that are held from a place on: a batch, or a part of one.
   *
   * @param place      in the memory; 0 where a batch or a part begins
   * @param stagingRow where the rows stand in the staging area, one after another
   * @param labels     of the rows
   * @param firstSlot  what errors call the first of them
   * @throws DomainError E_DOMAIN naming the slot
   */
  refill(place: number, stagingRow: number, labels: Float32Array, firstSlot: number): void {
    const { width, memory } = this;
    if (memory.columnCounts.length > 0) memory.columnCounts[0] = -1;
    const stored = memory.staging.subarray(stagingRow * width, (stagingRow + labels.length) * width);
    this.pack(place, { stored, labels, firstSlot }, { address: stored.byteOffset, bytes: 4 * width });
    // A part of a batch may end within a group of four, where an earlier part had rows.
    const end = place + labels.length;
    memory.counts.fill(0, end, PANEL_ROWS * panelsOf(end));
    memory.limits.fill(0, end, PANEL_ROWS * panelsOf(end));
  }

  /** A copy of one slot's record. */
  read(slot: number): Row {
    const { slotCount, rowWords, counts, offsets, values, labels, sampleWeights, columnCounts } = this.memory;
    checkSlot(slot, slotCount);
    const row = this.packedRowOf(slot);
    const batch = Math.floor(slot / this.parameters.batchSize);
    const offsetOf = (columnCounts[batch] ?? -1) < 0 ? (offset: number) => offset : this.offsetIn(batch);
    const features = new Float32Array(this.width);
    for (let word = row * rowWords, i = 0; i < 2 * counts[row]!; word += 2, i += 2) {
      // What fills up fours is no entry.
      if (values[word + 1] === 0) break;
      features[i] = offsetOf(offsets[word]!) / 8 + 1;
      features[i + 1] = values[word + 1]!;
    }
    if (this.parameters.weighting?.samples) features[this.width - 1] = sampleWeights[row]!;
    return { features, label: labels[row]! };
  }

  /** Replaces one slot's record; null makes it empty. @throws DomainError E_DOMAIN, ExpungeError E_KERNEL */
  write(slot: number, record: { readonly features: ArrayLike<number>; readonly label: number } | null): void {
    checkSlot(slot, this.memory.slotCount);
    const stored = featuresOf(record?.features ?? new Float32Array(this.width), this.width);
    const label = Math.fround(record?.label ?? 0);
    // Before it is taken: a record that is refused must not take the old one's place.
    this.check(stored, label, slot);
    this.unlist(Math.floor(slot / this.parameters.batchSize));
    const { values, rowWords } = this.memory;
    values.set(stored.subarray(0, pairsWidth(this.memory)), this.packedRowOf(slot) * rowWords);
    const labels = Float32Array.of(label);
    this.pack(slot, { stored, labels, firstSlot: slot }, this.ownPlace(slot));
  }

  /**
   * Checks a record.
   *
   * @param stored its pairs, and its sample weight where rows have one
   * @param slot what errors call it
   * @throws DomainError E_DOMAIN
   */
  check(stored: Float32Array, label: number, slot: number): void {
    const pairs = stored.subarray(0, pairsWidth(this.memory));
    const count = this.requirePairs(slot, pairs);
    let square = 0;
    for (let i = 1; i < 2 * count; i += 2) square += pairs[i]! * pairs[i]!;
    this.checkMeasured(Math.sqrt(square), label, this.sampleWeightOf(stored, 0), slot);
  }

  /** Checks all but a record's pairs. @throws DomainError E_DOMAIN */
  private checkMeasured(norm: number, label: number, sampleWeight: number, slot: number): void {
    checkRecord(norm, label, slot, this.objective);
    checkSampleWeight(sampleWeight, norm, slot);
  }

  private sampleWeightOf(stored: Float32Array, row: number): number {
    return this.parameters.weighting?.samples ? stored[(row + 1) * this.width - 1]! : 1;
  }

  /** Where the pairs of a slot that is in its place already stand. */
  private ownPlace(slot: number): PairsAt {
    const { rowsAddress, rowWords } = this.memory;
    return { address: rowsAddress + 4 * rowWords * this.packedRowOf(slot), bytes: 4 * rowWords };
  }

  /** Overwrites all that places of one batch held, and checks the records on the way. Where one is refused, they are not to be read before they are filled. */
  private pack(place: number, { stored, labels, firstSlot }: StoredRows, from: PairsAt): void {
    const { memory, objective, parameters, width } = this;
    const { rowWords, rowsAddress, capacity, featureCount, counts, limits } = memory;
    const row = this.packedRowOf(place);
    const packed = this.kernel.packRows(
      from.address,
      from.bytes,
      labels.length,
      capacity,
      featureCount,
      rowsAddress + 4 * rowWords * row,
      4 * rowWords,
      counts.byteOffset + 4 * row,
      // The places of the bounds on derivatives hold squared norms until those are known.
      limits.byteOffset + 8 * row,
    );
    for (let i = 0; i < packed; i++) {
      const norm = Math.sqrt(limits[row + i]!);
      const label = labels[i]!;
      const sampleWeight = this.sampleWeightOf(stored, i);
      this.checkMeasured(norm, label, sampleWeight, firstSlot + i);
      noteRow(memory, objective, parameters, row + i, { norm, label, sampleWeight });
    }
    if (packed === labels.length) return;
    // Says what is wrong. What stands in its own place is not what came.
    const slot = firstSlot + packed;
    this.requirePairs(slot, stored.subarray(packed * width, packed * width + pairsWidth(memory)));
    throw new ExpungeError("E_KERNEL", `Expected the pairs of slot ${slot} to be refused here, too.`);
  }

  /** Has a batch's entries name columns as they are again, and forgets its list. The kernel numbers it where it next visits the batch. */
  private unlist(batch: number): void {
    const { columnCounts, rowWords, counts, offsets, values } = this.memory;
    const columnCount = columnCounts[batch] ?? -1;
    if (columnCount < 0) return;
    const batchRows = panelsOf(this.parameters.batchSize) * PANEL_ROWS;
    const offsetOf = this.offsetIn(batch);
    for (let row = batch * batchRows; row < (batch + 1) * batchRows; row++) {
      const end = row * rowWords + 2 * counts[row]!;
      for (let word = row * rowWords; word < end && values[word + 1] !== 0; word += 2)
        offsets[word] = offsetOf(offsets[word]!);
    }
    this.listOf(batch).fill(0);
    columnCounts[batch] = -1;
  }

  /** What tells 8 times the column of an entry of a numbered batch (assembly/columns.ts). */
  private offsetIn(batch: number): (offset: number) => number {
    const { workers, weightsAddress } = this.memory;
    const list = this.listOf(batch);
    const own = workers[0]!.gradient.byteOffset - weightsAddress;
    return (offset) => (offset < 2 ** 31 ? offset : list[((offset | 0) - own) / 8]!);
  }

  private listOf(batch: number): Uint32Array {
    const { columnCounts, columnLists } = this.memory;
    const words = columnLists.length / columnCounts.length;
    return columnLists.subarray(batch * words, (batch + 1) * words);
  }

  /** How many pairs there are: columns ascend, numbers are not 0, and nothing is behind the last of them. @throws DomainError E_DOMAIN */
  private requirePairs(slot: number, pairs: Float32Array): number {
    const { featureCount } = this.memory;
    const count = countPairs(pairs);
    let before = 0;
    for (let i = 0; i < count; i++) {
      const column = pairs[2 * i]!;
      const value = pairs[2 * i + 1]!;
      if (!(Number.isInteger(column) && column > before && column <= featureCount))
        throw new DomainError(
          `column of entry ${i} of slot ${slot}`,
          column - 1,
          before === 0 ? `in [0, ${featureCount - 1}]` : `above ${before - 1} and below ${featureCount}`,
        );
      if (!(Number.isFinite(value) && value !== 0))
        throw new DomainError(`entry ${i} of slot ${slot}`, value, "to be finite and not 0");
      before = column;
    }
    for (let i = 2 * count; i < pairs.length; i++)
      // NaN is none.
      if (pairs[i] !== 0)
        throw new DomainError(`entries behind the last of slot ${slot}`, "others", "to be zeros");
    return count;
  }

  /** Index of a slot among the packed rows: every batch starts a group of its own. */
  private packedRowOf(slot: number): number {
    const { batchSize } = this.parameters;
    const batch = Math.floor(slot / batchSize);
    return batch * panelsOf(batchSize) * PANEL_ROWS + (slot - batch * batchSize);
  }
}
