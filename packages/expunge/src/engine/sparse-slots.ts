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

  /**
   * Takes rows from row-major arrays, in place of those that were held: all slots, or as many as a window has of them.
   *
   * @param firstSlot what errors call the first of them
   * @throws DomainError E_DOMAIN naming the slot
   */
  fill(features: Float32Array, labels: Float32Array, firstSlot = 0): void {
    const { width } = this;
    for (let i = 0; i < labels.length; i++)
      this.take(i, features.subarray(i * width, (i + 1) * width), labels[i]!, firstSlot + i);
    // A part of a batch may end within a group of four, where an earlier part had rows.
    const end = this.packedRowOf(labels.length - 1) + 1;
    this.memory.counts.fill(0, end, PANEL_ROWS * Math.ceil(end / PANEL_ROWS));
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
    this.take(slot, stored, label, slot);
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
    this.checkMeasured(stored, Math.sqrt(square), label, slot);
  }

  /** Checks all but a record's pairs. @returns its sample weight */
  private checkMeasured(stored: Float32Array, norm: number, label: number, slot: number): number {
    const sampleWeight = this.parameters.weighting?.samples ? stored[this.width - 1]! : 1;
    checkRecord(norm, label, slot, this.objective);
    checkSampleWeight(sampleWeight, norm, slot);
    return sampleWeight;
  }

  /** Overwrites all that a place held, and checks the record on the way. Where it is refused, the place is not to be read before it is filled. */
  private take(place: number, stored: Float32Array, label: number, slot: number): void {
    const { memory, parameters } = this;
    const { rowWords, rowsAddress, capacity, featureCount, counts, values, limits } = memory;
    this.unlist(Math.floor(place / parameters.batchSize));
    const row = this.packedRowOf(place);
    const start = row * rowWords;
    values.set(stored.subarray(0, pairsWidth(memory)), start);
    // The place of the bound on its derivative holds its squared norm until that is known.
    const square = limits.byteOffset + 8 * row;
    const count = this.kernel.packPairs(rowsAddress + 4 * start, capacity, featureCount, square);
    if (count < 0) {
      // Says what is wrong.
      this.requirePairs(slot, stored.subarray(0, pairsWidth(memory)));
      throw new ExpungeError("E_KERNEL", `Expected the pairs of slot ${slot} to be refused here, too.`);
    }
    const norm = Math.sqrt(limits[row]!);
    const sampleWeight = this.checkMeasured(stored, norm, label, slot);
    counts[row] = 4 * Math.ceil(count / 4);
    noteRow(memory, this.objective, parameters, row, { norm, label, sampleWeight });
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
