import { ExpungeError } from "expunge";
import type { ObjectStore } from "./object-store.js";

/** For what needs no rows, such as making a tenant: whoever wants some all the same is told what is missing. */
export function noObjects(): ObjectStore {
  const refuse = (): never => {
    throw new ExpungeError(
      "E_OPTION",
      "Expected the place where rows are kept beside PostgreSQL: --rows with a folder or s3://bucket/prefix, or EXPUNGE_ROWS.",
    );
  };
  return {
    place: null,
    make: async () => refuse(),
    put: async () => refuse(),
    read: async () => refuse(),
    has: async () => refuse(),
    remove: async () => refuse(),
    list: () => refuse(),
    close() {},
  };
}

/** @throws ExpungeError E_OPTION where no place is known */
export async function requirePlace(objects: ObjectStore): Promise<void> {
  if (objects.place === null) await objects.has("");
}
