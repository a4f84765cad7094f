import { join } from "node:path";
import { ExpungeError } from "../errors.js";
import { decodeSafetensors } from "../export/safetensors.js";
import { sha256Hex } from "../records/bytes.js";
import type { Envelope } from "../records/certificate.js";
import type { Forgotten } from "../unlearner/forgotten.js";
import type { BegunForget } from "../unlearner/model.js";
import { weightsFile } from "../unlearner/model-digest.js";
import type { ModelState } from "../unlearner/model-state.js";
import { SubjectIndex } from "../unlearner/subject-index.js";
import type { DurableFiles } from "./durable-files.js";
import { bytesOf, FILES, FOLDERS, GENERATION_FILES, generationPath, readOr, readWords } from "./layout.js";
import { parseModelRecord } from "./model-records.js";
import { FORMAT_VERSION, type ModelRecord, modelRecordJson, type Removal } from "./model-schema.js";
import { readRegister } from "./register.js";

/** What a generation says of its request; null for the one that a model is saved as. */
export interface Removed {
  readonly certificate: Envelope;
  readonly slots: BegunForget["removed"];
}

/** Writes a generation, durably; nothing makes it visible yet. */
export async function writeGeneration(
  files: DurableFiles,
  directory: string,
  generation: number,
  state: ModelState,
  forgottenSubjectCount: number,
  removed: Removed | null,
): Promise<ModelRecord> {
  const home = generationPath(directory, generation);
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
    removal: removed && removalOf(state.forgotten),
  };
  await files.makeDirectory(home);
  await files.write(join(home, GENERATION_FILES.weights), weights);
  if (removed !== null) {
    // Features and label of each slot, one behind the other.
    const { contents } = removed.slots;
    if (contents !== null) await files.write(join(home, GENERATION_FILES.replacements), bytesOf(contents));
    const certificate = `${JSON.stringify(removed.certificate, null, 2)}\n`;
    await files.write(join(home, GENERATION_FILES.certificate), certificate);
  }
  await files.write(join(home, GENERATION_FILES.model), `${modelRecordJson(record)}\n`);
  await files.sync(home);
  await files.sync(join(directory, FOLDERS.generations));
  return record;
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
  const owners = record.hasOwners ? await readOwners(files, directory, description.rowCount) : null;
  const secret = await readOr(files, join(directory, FILES.secret));
  return Object.freeze({
    plan: Object.freeze({ ...plan, process: Object.freeze(plan.process) }),
    timeline: Object.freeze(timeline),
    weights,
    description: Object.freeze(description),
    slotOfRow,
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

/** slotOfRow: distinct slots. */
async function readOrder(
  files: DurableFiles,
  directory: string,
  { plan, description }: ModelRecord,
): Promise<Uint32Array> {
  const path = join(directory, FILES.order);
  const slotOfRow = await readWords(files, path, description.rowCount);
  const slotCount = plan.process.batchCount * plan.process.batchSize;
  if (slotOfRow.some((slot) => slot >= slotCount))
    throw new ExpungeError("E_MODEL", `${path}: expected slots below ${slotCount}.`);
  return slotOfRow;
}

async function readOwners(files: DurableFiles, directory: string, rowCount: number): Promise<Uint8Array> {
  const path = join(directory, FILES.owners);
  const owners = await readOr(files, path);
  if (owners.length === rowCount * 32) return owners;
  throw new ExpungeError("E_MODEL", `${path}: expected ${rowCount * 32} bytes, found ${owners.length}.`);
}

function removalOf(forgotten: Forgotten): Removal {
  return { rows: Uint32Array.from(forgotten.newestRows()), subjects: forgotten.newestSubjects().slice() };
}
