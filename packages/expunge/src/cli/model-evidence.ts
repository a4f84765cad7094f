import { join } from "node:path";
import { unverifiedStatement } from "../certificate/unverified.js";
import type { ModelEvidence } from "../certificate/verify-index.js";
import { reasonOf } from "../data/read-bytes.js";
import { ExpungeError } from "../errors.js";
import { type DurableFiles, nodeFiles } from "../store/durable-files.js";
import { certificatePath, FILES, GENERATION_FILES, generationPath } from "../store/layout.js";
import { parseModelRecord } from "../store/model-records.js";
import { type IssuerKey, isIssuedBy } from "./issuer-key.js";

/* What `verify` reads of a model directory, without its lock: whoever holds that may be at work for long. */

/** What `verify` is told of a model. */
export interface ReadEvidence {
  readonly evidence: ModelEvidence;
  /** Whether the model went on learning after the request that left the evidence. */
  readonly hasLearnedSince: boolean;
  /**
   * Other certificates of the directory, none for a weights file: those that came after the one in question, and those before it, as far back as they are
   * there; all signed by a key of the issuer's.
   */
  readonly chain: readonly string[];
}

/** Changes in a row that a reading is begun anew for. */
const MOST_READINGS = 20;

/**
 * The weights in force, or, where the model has learned since its newest request, the sha256 of the weights that the request left, by the word of
 * the directory; and the other certificates. All are of one generation: a reading during which another one came into force, and the bytes of this one
 * were overwritten, is begun anew.
 *
 * @param certificate the one in question
 * @param keys        of its issuer
 * @throws ExpungeError E_MODEL where a file cannot be read, or the directory changed during every reading
 */
export async function readModelEvidence(
  path: string,
  certificate: string,
  keys: readonly IssuerKey[],
  files: Files = nodeFiles,
): Promise<ReadEvidence> {
  const asked = { certificate, keys };
  for (let reading = 0; reading < MOST_READINGS; reading++) {
    const generation = await textOr(files, join(path, FILES.current));
    if (generation === null)
      return {
        ...{ evidence: await readWeights(files, path), hasLearnedSince: false },
        ...{ chain: [] },
      };
    const read = readGeneration(files, path, generation.trim(), asked);
    // What went wrong says nothing where the generation is another one by now.
    await read.catch(() => {});
    if ((await textOr(files, join(path, FILES.current))) === generation) return read;
  }
  throw new ExpungeError(
    "E_MODEL",
    `${path} changed whenever it was read, ${MOST_READINGS} times one after another: a process goes on changing the model. Try again when it is done.`,
  );
}

type Files = Pick<DurableFiles, "read">;

/** The certificate in question, and its issuer's keys. */
interface AskedFor {
  readonly certificate: string;
  readonly keys: readonly IssuerKey[];
}

/** null where the file cannot be read. */
async function textOr(files: Files, path: string): Promise<string | null> {
  const bytes = await files.read(path).catch(() => null);
  return bytes && new TextDecoder().decode(bytes);
}

async function readGeneration(
  files: Files,
  path: string,
  generation: string,
  asked: AskedFor,
): Promise<ReadEvidence> {
  const home = generationPath(path, Number(generation));
  const record = await textOr(files, join(home, GENERATION_FILES.model));
  const { timeline } = record === null ? {} : parseModelRecord(record, home);
  const newest = timeline?.certificateId ?? null;
  const chain = await readChain(files, path, home, newest, asked);
  const previous = timeline?.lives?.previous ?? null;
  if (previous !== null) return { evidence: previous, hasLearnedSince: true, chain };
  const evidence = await readWeights(files, join(home, GENERATION_FILES.weights));
  return { evidence, hasLearnedSince: false, chain };
}

/** @param newest id of the newest certificate, which lies in its generation, and may be in no log, until its request is finished */
async function readChain(
  files: Files,
  path: string,
  home: string,
  newest: string | null,
  { certificate, keys }: AskedFor,
): Promise<readonly string[]> {
  const number = requestNumberOf(certificate);
  if (number === null) return [];
  const log = await files.read(join(path, FILES.log)).catch(() => new Uint8Array(0));
  const ids: string[] = [];
  for (let at = 0; at + UUID_BYTES <= log.length; at += UUID_BYTES)
    ids.push(uuidOf(log.subarray(at, at + UUID_BYTES)));
  if (newest !== null && ids.at(-1) !== newest) ids.push(newest);
  const textOf = async (id: string): Promise<string | null> => {
    // First where it is moved from, in one step.
    const unmoved = id === newest ? await textOr(files, join(home, GENERATION_FILES.certificate)) : null;
    return unmoved ?? (await textOr(files, certificatePath(path, id)));
  };
  const chain: string[] = [];
  for (const id of ids.slice(number)) {
    const text = await textOf(id);
    // One under another key is no reason to refuse this certificate: without it the chain does not lead as far.
    if (text !== null && isIssuedBy(text, keys)) chain.push(text);
  }
  const earlier = ids.slice(0, Math.max(0, number - 1));
  // Behind a gap they lead nowhere. Before they were saved here, or under another key, others may have been issued that nobody can check with this one.
  for (const id of earlier.reverse()) {
    const text = await textOf(id);
    if (text === null || !isIssuedBy(text, keys)) break;
    chain.push(text);
  }
  return chain;
}

const UUID_BYTES = 16;

function uuidOf(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** Which request of its model a certificate says it is of; null where it does not say. */
function requestNumberOf(certificate: string): number | null {
  try {
    const number = unverifiedStatement(certificate)?.predicate.request.number;
    return Number.isSafeInteger(number) ? (number as number) : null;
  } catch {
    return null;
  }
}

async function readWeights(files: Files, file: string): Promise<Uint8Array> {
  return files.read(file).catch((error: NodeJS.ErrnoException) => {
    throw new ExpungeError("E_MODEL", `Cannot read the model's weights ${file}: ${reasonOf(error)}.`);
  });
}
