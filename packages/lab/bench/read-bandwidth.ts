/**
 * Reads `bytes` bytes (a multiple of 128, at least 128) and does next to nothing with them: what a kernel that reads its rows once
 * could reach at best. Eight sums that do not wait for one another; bottom-tested, see packages/expunge/assembly/panel.ts.
 */
export function readAll(from: usize, bytes: usize): i32 {
  let a = i32x4.splat(0);
  let b = i32x4.splat(0);
  let c = i32x4.splat(0);
  let d = i32x4.splat(0);
  let e = i32x4.splat(0);
  let f = i32x4.splat(0);
  let g = i32x4.splat(0);
  let h = i32x4.splat(0);
  const end = from + bytes;
  do {
    a = i32x4.add(a, v128.load(from));
    b = i32x4.add(b, v128.load(from, 16));
    c = i32x4.add(c, v128.load(from, 32));
    d = i32x4.add(d, v128.load(from, 48));
    e = i32x4.add(e, v128.load(from, 64));
    f = i32x4.add(f, v128.load(from, 80));
    g = i32x4.add(g, v128.load(from, 96));
    h = i32x4.add(h, v128.load(from, 112));
    from += 128;
  } while (from < end);
  a = i32x4.add(i32x4.add(i32x4.add(a, b), i32x4.add(c, d)), i32x4.add(i32x4.add(e, f), i32x4.add(g, h)));
  return (
    i32x4.extract_lane(a, 0) + i32x4.extract_lane(a, 1) + i32x4.extract_lane(a, 2) + i32x4.extract_lane(a, 3)
  );
}
