import { jsonDigest } from "../records/bytes.js";
import { FIELDS, valueAt } from "./fields.js";

/** 64 bits of sha256 over a field's path and value: enough to name an altered field, never relied on for security. */
export function sealOf(path: string, value: unknown): string {
  return jsonDigest([path, value]).slice(0, 16);
}

/** The seals of every field of a predicate. */
export function sealPredicate(predicate: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(FIELDS.map(({ path }) => [path, sealOf(path, valueAt(predicate, path))]));
}
