import { tmpdir } from "node:os";
import { DatasetName } from "@expunge/client/schemas";
import { ExpungeError } from "expunge";
import type { OddCellNote, RowSource, Schema } from "expunge/data";
import { openNameless, type SealedFile } from "expunge/process";
import { csvOfRecords, type RowRecord } from "../child/row-records.js";
import { Turns } from "../child/turns.js";
import { withoutValues } from "../child/without-values.js";
import type { Addition } from "../datasets/add-rows.js";
import type { DatasetView } from "../datasets/dataset-views.js";
import type { Service } from "../service/service.js";
import { type FormPart, readForm, readPart } from "./multipart.js";
import { MIB } from "./options.js";
import { HttpError } from "./problem.js";
import { type UploadRoom, UploadRooms } from "./upload-room.js";
import { type ReadUpload, readSchema, readUpload } from "./upload-rows.js";

export interface Upload {
  readonly tenantId: string;
  readonly boundary: string;
  readonly body: AsyncIterable<Uint8Array>;
  /** Bytes that are said to come; 0 where nothing is said. */
  readonly size: number;
  /** Most bytes of all parts together, and of all uploads of the tenant that are here. */
  readonly limit: number;
  /** Uploads of the tenant that may be here at once. */
  readonly mostAtOnce: number;
  /** Comes when whoever uploads has left: nothing more is done for them. */
  readonly signal: AbortSignal;
  /** Where rows wait until they are stored; default the temporary directory. */
  readonly scratch?: string | undefined;
}

/** What came of rows that were read, and what their schema let pass and hardly knows. */
export type Noted<T> = T & { readonly notes: readonly OddCellNote[] };

/** An upload of rows that did not come as a form. */
export type RecordUpload = Omit<Upload, "body" | "boundary" | "size">;

/** An upload that has a place. */
type Placed<T> = T & { readonly room: UploadRoom };

/** Tables read at once, one of a tenant. */
const turns = new Turns({ most: 2 });
const rooms = new UploadRooms();

/**
 * @param size null for one that is small: it waits for no room, whatever else the tenant uploads
 * @throws HttpError E_RATE where the tenant has too many uploads here
 */
async function placed<T extends RecordUpload, R>(
  upload: T,
  size: number | null,
  use: (upload: Placed<T>) => Promise<R>,
): Promise<R> {
  const { tenantId, limit, mostAtOnce } = upload;
  const mostBytes = size === null ? Number.POSITIVE_INFINITY : limit;
  const room = rooms.take(tenantId, Math.min(size ?? 0, limit), { most: mostAtOnce, mostBytes });
  try {
    return await use({ ...upload, room });
  } finally {
    room.giveBack();
  }
}

/**
 * Stores an uploaded table: parts `name`, `schema`, and last `data`, which waits in a file without a name, sealed under a key in memory.
 * Schema and table are read by processes of their own, within limits of memory and time.
 *
 * @throws HttpError E_REQUEST, E_TOO_LARGE, E_SYNTAX, E_RATE; ExpungeError E_DATA, E_SCHEMA without any value of a row; E_ABORTED
 */
export function storeUpload(service: Service, upload: Upload): Promise<Noted<DatasetView>> {
  return placed(upload, upload.size, (here) => storeForm(service, here));
}

async function storeForm(service: Service, upload: Placed<Upload>): Promise<Noted<DatasetView>> {
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
  upload: Placed<Upload>,
  fields: ReadonlyMap<string, string>,
  data: FormPart,
): Promise<Noted<DatasetView>> {
  const name = DatasetName.safeParse(fields.get("name"));
  if (!name.success)
    throw new HttpError("E_REQUEST", "Expected a part name of 1 to 200 characters before data.");
  const schema = await schemaOf(upload.tenantId, fields.get("schema"));
  const input = { schema, isAddition: false };
  return readRows(upload, data.chunks, input, async (source, notes) => ({
    ...(await service.createDataset(upload.tenantId, { name: name.data, source, schema })),
    notes: notes(),
  }));
}

/** Where rows come to. */
export interface AddedTo {
  readonly datasetId: string;
  readonly idempotencyKey?: string;
}

/** Adds an uploaded table to a data set: one part, `data`. @throws as `storeUpload` */
export function addUpload(service: Service, upload: Upload, to: AddedTo): Promise<Noted<Addition>> {
  return placed(upload, upload.size, (here) => addForm(service, here, to));
}

async function addForm(
  service: Service,
  upload: Placed<Upload>,
  { datasetId, ...given }: AddedTo,
): Promise<Noted<Addition>> {
  for await (const part of readForm(atMost(upload.body, upload.limit), upload.boundary)) {
    if (part.name !== "data") break;
    const schema = await service.datasetSchema(upload.tenantId, datasetId);
    return readRows(upload, part.chunks, { schema, isAddition: true }, async (source, notes) => ({
      ...(await service.addRows(upload.tenantId, datasetId, { source, ...given })),
      notes: notes(),
    }));
  }
  throw new HttpError("E_REQUEST", "Expected one part, data, with the table.");
}

/** Adds rows that came as fields of JSON to a data set. @throws as `readRecords` */
export async function addRecords(
  service: Service,
  upload: RecordUpload,
  records: readonly RowRecord[],
  { datasetId, ...given }: AddedTo,
): Promise<Noted<Addition>> {
  const { tenantId } = upload;
  const schema = await service.datasetSchema(tenantId, datasetId);
  return readRecords(upload, schema, { name: "rows", records }, async (source, notes) => ({
    ...(await service.addRows(tenantId, datasetId, { source, ...given })),
    notes: notes(),
  }));
}

/**
 * Reads rows that came as fields of JSON as a table is read: by the same schema, in a process of its own.
 *
 * @param name of their list, for errors
 * @throws HttpError E_REQUEST, E_RATE; ExpungeError E_DATA, E_SCHEMA without any value of a row; E_ABORTED
 */
export async function readRecords<T>(
  upload: RecordUpload,
  schema: Schema,
  { name, records }: { readonly name: string; readonly records: readonly RowRecord[] },
  use: (source: RowSource, notes: ReadUpload["notes"]) => Promise<T>,
): Promise<T> {
  async function* chunks(): AsyncGenerator<Buffer> {
    yield Buffer.from(csvOfRecords(name, records, schema));
  }
  return placed(upload, null, (here) =>
    readRows(here, chunks(), { schema, isAddition: true, records: name }, use),
  );
}

/** A table waits in a file without a name until it is this tenant's turn. */
async function readRows<T>(
  { tenantId, limit, signal, room, scratch = tmpdir() }: Placed<RecordUpload>,
  chunks: AsyncIterable<Buffer>,
  { records, ...input }: { readonly schema: Schema; readonly isAddition: boolean; readonly records?: string },
  use: (source: RowSource, notes: ReadUpload["notes"]) => Promise<T>,
): Promise<T> {
  const file = await openNameless(scratch).catch(noRoom);
  const readAll = async (size: number): Promise<T> => {
    const { source, notes, end } = await readUpload(file, size, input, { limit, signal });
    try {
      return await use(source, notes);
    } finally {
      end();
    }
  };
  try {
    const size = await writeChunks(file, chunks, room).catch(noRoom);
    return await turns.within(tenantId, signal, () => readAll(size));
  } catch (error) {
    throw withoutValues(error, records);
  } finally {
    await file.close();
  }
}

async function schemaOf(tenantId: string, text: string | undefined): Promise<Schema> {
  if (text === undefined) throw new HttpError("E_REQUEST", "Expected a part schema before data.");
  // PostgreSQL keeps no zero byte in JSON.
  if (/\\u0000|\0/.test(text)) throw new ExpungeError("E_SCHEMA", "schema: expected no zero bytes.");
  return readSchema(tenantId, text);
}

/** Whole pages at a time. @returns how many bytes there are */
async function writeChunks(
  file: SealedFile,
  chunks: AsyncIterable<Buffer>,
  room: UploadRoom,
): Promise<number> {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let size = 0;
  for await (const chunk of chunks) {
    held.push(chunk);
    heldBytes += chunk.length;
    room.grow(size + heldBytes);
    if (heldBytes < MIB) continue;
    const bytes = Buffer.concat(held);
    const whole = bytes.length - (bytes.length % MIB);
    await file.write(bytes.subarray(0, whole), size);
    size += whole;
    held = [bytes.subarray(whole)];
    heldBytes = bytes.length - whole;
  }
  await file.write(Buffer.concat(held), size);
  return size + heldBytes;
}

/** A disk that is full now may have room later; an upload that breaks off is passed on. */
function noRoom(error: Error): never {
  const { code, details } = error as Partial<ExpungeError>;
  if (code === "E_DATA" && details?.reason !== undefined)
    throw new HttpError("E_BUSY", "The service has no room for the upload now; try again later.");
  throw error;
}

async function* atMost(body: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > limit) throw new HttpError("E_TOO_LARGE", `Expected an upload of at most ${limit} bytes.`);
    yield chunk;
  }
}
