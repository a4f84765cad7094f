import { COLUMNS, GRADIENT, OUTPUT_COUNT, PART_PANELS, PARTS, TRIALS } from "./context";

/*
 * The float32 kernel sums gradients in two levels: at most MAX_PANELS panels in float32, and those parts in float64, so that
 * rounding does not grow with the batch. Where a part ends depends on the panel's place in the batch alone, and not on how
 * panels are brought in or trials share passes.
 */

export const MAX_PANELS: i32 = 32;

/** Adds the parts to the sums and begins anew. */
export function endPart(context: usize): void {
  const count = load<i32>(context, TRIALS) * load<i32>(context, OUTPUT_COUNT) * load<i32>(context, COLUMNS);
  let part = load<usize>(context, PARTS);
  let sum = load<usize>(context, GRADIENT);
  const end = part + ((<usize>count) << 2);
  const zero = f32x4.splat(0);
  do {
    const x = v128.load(part);
    const high = v128.shuffle<i64>(x, x, 1, 0);
    v128.store(sum, f64x2.add(v128.load(sum), f64x2.promote_low_f32x4(x)));
    v128.store(sum, f64x2.add(v128.load(sum, 16), f64x2.promote_low_f32x4(high)), 16);
    v128.store(part, zero);
    part += 16;
    sum += 32;
  } while (part < end);
  store<i32>(context, 0, PART_PANELS);
}
