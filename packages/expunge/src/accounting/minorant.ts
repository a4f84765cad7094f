/**
 * The greatest convex minorant of points (t, S) that come with growing t and S, and the energy of its segments:
 * sum of (delta S)^2 / (delta t). Points before the last stay as they are, so that one build answers for any end.
 *
 * Source: docs/theory.md, "Any schedule of noise".
 */
export class Minorant {
  private readonly t: number[] = [0];
  private readonly s: number[] = [0];
  /** Energy from the origin to each corner. */
  private readonly energy: number[] = [0];

  /** Adds a point that the minorant must not lie above. Of points with one t the first, which is the lowest, binds. */
  push(t: number, s: number): void {
    if (t <= this.t[this.t.length - 1]!) return;
    while (this.t.length > 1 && !this.isCorner(this.t.length - 1, t, s)) this.pop();
    this.energy.push(this.energyVia(this.t.length - 1, t, s));
    this.t.push(t);
    this.s.push(s);
  }

  /** Energy of the minorant of all points so far and an end at (t, S); Infinity where no noise is left to cover the rest. */
  energyTo(t: number, s: number): number {
    let low = 0;
    let high = this.t.length - 1;
    // Corners to the left of the tangent from the end stay; a lower hull has them in one run.
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.isCorner(middle, t, s)) low = middle;
      else high = middle - 1;
    }
    return this.energyVia(low, t, s);
  }

  /** Energy from the origin to a corner and on from there to (t, S). */
  private energyVia(corner: number, t: number, s: number): number {
    const deltaT = t - this.t[corner]!;
    const deltaS = s - this.s[corner]!;
    return this.energy[corner]! + segmentEnergy(deltaT, deltaS);
  }

  private isCorner(i: number, t: number, s: number): boolean {
    const ti = this.t[i]!;
    const si = this.s[i]!;
    const before = (si - this.s[i - 1]!) * (t - ti);
    const after = (s - si) * (ti - this.t[i - 1]!);
    return before < after;
  }

  private pop(): void {
    this.t.pop();
    this.s.pop();
    this.energy.pop();
  }
}

/** (delta S)^2 / (delta t); Infinity where a distance has no noise to cover it. */
export function segmentEnergy(deltaT: number, deltaS: number): number {
  if (deltaS <= 0) return 0;
  if (!(deltaT > 0)) return Number.POSITIVE_INFINITY;
  // An energy too small for a double is not zero.
  return Math.max((deltaS / deltaT) * deltaS, Number.MIN_VALUE);
}
