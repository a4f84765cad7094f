import { type AsyncBuffer, asyncBufferFromFile, type FileMetaData, parquetMetadata } from "hyparquet";
import { type ByteSource, bytesAt } from "./byte-source.js";
import { countThriftValues } from "./parquet-thrift.js";

/** A file as hyparquet reads it. */
export async function bufferOf(file: string | ByteSource): Promise<AsyncBuffer> {
  if (typeof file === "string") return asyncBufferFromFile(file);
  return {
    byteLength: file.size,
    slice: async (start, end = file.size) => (await bytesAt(file, start, end)).buffer as ArrayBuffer,
  };
}

/** About what a value of the footer takes once it is an object's field. */
const VALUE_BYTES = 100;
/** The footer's length and "PAR1". */
const TAIL_BYTES = 8;
const MAGIC = 0x31524150;

/**
 * What a Parquet file says of itself at its end.
 *
 * @param memoryLimit bytes that it may take once it is read
 * @throws Error for a file that is no Parquet, or says too much of itself
 */
export async function readFooter(file: AsyncBuffer, memoryLimit: number): Promise<FileMetaData> {
  const { byteLength } = file;
  if (byteLength < TAIL_BYTES + 4) throw new Error("parquet file is too short");
  const tail = new DataView(await file.slice(byteLength - TAIL_BYTES, byteLength));
  if (tail.getUint32(4, true) !== MAGIC) throw new Error("parquet file invalid (footer != PAR1)");
  const length = tail.getUint32(0, true);
  if (length > byteLength - TAIL_BYTES)
    throw new Error(`parquet metadata length ${length} exceeds available buffer ${byteLength - TAIL_BYTES}`);
  if (length > memoryLimit) throw new Error(`parquet metadata of ${length} bytes is too long`);
  const footer = await file.slice(byteLength - TAIL_BYTES - length, byteLength);
  const values = countThriftValues(new Uint8Array(footer, 0, length), 0);
  if (values * VALUE_BYTES > memoryLimit) throw new Error(`parquet metadata of ${values} values is too long`);
  return parquetMetadata(footer);
}
