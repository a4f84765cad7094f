import { createHash } from "node:crypto";
import { type DataDescription, ExpungeError } from "expunge";
import { collectRows, type RowChunk, type RowSource } from "expunge/data";
import { rowsToJoin } from "expunge/process";

/** Rows that are to be added to a data set, as its pages hold them. */
export interface RowsToCome {
  readonly rowCount: number;
  /** Of each row its features, its sample weight where rows have one, and its label, float32. */
  readonly contents: Float32Array;
  /** Owners, by row; null where rows have none. */
  readonly subjects: readonly string[] | null;
}

/** Numbers of the rows that one call adds: 16 MiB, which one transaction writes. */
export const MAX_ADDED_NUMBERS: number = 2 ** 22;

/**
 * Reads rows that are to be added to a data set, all of them into memory.
 *
 * @param hasSubjects whether the data set's rows have owners
 * @throws ExpungeError E_DATA naming the row; E_OPTION for too many; whatever the source throws
 */
export async function rowsToCome(
  known: DataDescription,
  source: RowSource,
  hasSubjects: boolean,
): Promise<RowsToCome> {
  const rows = await collectRows({ ...source, chunks: () => atMost(source) });
  if ((rows.subjects !== null) !== hasSubjects)
    throw new ExpungeError(
      "E_DATA",
      `Expected rows ${hasSubjects ? "with" : "without"} owners, as the data set's are.`,
    );
  return { ...rowsToJoin(known, rows, {}), subjects: rows.subjects };
}

async function* atMost(source: RowSource): AsyncGenerator<RowChunk> {
  let numbers = 0;
  for await (const chunk of source.chunks()) {
    numbers += chunk.features.length;
    if (numbers > MAX_ADDED_NUMBERS)
      throw new ExpungeError(
        "E_OPTION",
        `Expected at most ${MAX_ADDED_NUMBERS} numbers at once, rows times ${source.featureCount} features: add them in several calls.`,
      );
    yield chunk;
  }
}

/** Hex sha256 of rows and their owners. */
export function digestOfRows({ contents, subjects }: RowsToCome): string {
  const hash = createHash("sha256");
  hash.update(Buffer.from(contents.buffer, contents.byteOffset, contents.byteLength));
  return hash.update(JSON.stringify(subjects)).digest("hex");
}
