/* The energy of a greatest convex minorant in whole numbers of any length, for what doubles must come to. */

/** Binary digits behind the point that every double has at most. */
const DIGITS = 1100n;

/** x 2^1100, exactly. @param x finite */
export function exactly(x: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  const bits = view.getBigUint64(0);
  const exponent = (bits >> 52n) & 0x7ffn;
  const fraction = bits & 0xfffffffffffffn;
  const mantissa = exponent === 0n ? fraction : fraction | 0x10000000000000n;
  const magnitude = (mantissa << (exponent === 0n ? 1n : exponent)) << (DIGITS - 1075n);
  return bits >> 63n ? -magnitude : magnitude;
}

/** A shift, and the noise that comes after it, as whole numbers: `rise` in units of 2^-1100, `time` in their squares. */
export interface ExactSegment {
  readonly time: bigint;
  readonly rise: bigint;
}

/** Energy times 2^1100, rounded down in each segment; null where no noise comes after a shift. */
export function exactEnergy(segments: readonly ExactSegment[]): bigint | null {
  const pooled: ExactSegment[] = [];
  let open = 0n;
  for (const { time, rise } of segments) {
    open += rise;
    if (time === 0n) continue;
    let joined = { time, rise: open };
    open = 0n;
    for (let last = pooled.at(-1); last && isSteeper(last, joined); last = pooled.at(-1)) {
      pooled.pop();
      joined = { time: last.time + joined.time, rise: last.rise + joined.rise };
    }
    pooled.push(joined);
  }
  if (open > 0n) return null;
  return pooled.reduce((sum, { time, rise }) => sum + ((rise * rise) << DIGITS) / time, 0n);
}

function isSteeper(a: ExactSegment, b: ExactSegment): boolean {
  return a.rise * b.time > b.rise * a.time;
}

/** (found - exact) / exact. */
export function relativeError(found: number, exact: bigint): number {
  return Number(((exactly(found) - exact) * 10n ** 20n) / exact) / 1e20;
}
