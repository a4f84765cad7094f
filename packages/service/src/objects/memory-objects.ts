import { missingObject } from "./missing-object.js";
import type { ObjectStore } from "./object-store.js";

/** For databases in memory, which end with their process. */
export function openMemory(): ObjectStore {
  const held = new Map<string, { readonly bytes: Uint8Array; readonly writtenAt: Date }>();
  return {
    place: "memory:",
    async make() {},
    async put(name, bytes) {
      held.set(name, {
        bytes: bytes.slice(),
        writtenAt: new Date(performance.timeOrigin + performance.now()),
      });
    },
    async read(name, ranges) {
      const found = held.get(name);
      if (!found) throw missingObject(name, "is missing");
      return ranges.map(({ first, length }) => {
        const bytes = found.bytes.slice(first, first + length);
        if (bytes.length < length) throw missingObject(name, "is too short");
        return bytes;
      });
    },
    has: async (name) => held.has(name),
    async remove(name) {
      held.delete(name);
    },
    async *list() {
      for (const [name, { writtenAt }] of [...held]) yield { name, writtenAt };
    },
    close() {
      held.clear();
    },
  };
}
