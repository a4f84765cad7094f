import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cosineAndSine, FIXED_ERROR, integerRoot, minusLog } from "./fixed-point.js";

/** A fraction of up to 64 bits, as a numerator of `bits` bits. */
const fraction = fc.bigInt({ min: 1n, max: 2n ** 64n - 1n });
const widths = [64, 128, 256, 1024];

const isWithin = (x: bigint, y: bigint, most: bigint): boolean => x - y <= most && y - x <= most;

describe("integers in place of real numbers", () => {
  it.each(widths)(
    "agree at %i bits with themselves at 512 more, within their bound, and with float64",
    (bits) => {
      fc.assert(
        fc.property(fraction, (numerator) => {
          const short = numerator << BigInt(bits - 64);
          const long = short << 512n;
          const lower = (x: bigint): bigint => x >> 512n;
          const real = (x: bigint): number => Number(x >> BigInt(bits - 60)) * 2 ** -60;
          const log = minusLog(short, bits);
          const [cosine, sine] = cosineAndSine(short, bits);
          const [longCosine, longSine] = cosineAndSine(long, bits + 512);
          expect(isWithin(log, lower(minusLog(long, bits + 512)), FIXED_ERROR / 2n)).toBe(true);
          expect(isWithin(cosine, lower(longCosine), FIXED_ERROR / 2n)).toBe(true);
          expect(isWithin(sine, lower(longSine), FIXED_ERROR / 2n)).toBe(true);
          if (bits === 64) return;
          const u = Number(numerator) * 2 ** -64;
          expect(real(log)).toBeCloseTo(-Math.log(u), 12);
          expect(real(cosine)).toBeCloseTo(Math.cos(2 * Math.PI * u), 12);
          expect(real(sine)).toBeCloseTo(Math.sin(2 * Math.PI * u), 12);
        }),
        { numRuns: 60 },
      );
    },
  );

  it("know log 2 and the root of 1/2 to 60 digits", () => {
    const digits = (x: bigint, bits: number): string => ((x * 10n ** 60n) >> BigInt(bits)).toString();
    expect(digits(minusLog(1n << 255n, 256), 256)).toBe(
      "693147180559945309417232121458176568075500134360255254120680",
    );
    const [cosine, sine] = cosineAndSine(1n << 253n, 256);
    const root = "707106781186547524400844362104849039284835937688474036588339";
    expect([digits(cosine, 256), digits(sine, 256)]).toEqual([root, root]);
  });

  it("take the greatest root that is not too great", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 300n }), (x) => {
        const root = integerRoot(x);
        expect(root * root <= x && (root + 1n) * (root + 1n) > x).toBe(true);
      }),
    );
  });
});
