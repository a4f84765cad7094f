import { join } from "node:path";
import { ExpungeError } from "../errors.js";
import { decodeSafetensors } from "../export/safetensors.js";
import { sha256Hex } from "../records/bytes.js";
import type { Envelope } from "../records/certificate.js";
import type { TrainingPlan } from "../records/training-plan.js";
import { type BegunForget, Model } from "../unlearner/model.js";
import { weightsFile } from "../unlearner/model-digest.js";
import type { ModelState } from "../unlearner/model-state.js";
import { SubjectIndex } from "../unlearner/subject-index.js";
import { type DurableFiles, nodeFiles } from "./durable-files.js";
import { finishErasing } from "./finish-erasing.js";
import { bytesOf, certificatePath, FILES, generationPath, readOr } from "./layout.js";
import { type ModelRecord, parseModelRecord, rederiveProcess } from "./model-records.js";
import { DEFAULT_MEMORY_LIMIT, openKernel, openRows } from "./open-kernel.js";

/** Writes a model to a new directory. @throws ExpungeError E_MODEL where something is there already */
export async function writeModelDirectory(
  model: Model,
  directory: string,
  files: DurableFiles = nodeFiles,
): Promise<void> {
  await makeModelDirectory(directory, files);
  const { state } = model;
  const { process, featureCount } = state.plan;
  const slotCount = process.batchCount * process.batchSize;
  const rows = new Float32Array(slotCount * featureCount);
  const labels = new Float32Array(slotCount);
  for (let slot = 0; slot < slotCount; slot++) {
    const record = await model.readSlot(slot);
    rows.set(record.features, slot * featureCount);
    labels[slot] = record.label;
  }
  await files.write(join(directory, FILES.rows), bytesOf(rows));
  await files.write(join(directory, FILES.labels), bytesOf(labels));
  await writeFirstGeneration(state, directory, files);
  model.handOver();
}

/** @throws ExpungeError E_MODEL where something is there already */
export async function makeModelDirectory(directory: string, files: DurableFiles): Promise<void> {
  const found = await files.list(directory).catch(() => []);
  if (found.some((name) => name !== "lock"))
    throw new ExpungeError("E_MODEL", `${directory} is not empty; give a new directory for the model.`);
  await files.makeDirectory(directory);
  await files.makeDirectory(join(directory, "generations"));
  await files.makeDirectory(join(directory, "certificates"));
}

/** All but the rows; then makes the model visible. */
export async function writeFirstGeneration(
  state: ModelState,
  directory: string,
  files: DurableFiles,
): Promise<void> {
  await files.write(join(directory, FILES.order), bytesOf(state.slotOfRow));
  await files.write(join(directory, FILES.owners), state.index.exportOwners());
  await files.write(join(directory, FILES.secret), state.index.exportSecret());
  for (const [id, certificate] of state.certificates)
    await writeCertificate(files, directory, id, certificate);
  await writeGeneration(files, directory, 1, state, []);
  await files.replace(join(directory, FILES.current), "1\n");
}

/** A model and the generation it was read from. */
export interface OpenedModel {
  readonly model: Model;
  readonly generation: number;
  /** Lets go of the files that its rows are read from. */
  readonly release: () => Promise<void>;
}

/**
 * Reads the model in force, finishing whatever an interrupted request left to erase. The caller holds the directory's lock.
 *
 * @throws ExpungeError E_MODEL naming the file and what is wrong with it
 */
export async function readModelDirectory(
  directory: string,
  files: DurableFiles = nodeFiles,
  memoryLimit: number = DEFAULT_MEMORY_LIMIT,
): Promise<OpenedModel> {
  const generation = await readCurrent(files, directory);
  const home = generationPath(directory, generation);
  const path = join(home, "model.json");
  const record = parseModelRecord(new TextDecoder().decode(await readOr(files, path)), path);
  const plan: TrainingPlan = Object.freeze({ ...record.plan, process: rederiveProcess(record, path) });
  // Everything is looked at before anything is overwritten: a damaged directory stays as it was found.
  await (await openRows(directory, plan)).close();
  await readState(files, directory, home, record, plan);
  await finishErasing(files, directory, generation, record);
  const state = await readState(files, directory, home, record, plan);
  const { kernel, release } = await openKernel(directory, plan, memoryLimit);
  return { model: Model.begin(state, kernel), generation, release };
}

/**
 * Makes a begun forget durable and visible; on failure before the switch the old model stays in force.
 * @returns the record of the new generation, whose erasing is still to be done
 */
export async function commitForget(
  begun: BegunForget,
  directory: string,
  generation: number,
  files: DurableFiles = nodeFiles,
): Promise<ModelRecord> {
  const { state } = begun.result.model;
  const id = begun.result.certificateId as string;
  const next = generation + 1;
  const slotToRow = new Map(
    [...state.forgotten.rows].filter(([, by]) => by === id).map(([row]) => [state.slotOfRow[row], row]),
  );
  const erase = begun.removed.map(({ slot }) => ({ slot, row: slotToRow.get(slot) as number }));
  try {
    await writeCertificate(files, directory, id, begun.result.certificate as Envelope);
    const record = await writeGeneration(files, directory, next, state, erase, begun.removed);
    await files.replace(join(directory, FILES.current), `${next}\n`);
    return record;
  } catch (error) {
    // The switch itself may have happened although its fsync failed: then the new generation is in force and must stay.
    if ((await readCurrent(files, directory).catch(() => next)) === next)
      throw new ExpungeError(
        "E_ERASE",
        `The request may be in force, but the disk failed while it was made durable: ${(error as Error).message}. Open the model again.`,
      );
    await files.erase(generationPath(directory, next)).catch(() => {});
    await files.erase(certificatePath(directory, id)).catch(() => {});
    throw error;
  }
}

async function readState(
  files: DurableFiles,
  directory: string,
  home: string,
  record: ModelRecord,
  plan: TrainingPlan,
): Promise<ModelState> {
  const weightsPath = join(home, "weights.safetensors");
  const weightsBytes = await readOr(files, weightsPath);
  if (sha256Hex(weightsBytes) !== record.weightsDigest) {
    throw new ExpungeError(
      "E_MODEL",
      `${weightsPath}: expected sha256 ${record.weightsDigest}, found ${sha256Hex(weightsBytes)}.`,
    );
  }
  const { data } = decodeSafetensors(weightsBytes).tensors.weights;
  const order = await readOr(files, join(directory, FILES.order));
  const owners = record.hasOwners ? await readOr(files, join(directory, FILES.owners)) : null;
  const secret = await readOr(files, join(directory, FILES.secret));
  const certificates = new Map<string, Envelope>();
  for (const { certificateId } of record.timeline.requests) {
    const text = new TextDecoder().decode(await readOr(files, certificatePath(directory, certificateId)));
    certificates.set(certificateId, JSON.parse(text) as Envelope);
  }
  const slotOfRow = new Uint32Array(order.slice().buffer);
  if (slotOfRow.length !== record.description.rowCount) {
    throw new ExpungeError(
      "E_MODEL",
      `${join(directory, FILES.order)}: expected ${record.description.rowCount} rows, found ${slotOfRow.length}.`,
    );
  }
  return Object.freeze({
    plan,
    timeline: record.timeline,
    weights: Float64Array.from(data as ArrayLike<number>),
    description: record.description,
    slotOfRow,
    index: SubjectIndex.fromOwners(secret, owners),
    forgotten: {
      subjects: new Map(Object.entries(record.forgotten.subjects)),
      rows: new Map(record.forgotten.rows),
    },
    certificates,
  });
}

async function writeGeneration(
  files: DurableFiles,
  directory: string,
  generation: number,
  state: ModelState,
  erase: ModelRecord["erase"],
  removed: BegunForget["removed"] = [],
): Promise<ModelRecord> {
  const home = generationPath(directory, generation);
  const weights = weightsFile(state);
  const { radius } = state.plan.process;
  const record: ModelRecord = {
    format: "expunge-model",
    version: 1,
    plan: {
      ...state.plan,
      process: { ...state.plan.process, radius: Number.isFinite(radius) ? radius : null },
    },
    timeline: structuredClone(state.timeline) as ModelRecord["timeline"],
    description: structuredClone(state.description) as ModelRecord["description"],
    weightsDigest: sha256Hex(weights),
    hasOwners: state.index.hasOwners,
    forgotten: { subjects: Object.fromEntries(state.forgotten.subjects), rows: [...state.forgotten.rows] },
    erase,
  };
  await files.makeDirectory(home);
  await files.write(join(home, "weights.safetensors"), weights);
  if (removed.some((slot) => slot.record !== null)) {
    const floats = removed.flatMap(({ record: r }) => (r === null ? [] : [...r.features, r.label]));
    await files.write(join(home, "replacements.f32"), bytesOf(Float32Array.from(floats)));
  }
  await files.write(join(home, "model.json"), `${JSON.stringify(record)}\n`);
  return record;
}

async function readCurrent(files: DurableFiles, directory: string): Promise<number> {
  const path = join(directory, FILES.current);
  const text = new TextDecoder().decode(await readOr(files, path));
  const generation = Number(text);
  if (Number.isSafeInteger(generation) && generation >= 1) return generation;
  throw new ExpungeError(
    "E_MODEL",
    `${path}: expected the number of a generation, found ${JSON.stringify(text.slice(0, 40))}.`,
  );
}

function writeCertificate(
  files: DurableFiles,
  directory: string,
  id: string,
  certificate: Envelope,
): Promise<void> {
  return files.write(certificatePath(directory, id), `${JSON.stringify(certificate, null, 2)}\n`);
}
