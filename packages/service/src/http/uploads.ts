import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatasetName } from "@expunge/client/schemas";
import { ExpungeError } from "expunge";
import { parseSchema, type RowSource, type Schema, streamTable } from "expunge/data";
import { given, placeText } from "expunge/process";
import type { DatasetView } from "../datasets/dataset-views.js";
import { eraseScratch, makeScratch } from "../rows/scratch.js";
import type { Service } from "../service/service.js";
import { type FormPart, readForm, readPart } from "./multipart.js";
import { MIB } from "./options.js";
import { HttpError } from "./problem.js";

export interface Upload {
  readonly tenantId: string;
  readonly boundary: string;
  readonly body: AsyncIterable<Uint8Array>;
  /** Most bytes of all parts together. */
  readonly limit: number;
  /** Where rows wait until they are stored; default the temporary directory. */
  readonly scratch?: string | undefined;
}

/**
 * Stores an uploaded table: parts `name`, `schema`, and last `data`, which waits in a file of its own in a directory that nobody else may
 * enter. The file is overwritten and removed whatever happens; one that a killed process left is when a worker or server starts there.
 *
 * @throws HttpError E_REQUEST, E_TOO_LARGE, E_SYNTAX; ExpungeError E_DATA, E_SCHEMA without any value of a row
 */
export async function storeUpload(service: Service, upload: Upload): Promise<DatasetView> {
  const parts = readForm(atMost(upload.body, upload.limit), upload.boundary);
  const fields = new Map<string, string>();
  for await (const part of parts) {
    if (part.name === "data") return storeRows(service, upload, fields, part);
    if (part.name !== "name" && part.name !== "schema")
      throw new HttpError("E_REQUEST", "Expected the parts name, schema and data.");
    fields.set(part.name, await readPart(part, MIB));
  }
  throw new HttpError("E_REQUEST", "Expected a last part data with the table.");
}

async function storeRows(
  service: Service,
  { tenantId, limit, scratch = tmpdir() }: Upload,
  fields: ReadonlyMap<string, string>,
  data: FormPart,
): Promise<DatasetView> {
  const name = DatasetName.safeParse(fields.get("name"));
  if (!name.success)
    throw new HttpError("E_REQUEST", "Expected a part name of 1 to 200 characters before data.");
  const schema = schemaOf(fields.get("schema"));
  const directory = await makeScratch(scratch);
  try {
    const path = join(directory, "rows");
    await writeChunks(path, data.chunks);
    const source = withinLimit(await streamTable(path, schema), limit);
    return await service.createDataset(tenantId, { name: name.data, source, schema });
  } catch (error) {
    throw withoutValues(error);
  } finally {
    await eraseScratch(directory);
  }
}

function schemaOf(text: string | undefined): Schema {
  if (text === undefined) throw new HttpError("E_REQUEST", "Expected a part schema before data.");
  // PostgreSQL keeps no zero byte in JSON.
  if (/\\u0000|\0/.test(text)) throw new ExpungeError("E_SCHEMA", "schema: expected no zero bytes.");
  return parseSchema(text);
}

/** Written with "x": what is there already is not ours. */
async function writeChunks(path: string, chunks: AsyncIterable<Buffer>): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    for await (const chunk of chunks) await file.writeFile(chunk);
  } finally {
    await file.close();
  }
}

async function* atMost(body: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > limit) throw new HttpError("E_TOO_LARGE", `Expected an upload of at most ${limit} bytes.`);
    yield chunk;
  }
}

/** A small file may be unpacked into any number of rows. */
function withinLimit(source: RowSource, limit: number): RowSource {
  return {
    ...source,
    async *chunks() {
      let size = 0;
      for await (const chunk of source.chunks()) {
        size += chunk.features.byteLength;
        if (size > limit)
          throw new HttpError("E_TOO_LARGE", `Expected rows of at most ${limit} bytes, four to a feature.`);
        yield chunk;
      }
    },
  };
}

/** What is wrong and where, but no cell, and no path of this machine. */
function withoutValues(error: unknown): unknown {
  if (!(error instanceof ExpungeError)) return error;
  const { row, line, column, expected } = error.details as Partial<{
    row: number;
    line: number | null;
    column: string | number;
    expected: string;
  }>;
  if (error.code === "E_DATA") {
    const place = placeText({
      file: "data",
      ...given({ row, line, column }),
    });
    return new ExpungeError("E_DATA", `${place}: expected ${expected ?? "what the schema declares"}.`);
  }
  if (error.code !== "E_SCHEMA") return error;
  const what = column === undefined ? "" : ` Look at column "${column}".`;
  return new ExpungeError("E_SCHEMA", `data: its columns are not those that the schema declares.${what}`);
}
