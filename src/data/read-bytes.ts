import { readFile } from "node:fs/promises";
import { ExpungeError } from "../errors.js";

/** A whole file. @throws ExpungeError E_DATA naming it */
export async function readBytes(path: string): Promise<Uint8Array> {
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    const reason = error.code === "ENOENT" ? "there is no such file" : error.message;
    throw new ExpungeError("E_DATA", `Cannot read ${path}: ${reason}.`, { file: path });
  });
}

/** The bytes of a source that is a path or bytes already, and what errors call it. */
export async function bytesOf(
  source: string | Uint8Array,
  kind: string,
): Promise<{ readonly bytes: Uint8Array; readonly name: string }> {
  if (typeof source === "string") return { bytes: await readBytes(source), name: source };
  return { bytes: source, name: `${kind} bytes` };
}
