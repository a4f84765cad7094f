import { zipSync } from "fflate";

/** An array for NumPy, row-major. `shape` [] is a scalar. Texts are kept as code points, as NumPy keeps them. */
export interface NumpyArray {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | BigInt64Array | readonly string[];
}

/** Bytes of every header: room for any shape, and the data behind it aligned. */
export const NPY_HEADER_BYTES = 128;

/** A .npy file of version 1.0, little-endian. Source: numpy.lib.format. */
export function encodeNpy({ shape, data }: NumpyArray): Uint8Array {
  const width = isTexts(data) ? longestOf(data) : 0;
  const bytes = npyBytes(data, width);
  const file = new Uint8Array(NPY_HEADER_BYTES + bytes.length);
  file.set(npyHeader(npyType(data, width), shape));
  file.set(bytes, NPY_HEADER_BYTES);
  return file;
}

/** A .npz file of named arrays. The same arrays give the same bytes. */
export function encodeNpz(arrays: Readonly<Record<string, NumpyArray>>): Uint8Array {
  const files = Object.entries(arrays).map(([name, array]) => [`${name}.npy`, encodeNpy(array)] as const);
  // The earliest time that the format has, in whatever zone this runs.
  return zipSync(Object.fromEntries(files), { mtime: new Date(1980, 0, 1) });
}

/** The first NPY_HEADER_BYTES of a .npy file. @param descr NumPy's name of the type, such as "<f4" */
export function npyHeader(descr: string, shape: readonly number[]): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const header = new Uint8Array(NPY_HEADER_BYTES).fill(0x20);
  header.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
  new DataView(header.buffer).setUint16(8, NPY_HEADER_BYTES - 10, true);
  header.set(new TextEncoder().encode(text), 10);
  header[NPY_HEADER_BYTES - 1] = 0x0a;
  return header;
}

/** NumPy's name of the type of an array's elements. @param width of texts, in code points */
export function npyType(data: NumpyArray["data"], width: number): string {
  if (isTexts(data)) return `<U${width}`;
  if (data instanceof BigInt64Array) return "<i8";
  return data instanceof Float32Array ? "<f4" : "<f8";
}

/** Elements as they stand in the file. @param width of texts, in code points; zeros fill it */
export function npyBytes(data: NumpyArray["data"], width: number): Uint8Array {
  const elementBytes = isTexts(data) ? 4 * width : data.BYTES_PER_ELEMENT;
  const bytes = new Uint8Array(elementBytes * data.length);
  const view = new DataView(bytes.buffer);
  if (isTexts(data))
    data.forEach((text, i) => {
      const points = Array.from(text, (char) => char.codePointAt(0) ?? 0);
      points.forEach((point, k) => void view.setUint32(4 * (i * width + k), point, true));
    });
  else if (data instanceof BigInt64Array)
    data.forEach((value, i) => void view.setBigInt64(8 * i, value, true));
  else if (data instanceof Float32Array) data.forEach((value, i) => void view.setFloat32(4 * i, value, true));
  else data.forEach((value, i) => void view.setFloat64(8 * i, value, true));
  return bytes;
}

/** Code points of the longest text; NumPy has no texts of no length. */
export function longestOf(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, [...text].length), 1);
}

function isTexts(data: NumpyArray["data"]): data is readonly string[] {
  return Array.isArray(data);
}
