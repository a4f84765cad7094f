import { ExpungeError } from "../errors.js";

/** The element types that have a typed array in JavaScript. F16, BF16 and the 8-bit floats have none and are refused. */
const ARRAYS = {
  F64: Float64Array,
  F32: Float32Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
  I32: Int32Array,
  U32: Uint32Array,
  I16: Int16Array,
  U16: Uint16Array,
  I8: Int8Array,
  U8: Uint8Array,
} as const;

/** An element type, as the format names it. */
export type TensorDtype = keyof typeof ARRAYS;

/** The typed array that holds elements of a dtype. */
export type TensorData<D extends TensorDtype = TensorDtype> = InstanceType<(typeof ARRAYS)[D]>;

/** All element types that can be read and written. */
export const TENSOR_DTYPES: readonly TensorDtype[] = Object.freeze(Object.keys(ARRAYS) as TensorDtype[]);

/** @throws ExpungeError E_MODEL for a dtype that is unknown or has no typed array */
export function requireDtype(tensor: string, dtype: unknown): TensorDtype {
  if (typeof dtype === "string" && Object.hasOwn(ARRAYS, dtype)) return dtype as TensorDtype;
  throw new ExpungeError(
    "E_MODEL",
    `Expected dtype = ${JSON.stringify(dtype)} of tensor ${JSON.stringify(tensor)} to be one of ${TENSOR_DTYPES.join(", ")}.`,
    { tensor, found: dtype, expected: TENSOR_DTYPES },
  );
}

export function dtypeBytes(dtype: TensorDtype): number {
  return ARRAYS[dtype].BYTES_PER_ELEMENT;
}

/** Whether the array is the very kind that the dtype names. */
export function isDataOf(dtype: TensorDtype, data: unknown): data is TensorData {
  return data instanceof ARRAYS[dtype];
}

/** A fresh array over a copy of the bytes, so that it is aligned and does not keep the file in memory. */
export function dataFromBytes(dtype: TensorDtype, bytes: Uint8Array): TensorData {
  requireLittleEndian();
  // A copy of these bytes alone: `slice` of a Buffer would be a view of whatever else its memory holds.
  return new ARRAYS[dtype](new Uint8Array(bytes).buffer);
}

/** The array's own memory, not a copy. */
export function bytesFromData(data: TensorData): Uint8Array {
  requireLittleEndian();
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

// The file is little-endian, and so is every platform in common use; on another one, wrong numbers must not pass.
function requireLittleEndian(): void {
  if (new Uint8Array(new Uint16Array([1]).buffer)[0] === 1) return;
  throw new ExpungeError("E_MODEL", "Expected a little-endian processor: safetensors data is little-endian.");
}
