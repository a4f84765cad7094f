/*
 * The cosine by additions, products and one rounding to whole numbers alone, which IEEE 754 fixes to the last bit: engines differ in Math.cos, and
 * a mapped row must be the same on all of them.
 */

/** (-1)^k (2 pi)^2k / (2k)! for k = 0, 1, ..., as products of constants. */
const TERMS: readonly number[] = (() => {
  const square = 4 * Math.PI * Math.PI;
  const terms = [1];
  for (let k = 1; k <= 10; k++) terms.push((-terms[k - 1]! * square) / ((2 * k - 1) * (2 * k)));
  return terms;
})();

const [T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10] = TERMS as [
  ...[number, number, number, number, number, number, number, number, number, number, number],
];

/**
 * cos(2 pi turns), within 1e-14 for |turns| < 2^20 but for the error of `turns` itself.
 *
 * The series, of at most a quarter of a turn, ends below (pi/2)^22 / 22! < 2e-17.
 */
export function cosineOfTurns(turns: number): number {
  // Exact: the difference of a number and the whole number next to it.
  const part = Math.abs(turns - Math.round(turns));
  const isBack = part > 0.25;
  const near = isBack ? 0.5 - part : part;
  const y = near * near;
  const sum =
    T0 +
    y *
      (T1 + y * (T2 + y * (T3 + y * (T4 + y * (T5 + y * (T6 + y * (T7 + y * (T8 + y * (T9 + y * T10)))))))));
  return isBack ? -sum : sum;
}
