import { fma64, wide } from "./elementary64";
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
function storeLaneSums(into: usize, a: v128, b: v128, c: v128, d: v128): void {
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
    a = fma64(wide(panel), left, a);
    b = fma64(wide(panel + 16), left, b);
    c = fma64(wide(panel + 32), left, c);
    d = fma64(wide(panel + 48), left, d);
    a = fma64(wide(panel + 8), right, a);
    b = fma64(wide(panel + 24), right, b);
    c = fma64(wide(panel + 40), right, c);
    d = fma64(wide(panel + 56), right, d);
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
      a = fma64(wide(lines), left, a);
      b = fma64(wide(lines + 16), left, b);
      c = fma64(wide(lines + 32), left, c);
      d = fma64(wide(lines + 48), left, d);
      a = fma64(wide(lines + 8), right, a);
      b = fma64(wide(lines + 24), right, b);
      c = fma64(wide(lines + 40), right, c);
      d = fma64(wide(lines + 56), right, d);
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
    let x = wide(panel);
    a = fma64(x, v, a);
    e = fma64(x, w, e);
    x = wide(panel + 16);
    b = fma64(x, v, b);
    f = fma64(x, w, f);
    x = wide(panel + 32);
    c = fma64(x, v, c);
    g = fma64(x, w, g);
    x = wide(panel + 48);
    d = fma64(x, v, d);
    h = fma64(x, w, h);
    v = v128.load(weights, 16);
    w = v128.load(others, 16);
    x = wide(panel + 8);
    a = fma64(x, v, a);
    e = fma64(x, w, e);
    x = wide(panel + 24);
    b = fma64(x, v, b);
    f = fma64(x, w, f);
    x = wide(panel + 40);
    c = fma64(x, v, c);
    g = fma64(x, w, g);
    x = wide(panel + 56);
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
      let x = wide(lines);
      a = fma64(x, v, a);
      e = fma64(x, w, e);
      x = wide(lines + 16);
      b = fma64(x, v, b);
      f = fma64(x, w, f);
      x = wide(lines + 32);
      c = fma64(x, v, c);
      g = fma64(x, w, g);
      x = wide(lines + 48);
      d = fma64(x, v, d);
      h = fma64(x, w, h);
      v = v128.load(at, 16);
      w = v128.load(other, 16);
      x = wide(lines + 8);
      a = fma64(x, v, a);
      e = fma64(x, w, e);
      x = wide(lines + 24);
      b = fma64(x, v, b);
      f = fma64(x, w, f);
      x = wide(lines + 40);
      c = fma64(x, v, c);
      g = fma64(x, w, g);
      x = wide(lines + 56);
      d = fma64(x, v, d);
      h = fma64(x, w, h);
      lines += 64;
      list += 4;
    } while (list < end);
  }
  storeLaneSums(into, a, b, c, d);
  storeLaneSums(into + VECTOR, e, f, g, h);
}

function addAllLines64(panel: usize, coefficients: usize, gradient: usize, weightBytes: usize): void {
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
  addAllLines64(panel, coefficients, gradient, weightBytes);
  addAllLines64(panel, coefficients + VECTOR, gradient + weightBytes, weightBytes);
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

/** Four columns of at + (p * row 0 + q * row 1) + (r * row 2 + s * row 3), stored in their place. */
// @ts-ignore: decorator
@inline
function addLine(at: usize, line: usize, p: v128, q: v128, r: v128, s: v128): void {
  let x = fma64(wide(line + 16), q, f64x2.mul(wide(line), p));
  let y = fma64(wide(line + 48), s, f64x2.mul(wide(line + 32), r));
  v128.store(at, f64x2.add(v128.load(at), f64x2.add(x, y)));
  x = fma64(wide(line + 24), q, f64x2.mul(wide(line + 8), p));
  y = fma64(wide(line + 56), s, f64x2.mul(wide(line + 40), r));
  v128.store(at, f64x2.add(v128.load(at, 16), f64x2.add(x, y)), 16);
}
