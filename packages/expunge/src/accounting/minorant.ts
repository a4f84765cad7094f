/**
 * The greatest convex minorant of points (t, S) that begin at (0, 0), and the energy of its segments: sum of (delta S)^2 / (delta t).
 *
 * What is kept are the segments themselves, how far t and S grow along each, and not the points: they are only ever added, so that nothing cancels,
 * however much larger or smaller the newest is than all before it. Neighbours whose slopes fall are joined to one (pool adjacent violators). Where two
 * slopes are so close that rounding decides, either way the energy is off by the square of their difference; and where one is no number, they stay apart,
 * which is never less.
 *
 * Source:  docs/theory.md, "Any schedule of noise" and "Floating point".
 * Checked: exact fractions at ratios of noise up to 1e12 (minorant.test.ts).
 */
export class Minorant {
  private readonly times: number[] = [];
  private readonly rises: number[] = [];
  private readonly slopes: number[] = [];
  /** Energy up to the beginning of each segment, and of all at the end. */
  private readonly energies: number[] = [0];
  /** What has no noise behind it yet to cover it. */
  private open = 0;
  /** From the beginning of each segment to the end of the last. */
  private rest: Rest | null = null;

  /** A shift, and after it noise: S grows by `rise`, then t by `time`. The minorant must not lie above the point reached. */
  push(time: number, rise: number): void {
    this.rest = null;
    this.open += rise;
    if (!(time > 0)) return;
    let joined = { time, rise: this.open };
    this.open = 0;
    while (this.slopes.length > 0 && this.slopes[this.slopes.length - 1]! > joined.rise / joined.time)
      joined = this.joinedToLast(joined);
    this.times.push(joined.time);
    this.rises.push(joined.rise);
    this.slopes.push(joined.rise / joined.time);
    this.energies.push(this.total() + segmentEnergy(joined.time, joined.rise));
  }

  /** Energy of all so far, one more shift and the noise behind it; Infinity where no noise is left to cover the rest. */
  energyTo(time: number, rise: number): number {
    const open = this.open + rise;
    if (!(time > 0) && open === 0) return this.total();
    const { times, rises } = this.restOf();
    let low = 0;
    let high = this.slopes.length;
    // The segments that are steeper than all behind them together are joined to it; they are the last ones.
    while (low < high) {
      const middle = (low + high) >> 1;
      const behind = (rises[middle + 1]! + open) / (times[middle + 1]! + time);
      if (this.slopes[middle]! > behind) high = middle;
      else low = middle + 1;
    }
    return this.energies[low]! + segmentEnergy(times[low]! + time, rises[low]! + open);
  }

  private total(): number {
    return this.energies[this.energies.length - 1]!;
  }

  private joinedToLast({ time, rise }: Segment): Segment {
    this.slopes.pop();
    this.energies.pop();
    return { time: this.times.pop()! + time, rise: this.rises.pop()! + rise };
  }

  private restOf(): Rest {
    this.rest ??= { times: sumsFromEnd(this.times), rises: sumsFromEnd(this.rises) };
    return this.rest;
  }
}

interface Segment {
  readonly time: number;
  readonly rise: number;
}

interface Rest {
  readonly times: Float64Array;
  readonly rises: Float64Array;
}

function sumsFromEnd(numbers: readonly number[]): Float64Array {
  const sums = new Float64Array(numbers.length + 1);
  for (let i = numbers.length - 1; i >= 0; i--) sums[i] = numbers[i]! + sums[i + 1]!;
  return sums;
}

/** Smaller energies lose digits, or vanish; they count as this. */
const LEAST_ENERGY = 2 ** -1000;

/** (delta S)^2 / (delta t), at least 2^-1000 for any distance; Infinity where a distance has no noise to cover it, and for what is no number. */
export function segmentEnergy(deltaT: number, deltaS: number): number {
  if (deltaS <= 0) return 0;
  if (!(deltaT > 0 && deltaT < Number.POSITIVE_INFINITY)) return Number.POSITIVE_INFINITY;
  const energy = (deltaS / deltaT) * deltaS;
  return Number.isNaN(energy) ? Number.POSITIVE_INFINITY : Math.max(energy, LEAST_ENERGY);
}
