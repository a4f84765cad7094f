/* What hyparquet parses is looked over first: it makes room for as many values as a file says that there are, before it looks for them. */

const TRUE = 1;
const FALSE = 2;
const BYTE = 3;
const I16 = 4;
const I32 = 5;
const I64 = 6;
const DOUBLE = 7;
const BINARY = 8;
const LIST = 9;
const STRUCT = 12;

/** Parquet's own structures are nested less than ten deep. */
const MAX_DEPTH = 32;

/**
 * Walks over a struct of Thrift's compact protocol without keeping anything of it.
 *
 * @returns how many values are in it, those of all depths
 * @throws Error where it ends early, says that it holds more than there is, or is nested too deep
 */
export function countThriftValues(bytes: Uint8Array, start: number): number {
  let at = start;
  let values = 0;

  const fail = (what: string): never => {
    throw new Error(`parquet structure invalid at byte ${at}: ${what}`);
  };
  const skip = (count: number): void => {
    if (count > bytes.length - at) fail(`${count} bytes are not there`);
    at += count;
  };
  /** Numbers of 64 bits take ten bytes at the most; of longer ones hyparquet makes ever longer ones. */
  const readVarInt = (): number => {
    let value = 0;
    for (let i = 0; i < 10; i++) {
      skip(1);
      const byte = bytes[at - 1]!;
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return value;
    }
    return fail("a number of more than ten bytes");
  };
  const walkStruct = (depth: number): void => {
    for (;;) {
      skip(1);
      const byte = bytes[at - 1]!;
      if ((byte & 0x0f) === 0) return;
      if (byte >> 4 === 0) readVarInt();
      walk(byte & 0x0f, depth);
    }
  };
  const walkList = (depth: number): void => {
    skip(1);
    const byte = bytes[at - 1]!;
    const type = byte & 0x0f;
    const size = byte >> 4 === 15 ? readVarInt() : byte >> 4;
    // Every element takes a byte at least.
    if (size > bytes.length - at) fail(`a list of ${size}`);
    for (let i = 0; i < size; i++) walk(type === TRUE || type === FALSE ? BYTE : type, depth);
  };
  const walk = (type: number, depth: number): void => {
    values++;
    if (depth > MAX_DEPTH) fail("nested too deep");
    if (type === BYTE) skip(1);
    else if (type === I16 || type === I32 || type === I64) readVarInt();
    else if (type === DOUBLE) skip(8);
    else if (type === BINARY) skip(readVarInt());
    else if (type === LIST) walkList(depth + 1);
    else if (type === STRUCT) walkStruct(depth + 1);
    else if (type !== TRUE && type !== FALSE) fail(`a value of type ${type}`);
  };
  walkStruct(0);
  return values;
}
