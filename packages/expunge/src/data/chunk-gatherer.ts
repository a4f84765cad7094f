import type { Place } from "./data-error.js";
import type { RowIntake } from "./row-intake.js";
import { chunkRowsOf, type RowChunk } from "./row-source.js";

/** Characters of the subjects of a chunk at the most, but for the last of them. */
const CHUNK_CHARS = 2 ** 21;

/** Takes rows one at a time and hands them on in chunks. */
export class ChunkGatherer {
  private readonly intake: RowIntake;
  private readonly chunkRows: number;
  private features = new Float32Array();
  private labels = new Float32Array();
  private subjects: string[] = [];
  private chars = 0;
  private weights: number[] = [];
  private rows = 0;

  constructor(intake: RowIntake) {
    this.intake = intake;
    this.chunkRows = chunkRowsOf(intake.featureCount);
  }

  /**
   * Adds a row. Returns a chunk where that fills one, else null.
   *
   * @param sampleWeight checked; for all rows or for none
   * @throws ExpungeError as `RowIntake.take`
   */
  add(
    values: ArrayLike<number>,
    label: number,
    subject: string | null,
    place: () => Place,
    sampleWeight: number | null = null,
  ): RowChunk | null {
    const { featureCount } = this.intake;
    if (this.rows === 0) {
      this.features = new Float32Array(this.chunkRows * featureCount);
      this.labels = new Float32Array(this.chunkRows);
      this.subjects = [];
      this.chars = 0;
      this.weights = [];
    }
    const start = this.rows * featureCount;
    this.intake.take(values, label, subject, place, this.features.subarray(start, start + featureCount));
    this.labels[this.rows++] = label;
    if (subject !== null) {
      this.subjects.push(subject);
      this.chars += subject.length;
    }
    if (sampleWeight !== null) this.weights.push(sampleWeight);
    return this.rows === this.chunkRows || this.chars >= CHUNK_CHARS ? this.flush() : null;
  }

  /** The last rows, if any. @throws ExpungeError as `RowIntake.requireComplete` */
  *finish(labelNames: readonly string[]): Generator<RowChunk> {
    this.intake.requireComplete(labelNames);
    if (this.rows > 0) yield this.flush();
  }

  private flush(): RowChunk {
    const { rows, features, labels, subjects, weights, intake } = this;
    this.rows = 0;
    return {
      features: features.subarray(0, rows * intake.featureCount),
      labels: labels.subarray(0, rows),
      subjects: subjects.length === 0 ? null : subjects,
      ...(weights.length === 0 ? {} : { sampleWeights: Float32Array.from(weights) }),
    };
  }
}
