import { geometricSum } from "./geometric-sum.js";

/** Powers kept at most, of either kind. */
const MAX_KEPT = 2 ** 17;
const FIRST_KEPT = 2 ** 12;

/**
 * c^k and 1 + c^2 + ... + c^(2(k-1)) for whole k. Planning asks for the same few thousand of them again and again, so they are kept once computed;
 * a kept number is the very one that would be computed.
 */
export class Powers {
  /** c in (0, 1]. */
  readonly contraction: number;
  private readonly weights: KeptNumbers;
  private readonly times: KeptNumbers;

  constructor(contraction: number) {
    this.contraction = contraction;
    const logC = Math.log(contraction);
    this.weights = new KeptNumbers((age) => Math.exp(age * logC));
    this.times = new KeptNumbers((count) => geometricSum(2 * logC, count));
  }

  /** c^age. @param age an integer, also below 0 */
  weight(age: number): number {
    return this.weights.at(age);
  }

  /** The sum of c^(2j) over j = 0 .. count - 1; 0 for count <= 0. */
  time(count: number): number {
    return this.times.at(count);
  }
}

/** Values of a function of whole numbers, kept from 0 up to a bound. */
class KeptNumbers {
  private readonly compute: (index: number) => number;
  private kept = new Float64Array(FIRST_KEPT).fill(Number.NaN);

  constructor(compute: (index: number) => number) {
    this.compute = compute;
  }

  at(index: number): number {
    const found = index >= 0 && index < this.kept.length ? this.kept[index]! : Number.NaN;
    return Number.isNaN(found) ? this.computeAt(index) : found;
  }

  private computeAt(index: number): number {
    const value = this.compute(index);
    if (!(index >= 0 && index < MAX_KEPT)) return value;
    if (index >= this.kept.length) this.growTo(index);
    this.kept[index] = value;
    return value;
  }

  private growTo(index: number): void {
    const grown = new Float64Array(2 ** Math.ceil(Math.log2(index + 1))).fill(Number.NaN);
    grown.set(this.kept);
    this.kept = grown;
  }
}

let newest = new Powers(1);

/** The powers of a contraction; those of the contraction asked for last are kept. */
export function powersOf(contraction: number): Powers {
  if (newest.contraction !== contraction) newest = new Powers(contraction);
  return newest;
}
