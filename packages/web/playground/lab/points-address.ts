import { base64UrlOfBytes, bytesOfBase64 } from "../../shared/bytes.js";
import { clamp, type LabPoint } from "./points.js";

/* Points in an address: three bytes each, 12 bits across, 11 up, one for the colour. That is finer than anybody can see. */

const BYTES = 3;
const ACROSS = 2 ** 12 - 1;
const UP = 2 ** 11 - 1;
/** Longer addresses are cut off on their way by some programs. */
const MOST_POINTS = 1000;

/** Empty where there are too many for an address. */
export function packPoints(points: readonly LabPoint[]): string {
  if (points.length > MOST_POINTS) return "";
  const bytes = new Uint8Array(BYTES * points.length);
  for (const [i, { x, y, label }] of points.entries()) {
    const across = Math.round(((x + 1) / 2) * ACROSS);
    const up = Math.round(((y + 1) / 2) * UP);
    const packed = (across << 12) | (up << 1) | (label === 1 ? 1 : 0);
    bytes.set([packed >> 16, (packed >> 8) & 255, packed & 255], BYTES * i);
  }
  return base64UrlOfBytes(bytes);
}

/** null for what are no points that a model can be trained on: at least one of each colour. */
export function unpackPoints(packed: string | null): readonly LabPoint[] | null {
  const bytes = bytesOf(packed ?? "");
  if (bytes === null || bytes.length % BYTES !== 0 || bytes.length > BYTES * MOST_POINTS) return null;
  const points = Array.from({ length: bytes.length / BYTES }, (_, i): LabPoint => {
    const [a, b, c] = bytes.subarray(BYTES * i) as unknown as [number, number, number];
    const all = (a << 16) | (b << 8) | c;
    return {
      x: clamp((2 * (all >> 12)) / ACROSS - 1),
      y: clamp((2 * ((all >> 1) & UP)) / UP - 1),
      label: (all & 1) === 1 ? 1 : -1,
    };
  });
  return new Set(points.map(({ label }) => label)).size === 2 ? points : null;
}

function bytesOf(packed: string): Uint8Array | null {
  try {
    return bytesOfBase64(packed);
  } catch {
    return null;
  }
}
