import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ModelEvidence, Statement } from "../certificate/verify-index.js";
import { ExpungeError } from "../errors.js";
import { GENERATION_FILES } from "../store/layout.js";
import { parseModelRecord } from "../store/model-records.js";
import { reasonOf } from "./arguments.js";

/* What `verify` reads of a model directory, without its lock: everything in it is replaced in one step. */

/** Certificates of a model directory that came after the one in question: none for a weights file, or where it is the newest. */
export async function readChain(path: string, certificate: string): Promise<string[]> {
  const log = await readFile(join(path, "certificates.log")).catch(() => null);
  const number = requestNumberOf(certificate);
  if (log === null || number === null) return [];
  const later: string[] = [];
  for (let at = number * UUID_BYTES; at + UUID_BYTES <= log.length; at += UUID_BYTES) {
    const id = uuidOf(log.subarray(at, at + UUID_BYTES));
    const text = await readFile(join(path, "certificates", `${id}.json`), "utf8").catch(() => null);
    if (text !== null) later.push(text);
  }
  return later;
}

const UUID_BYTES = 16;

function uuidOf(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** Which request of its model a certificate says it is of; null where it does not say. */
function requestNumberOf(certificate: string): number | null {
  try {
    const { payload } = JSON.parse(certificate) as { payload: string };
    const { predicate } = JSON.parse(Buffer.from(payload, "base64").toString()) as Statement;
    return Number.isSafeInteger(predicate.request.number) ? predicate.request.number : null;
  } catch {
    return null;
  }
}

/** What `verify` is told of a model. */
export interface ReadEvidence {
  readonly evidence: ModelEvidence;
  /** Whether the model went on learning after the request that left the evidence. */
  readonly hasLearnedSince: boolean;
}

/**
 * The weights in force, or, where the model has learned since its newest request, the sha256 of the weights that the request left, by the word of
 * the directory. They are replaced in one step, so they are read without the directory's lock.
 */
export async function readModelEvidence(path: string): Promise<ReadEvidence> {
  const generation = await readFile(join(path, "current"), "utf8").catch(() => null);
  if (generation === null) return { evidence: await readWeights(path), hasLearnedSince: false };
  const home = join(path, "generations", generation.trim());
  const record = await readFile(join(home, GENERATION_FILES.model), "utf8").catch(() => null);
  const { timeline } = record === null ? {} : parseModelRecord(record, home);
  const previous = timeline?.lives?.previous ?? null;
  if (previous !== null) return { evidence: previous, hasLearnedSince: true };
  return { evidence: await readWeights(join(home, GENERATION_FILES.weights)), hasLearnedSince: false };
}

async function readWeights(file: string): Promise<Uint8Array> {
  return new Uint8Array(
    await readFile(file).catch((error: NodeJS.ErrnoException) => {
      throw new ExpungeError("E_MODEL", `Cannot read the model's weights ${file}: ${reasonOf(error)}.`);
    }),
  );
}
