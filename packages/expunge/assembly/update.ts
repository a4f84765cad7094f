import { COLUMNS, DECAY, FEATURE_COUNT, GAIN, GRADIENT, KEYS, MAX_GROUPS, NOISE_STD, NOISE_TABLE, NORMALS, EXTENSIONS, OUTPUT_COUNT, PAIRS, RADIUS, SCRATCH, TRIALS, WEIGHTS } from "./context";
import { mulAdd } from "./elementary";
import { mulAdd64, wide } from "./elementary64";
import { normalGroups } from "./gaussian";
import { writeNoiseConstants } from "./noise-constants";
import { projectOntoBall } from "./projection";

/*
 * The end of a step, for every trial: weights = Proj( weights - (decay * weights + gain * gradient) + noiseStd * normals ),
 * gradient = 0. T is f32 or f64, the kernel's precision; normals are float32 in both, sums of gradients float64.
 */

const KEY_BYTES: usize = 32;

/** Noise, step and weight decay in one sweep, then the projection. */
export function updateWithNoise<T>(context: usize, stepLow: i32, stepHigh: i32): void {
  const bytes = weightBytes<T>(context);
  const sumBytes = weightBytes<f64>(context);
  const radius = load<f64>(context, RADIUS);
  let weights = load<usize>(context, WEIGHTS);
  let gradient = load<usize>(context, GRADIENT);
  let key = load<usize>(context, KEYS);
  let trials = load<i32>(context, TRIALS);
  do {
    sweepWithNoise<T>(context, weights, gradient, key, stepLow, stepHigh);
    projectOntoBall<T>(weights, bytes, radius);
    weights += bytes;
    gradient += sumBytes;
    key += KEY_BYTES;
    trials -= 1;
  } while (trials > 0);
}

/** The same without noise. */
export function updateWithoutNoise<T>(context: usize): void {
  const bytes = weightBytes<T>(context);
  const sumBytes = weightBytes<f64>(context);
  const radius = load<f64>(context, RADIUS);
  let weights = load<usize>(context, WEIGHTS);
  let gradient = load<usize>(context, GRADIENT);
  let trials = load<i32>(context, TRIALS);
  do {
    if (sizeof<T>() == 8) sweepWithoutNoise64(context, weights, gradient, bytes);
    else sweepWithoutNoise32(context, weights, gradient, bytes);
    projectOntoBall<T>(weights, bytes, radius);
    weights += bytes;
    gradient += sumBytes;
    trials -= 1;
  } while (trials > 0);
}

/** Up to 1,024 weights at a time, from noise made on the spot. */
function sweepWithNoise<T>(context: usize, weights: usize, gradient: usize, key: usize, stepLow: i32, stepHigh: i32): void {
  const columns = load<i32>(context, COLUMNS);
  const features = load<i32>(context, FEATURE_COUNT);
  const scratch = load<usize>(context, SCRATCH);
  const normals = scratch + NORMALS;
  const table = scratch + NOISE_TABLE;
  writeNoiseConstants(table);
  let outputs = load<i32>(context, OUTPUT_COUNT);
  let group = 0;
  do {
    let column = 0;
    do {
      const groups = min(MAX_GROUPS, (features - column + 63) >> 6);
      normalGroups(key, group, groups, stepLow, stepHigh, normals, scratch + EXTENSIONS, scratch + PAIRS, table);
      const count = min(groups << 6, columns - column);
      if (features - column < count) clearFrom(normals, features - column, count);
      if (sizeof<T>() == 8) addNoise64(context, weights, gradient, normals, count);
      else addNoise32(context, weights, gradient, normals, count);
      weights += <usize>count * sizeof<T>();
      gradient += (<usize>count) << 3;
      column += groups << 6;
      group += groups;
    } while (column < features);
    outputs -= 1;
  } while (outputs > 0);
}

function addNoise32(context: usize, weights: usize, gradient: usize, normal: usize, count: i32): void {
  const decay = f32x4.splat(<f32>load<f64>(context, DECAY));
  const gain = f32x4.splat(<f32>load<f64>(context, GAIN));
  const noiseStd = f32x4.splat(<f32>load<f64>(context, NOISE_STD));
  const zero = f32x4.splat(0);
  const end = normal + ((<usize>count) << 2);
  do {
    const moved = descended32(v128.load(weights), narrow(gradient), decay, gain);
    v128.store(weights, mulAdd(v128.load(normal), noiseStd, moved));
    v128.store(gradient, zero);
    v128.store(gradient, zero, 16);
    normal += 16;
    weights += 16;
    gradient += 32;
  } while (normal < end);
}

function addNoise64(context: usize, weights: usize, gradient: usize, normal: usize, count: i32): void {
  const decay = v128.load64_splat(context, DECAY);
  const gain = v128.load64_splat(context, GAIN);
  const noiseStd = v128.load64_splat(context, NOISE_STD);
  const zero = f64x2.splat(0);
  const end = normal + ((<usize>count) << 2);
  do {
    const moved = descended64(v128.load(weights), v128.load(gradient), decay, gain);
    v128.store(weights, mulAdd64(wide(normal), noiseStd, moved));
    v128.store(gradient, zero);
    normal += 8;
    weights += 16;
    gradient += 16;
  } while (normal < end);
}

function sweepWithoutNoise32(context: usize, weights: usize, gradient: usize, bytes: usize): void {
  const decay = f32x4.splat(<f32>load<f64>(context, DECAY));
  const gain = f32x4.splat(<f32>load<f64>(context, GAIN));
  const zero = f32x4.splat(0);
  const end = weights + bytes;
  do {
    v128.store(weights, descended32(v128.load(weights), narrow(gradient), decay, gain));
    v128.store(gradient, zero);
    v128.store(gradient, zero, 16);
    weights += 16;
    gradient += 32;
  } while (weights < end);
}

function sweepWithoutNoise64(context: usize, weights: usize, gradient: usize, bytes: usize): void {
  const decay = v128.load64_splat(context, DECAY);
  const gain = v128.load64_splat(context, GAIN);
  const zero = f64x2.splat(0);
  const end = weights + bytes;
  do {
    v128.store(weights, descended64(v128.load(weights), v128.load(gradient), decay, gain));
    v128.store(gradient, zero);
    weights += 16;
    gradient += 16;
  } while (weights < end);
}

/**
 * One gradient step. Not as weights * (1 - decay): rounding 1 - decay to float32 would change a small decay by far more
 * than its own rounding does.
 */
// @ts-ignore: decorator
@inline
function descended32(weights: v128, gradient: v128, decay: v128, gain: v128): v128 {
  return f32x4.sub(weights, mulAdd(weights, decay, f32x4.mul(gradient, gain)));
}

// @ts-ignore: decorator
@inline
function descended64(weights: v128, gradient: v128, decay: v128, gain: v128): v128 {
  return f64x2.sub(weights, mulAdd64(weights, decay, f64x2.mul(gradient, gain)));
}

/** Four float64 in memory, as float32. */
// @ts-ignore: decorator
@inline
function narrow(at: usize): v128 {
  const low = f32x4.demote_f64x2_zero(v128.load(at));
  return v128.shuffle<i64>(low, f32x4.demote_f64x2_zero(v128.load(at, 16)), 0, 2);
}

/** Padding columns get no noise, so that they stay 0 and out of the norm. */
function clearFrom(normals: usize, from: i32, to: i32): void {
  memory.fill(normals + ((<usize>from) << 2), 0, (<usize>(to - from)) << 2);
}

/** Bytes of one trial's weights. */
// @ts-ignore: decorator
@inline
function weightBytes<T>(context: usize): usize {
  return (<usize>load<i32>(context, OUTPUT_COUNT)) * (<usize>load<i32>(context, COLUMNS)) * sizeof<T>();
}
