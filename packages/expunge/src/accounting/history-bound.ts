import type { NoiseKind } from "./choices.js";
import type { Cell, History } from "./history.js";
import { Minorant, segmentEnergy } from "./minorant.js";
import { type Powers, powersOf } from "./powers.js";
import type { ProcessConstants } from "./process.js";
import { riseOf, scaleOf, timeOf } from "./scaled.js";

/** Absorbs the rounding of the sums, upwards. */
const ROUNDING = 1e-11;

/** More than chords and minorants can be off by, relatively, because their sums are taken in another order. */
const CHORD_ROUNDING = 1e-9;

/** Weights after the last cell grow; beyond this their squares would leave the doubles. A smaller one only raises the bound. */
const MAX_GROWTH = 1e120;

/** Squares of weights below this lose digits; so much less noise only raises the bound. */
const LEAST_TIME_WEIGHT = 2 ** -1000;

/**
 * What a history proves, as a function of what comes after it. Weights are counted in units in which the last cell has weight 1, so that
 * nothing underflows however long ago it was; mu does not depend on the unit.
 *
 * Source:  docs/theory.md, "Any schedule of noise" and "Bounded memory": the greatest convex minorant of the points (t_k, S_k).
 * Checked: quadratic programmes over random schedules (history.test.ts), spec vectors-2 schedule, bounded, noiseOnRelease.
 */
export class HistoryBound {
  private readonly powers: Powers;
  private readonly kind: NoiseKind;
  private readonly cells: readonly Cell[];
  /** From the start, and from every cell after which 2R is less than what the shifts come to. */
  private readonly starts: Starts;
  private readonly lastStep: number;
  /** Of each cell; 1 for the last. */
  private readonly weights: Float64Array;
  /** Of shifts and noise on release, so that their squares are doubles; 1 where every step has noise, which is counted in its own unit. */
  private readonly scale: number;

  constructor(
    { contraction, radius }: Pick<ProcessConstants, "contraction" | "radius">,
    kind: NoiseKind,
    history: History,
  ) {
    this.powers = powersOf(contraction);
    this.kind = kind;
    const { cells, start } = history;
    this.cells = cells;
    this.lastStep = cells.at(-1)?.step ?? start;
    this.weights = new Float64Array(cells.length);
    for (let i = 0; i < cells.length; i++)
      this.weights[i] = this.powers.weight(this.lastStep - (cells[i] as Cell).step);
    this.scale = kind === "on-release" ? this.scaleFor() : 1;
    this.starts = this.startsOf(start, radius);
  }

  /** From the newest noise; without any, from the newest shift, which the noise to come is for. */
  private scaleFor(): number {
    const { cells, weights } = this;
    const noised = cells.findLastIndex(({ std }) => std > 0);
    if (noised >= 0) return scaleOf((cells[noised] as Cell).std, weights[noised]!);
    const shifted = cells.findLastIndex(({ shift }) => shift > 0);
    return shifted >= 0 ? scaleOf((cells[shifted] as Cell).shift, weights[shifted]!) : 1;
  }

  private startsOf(start: number, radius: number): Starts {
    const { cells, weights, powers, scale } = this;
    const distance = start === 0 ? 0 : riseOf(2 * radius, powers.weight(this.lastStep - start), scale);
    const starts: [Start, ...Start[]] = [
      { first: 0, step: start, distance, shifts: 0, time: 0, prefix: null },
    ];
    let sum = distance;
    for (let i = 0; i < cells.length; i++) {
      const { step } = cells[i] as Cell;
      sum += this.riseAt(i);
      const diameter = riseOf(2 * radius, weights[i]!, scale);
      if (!(diameter < sum)) continue;
      starts.push({ first: i + 1, step, distance: diameter, shifts: 0, time: 0, prefix: null });
    }
    this.addWhatFollows(starts);
    return starts;
  }

  private addWhatFollows(starts: Starts): void {
    const { cells } = this;
    let shifts = 0;
    let variance = 0;
    let cell = cells.length;
    for (let i = starts.length - 1; i >= 0; i--) {
      const start = starts[i] as Start;
      while (cell > start.first) {
        cell--;
        shifts += this.riseAt(cell);
        variance += this.timeAt(cell);
      }
      start.shifts = shifts;
      start.time = this.kind === "on-release" ? variance : this.powers.time(this.lastStep - start.step);
    }
  }

  private riseAt(cell: number): number {
    return riseOf((this.cells[cell] as Cell).shift, this.weights[cell]!, this.scale);
  }

  /** Of the cell's own noise, on release. */
  private timeAt(cell: number): number {
    return timeOf((this.cells[cell] as Cell).std, this.weights[cell]!, this.scale);
  }

  /** Energy after `steps` steps where every step has noise of standard deviation 1: mu = sqrt(energy) / s. */
  energyAfter(steps: number): number {
    const tail = Math.min(this.growth(steps) ** 2 * this.powers.time(steps - this.lastStep), MAX_GROWTH ** 2);
    return this.least(tail, 0);
  }

  /** mu^2 after a last step that adds `shift` and then noise of standard deviation `std`; nothing was shifted since the last cell. */
  muSquareAfterRelease(steps: number, shift: number, std: number): number {
    const growth = Math.min(this.growth(steps), MAX_GROWTH);
    return this.least(timeOf(std, growth, this.scale), riseOf(shift, growth, this.scale));
  }

  /** Standard deviation of what releases so far leave in a weight after `steps` steps; noise on release only. */
  noiseLeft(steps: number): number {
    return Math.sqrt(this.starts[0].time) / this.scale / this.growth(steps);
  }

  /** mu^2 of the state as it stands after the last cell; noise on release only. */
  muSquare(): number {
    return this.least(0, 0);
  }

  /**
   * The least over all starts, of an end that lies `time` and `sum` beyond the last cell. No minorant costs less than the chord below it, so
   * that starts whose chord costs more than the least so far are passed over.
   */
  private least(time: number, sum: number): number {
    const chord = (start: Start): number =>
      segmentEnergy(start.time + time, start.distance + start.shifts + sum);
    let best = this.starts[0];
    let leastChord = chord(best);
    for (const start of this.starts) {
      const candidate = chord(start);
      if (candidate < leastChord) [best, leastChord] = [start, candidate];
    }
    let least = this.energyFrom(best, time, sum);
    for (const start of this.starts) {
      if (start === best || chord(start) > least * (1 + CHORD_ROUNDING)) continue;
      least = Math.min(least, this.energyFrom(start, time, sum));
    }
    return least * (1 + ROUNDING);
  }

  private energyFrom(start: Start, time: number, sum: number): number {
    start.prefix ??= this.prefix(start);
    return start.prefix.energyTo(time, sum);
  }

  private growth(steps: number): number {
    return this.powers.weight(this.lastStep - steps);
  }

  /** The minorant of the cells from one on, begun at a distance after a step. */
  private prefix({ first, step: start, distance }: Start): Minorant {
    const { cells } = this;
    const minorant = new Minorant();
    if (this.kind === "on-release") {
      minorant.push(0, distance);
      for (let i = first; i < cells.length; i++) minorant.push(this.timeAt(i), this.riseAt(i));
      return minorant;
    }
    let counted = start;
    let rise = distance;
    for (let i = first; i < cells.length; i++) {
      const before = (cells[i] as Cell).step - 1;
      minorant.push(this.timeBetween(counted, before), rise);
      rise = this.riseAt(i);
      counted = before;
    }
    // The noise of the last cell's own step.
    minorant.push(this.timeBetween(counted, this.lastStep), rise);
    return minorant;
  }

  /** Sum over steps from+1..to of their squared weights. */
  private timeBetween(from: number, to: number): number {
    if (from >= to) return 0;
    const weight = this.powers.weight(2 * (this.lastStep - to));
    return weight < LEAST_TIME_WEIGHT ? 0 : weight * this.powers.time(to - from);
  }
}

/** Where a plan may begin: after a step, at a distance. */
interface Start {
  /** The first cell that comes after it. */
  readonly first: number;
  readonly step: number;
  readonly distance: number;
  /** What the shifts and the noise of all cells from `first` on come to, at the last cell. */
  shifts: number;
  time: number;
  /** Written out when it is first asked for. */
  prefix: Minorant | null;
}

/** The first is the history's own. */
type Starts = readonly [Start, ...Start[]];
