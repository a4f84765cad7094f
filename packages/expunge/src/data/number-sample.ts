/** Numbers kept: every 2^k-th. */
const SAMPLE_SIZE = 50_000;

/** Some of the numbers of a column, for quantiles in bounded memory. */
export class NumberSample {
  private kept: number[] = [];
  private stride = 1;
  private seen = 0;
  private sorted: readonly number[] | null = null;

  add(value: number): void {
    if (this.seen++ % this.stride !== 0) return;
    this.sorted = null;
    this.kept.push(value);
    if (this.kept.length < SAMPLE_SIZE) return;
    this.kept = this.kept.filter((_, i) => i % 2 === 0);
    this.stride *= 2;
  }

  /** The median. */
  get middle(): number {
    return this.at(0.5);
  }

  /** Half the distance between the 10% and 90% quantiles; the standard deviation where that is 0, as of amounts that are mostly 0. */
  get spread(): number {
    if (!this.areMostlyEqual) return this.half;
    const { kept } = this;
    const mean = kept.reduce((a, b) => a + b, 0) / kept.length;
    return Math.sqrt(kept.reduce((sum, value) => sum + (value - mean) ** 2, 0) / kept.length);
  }

  /** Whether the 10% and 90% quantiles are the same number. */
  get areMostlyEqual(): boolean {
    return !(this.half > 0);
  }

  private get half(): number {
    return (this.at(0.9) - this.at(0.1)) / 2;
  }

  private at(share: number): number {
    this.sorted ??= [...this.kept].sort((a, b) => a - b);
    const last = this.sorted.length - 1;
    return this.sorted[Math.min(last, Math.floor(share * this.sorted.length))] ?? Number.NaN;
  }
}
