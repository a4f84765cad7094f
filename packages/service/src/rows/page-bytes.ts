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

/** @param featureCount numbers of a row, without its label */
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

function floatsOfBytes(bytes: Uint8Array): Float32Array {
  return new Float32Array(bytes.slice().buffer);
}
