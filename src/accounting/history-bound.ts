import { geometricSum } from "./geometric-sum.js";
import type { Cell, History, NoiseKind } from "./history.js";
import { Minorant } from "./minorant.js";
import type { ProcessConstants } from "./process.js";

/** Absorbs the rounding of the sums, upwards. */
const ROUNDING = 1e-11;

/** Weights after the last cell grow; beyond this their squares would leave the doubles. A smaller one only raises the bound. */
const LARGEST_GROWTH = 1e120;

type Steps = Pick<ProcessConstants, "contraction" | "radius">;

/**
 * What a history proves, as a function of what comes after it. Weights are counted in units in which the last cell has weight 1, so that
 * nothing underflows however long ago it was; mu does not depend on the unit.
 *
 * Source:  docs/theory.md, "Any schedule of noise" and "Bounded memory": the greatest convex minorant of the points (t_k, S_k).
 * Checked: quadratic programmes over random schedules (history.test.ts), spec vectors-2 schedule, bounded, noiseOnRelease.
 */
export class HistoryBound {
  private readonly logC: number;
  private readonly kind: NoiseKind;
  /** From the start, and from every cell after which 2R is less than what the shifts come to. */
  private readonly starts: readonly Prefix[];
  private readonly lastStep: number;
  /** Of each cell; 1 for the last. */
  private readonly weights: readonly number[];

  constructor({ contraction, radius }: Steps, kind: NoiseKind, history: History) {
    this.logC = Math.log(contraction);
    this.kind = kind;
    const { cells, start } = history;
    this.lastStep = cells.at(-1)?.step ?? start;
    this.weights = cells.map(({ step }) => Math.exp((this.lastStep - step) * this.logC));
    const first = start === 0 ? 0 : 2 * radius * Math.exp((this.lastStep - start) * this.logC);
    const starts = [this.prefix(cells, 0, start, first)];
    let sum = first;
    cells.forEach(({ step, shift }, i) => {
      sum += shift * this.weights[i];
      const diameter = 2 * radius * this.weights[i];
      if (diameter < sum) starts.push(this.prefix(cells, i + 1, step, diameter));
    });
    this.starts = starts;
  }

  /** Energy after `steps` steps where every step has noise of standard deviation 1: mu = sqrt(energy) / s. */
  energyAfter(steps: number): number {
    const tail = Math.min(
      this.growth(steps) ** 2 * geometricSum(2 * this.logC, steps - this.lastStep),
      LARGEST_GROWTH ** 2,
    );
    return this.least(({ time, sum }) => [time + tail, sum]);
  }

  /** mu^2 after a last step that adds `shift` and then noise of standard deviation `std`; nothing was shifted since the last cell. */
  muSquareAfterRelease(steps: number, shift: number, std: number): number {
    const growth = Math.min(this.growth(steps), LARGEST_GROWTH);
    return this.least(({ time, sum }) => [time + (std * growth) ** 2, sum + shift * growth]);
  }

  /** Standard deviation of what releases so far leave in a weight after `steps` steps; noise on release only. */
  noiseLeft(steps: number): number {
    return Math.sqrt(this.starts[0].time) / this.growth(steps);
  }

  /** mu^2 of the state as it stands after the last cell; noise on release only. */
  muSquare(): number {
    return this.least(({ time, sum }) => [time, sum]);
  }

  private least(end: (prefix: Prefix) => readonly [number, number]): number {
    let least = Number.POSITIVE_INFINITY;
    for (const prefix of this.starts) least = Math.min(least, prefix.minorant.energyTo(...end(prefix)));
    return least * (1 + ROUNDING);
  }

  private growth(steps: number): number {
    return Math.exp(-(steps - this.lastStep) * this.logC);
  }

  /** The points of the cells from one on, begun at a distance after step `start`. */
  private prefix(cells: readonly Cell[], first: number, start: number, distance: number): Prefix {
    const minorant = new Minorant();
    let time = 0;
    let sum = distance;
    if (this.kind === "on-release") {
      for (let i = first; i < cells.length; i++) {
        minorant.push(time, sum);
        sum += this.weights[i] * cells[i].shift;
        time += (this.weights[i] * cells[i].std) ** 2;
      }
      // Whatever a further step shifts, no more than this can be covered up to here.
      minorant.push(time, sum);
      return { minorant, time, sum };
    }
    let counted = start;
    for (let i = first; i < cells.length; i++) {
      const before = cells[i].step - 1;
      time += this.timeBetween(counted, before);
      minorant.push(time, sum);
      sum += this.weights[i] * cells[i].shift;
      counted = before;
    }
    // The noise of the last cell's own step.
    time += this.timeBetween(counted, this.lastStep);
    return { minorant, time, sum };
  }

  /** Sum over steps from+1..to of their squared weights. */
  private timeBetween(from: number, to: number): number {
    if (from >= to) return 0;
    return Math.exp(2 * (this.lastStep - to) * this.logC) * geometricSum(2 * this.logC, to - from);
  }
}

interface Prefix {
  readonly minorant: Minorant;
  /** t and S at the last cell. */
  readonly time: number;
  readonly sum: number;
}
