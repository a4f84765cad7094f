import { segmentEnergy } from "./minorant.js";

/** Lower hull from the right: a stack of corners whose top is the leftmost; `tail` is the energy from a corner to the end. */
export class RightHull {
  private readonly t: Float64Array;
  private readonly s: Float64Array;
  private readonly tail: Float64Array;
  private size = 0;

  constructor(capacity: number) {
    this.t = new Float64Array(capacity);
    this.s = new Float64Array(capacity);
    this.tail = new Float64Array(capacity);
  }

  push(t: number, s: number): void {
    // Equal t: only the lower point can matter, and S grows with the step, so the newcomer is it.
    while (this.size > 0 && this.t[this.size - 1]! <= t) this.size--;
    while (this.size > 1 && this.isAboveChord(t, s)) this.size--;
    this.tail[this.size] = this.size === 0 ? 0 : this.energyVia(this.size - 1, t, s);
    this.t[this.size] = t;
    this.s[this.size] = s;
    this.size++;
  }

  private isAboveChord(t: number, s: number): boolean {
    const a = this.size - 1;
    const b = this.size - 2;
    const overA = (this.s[a]! - s) * (this.t[b]! - t);
    const overB = (this.s[b]! - s) * (this.t[a]! - t);
    return overA >= overB;
  }

  /** Energy from (t, S) to a corner and on from there to the end. */
  private energyVia(corner: number, t: number, s: number): number {
    const deltaT = this.t[corner]! - t;
    const deltaS = this.s[corner]! - s;
    return this.tail[corner]! + segmentEnergy(deltaT, deltaS);
  }

  energyFromTop(): number {
    return this.tail[this.size - 1]!;
  }

  /** Energy of the minorant from a start that lies at or below all points, over the corners to its right; Infinity if none. */
  energyFrom(t: number, s: number): number {
    let left = this.size - 1;
    while (left >= 0 && this.t[left]! <= t) left--;
    if (left < 0) return Number.POSITIVE_INFINITY;
    // Slopes from the start fall, then rise, along the corners: find the turn.
    let low = 0;
    let high = left;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      const here = (this.s[middle]! - s) * (this.t[middle - 1]! - t);
      const next = (this.s[middle - 1]! - s) * (this.t[middle]! - t);
      if (here <= next) low = middle;
      else high = middle - 1;
    }
    return this.energyVia(low, t, s);
  }
}
