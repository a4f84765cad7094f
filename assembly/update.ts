import { COLUMNS, DECAY, FEATURE_COUNT, GAIN, GRADIENT, KEYS, MAX_GROUPS, NOISE_STD, NORMALS, EXTENSIONS, OUTPUT_COUNT, RADIUS, SCRATCH, TRIALS, WEIGHTS } from "./context";
import { fma } from "./elementary";
import { normalGroups } from "./gaussian";

/*
 * The end of a step, for every trial: weights = Proj( weights - (decay * weights + gain * gradient) + noiseStd * normals ),
 * gradient = 0.
 */

const KEY_BYTES: usize = 32;

/** Noise, step and weight decay in one sweep, then the projection. */
export function updateWithNoise(context: usize, stepLow: i32, stepHigh: i32): void {
  const bytes = weightBytes(context);
  let weights = load<usize>(context, WEIGHTS);
  let gradient = load<usize>(context, GRADIENT);
  let key = load<usize>(context, KEYS);
  let trials = load<i32>(context, TRIALS);
  do {
    sweepWithNoise(context, weights, gradient, key, stepLow, stepHigh);
    projectOntoBall(context, weights, bytes);
    weights += bytes;
    gradient += bytes;
    key += KEY_BYTES;
    trials -= 1;
  } while (trials > 0);
}

/** The same without noise. */
export function updateWithoutNoise(context: usize): void {
  const bytes = weightBytes(context);
  let weights = load<usize>(context, WEIGHTS);
  let gradient = load<usize>(context, GRADIENT);
  let trials = load<i32>(context, TRIALS);
  do {
    sweepWithoutNoise(context, weights, gradient, bytes);
    projectOntoBall(context, weights, bytes);
    weights += bytes;
    gradient += bytes;
    trials -= 1;
  } while (trials > 0);
}

/** Up to 1,024 weights at a time, from noise made on the spot. */
function sweepWithNoise(context: usize, weights: usize, gradient: usize, key: usize, stepLow: i32, stepHigh: i32): void {
  const columns = load<i32>(context, COLUMNS);
  const features = load<i32>(context, FEATURE_COUNT);
  const scratch = load<usize>(context, SCRATCH);
  const normals = scratch + NORMALS;
  const decay = v128.load32_splat(context, DECAY);
  const gain = v128.load32_splat(context, GAIN);
  const noiseStd = v128.load32_splat(context, NOISE_STD);
  const zero = f32x4.splat(0);
  let outputs = load<i32>(context, OUTPUT_COUNT);
  let group = 0;
  do {
    let column = 0;
    do {
      const groups = min(MAX_GROUPS, (features - column + 63) >> 6);
      normalGroups(key, group, groups, stepLow, stepHigh, normals, scratch + EXTENSIONS);
      const count = min(groups << 6, columns - column);
      if (features - column < count) clearFrom(normals, features - column, count);
      let normal = normals;
      const end = normals + ((<usize>count) << 2);
      do {
        const moved = descended(v128.load(weights), v128.load(gradient), decay, gain);
        v128.store(weights, fma(v128.load(normal), noiseStd, moved));
        v128.store(gradient, zero);
        normal += 16;
        weights += 16;
        gradient += 16;
      } while (normal < end);
      column += groups << 6;
      group += groups;
    } while (column < features);
    outputs -= 1;
  } while (outputs > 0);
}

function sweepWithoutNoise(context: usize, weights: usize, gradient: usize, bytes: usize): void {
  const decay = v128.load32_splat(context, DECAY);
  const gain = v128.load32_splat(context, GAIN);
  const zero = f32x4.splat(0);
  const end = weights + bytes;
  do {
    v128.store(weights, descended(v128.load(weights), v128.load(gradient), decay, gain));
    v128.store(gradient, zero);
    weights += 16;
    gradient += 16;
  } while (weights < end);
}

/**
 * Scales the weights onto the ball where they lie outside. The norm is summed in float64, and the scale made smaller by
 * 2^-22, so that after rounding to float32 the norm is never above the radius.
 */
function projectOntoBall(context: usize, start: usize, bytes: usize): void {
  const radius = load<f64>(context, RADIUS);
  if (radius == Infinity) return;
  const end = start + bytes;
  let even = f64x2.splat(0);
  let odd = f64x2.splat(0);
  let at = start;
  do {
    const low = f64x2.promote_low_f32x4(v128.load64_zero(at));
    const high = f64x2.promote_low_f32x4(v128.load64_zero(at, 8));
    even = f64x2.add(even, f64x2.mul(low, low));
    odd = f64x2.add(odd, f64x2.mul(high, high));
    at += 16;
  } while (at < end);
  const sums = f64x2.add(even, odd);
  const norm = sqrt(f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1));
  if (norm <= radius) return;
  const scale = f32x4.splat(<f32>((radius / norm) * (1 - 2.384185791015625e-7)));
  at = start;
  do {
    v128.store(at, f32x4.mul(v128.load(at), scale));
    at += 16;
  } while (at < end);
}

/**
 * One gradient step. Not as weights * (1 - decay): rounding 1 - decay to float32 would change a small decay by far more
 * than its own rounding does.
 */
// @ts-ignore: decorator
@inline
function descended(weights: v128, gradient: v128, decay: v128, gain: v128): v128 {
  return f32x4.sub(weights, fma(weights, decay, f32x4.mul(gradient, gain)));
}

/** Padding columns get no noise, so that they stay 0 and out of the norm. */
function clearFrom(normals: usize, from: i32, to: i32): void {
  memory.fill(normals + ((<usize>from) << 2), 0, (<usize>(to - from)) << 2);
}

/** Bytes of one trial's weights. */
// @ts-ignore: decorator
@inline
function weightBytes(context: usize): usize {
  return ((<usize>load<i32>(context, OUTPUT_COUNT)) * <usize>load<i32>(context, COLUMNS)) << 2;
}
