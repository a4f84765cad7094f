import { ExpungeError } from "expunge";
import type { OddCellNote, RowChunk, RowSource, Schema } from "expunge/data";
import type { SealedFile } from "expunge/process";
import { ChildLine } from "../child/child-line.js";
import { LimitError, LimitedChild } from "../child/limited-child.js";
import { COST_OF_ROW, sparseCost } from "../datasets/rows-to-come.js";
import { MIB } from "./options.js";
import { HttpError } from "./problem.js";

/* What reading an upload may take: nobody who is here knows who wrote it. */

/** Of the process that reads: rows are read some MiB at a time. */
const READER_MIB = 512;
/** Of that, for pages of a Parquet file. */
const PAGES_MIB = 192;
const BASE_MS = 60_000;
const MS_PER_MIB = 1000;
const NUMBER_BYTES = 4;
const OF_SPARSE = `eight to a number other than 0 and ${NUMBER_BYTES * COST_OF_ROW} more to a row`;

const schemas = new ChildLine({ ms: 10_000, mib: 384 }, () =>
  tooLarge("schema", "Expected a schema that can be read within 10 seconds and 384 MiB."),
);

/** `parseSchema` of a text that somebody sent, in a process of its own. @throws ExpungeError E_SCHEMA; HttpError E_TOO_LARGE */
export function readSchema(owner: string, text: string): Promise<Schema> {
  return schemas.ask(owner, "parseSchema", [text]);
}

export interface ReadUpload {
  /** The rows, to be asked for once. */
  readonly source: RowSource;
  /** What the schema let pass of them and hardly knows; none before the last was given. */
  notes(): readonly OddCellNote[];
  /** Ends the process that reads. */
  end(): void;
}

/**
 * The table in a file as rows, read by a process of its own, that is ended at any limit and when the signal comes.
 *
 * @param isAddition whether the rows are added to others, and so may all have one label
 * @param limit most bytes of the rows' features; a sparse row counts for what it takes without numbers, too
 * @throws ExpungeError E_DATA, E_SCHEMA, E_ABORTED; HttpError E_TOO_LARGE; while rows are read, too
 */
export async function readUpload(
  file: SealedFile,
  size: number,
  { schema, isAddition }: { readonly schema: Schema; readonly isAddition: boolean },
  { limit, signal }: { readonly limit: number; readonly signal: AbortSignal },
): Promise<ReadUpload> {
  const child = new LimitedChild({ mib: READER_MIB, fd: file.fd });
  const end = (): void => child.end(new ExpungeError("E_ABORTED", "The upload was given up."));
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted) end();
  const allMs = BASE_MS + (size / MIB) * MS_PER_MIB;
  let leftMs = allMs;
  /** What it may take counts for the whole, not for each answer. */
  async function timed<T>(ask: (limitMs: number) => Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await ask(Math.max(1, leftMs));
    } catch (error) {
      if (isAboutPages(error))
        throw tooLarge("data", `Expected pages of a Parquet file that can be read within ${PAGES_MIB} MiB.`);
      if (!(error instanceof LimitError)) throw error;
      const most = error.limit === "memory" ? `${READER_MIB} MiB` : `${Math.round(allMs / 1000)} seconds`;
      throw tooLarge("data", `Expected a table that can be read within ${most}.`);
    } finally {
      leftMs -= performance.now() - start;
    }
  }
  const next = (): Promise<RowChunk | null> => {
    const answer = timed((limitMs) => child.ask("nextChunk", [], limitMs));
    // It may fail before anybody waits for it.
    answer.catch(() => {});
    return answer;
  };
  let notes: readonly OddCellNote[] = [];
  async function* chunks(): AsyncGenerator<RowChunk> {
    let bytes = 0;
    for (let coming = next(); ; ) {
      const chunk = await coming;
      if (chunk === null) {
        notes = await timed((limitMs) => child.ask("oddCellNotes", [], limitMs));
        return;
      }
      const { features, sparse } = chunk;
      bytes += sparse ? NUMBER_BYTES * sparseCost(sparse) : features.byteLength;
      if (bytes > limit)
        throw tooLarge(
          "data",
          `Expected rows of at most ${limit} bytes, ${sparse ? OF_SPARSE : "four to a feature"}.`,
        );
      // Read while these are stored.
      coming = next();
      yield chunk;
    }
  }
  try {
    const question = { key: file.key, size, schema, isAddition, memoryLimit: PAGES_MIB * MIB };
    const facts = await timed((limitMs) => child.ask("openUpload", [question], limitMs));
    return { source: { ...facts, chunks }, notes: () => notes, end };
  } catch (error) {
    end();
    throw error;
  }
}

function isAboutPages(error: unknown): boolean {
  return error instanceof ExpungeError && error.details.field === "memoryLimit";
}

function tooLarge(path: string, message: string): HttpError {
  return new HttpError("E_TOO_LARGE", message, [{ path, message }]);
}
