import type { Envelope } from "expunge/verify";
import { base64OfText } from "./bytes";

/** JSON in the one spelling that certificates have (RFC 8785): keys sorted, no white space. */
export function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalText(item)}`).join(",")}}`;
}

/** The envelope with another statement in it, under the old signatures. */
export function withStatement(envelope: Envelope, statement: unknown): Envelope {
  return { ...envelope, payload: base64OfText(canonicalText(statement)) };
}
