import { segmentEnergy } from "./minorant.js";

/**
 * The greatest convex minorant, built from its end: points (t, S) as noise and shifts that are still to come there, both 0 at the end. So the newest
 * of them, which decide, are no difference of large numbers, and a ball's diameter is added where a plan starts from it.
 *
 * A stack of corners whose top is the leftmost; `tail` is the energy from a corner to the end.
 */
export class RightHull {
  private readonly t: Float64Array;
  private readonly s: Float64Array;
  private readonly tail: Float64Array;
  /** At first the end alone. */
  private size = 1;

  /** @param capacity points, the end among them */
  constructor(capacity: number) {
    this.t = new Float64Array(capacity);
    this.s = new Float64Array(capacity);
    this.tail = new Float64Array(capacity);
  }

  /** A point to the left of all so far. @param t noise to come, no less than that of the points so far @param s shifts to come, likewise */
  push(t: number, s: number): void {
    // Equal t: only the lower point can matter, and what is to come only grows, so the newcomer is it.
    while (this.size > 0 && this.t[this.size - 1]! >= t) this.size--;
    while (this.size > 1 && this.isAboveChord(t, s)) this.size--;
    this.tail[this.size] = this.size === 0 ? segmentEnergy(0, s) : this.energyVia(this.size - 1, t, s);
    this.t[this.size] = t;
    this.s[this.size] = s;
    this.size++;
  }

  /** Whether the top lies above the chord from a newcomer to the corner after it. Quotients, because products leave the doubles sooner. */
  private isAboveChord(t: number, s: number): boolean {
    const a = this.size - 1;
    const b = this.size - 2;
    const slope = (this.s[a]! - this.s[b]!) / (this.t[a]! - this.t[b]!);
    return this.slopeTo(a, t, s) > slope;
  }

  private slopeTo(corner: number, t: number, s: number): number {
    return (s - this.s[corner]!) / (t - this.t[corner]!);
  }

  /** Energy from (t, S) to a corner and on from there to the end. */
  private energyVia(corner: number, t: number, s: number): number {
    return this.tail[corner]! + segmentEnergy(t - this.t[corner]!, s - this.s[corner]!);
  }

  energyFromTop(): number {
    return this.tail[this.size - 1]!;
  }

  /** Energy of the minorant from a start that lies at or below all points, over the corners to its right; Infinity if none. */
  energyFrom(t: number, s: number): number {
    let left = this.size - 1;
    while (left >= 0 && this.t[left]! >= t) left--;
    if (left < 0) return Number.POSITIVE_INFINITY;
    // Slopes from the start fall, then rise, along the corners: find the turn.
    let low = 0;
    let high = left;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.slopeTo(middle, t, s) <= this.slopeTo(middle - 1, t, s)) low = middle;
      else high = middle - 1;
    }
    return this.energyVia(low, t, s);
  }
}
