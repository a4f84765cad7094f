/*
 * ChaCha20 (RFC 8439, section 2.3), four blocks side by side: lane l of every vector belongs to block 4 * group + l.
 */

// @ts-ignore: decorator
@inline
function rotate(x: v128, count: i32): v128 {
  return v128.or(i32x4.shl(x, count), i32x4.shr_u(x, 32 - count));
}

/** By 16 bits: where a shuffle is not free to be one instruction, it still is cheaper than two shifts and an or. */
// @ts-ignore: decorator
@inline
function rotate16(x: v128, places: v128): v128 {
  // All places lie within the vector, so that nothing about this is relaxed.
  if (ASC_FEATURE_RELAXED_SIMD) return i8x16.relaxed_swizzle(x, places);
  return i8x16.shuffle(x, x, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
}

/** By 8 bits: Node 20 builds the mask of a shuffle every time. */
// @ts-ignore: decorator
@inline
function rotate8(x: v128, places: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i8x16.relaxed_swizzle(x, places);
  return rotate(x, 8);
}

/** Writes 16 vectors of words: word j of the four blocks at into + 16 j. Nonce = (domain, stepLow, stepHigh). */
export function chachaGroup(key: usize, group: i32, domain: i32, stepLow: i32, stepHigh: i32, into: usize): void {
  const counter = i32x4.add(i32x4.splat(group << 2), i32x4(0, 1, 2, 3));
  let x0 = i32x4.splat(0x61707865);
  let x1 = i32x4.splat(0x3320646e);
  let x2 = i32x4.splat(0x79622d32);
  let x3 = i32x4.splat(0x6b206574);
  let x4 = v128.load32_splat(key);
  let x5 = v128.load32_splat(key, 4);
  let x6 = v128.load32_splat(key, 8);
  let x7 = v128.load32_splat(key, 12);
  let x8 = v128.load32_splat(key, 16);
  let x9 = v128.load32_splat(key, 20);
  let x10 = v128.load32_splat(key, 24);
  let x11 = v128.load32_splat(key, 28);
  let x12 = counter;
  let x13 = i32x4.splat(domain);
  let x14 = i32x4.splat(stepLow);
  let x15 = i32x4.splat(stepHigh);

  let by8 = counter;
  let by16 = counter;
  if (ASC_FEATURE_RELAXED_SIMD) {
    // By way of memory, or compilers make them anew at each use. All of `into` is written over at the end.
    v128.store(into, i8x16(3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14));
    v128.store(into, i8x16(2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13), 16);
    by8 = v128.load(into);
    by16 = v128.load(into, 16);
  }

  let round = 0;
  do {
    x0 = i32x4.add(x0, x4); x12 = rotate16(v128.xor(x12, x0), by16); x8 = i32x4.add(x8, x12); x4 = rotate(v128.xor(x4, x8), 12);
    x0 = i32x4.add(x0, x4); x12 = rotate8(v128.xor(x12, x0), by8); x8 = i32x4.add(x8, x12); x4 = rotate(v128.xor(x4, x8), 7);
    x1 = i32x4.add(x1, x5); x13 = rotate16(v128.xor(x13, x1), by16); x9 = i32x4.add(x9, x13); x5 = rotate(v128.xor(x5, x9), 12);
    x1 = i32x4.add(x1, x5); x13 = rotate8(v128.xor(x13, x1), by8); x9 = i32x4.add(x9, x13); x5 = rotate(v128.xor(x5, x9), 7);
    x2 = i32x4.add(x2, x6); x14 = rotate16(v128.xor(x14, x2), by16); x10 = i32x4.add(x10, x14); x6 = rotate(v128.xor(x6, x10), 12);
    x2 = i32x4.add(x2, x6); x14 = rotate8(v128.xor(x14, x2), by8); x10 = i32x4.add(x10, x14); x6 = rotate(v128.xor(x6, x10), 7);
    x3 = i32x4.add(x3, x7); x15 = rotate16(v128.xor(x15, x3), by16); x11 = i32x4.add(x11, x15); x7 = rotate(v128.xor(x7, x11), 12);
    x3 = i32x4.add(x3, x7); x15 = rotate8(v128.xor(x15, x3), by8); x11 = i32x4.add(x11, x15); x7 = rotate(v128.xor(x7, x11), 7);

    x0 = i32x4.add(x0, x5); x15 = rotate16(v128.xor(x15, x0), by16); x10 = i32x4.add(x10, x15); x5 = rotate(v128.xor(x5, x10), 12);
    x0 = i32x4.add(x0, x5); x15 = rotate8(v128.xor(x15, x0), by8); x10 = i32x4.add(x10, x15); x5 = rotate(v128.xor(x5, x10), 7);
    x1 = i32x4.add(x1, x6); x12 = rotate16(v128.xor(x12, x1), by16); x11 = i32x4.add(x11, x12); x6 = rotate(v128.xor(x6, x11), 12);
    x1 = i32x4.add(x1, x6); x12 = rotate8(v128.xor(x12, x1), by8); x11 = i32x4.add(x11, x12); x6 = rotate(v128.xor(x6, x11), 7);
    x2 = i32x4.add(x2, x7); x13 = rotate16(v128.xor(x13, x2), by16); x8 = i32x4.add(x8, x13); x7 = rotate(v128.xor(x7, x8), 12);
    x2 = i32x4.add(x2, x7); x13 = rotate8(v128.xor(x13, x2), by8); x8 = i32x4.add(x8, x13); x7 = rotate(v128.xor(x7, x8), 7);
    x3 = i32x4.add(x3, x4); x14 = rotate16(v128.xor(x14, x3), by16); x9 = i32x4.add(x9, x14); x4 = rotate(v128.xor(x4, x9), 12);
    x3 = i32x4.add(x3, x4); x14 = rotate8(v128.xor(x14, x3), by8); x9 = i32x4.add(x9, x14); x4 = rotate(v128.xor(x4, x9), 7);
    round += 1;
  } while (round < 10);

  v128.store(into, i32x4.add(x0, i32x4.splat(0x61707865)));
  v128.store(into, i32x4.add(x1, i32x4.splat(0x3320646e)), 16);
  v128.store(into, i32x4.add(x2, i32x4.splat(0x79622d32)), 32);
  v128.store(into, i32x4.add(x3, i32x4.splat(0x6b206574)), 48);
  v128.store(into, i32x4.add(x4, v128.load32_splat(key)), 64);
  v128.store(into, i32x4.add(x5, v128.load32_splat(key, 4)), 80);
  v128.store(into, i32x4.add(x6, v128.load32_splat(key, 8)), 96);
  v128.store(into, i32x4.add(x7, v128.load32_splat(key, 12)), 112);
  v128.store(into, i32x4.add(x8, v128.load32_splat(key, 16)), 128);
  v128.store(into, i32x4.add(x9, v128.load32_splat(key, 20)), 144);
  v128.store(into, i32x4.add(x10, v128.load32_splat(key, 24)), 160);
  v128.store(into, i32x4.add(x11, v128.load32_splat(key, 28)), 176);
  v128.store(into, i32x4.add(x12, counter), 192);
  v128.store(into, i32x4.add(x13, i32x4.splat(domain)), 208);
  v128.store(into, i32x4.add(x14, i32x4.splat(stepLow)), 224);
  v128.store(into, i32x4.add(x15, i32x4.splat(stepHigh)), 240);
}
