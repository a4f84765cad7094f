import { fma } from "./elementary";

/*
 * Loops over one panel of 4 rows (see context.ts for its layout). All are bottom-tested: Node 20's JIT moves work into
 * top-tested inner loops, which costs a factor of 3 to 4.
 *
 * A panel is read twice, the second time from L1. Doing the dot of the next panel in the same loop as the sum of this one
 * was 1.8 times slower on Zen 4 (though faster elsewhere): with 40 instructions to a line, too few lines are on their way
 * from L3 at a time. Two lines an iteration are best: with four, Node 20 spills.
 */

/** The four sums of the lanes of a, b, c, d, as one vector. */
// @ts-ignore: decorator
@inline
function laneSums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}

/** The outputs of a panel's four rows: <row, weights>. `lines` lists the places of its `lineCount` lines. */
export function dotPanel(panel: usize, lines: usize, lineCount: i32, weights: usize, columns: i32): v128 {
  if (lineCount << 2 == columns) return dotAllLines(panel, weights, columns);
  return lineCount > 0 ? dotLines(panel, lines, lineCount, weights) : f32x4.splat(0);
}

/** gradient += sum over the four rows of coefficient[row] * row. The coefficients are one vector in memory. */
export function addPanel(
  panel: usize,
  lines: usize,
  lineCount: i32,
  coefficients: usize,
  gradient: usize,
  columns: i32,
): void {
  if (lineCount << 2 == columns) addAllLines(panel, coefficients, gradient, columns);
  else if (lineCount > 0) addLines(panel, lines, lineCount, coefficients, gradient);
}

/** For a panel that keeps all its lines. */
function dotAllLines(panel: usize, weights: usize, columns: i32): v128 {
  let a = f32x4.splat(0);
  let b = f32x4.splat(0);
  let c = f32x4.splat(0);
  let d = f32x4.splat(0);
  const end = weights + ((<usize>columns) << 2);
  do {
    let w = v128.load(weights);
    a = fma(v128.load(panel), w, a);
    b = fma(v128.load(panel, 16), w, b);
    c = fma(v128.load(panel, 32), w, c);
    d = fma(v128.load(panel, 48), w, d);
    w = v128.load(weights, 16);
    a = fma(v128.load(panel, 64), w, a);
    b = fma(v128.load(panel, 80), w, b);
    c = fma(v128.load(panel, 96), w, c);
    d = fma(v128.load(panel, 112), w, d);
    panel += 128;
    weights += 32;
  } while (weights < end);
  return laneSums(a, b, c, d);
}

/** For a panel that keeps an even number of lines. */
function dotLines(panel: usize, lines: usize, lineCount: i32, weights: usize): v128 {
  let a = f32x4.splat(0);
  let b = f32x4.splat(0);
  let c = f32x4.splat(0);
  let d = f32x4.splat(0);
  const end = lines + ((<usize>lineCount) << 2);
  do {
    let w = v128.load(weights + load<u32>(lines));
    a = fma(v128.load(panel), w, a);
    b = fma(v128.load(panel, 16), w, b);
    c = fma(v128.load(panel, 32), w, c);
    d = fma(v128.load(panel, 48), w, d);
    w = v128.load(weights + load<u32>(lines, 4));
    a = fma(v128.load(panel, 64), w, a);
    b = fma(v128.load(panel, 80), w, b);
    c = fma(v128.load(panel, 96), w, c);
    d = fma(v128.load(panel, 112), w, d);
    panel += 128;
    lines += 8;
  } while (lines < end);
  return laneSums(a, b, c, d);
}

/** For a panel that keeps all its lines. */
function addAllLines(panel: usize, coefficients: usize, gradient: usize, columns: i32): void {
  const p = v128.load32_splat(coefficients);
  const q = v128.load32_splat(coefficients, 4);
  const r = v128.load32_splat(coefficients, 8);
  const s = v128.load32_splat(coefficients, 12);
  const end = gradient + ((<usize>columns) << 2);
  do {
    v128.store(gradient, f32x4.add(v128.load(gradient), combine(panel, p, q, r, s)));
    v128.store(gradient, f32x4.add(v128.load(gradient, 16), combine(panel + 64, p, q, r, s)), 16);
    panel += 128;
    gradient += 32;
  } while (gradient < end);
}

/** For a panel that keeps an even number of lines. */
function addLines(panel: usize, lines: usize, lineCount: i32, coefficients: usize, gradient: usize): void {
  const p = v128.load32_splat(coefficients);
  const q = v128.load32_splat(coefficients, 4);
  const r = v128.load32_splat(coefficients, 8);
  const s = v128.load32_splat(coefficients, 12);
  const end = lines + ((<usize>lineCount) << 2);
  do {
    let at = gradient + load<u32>(lines);
    v128.store(at, f32x4.add(v128.load(at), combine(panel, p, q, r, s)));
    at = gradient + load<u32>(lines, 4);
    v128.store(at, f32x4.add(v128.load(at), combine(panel + 64, p, q, r, s)));
    panel += 128;
    lines += 8;
  } while (lines < end);
}

/** Four columns of p * row 0 + q * row 1 + r * row 2 + s * row 3. */
// @ts-ignore: decorator
@inline
function combine(line: usize, p: v128, q: v128, r: v128, s: v128): v128 {
  const left = fma(v128.load(line, 16), q, f32x4.mul(v128.load(line), p));
  const right = fma(v128.load(line, 48), s, f32x4.mul(v128.load(line, 32), r));
  return f32x4.add(left, right);
}
