import { randomUUID } from "node:crypto";
import { ExpungeError } from "expunge";

/** A random UUID, version 4. */
export const newId: () => string = randomUUID;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function isId(id: string): boolean {
  return UUID.test(id);
}

/** An id as somebody gave it: one that could not be one is not found, as one that is not there. @throws ExpungeError E_NOT_FOUND */
export function requireId(id: string, what: string): string {
  if (isId(id)) return id;
  throw notFound(what);
}

export function notFound(what: string): ExpungeError {
  return new ExpungeError("E_NOT_FOUND", `There is no such ${what}.`, { what });
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}
