import { jsonDigest } from "../records/bytes.js";
import { fieldsOf, valueAt } from "./fields.js";

/** Where the seal of the statement's one subject stands. */
export const MODEL_SEAL = "model";

/** 64 bits of sha256 over a field's path and value: enough to name an altered field, never relied on for security. */
export function sealOf(path: string, value: unknown): string {
  return jsonDigest([path, value]).slice(0, 16);
}

/** The seals of every field of a predicate, and of the model that it speaks of. */
export function sealStatement(predicate: unknown, model: string): Readonly<Record<string, string>> {
  const seals = fieldsOf(predicate).map(({ path }) => [path, sealOf(path, valueAt(predicate, path))]);
  return Object.fromEntries([...seals, [MODEL_SEAL, sealOf(MODEL_SEAL, model)]]);
}
