import { fma } from "./fma";

/*
 * Loops over one panel of 4 rows (see context.ts for its layout). All are bottom-tested: Node 20's JIT moves work into
 * top-tested inner loops, which costs a factor of 3 to 4.
 *
 * A panel is read twice, the second time from L1. Doing the dot of the next panel in the same loop as the sum of this one
 * was 1.8 times slower on Zen 4 (though faster elsewhere), and so was touching the next panel's lines meanwhile: too few
 * lines are then on their way from L3 at a time. One line an iteration is best where all are there, two where a list says
 * which; with four lines, or eight sums for one output, Node 20 spills.
 *
 * Outputs (classes of a softmax, trials) go in pairs: both use a line's four rows while they are in registers. Sums are
 * taken in the same order as for one output, so that how trials share passes does not show in the last bits.
 */

/** Sums of four rows over two outputs at once, where a panel is read. */
const PAIR: i32 = 2;

/** Where a panel's lines start, behind the list of their places if there is one. */
// @ts-ignore: decorator
@inline
export function linesOf(panel: usize, lineCount: i32, columns: i32): usize {
  return lineCount << 2 == columns ? panel : panel + (((<usize>lineCount << 2) + 63) & ~63);
}

/**
 * Writes <row, weights> of the panel's four rows as one vector for each of `count` outputs, whose weights follow one
 * another.
 */
export function dotPanel(panel: usize, lineCount: i32, weights: usize, count: i32, columns: i32, into: usize): void {
  const lines = linesOf(panel, lineCount, columns);
  const isFull = lineCount << 2 == columns;
  const vectorBytes = (<usize>columns) << 2;
  while (count >= PAIR) {
    if (isFull) dotAllLinesTwice(panel, weights, vectorBytes, into);
    else dotLinesTwice(panel, lines, lineCount, weights, vectorBytes, into);
    weights += PAIR * vectorBytes;
    into += PAIR * 16;
    count -= PAIR;
  }
  if (count == 0) return;
  if (isFull) dotAllLines(panel, weights, vectorBytes, into);
  else dotLines(panel, lines, lineCount, weights, into);
}

/**
 * gradient += sum over the panel's four rows of coefficient * row, for each of `count` outputs: one vector of coefficients
 * each, gradients one after another.
 */
export function addPanel(
  panel: usize,
  lineCount: i32,
  coefficients: usize,
  count: i32,
  columns: i32,
  gradient: usize,
): void {
  const lines = linesOf(panel, lineCount, columns);
  const isFull = lineCount << 2 == columns;
  const vectorBytes = (<usize>columns) << 2;
  while (count >= PAIR) {
    if (isFull) addAllLinesTwice(panel, coefficients, gradient, vectorBytes);
    else addLinesTwice(panel, lines, lineCount, coefficients, gradient, vectorBytes);
    gradient += PAIR * vectorBytes;
    coefficients += PAIR * 16;
    count -= PAIR;
  }
  if (count == 0) return;
  if (isFull) addAllLines(panel, coefficients, gradient, vectorBytes);
  else addLines(panel, lines, lineCount, coefficients, gradient);
}

/** The four sums of the lanes of a, b, c, d, as one vector. */
// @ts-ignore: decorator
@inline
export function laneSums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}

function dotAllLines(panel: usize, weights: usize, vectorBytes: usize, into: usize): void {
  let a = f32x4.splat(0);
  let b = f32x4.splat(0);
  let c = f32x4.splat(0);
  let d = f32x4.splat(0);
  const end = weights + vectorBytes;
  do {
    const w = v128.load(weights);
    a = fma(v128.load(panel), w, a);
    b = fma(v128.load(panel, 16), w, b);
    c = fma(v128.load(panel, 32), w, c);
    d = fma(v128.load(panel, 48), w, d);
    panel += 64;
    weights += 16;
  } while (weights < end);
  v128.store(into, laneSums(a, b, c, d));
}

/** For a panel with a list, of an even number of lines, perhaps none. */
function dotLines(list: usize, lines: usize, lineCount: i32, weights: usize, into: usize): void {
  let a = f32x4.splat(0);
  let b = f32x4.splat(0);
  let c = f32x4.splat(0);
  let d = f32x4.splat(0);
  if (lineCount > 0) {
    const end = list + ((<usize>lineCount) << 2);
    do {
      let w = v128.load(weights + load<u32>(list));
      a = fma(v128.load(lines), w, a);
      b = fma(v128.load(lines, 16), w, b);
      c = fma(v128.load(lines, 32), w, c);
      d = fma(v128.load(lines, 48), w, d);
      w = v128.load(weights + load<u32>(list, 4));
      a = fma(v128.load(lines, 64), w, a);
      b = fma(v128.load(lines, 80), w, b);
      c = fma(v128.load(lines, 96), w, c);
      d = fma(v128.load(lines, 112), w, d);
      lines += 128;
      list += 8;
    } while (list < end);
  }
  v128.store(into, laneSums(a, b, c, d));
}

function dotAllLinesTwice(panel: usize, weights: usize, vectorBytes: usize, into: usize): void {
  let a = f32x4.splat(0);
  let b = f32x4.splat(0);
  let c = f32x4.splat(0);
  let d = f32x4.splat(0);
  let e = f32x4.splat(0);
  let f = f32x4.splat(0);
  let g = f32x4.splat(0);
  let h = f32x4.splat(0);
  let others = weights + vectorBytes;
  const end = others;
  do {
    const v = v128.load(weights);
    const w = v128.load(others);
    let x = v128.load(panel);
    a = fma(x, v, a);
    e = fma(x, w, e);
    x = v128.load(panel, 16);
    b = fma(x, v, b);
    f = fma(x, w, f);
    x = v128.load(panel, 32);
    c = fma(x, v, c);
    g = fma(x, w, g);
    x = v128.load(panel, 48);
    d = fma(x, v, d);
    h = fma(x, w, h);
    panel += 64;
    weights += 16;
    others += 16;
  } while (weights < end);
  v128.store(into, laneSums(a, b, c, d));
  v128.store(into, laneSums(e, f, g, h), 16);
}

function dotLinesTwice(
  list: usize,
  lines: usize,
  lineCount: i32,
  weights: usize,
  vectorBytes: usize,
  into: usize,
): void {
  let a = f32x4.splat(0);
  let b = f32x4.splat(0);
  let c = f32x4.splat(0);
  let d = f32x4.splat(0);
  let e = f32x4.splat(0);
  let f = f32x4.splat(0);
  let g = f32x4.splat(0);
  let h = f32x4.splat(0);
  if (lineCount > 0) {
    const end = list + ((<usize>lineCount) << 2);
    do {
      const at = weights + load<u32>(list);
      const v = v128.load(at);
      const w = v128.load(at + vectorBytes);
      let x = v128.load(lines);
      a = fma(x, v, a);
      e = fma(x, w, e);
      x = v128.load(lines, 16);
      b = fma(x, v, b);
      f = fma(x, w, f);
      x = v128.load(lines, 32);
      c = fma(x, v, c);
      g = fma(x, w, g);
      x = v128.load(lines, 48);
      d = fma(x, v, d);
      h = fma(x, w, h);
      lines += 64;
      list += 4;
    } while (list < end);
  }
  v128.store(into, laneSums(a, b, c, d));
  v128.store(into, laneSums(e, f, g, h), 16);
}

export function addAllLines(panel: usize, coefficients: usize, gradient: usize, vectorBytes: usize): void {
  const p = v128.load32_splat(coefficients);
  const q = v128.load32_splat(coefficients, 4);
  const r = v128.load32_splat(coefficients, 8);
  const s = v128.load32_splat(coefficients, 12);
  const end = gradient + vectorBytes;
  do {
    v128.store(gradient, combine(v128.load(gradient), panel, p, q, r, s));
    panel += 64;
    gradient += 16;
  } while (gradient < end);
}

/** For a panel with a list, of an even number of lines, perhaps none. */
function addLines(list: usize, lines: usize, lineCount: i32, coefficients: usize, gradient: usize): void {
  if (lineCount == 0) return;
  const p = v128.load32_splat(coefficients);
  const q = v128.load32_splat(coefficients, 4);
  const r = v128.load32_splat(coefficients, 8);
  const s = v128.load32_splat(coefficients, 12);
  const end = list + ((<usize>lineCount) << 2);
  do {
    let at = gradient + load<u32>(list);
    v128.store(at, combine(v128.load(at), lines, p, q, r, s));
    at = gradient + load<u32>(list, 4);
    v128.store(at, combine(v128.load(at), lines + 64, p, q, r, s));
    lines += 128;
    list += 8;
  } while (list < end);
}

function addAllLinesTwice(panel: usize, coefficients: usize, gradient: usize, vectorBytes: usize): void {
  const p = v128.load32_splat(coefficients);
  const q = v128.load32_splat(coefficients, 4);
  const r = v128.load32_splat(coefficients, 8);
  const s = v128.load32_splat(coefficients, 12);
  const t = v128.load32_splat(coefficients, 16);
  const u = v128.load32_splat(coefficients, 20);
  const v = v128.load32_splat(coefficients, 24);
  const w = v128.load32_splat(coefficients, 28);
  let others = gradient + vectorBytes;
  const end = others;
  do {
    let x = v128.load(panel);
    let left = f32x4.mul(x, p);
    let right = f32x4.mul(x, t);
    x = v128.load(panel, 16);
    left = fma(x, q, left);
    right = fma(x, u, right);
    x = v128.load(panel, 32);
    let left2 = f32x4.mul(x, r);
    let right2 = f32x4.mul(x, v);
    x = v128.load(panel, 48);
    left2 = fma(x, s, left2);
    right2 = fma(x, w, right2);
    v128.store(gradient, f32x4.add(v128.load(gradient), f32x4.add(left, left2)));
    v128.store(others, f32x4.add(v128.load(others), f32x4.add(right, right2)));
    panel += 64;
    gradient += 16;
    others += 16;
  } while (gradient < end);
}

function addLinesTwice(
  list: usize,
  lines: usize,
  lineCount: i32,
  coefficients: usize,
  gradient: usize,
  vectorBytes: usize,
): void {
  if (lineCount == 0) return;
  const p = v128.load32_splat(coefficients);
  const q = v128.load32_splat(coefficients, 4);
  const r = v128.load32_splat(coefficients, 8);
  const s = v128.load32_splat(coefficients, 12);
  const t = v128.load32_splat(coefficients, 16);
  const u = v128.load32_splat(coefficients, 20);
  const v = v128.load32_splat(coefficients, 24);
  const w = v128.load32_splat(coefficients, 28);
  const end = list + ((<usize>lineCount) << 2);
  do {
    const at = gradient + load<u32>(list);
    const other = at + vectorBytes;
    let x = v128.load(lines);
    let left = f32x4.mul(x, p);
    let right = f32x4.mul(x, t);
    x = v128.load(lines, 16);
    left = fma(x, q, left);
    right = fma(x, u, right);
    x = v128.load(lines, 32);
    let left2 = f32x4.mul(x, r);
    let right2 = f32x4.mul(x, v);
    x = v128.load(lines, 48);
    left2 = fma(x, s, left2);
    right2 = fma(x, w, right2);
    v128.store(at, f32x4.add(v128.load(at), f32x4.add(left, left2)));
    v128.store(other, f32x4.add(v128.load(other), f32x4.add(right, right2)));
    lines += 64;
    list += 4;
  } while (list < end);
}

/**
 * Four columns of start + (p * row 0 + q * row 1) + (r * row 2 + s * row 3): summed in this order everywhere, and rounding
 * less than one after the other would.
 */
// @ts-ignore: decorator
@inline
function combine(start: v128, line: usize, p: v128, q: v128, r: v128, s: v128): v128 {
  const left = fma(v128.load(line, 16), q, f32x4.mul(v128.load(line), p));
  const right = fma(v128.load(line, 48), s, f32x4.mul(v128.load(line, 32), r));
  return f32x4.add(start, f32x4.add(left, right));
}
