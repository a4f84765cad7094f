import { widened } from "./elementary64";
import { fma64 } from "./fma";
import { linesOf } from "./panel";

/*
 * panel.ts with float64 weights, coefficients and sums: rows become float64 as they are loaded. A line's four columns are two
 * vectors: "left" of columns 0 and 1, "right" of columns 2 and 3.
 */

/** Sums of four rows over two outputs at once, where a panel is read. */
const PAIR: i32 = 2;
/** Bytes of four numbers. */
const VECTOR: usize = 32;

/** Writes <row, weights> of the panel's four rows for each of `count` outputs, whose weights follow one another. */
export function dotPanel64(panel: usize, lineCount: i32, weights: usize, count: i32, columns: i32, into: usize): void {
  const lines = linesOf(panel, lineCount, columns);
  const isFull = lineCount << 2 == columns;
  const weightBytes = (<usize>columns) << 3;
  while (count >= PAIR) {
    if (isFull) dotAllLinesTwice64(panel, weights, weightBytes, into);
    else dotLinesTwice64(panel, lines, lineCount, weights, weightBytes, into);
    weights += PAIR * weightBytes;
    into += PAIR * VECTOR;
    count -= PAIR;
  }
  if (count == 0) return;
  if (isFull) dotAllLines64(panel, weights, weightBytes, into);
  else dotLines64(panel, lines, lineCount, weights, into);
}

/** gradient += sum over the panel's four rows of coefficient * row, for each of `count` outputs. */
export function addPanel64(
  panel: usize,
  lineCount: i32,
  coefficients: usize,
  count: i32,
  columns: i32,
  gradient: usize,
): void {
  const lines = linesOf(panel, lineCount, columns);
  const isFull = lineCount << 2 == columns;
  const weightBytes = (<usize>columns) << 3;
  while (count >= PAIR) {
    if (isFull) addAllLinesTwice64(panel, coefficients, gradient, weightBytes);
    else addLinesTwice64(panel, lines, lineCount, coefficients, gradient, weightBytes);
    gradient += PAIR * weightBytes;
    coefficients += PAIR * VECTOR;
    count -= PAIR;
  }
  if (count == 0) return;
  if (isFull) addAllLines64(panel, coefficients, gradient, weightBytes);
  else addLines64(panel, lines, lineCount, coefficients, gradient);
}

/** Stores the sums of the two lanes of a, b, c and d. */
// @ts-ignore: decorator
@inline
export function storeLaneSums(into: usize, a: v128, b: v128, c: v128, d: v128): void {
  v128.store(into, f64x2.add(v128.shuffle<f64>(a, b, 0, 2), v128.shuffle<f64>(a, b, 1, 3)));
  v128.store(into, f64x2.add(v128.shuffle<f64>(c, d, 0, 2), v128.shuffle<f64>(c, d, 1, 3)), 16);
}

function dotAllLines64(panel: usize, weights: usize, weightBytes: usize, into: usize): void {
  let a = f64x2.splat(0);
  let b = f64x2.splat(0);
  let c = f64x2.splat(0);
  let d = f64x2.splat(0);
  const end = weights + weightBytes;
  do {
    const left = v128.load(weights);
    const right = v128.load(weights, 16);
    a = fma64(widened(v128.load64_zero(panel)), left, a);
    b = fma64(widened(v128.load64_zero(panel, 16)), left, b);
    c = fma64(widened(v128.load64_zero(panel, 32)), left, c);
    d = fma64(widened(v128.load64_zero(panel, 48)), left, d);
    a = fma64(widened(v128.load64_zero(panel, 8)), right, a);
    b = fma64(widened(v128.load64_zero(panel, 24)), right, b);
    c = fma64(widened(v128.load64_zero(panel, 40)), right, c);
    d = fma64(widened(v128.load64_zero(panel, 56)), right, d);
    panel += 64;
    weights += 32;
  } while (weights < end);
  storeLaneSums(into, a, b, c, d);
}

/** For a panel with a list, of an even number of lines, perhaps none. */
function dotLines64(list: usize, lines: usize, lineCount: i32, weights: usize, into: usize): void {
  let a = f64x2.splat(0);
  let b = f64x2.splat(0);
  let c = f64x2.splat(0);
  let d = f64x2.splat(0);
  if (lineCount > 0) {
    const end = list + ((<usize>lineCount) << 2);
    do {
      const at = weights + ((<usize>load<u32>(list)) << 1);
      const left = v128.load(at);
      const right = v128.load(at, 16);
      a = fma64(widened(v128.load64_zero(lines)), left, a);
      b = fma64(widened(v128.load64_zero(lines, 16)), left, b);
      c = fma64(widened(v128.load64_zero(lines, 32)), left, c);
      d = fma64(widened(v128.load64_zero(lines, 48)), left, d);
      a = fma64(widened(v128.load64_zero(lines, 8)), right, a);
      b = fma64(widened(v128.load64_zero(lines, 24)), right, b);
      c = fma64(widened(v128.load64_zero(lines, 40)), right, c);
      d = fma64(widened(v128.load64_zero(lines, 56)), right, d);
      lines += 64;
      list += 4;
    } while (list < end);
  }
  storeLaneSums(into, a, b, c, d);
}

function dotAllLinesTwice64(panel: usize, weights: usize, weightBytes: usize, into: usize): void {
  let a = f64x2.splat(0);
  let b = f64x2.splat(0);
  let c = f64x2.splat(0);
  let d = f64x2.splat(0);
  let e = f64x2.splat(0);
  let f = f64x2.splat(0);
  let g = f64x2.splat(0);
  let h = f64x2.splat(0);
  let others = weights + weightBytes;
  const end = others;
  do {
    let v = v128.load(weights);
    let w = v128.load(others);
    let x = widened(v128.load64_zero(panel));
    a = fma64(x, v, a);
    e = fma64(x, w, e);
    x = widened(v128.load64_zero(panel, 16));
    b = fma64(x, v, b);
    f = fma64(x, w, f);
    x = widened(v128.load64_zero(panel, 32));
    c = fma64(x, v, c);
    g = fma64(x, w, g);
    x = widened(v128.load64_zero(panel, 48));
    d = fma64(x, v, d);
    h = fma64(x, w, h);
    v = v128.load(weights, 16);
    w = v128.load(others, 16);
    x = widened(v128.load64_zero(panel, 8));
    a = fma64(x, v, a);
    e = fma64(x, w, e);
    x = widened(v128.load64_zero(panel, 24));
    b = fma64(x, v, b);
    f = fma64(x, w, f);
    x = widened(v128.load64_zero(panel, 40));
    c = fma64(x, v, c);
    g = fma64(x, w, g);
    x = widened(v128.load64_zero(panel, 56));
    d = fma64(x, v, d);
    h = fma64(x, w, h);
    panel += 64;
    weights += 32;
    others += 32;
  } while (weights < end);
  storeLaneSums(into, a, b, c, d);
  storeLaneSums(into + VECTOR, e, f, g, h);
}

function dotLinesTwice64(
  list: usize,
  lines: usize,
  lineCount: i32,
  weights: usize,
  weightBytes: usize,
  into: usize,
): void {
  let a = f64x2.splat(0);
  let b = f64x2.splat(0);
  let c = f64x2.splat(0);
  let d = f64x2.splat(0);
  let e = f64x2.splat(0);
  let f = f64x2.splat(0);
  let g = f64x2.splat(0);
  let h = f64x2.splat(0);
  if (lineCount > 0) {
    const end = list + ((<usize>lineCount) << 2);
    do {
      const at = weights + ((<usize>load<u32>(list)) << 1);
      const other = at + weightBytes;
      let v = v128.load(at);
      let w = v128.load(other);
      let x = widened(v128.load64_zero(lines));
      a = fma64(x, v, a);
      e = fma64(x, w, e);
      x = widened(v128.load64_zero(lines, 16));
      b = fma64(x, v, b);
      f = fma64(x, w, f);
      x = widened(v128.load64_zero(lines, 32));
      c = fma64(x, v, c);
      g = fma64(x, w, g);
      x = widened(v128.load64_zero(lines, 48));
      d = fma64(x, v, d);
      h = fma64(x, w, h);
      v = v128.load(at, 16);
      w = v128.load(other, 16);
      x = widened(v128.load64_zero(lines, 8));
      a = fma64(x, v, a);
      e = fma64(x, w, e);
      x = widened(v128.load64_zero(lines, 24));
      b = fma64(x, v, b);
      f = fma64(x, w, f);
      x = widened(v128.load64_zero(lines, 40));
      c = fma64(x, v, c);
      g = fma64(x, w, g);
      x = widened(v128.load64_zero(lines, 56));
      d = fma64(x, v, d);
      h = fma64(x, w, h);
      lines += 64;
      list += 4;
    } while (list < end);
  }
  storeLaneSums(into, a, b, c, d);
  storeLaneSums(into + VECTOR, e, f, g, h);
}

export function addAllLines64(panel: usize, coefficients: usize, gradient: usize, weightBytes: usize): void {
  const p = v128.load64_splat(coefficients);
  const q = v128.load64_splat(coefficients, 8);
  const r = v128.load64_splat(coefficients, 16);
  const s = v128.load64_splat(coefficients, 24);
  const end = gradient + weightBytes;
  do {
    addLine(gradient, panel, p, q, r, s);
    panel += 64;
    gradient += 32;
  } while (gradient < end);
}

/** For a panel with a list, of an even number of lines, perhaps none. */
function addLines64(list: usize, lines: usize, lineCount: i32, coefficients: usize, gradient: usize): void {
  if (lineCount == 0) return;
  const p = v128.load64_splat(coefficients);
  const q = v128.load64_splat(coefficients, 8);
  const r = v128.load64_splat(coefficients, 16);
  const s = v128.load64_splat(coefficients, 24);
  const end = list + ((<usize>lineCount) << 2);
  do {
    addLine(gradient + ((<usize>load<u32>(list)) << 1), lines, p, q, r, s);
    lines += 64;
    list += 4;
  } while (list < end);
}

function addAllLinesTwice64(panel: usize, coefficients: usize, gradient: usize, weightBytes: usize): void {
  const p = v128.load64_splat(coefficients);
  const q = v128.load64_splat(coefficients, 8);
  const r = v128.load64_splat(coefficients, 16);
  const s = v128.load64_splat(coefficients, 24);
  const t = v128.load64_splat(coefficients, 32);
  const u = v128.load64_splat(coefficients, 40);
  const v = v128.load64_splat(coefficients, 48);
  const w = v128.load64_splat(coefficients, 56);
  let others = gradient + weightBytes;
  const end = others;
  do {
    let x = widened(v128.load64_zero(panel));
    let sum = fma64(x, p, v128.load(gradient));
    let other = fma64(x, t, v128.load(others));
    x = widened(v128.load64_zero(panel, 16));
    sum = fma64(x, q, sum);
    other = fma64(x, u, other);
    x = widened(v128.load64_zero(panel, 32));
    sum = fma64(x, r, sum);
    other = fma64(x, v, other);
    x = widened(v128.load64_zero(panel, 48));
    v128.store(gradient, fma64(x, s, sum));
    v128.store(others, fma64(x, w, other));
    x = widened(v128.load64_zero(panel, 8));
    sum = fma64(x, p, v128.load(gradient, 16));
    other = fma64(x, t, v128.load(others, 16));
    x = widened(v128.load64_zero(panel, 24));
    sum = fma64(x, q, sum);
    other = fma64(x, u, other);
    x = widened(v128.load64_zero(panel, 40));
    sum = fma64(x, r, sum);
    other = fma64(x, v, other);
    x = widened(v128.load64_zero(panel, 56));
    v128.store(gradient, fma64(x, s, sum), 16);
    v128.store(others, fma64(x, w, other), 16);
    panel += 64;
    gradient += 32;
    others += 32;
  } while (gradient < end);
}

function addLinesTwice64(
  list: usize,
  lines: usize,
  lineCount: i32,
  coefficients: usize,
  gradient: usize,
  weightBytes: usize,
): void {
  addLines64(list, lines, lineCount, coefficients, gradient);
  addLines64(list, lines, lineCount, coefficients + VECTOR, gradient + weightBytes);
}

/** Adds p * row 0 + q * row 1 + r * row 2 + s * row 3, in this order everywhere, to four columns of the sums. */
// @ts-ignore: decorator
@inline
function addLine(at: usize, line: usize, p: v128, q: v128, r: v128, s: v128): void {
  v128.store(at, addLeft(v128.load(at), line, p, q, r, s));
  v128.store(at, addRight(v128.load(at, 16), line, p, q, r, s), 16);
}

/** Of columns 0 and 1. Offsets are written out, since they must be constants to be part of an instruction. */
// @ts-ignore: decorator
@inline
function addLeft(start: v128, line: usize, p: v128, q: v128, r: v128, s: v128): v128 {
  let sum = fma64(widened(v128.load64_zero(line)), p, start);
  sum = fma64(widened(v128.load64_zero(line, 16)), q, sum);
  sum = fma64(widened(v128.load64_zero(line, 32)), r, sum);
  return fma64(widened(v128.load64_zero(line, 48)), s, sum);
}

/** Of columns 2 and 3. */
// @ts-ignore: decorator
@inline
function addRight(start: v128, line: usize, p: v128, q: v128, r: v128, s: v128): v128 {
  let sum = fma64(widened(v128.load64_zero(line, 8)), p, start);
  sum = fma64(widened(v128.load64_zero(line, 24)), q, sum);
  sum = fma64(widened(v128.load64_zero(line, 40)), r, sum);
  return fma64(widened(v128.load64_zero(line, 56)), s, sum);
}
