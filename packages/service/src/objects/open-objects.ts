import type { ObjectStore } from "./object-store.js";

/**
 * Opens a part of a place.
 *
 * @param place a folder, s3://bucket/prefix, or "memory:"
 * @param part what sets this database's objects apart from others' in the same place
 * @throws ExpungeError E_OPTION for an address that is none
 */
export async function openObjects(place: string, part: string): Promise<ObjectStore> {
  // Each only where it is used: the client of S3 is large.
  if (place === "memory:") return (await import("./memory-objects.js")).openMemory();
  if (place.startsWith("s3://")) return (await import("./s3-objects.js")).openBucket(place, part);
  return (await import("./folder-objects.js")).openFolder(place, part);
}
