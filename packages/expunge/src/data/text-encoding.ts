/** How text is written as bytes: a name of the WHATWG Encoding Standard, such as utf-8, utf-16le, utf-16be, windows-1252, shift_jis. */
export function isEncoding(name: string): boolean {
  try {
    return new TextDecoder(name).encoding !== "";
  } catch {
    return false;
  }
}

/** The encoding that a byte-order mark names; null without one. */
export function markedEncoding(bytes: Uint8Array): "utf-8" | "utf-16le" | "utf-16be" | "utf-32" | null {
  const begins = (...mark: readonly number[]): boolean => mark.every((byte, i) => bytes[i] === byte);
  if (begins(0xff, 0xfe, 0, 0) || begins(0, 0, 0xfe, 0xff)) return "utf-32";
  if (begins(0xff, 0xfe)) return "utf-16le";
  if (begins(0xfe, 0xff)) return "utf-16be";
  return begins(0xef, 0xbb, 0xbf) ? "utf-8" : null;
}

/** Decodes text by the byte-order mark that it begins with, which is dropped; without one as UTF-8. @param begin its first bytes */
export function markedDecoder(begin: Uint8Array): TextDecoder {
  const mark = markedEncoding(begin);
  return new TextDecoder(mark === null || mark === "utf-32" ? "utf-8" : mark);
}

/**
 * UTF-16 without a mark, by what half of its bytes are where the text is a table: zero, always the same half. So it is if there are lines,
 * a quarter of the characters or more are ASCII, and the other half of the bytes has no zero.
 */
export function guessUtf16(bytes: Uint8Array): "utf-16le" | "utf-16be" | null {
  const zeros = [0, 0];
  for (let i = 0; i < bytes.length; i++) if (bytes[i] === 0) zeros[i % 2] = zeros[i % 2]! + 1;
  const [even = 0, odd = 0] = zeros;
  const most = Math.max(even, odd);
  if (Math.min(even, odd) > 0 || most < 4 || most < bytes.length / 8) return null;
  const name = odd > even ? "utf-16le" : "utf-16be";
  return /[\n\r]/.test(new TextDecoder(name).decode(bytes)) ? name : null;
}

/** How a person calls it. */
export function encodingText(name: string): string {
  return (
    { "utf-8": "UTF-8", "utf-16le": "UTF-16 (little-endian)", "utf-16be": "UTF-16 (big-endian)" }[name] ??
    name
  );
}
