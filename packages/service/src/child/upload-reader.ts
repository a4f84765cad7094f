import { read } from "node:fs";
import { promisify } from "node:util";
import { MAX_SUBJECT } from "@expunge/client/schemas";
import { ExpungeError } from "expunge";
import {
  type OddCellNote,
  OddCells,
  type RowChunk,
  type RowSource,
  type Schema,
  streamTable,
} from "expunge/data";
import { SealedFile } from "expunge/process";

/* In the child: an uploaded table as rows, chunk by chunk. */

/** The facts of an upload; its rows are asked for one chunk after the other. */
export type UploadFacts = Omit<RowSource, "chunks">;

/** The number of the file: behind the standard streams and the channel to the parent. */
const FILE = 4;

let rows: AsyncIterator<RowChunk> | null = null;
const oddCells = new OddCells();

/**
 * Opens the table in the file that this process was given.
 *
 * @param key  of its pages
 * @param size of the table in bytes
 * @throws ExpungeError as `streamTable`
 */
export async function openUpload(input: {
  readonly key: Uint8Array;
  readonly size: number;
  readonly schema: Schema;
  /** Whether the rows may all have one label. */
  readonly isAddition: boolean;
  readonly memoryLimit: number;
}): Promise<UploadFacts> {
  const { key, size, schema, isAddition, memoryLimit } = input;
  const file = new SealedFile(readOnly(FILE), "data", key);
  const bytes = {
    name: "data",
    size,
    read: (into: Uint8Array, position: number) => file.read(into, position),
  };
  const { chunks, ...facts } = await streamTable(bytes, schema, {
    memoryLimit,
    allowOneClass: isAddition,
    isForTraining: true,
    oddCells,
  });
  rows = chunks()[Symbol.asyncIterator]();
  return facts;
}

/** The next rows; null behind the last. @throws ExpungeError as `streamTable` */
export async function nextChunk(): Promise<RowChunk | null> {
  const { value, done } = (await rows?.next()) ?? { done: true };
  if (done) return null;
  const { subjects } = value as RowChunk;
  if (subjects?.some(({ length }) => length > MAX_SUBJECT))
    throw new ExpungeError("E_DATA", "data: a subject's id is too long.", {
      expected: `ids of subjects of at most ${MAX_SUBJECT} characters, which requests can name`,
    });
  return value as RowChunk;
}

/** More than somebody reads. */
export const MOST_NOTES = 100;

/** What the schema let pass of all rows and hardly knows, once the last has been given: of the first columns, where it is of many. */
export function oddCellNotes(): readonly OddCellNote[] {
  return oddCells.found().slice(0, MOST_NOTES);
}

function readOnly(fd: number): ConstructorParameters<typeof SealedFile>[0] {
  const readAt = promisify(read);
  return {
    read: (buffer, offset, length, position) => readAt(fd, buffer, offset, length, position),
    write: () => Promise.reject(new Error("read only")),
    close: async () => {},
  };
}
