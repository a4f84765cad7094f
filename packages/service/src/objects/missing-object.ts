import { ExpungeError } from "expunge";

/** What a store says of an object that it does not have, or not whole. The place is left out: callers of the API may read this. */
export function missingObject(name: string, what: "is missing" | "is too short"): ExpungeError {
  return new ExpungeError("E_DATABASE", `Rows cannot be read: their object ${name} ${what}.`, { name });
}
