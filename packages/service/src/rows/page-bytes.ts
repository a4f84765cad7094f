/** Rows of one page. */
export interface PageRows {
  readonly features: Float32Array;
  readonly labels: Float32Array;
}

export function bytesOfRows({ features, labels }: PageRows): Uint8Array {
  const bytes = new Uint8Array(features.byteLength + labels.byteLength);
  bytes.set(bytesOfFloats(features));
  bytes.set(bytesOfFloats(labels), features.byteLength);
  return bytes;
}

/**
 * The rows of a page, in its own memory: what is written into them is written into the bytes.
 *
 * @param featureCount numbers of a row, without its label
 */
export function rowsOfBytes(bytes: Uint8Array, featureCount: number): PageRows {
  const numbers = floatsOfBytes(bytes);
  const count = Math.floor(numbers.length / (featureCount + 1));
  return {
    features: numbers.subarray(0, count * featureCount),
    labels: numbers.subarray(count * featureCount),
  };
}

export function bytesOfFloats(numbers: Float32Array | Uint32Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

/** In the same memory where it is aligned, as an opened page's is: a copy of every page is much work for the collector of garbage. */
function floatsOfBytes(bytes: Uint8Array): Float32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Float32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
}
