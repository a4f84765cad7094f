import { join } from "node:path";
import { ExpungeError } from "../errors.js";
import { decodeSafetensors } from "../export/safetensors.js";
import { given } from "../given.js";
import { sha256Hex } from "../records/bytes.js";
import type { Envelope } from "../records/certificate.js";
import { slotCountOf } from "../records/training-plan.js";
import type { Forgotten } from "../unlearner/forgotten.js";
import { weightsFile } from "../unlearner/model-digest.js";
import type { ModelState } from "../unlearner/model-state.js";
import { OWNER_BYTES, SubjectIndex } from "../unlearner/subject-index.js";
import type { SlotRecords } from "../unlearner/unlearn-slots.js";
import { type DurableFiles, eraseDurably } from "./durable-files.js";
import { bytesOf, FILES, FOLDERS, GENERATION_FILES, generationPath, readOr } from "./layout.js";
import { parseModelRecord } from "./model-records.js";
import {
  FORMAT_VERSION,
  type Joined,
  type ModelRecord,
  modelRecordJson,
  type Removal,
} from "./model-schema.js";
import { readByRow, readJoined, readWordsByRow } from "./newest-rows.js";
import { readRegister, registerBytes } from "./register.js";

/** What makes a generation of the one before. */
export interface Change {
  /** null for a lesson, which removes nothing. */
  readonly certificate: Envelope | null;
  /** New contents of the slots that it changes. */
  readonly changed: SlotRecords;
  /** Rows of the generation before. */
  readonly rowsBefore: number;
  /** The generation that the file of rows is of from now on, where they were given more room. */
  readonly rowsOf: number | undefined;
}

/**
 * Writes a generation, durably; nothing makes it visible yet.
 *
 * @param change null for the one that a model is saved as
 * @throws ExpungeError E_DATA where a file of the model would be too long to be read again; a file system error as it came
 */
export async function writeGeneration(
  files: DurableFiles,
  directory: string,
  generation: number,
  state: ModelState,
  forgottenSubjectCount: number,
  change: Change | null,
): Promise<ModelRecord> {
  const home = generationPath(directory, generation);
  // A change that failed may have left some of it.
  if (
    change !== null &&
    (await files.list(join(directory, FOLDERS.generations))).includes(String(generation))
  )
    await eraseDurably(files, home);
  const weights = weightsFile(state);
  const record: ModelRecord = {
    format: "expunge-model",
    version: FORMAT_VERSION,
    plan: state.plan,
    timeline: state.timeline as ModelRecord["timeline"],
    description: state.description as ModelRecord["description"],
    weightsDigest: sha256Hex(weights),
    hasOwners: state.index.hasOwners,
    forgottenSubjectCount,
    removal: change?.certificate ? removalOf(state.forgotten) : null,
    ...given({
      joined: change ? joinedWith(state, change.rowsBefore) : undefined,
      rowsOf: change?.rowsOf,
    }),
  };
  const { certificate, changed } = change ?? { certificate: null, changed: null };
  const name = record.joined ? GENERATION_FILES.newcomers : GENERATION_FILES.replacements;
  requireReadable(files, record, { [name]: changed?.contents?.byteLength ?? 0 });
  await files.makeDirectory(home);
  await files.write(join(home, GENERATION_FILES.weights), weights);
  if (changed?.contents) {
    // Features and label of each slot, one behind the other.
    await files.write(join(home, name), bytesOf(changed.contents));
  }
  if (certificate !== null)
    await files.write(join(home, GENERATION_FILES.certificate), `${JSON.stringify(certificate, null, 2)}\n`);
  await files.write(join(home, GENERATION_FILES.model), `${modelRecordJson(record)}\n`);
  await files.sync(home);
  await files.sync(join(directory, FOLDERS.generations));
  return record;
}

/** What could never be opened again must not come into force. @param own bytes of files of the generation alone */
function requireReadable(
  { largest }: DurableFiles,
  record: ModelRecord,
  own: Readonly<Record<string, number>>,
): void {
  const { rowCount } = record.description;
  const owners = record.hasOwners ? rowCount * OWNER_BYTES : 0;
  const bytes = { ...own, ...registerBytes(record), [FILES.owners]: owners, [FILES.order]: rowCount * 4 };
  for (const [name, found] of Object.entries(bytes))
    if (found > largest)
      throw new ExpungeError(
        "E_DATA",
        `${name} would have ${found} bytes, and no more than ${largest} can be read again here: change fewer rows at once, or train on fewer.`,
        { found, expected: largest },
      );
}

/** @throws ExpungeError E_MODEL naming the field */
export async function readRecord(files: DurableFiles, home: string): Promise<ModelRecord> {
  const path = join(home, GENERATION_FILES.model);
  return parseModelRecord(new TextDecoder().decode(await readOr(files, path)), path);
}

/** Everything that a record belongs to, except the rows. @throws ExpungeError E_MODEL naming the file */
export async function readState(
  files: DurableFiles,
  directory: string,
  home: string,
  record: ModelRecord,
): Promise<ModelState> {
  const { plan, timeline, description } = record;
  const weights = await readWeights(files, home, record);
  const slotOfRow = await readOrder(files, directory, record);
  const owners = record.hasOwners
    ? await readByRow(
        files,
        join(directory, FILES.owners),
        record,
        OWNER_BYTES,
        record.joined?.owners ?? new Uint8Array(0),
      )
    : null;
  const joinedOfRow = await readJoined(files, join(directory, FILES.joined), record);
  const secret = await readOr(files, join(directory, FILES.secret));
  return Object.freeze({
    plan: Object.freeze({ ...plan, process: Object.freeze(plan.process) }),
    timeline: Object.freeze(timeline),
    weights,
    description: Object.freeze(description),
    slotOfRow,
    ...given({ joinedOfRow }),
    index: SubjectIndex.fromOwners(secret, owners, description.subjectForm),
    forgotten: await readRegister(files, directory, record),
  });
}

async function readWeights(files: DurableFiles, home: string, record: ModelRecord): Promise<Float64Array> {
  const path = join(home, GENERATION_FILES.weights);
  const bytes = await readOr(files, path);
  const found = sha256Hex(bytes);
  if (found !== record.weightsDigest)
    throw new ExpungeError("E_MODEL", `${path}: expected sha256 ${record.weightsDigest}, found ${found}.`);
  const { tensors } = decodeSafetensors(bytes);
  if (!tensors.weights)
    throw new ExpungeError(
      "E_MODEL",
      `${path}: expected a tensor "weights", found ${Object.keys(tensors).join(", ") || "none"}.`,
    );
  const { dtype, shape, data } = tensors.weights;
  const { outputCount, featureCount } = record.plan;
  if (dtype !== "F64" || shape[0] !== outputCount || shape[1] !== featureCount)
    throw new ExpungeError(
      "E_MODEL",
      `${path}: expected F64 weights, ${outputCount} x ${featureCount}, found ${dtype}, ${shape.join(" x ")}.`,
    );
  return Float64Array.from(data as ArrayLike<number>);
}

/** slotOfRow: of rows that are there distinct slots. */
async function readOrder(files: DurableFiles, directory: string, record: ModelRecord): Promise<Uint32Array> {
  const path = join(directory, FILES.order);
  const newest = record.joined?.slots ?? new Uint32Array(0);
  const slotOfRow = await readWordsByRow(files, path, record, newest);
  const slotCount = slotCountOf(record);
  if (slotOfRow.some((slot) => slot >= slotCount))
    throw new ExpungeError("E_MODEL", `${path}: expected slots below ${slotCount}.`);
  return slotOfRow;
}

function removalOf(forgotten: Forgotten): Removal {
  return { rows: Uint32Array.from(forgotten.newestRows()), subjects: forgotten.newestSubjects().slice() };
}

function joinedWith({ slotOfRow, joinedOfRow, index }: ModelState, rowsBefore: number): Joined | undefined {
  const rows = Array.from({ length: slotOfRow.length - rowsBefore }, (_, i) => rowsBefore + i);
  if (joinedOfRow === undefined || rows.length === 0) return undefined;
  return {
    slots: slotOfRow.slice(rowsBefore),
    owners: index.ownersOfRows(rows).slice(),
    step: joinedOfRow[rowsBefore] as number,
  };
}
