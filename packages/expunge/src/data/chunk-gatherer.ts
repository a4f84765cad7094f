import type { Place } from "./data-error.js";
import type { EncodedRow } from "./encode-rows.js";
import { type EntryList, SparseGatherer } from "./entry-list.js";
import type { RowIntake } from "./row-intake.js";
import { chunkRowsOf, isFullChunk, type RowChunk } from "./row-source.js";

/** Characters of the subjects of a chunk at the most, but for the last of them. */
const CHUNK_CHARS = 2 ** 21;

/** Takes rows one at a time and hands them on in chunks. */
export class ChunkGatherer {
  private readonly intake: RowIntake;
  private readonly chunkRows: number;
  private features = new Float32Array();
  /** Rows of which only the numbers other than 0 are given. */
  private readonly entries = new SparseGatherer();
  private labels: number[] = [];
  private subjects: string[] = [];
  private chars = 0;
  private weights: number[] = [];

  constructor(intake: RowIntake) {
    this.intake = intake;
    this.chunkRows = chunkRowsOf(intake.featureCount);
  }

  /**
   * Adds a row. Returns a chunk where that fills one, else null.
   *
   * @throws ExpungeError as `RowIntake.take`
   */
  add(values: ArrayLike<number>, facts: EncodedRow, place: () => Place): RowChunk | null {
    const { featureCount } = this.intake;
    const row = this.labels.length;
    if (row === 0) this.features = new Float32Array(this.chunkRows * featureCount);
    const into = this.features.subarray(row * featureCount, (row + 1) * featureCount);
    this.intake.take(values, facts.label, facts.subject, place, into);
    this.note(facts);
    return row + 1 === this.chunkRows || this.chars >= CHUNK_CHARS ? this.flush() : null;
  }

  /** The same of a row of which only the numbers other than 0 are given: all rows are, or none. @throws as `RowIntake.takeEntries` */
  addEntries(entries: EntryList, facts: EncodedRow, place: () => Place): RowChunk | null {
    this.intake.takeEntries(entries, facts.label, facts.subject, place, this.entries);
    this.note(facts);
    const isFull = isFullChunk(this.labels.length, this.entries.entryCount);
    return isFull || this.chars >= CHUNK_CHARS ? this.flush() : null;
  }

  /** The last rows, if any. @throws ExpungeError as `RowIntake.requireComplete` */
  *finish(labelNames: readonly string[]): Generator<RowChunk> {
    this.intake.requireComplete(labelNames);
    if (this.labels.length > 0) yield this.flush();
  }

  private note({ label, subject, weight }: EncodedRow): void {
    this.labels.push(label);
    if (subject !== null) {
      this.subjects.push(subject);
      this.chars += subject.length;
    }
    if (weight !== null) this.weights.push(weight);
  }

  private flush(): RowChunk {
    const { features, entries, labels, subjects, weights, intake } = this;
    const isSparse = entries.rowCount > 0;
    const chunk = {
      features: features.subarray(0, isSparse ? 0 : labels.length * intake.featureCount),
      ...(isSparse ? { sparse: entries.finish() } : {}),
      labels: Float32Array.from(labels),
      subjects: subjects.length === 0 ? null : subjects,
      ...(weights.length === 0 ? {} : { sampleWeights: Float32Array.from(weights) }),
    };
    entries.clear();
    [this.labels, this.subjects, this.chars, this.weights] = [[], [], 0, []];
    return chunk;
  }
}
