import { ExpungeError } from "../errors.js";
import type { Envelope } from "../records/certificate.js";
import type { DurableFiles } from "./durable-files.js";
import { certificatePath } from "./layout.js";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * A certificate of a model directory.
 *
 * @param path where it is, unless what moves the newest to the others has been there and failed after it
 * @throws ExpungeError E_NOT_FOUND where there is none of this id, E_MODEL where it is no JSON
 */
export async function readCertificateOf(
  files: DurableFiles,
  directory: string,
  id: string,
  path: string,
): Promise<Envelope> {
  const read = (at: string): Promise<Uint8Array | null> => files.read(at).catch(() => null);
  const bytes = UUID.test(id) ? ((await read(path)) ?? (await read(certificatePath(directory, id)))) : null;
  if (bytes === null)
    throw new ExpungeError("E_NOT_FOUND", `${directory} holds no certificate ${JSON.stringify(id)}.`);
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as Envelope;
  } catch {
    throw new ExpungeError("E_MODEL", `${path} is no JSON.`);
  }
}
