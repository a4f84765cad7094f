import { DomainError } from "../errors.js";
import type { Objective } from "../objective/index.js";
import { countPairs, pairsWidth } from "../records/sparse-rows.js";
import { checkRecord, checkSlot, featuresOf } from "./check-input.js";
import type { ProcessParameters, Row } from "./kernel.js";
import { type CheckedRow, noteRow } from "./row-notes.js";
import type { SparseMemory } from "./sparse-memory.js";
import { PANEL_ROWS, panelsOf } from "./wasm-memory.js";
import { checkSampleWeight, rowWidthOf } from "./weighting.js";

/** The slots of a memory of sparse rows. A record comes and goes as pairs (records/sparse-rows.ts), and is checked before it is taken. */
export class SparseSlots {
  private readonly memory: SparseMemory;
  private readonly objective: Objective;
  private readonly parameters: ProcessParameters;
  /** Numbers of a stored row: its pairs, and its sample weight where rows have one. */
  readonly width: number;

  constructor(memory: SparseMemory, objective: Objective, parameters: ProcessParameters) {
    this.memory = memory;
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
      this.put(i, features.subarray(i * width, (i + 1) * width), labels[i]!, firstSlot + i);
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
    const list = (columnCounts[batch] ?? -1) < 0 ? null : this.listOf(batch);
    const features = new Float32Array(this.width);
    for (let word = row * rowWords, i = 0; i < 2 * counts[row]!; word += 2, i += 2) {
      // What fills up fours is no entry.
      if (values[word + 1] === 0) break;
      const offset = list === null ? offsets[word]! : list[offsets[word]! / 8]!;
      features[i] = offset / 8 + 1;
      features[i + 1] = values[word + 1]!;
    }
    if (this.parameters.weighting?.samples) features[this.width - 1] = sampleWeights[row]!;
    return { features, label: labels[row]! };
  }

  /** Replaces one slot's record; null makes it empty. @throws DomainError E_DOMAIN, ExpungeError E_KERNEL */
  write(slot: number, record: { readonly features: ArrayLike<number>; readonly label: number } | null): void {
    checkSlot(slot, this.memory.slotCount);
    const stored = featuresOf(record?.features ?? new Float32Array(this.width), this.width);
    this.put(slot, stored, Math.fround(record?.label ?? 0), slot);
  }

  /**
   * Checks a record.
   *
   * @param stored its pairs, and its sample weight where rows have one
   * @param slot what errors call it
   * @throws DomainError E_DOMAIN
   */
  check(stored: Float32Array, label: number, slot: number): CheckedRow & { readonly count: number } {
    const pairs = stored.subarray(0, pairsWidth(this.memory));
    const count = this.requirePairs(slot, pairs);
    let square = 0;
    for (let i = 1; i < 2 * count; i += 2) square += pairs[i]! * pairs[i]!;
    const norm = Math.sqrt(square);
    const sampleWeight = this.parameters.weighting?.samples ? stored[this.width - 1]! : 1;
    checkRecord(norm, label, slot, this.objective);
    checkSampleWeight(sampleWeight, norm, slot);
    return { count, norm, label, sampleWeight };
  }

  /** Checks a record, then overwrites all that its place held. */
  private put(place: number, stored: Float32Array, label: number, slot: number): void {
    const { memory, parameters } = this;
    const { rowWords, counts, offsets, values } = memory;
    const checked = this.check(stored, label, slot);
    const { count } = checked;
    this.unlist(Math.floor(place / parameters.batchSize));
    const row = this.packedRowOf(place);
    const start = row * rowWords;
    offsets.fill(0, start, start + rowWords);
    for (let i = 0; i < 2 * count; i += 2) {
      offsets[start + i] = 8 * (stored[i]! - 1);
      values[start + i + 1] = stored[i + 1]!;
    }
    counts[row] = 4 * Math.ceil(count / 4);
    noteRow(memory, this.objective, parameters, row, checked);
  }

  /** Has a batch's entries name columns as they are again, and forgets its list. The kernel makes one where it next visits the batch. */
  private unlist(batch: number): void {
    const { columnCounts, rowWords, counts, offsets, values } = this.memory;
    const columnCount = columnCounts[batch] ?? -1;
    if (columnCount < 0) return;
    const batchRows = panelsOf(this.parameters.batchSize) * PANEL_ROWS;
    const list = this.listOf(batch);
    for (let row = batch * batchRows; row < (batch + 1) * batchRows; row++) {
      const end = row * rowWords + 2 * counts[row]!;
      for (let word = row * rowWords; word < end && values[word + 1] !== 0; word += 2)
        offsets[word] = list[offsets[word]! / 8]!;
    }
    list.fill(0);
    columnCounts[batch] = -1;
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
