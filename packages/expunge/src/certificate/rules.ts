import { MAX_LENGTHS, MAX_STRETCHES } from "../accounting/disclosure.js";
import { MAX_CELLS } from "../accounting/history.js";
import { MAX_PHASES } from "../accounting/phases.js";
import { intervalText, isInRange, type NumberRange } from "../math/number-range.js";
import { isObjectiveShape } from "../objective/index.js";
import { MAX_CLASS_WEIGHTS, MAX_LISTED_BATCHES } from "../records/certificate.js";

/* What the value of one field may be. The verifier's checks and the JSON Schema are both made from these. */

export type FieldRule =
  | (Omit<NumberRange, "integer"> & { readonly kind: "number"; readonly nullable?: boolean })
  | { readonly kind: "integer"; readonly min: number }
  | { readonly kind: "boolean" }
  | { readonly kind: "string"; readonly pattern: string; readonly nullable?: boolean }
  /** RFC 3339 in UTC, of a day that there is. */
  | { readonly kind: "time" }
  | { readonly kind: "constant"; readonly value: string | number | boolean | null }
  | { readonly kind: "choice"; readonly values: readonly string[] }
  | { readonly kind: "list"; readonly item: ListItem; readonly nullable?: boolean }
  | { readonly kind: "objective" }
  | { readonly kind: "limit" };

export type ListItem =
  | "text"
  | "assumption"
  | "cellStep"
  | "cellNumber"
  | "batchSlots"
  | "joinedSlots"
  | "phase"
  | "length"
  | "countedLength"
  | "weight";

/** Most entries that a list may have; none of those below has work that grows faster than it. */
export const MAX_ITEMS: Readonly<Record<ListItem, number>> = {
  text: 64,
  assumption: 64,
  cellStep: MAX_CELLS,
  cellNumber: MAX_CELLS,
  batchSlots: MAX_LISTED_BATCHES,
  joinedSlots: MAX_LISTED_BATCHES,
  phase: MAX_PHASES,
  length: MAX_STRETCHES,
  countedLength: MAX_LENGTHS,
  weight: MAX_CLASS_WEIGHTS,
};

export const HEX_64 = "^[0-9a-f]{64}$";
export const UTC_TIME = "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?Z$";

/** null where the value fits the rule, else what was expected. */
export function misfit(rule: FieldRule, value: unknown): string | null {
  if (value === null && "nullable" in rule && rule.nullable) return null;
  switch (rule.kind) {
    case "number":
      return isInRange(value, rule) ? null : `a number in ${intervalText(rule)}${orNull(rule)}`;
    case "integer":
      return isIntegerFrom(value, rule.min) ? null : `an integer of at least ${rule.min}`;
    case "boolean":
      return typeof value === "boolean" ? null : "true or false";
    case "string":
      return typeof value === "string" && new RegExp(rule.pattern).test(value)
        ? null
        : `a text that matches ${rule.pattern}${orNull(rule)}`;
    case "time":
      return isRealTime(value) ? null : "a UTC time of a day that there is, such as 2026-01-31T12:00:00Z";
    case "constant":
      return value === rule.value ? null : JSON.stringify(rule.value);
    case "choice":
      return rule.values.includes(value as string) ? null : `one of ${rule.values.join(", ")}`;
    case "list":
      return isListOf(rule.item, value)
        ? null
        : `a list of at most ${MAX_ITEMS[rule.item]} ${rule.item}${orNull(rule)}`;
    case "objective":
      return isObjectiveShape(value) ? null : "an objective of version 2";
    case "limit":
      return value === null || isLimit(value) ? null : "an epsilon > 0 and a delta in (0, 1), or null";
  }
}

function orNull(rule: { readonly nullable?: boolean }): string {
  return rule.nullable ? " or null" : "";
}

function isIntegerFrom(value: unknown, min: number): value is number {
  return isInRange(value, { integer: true, min });
}

/** A text in the pattern whose day and time of day survive a round trip. */
function isRealTime(value: unknown): boolean {
  if (typeof value !== "string" || !new RegExp(UTC_TIME).test(value)) return false;
  const toSeconds = `${value.slice(0, 19)}Z`;
  const ms = Date.parse(toSeconds);
  return !Number.isNaN(ms) && new Date(ms).toISOString() === toSeconds.replace("Z", ".000Z");
}

function isListOf(item: ListItem, value: unknown): boolean {
  return Array.isArray(value) && value.length <= MAX_ITEMS[item] && value.every((one) => isItem(item, one));
}

function isItem(item: ListItem, value: unknown): boolean {
  switch (item) {
    case "text":
      return typeof value === "string";
    case "assumption":
      return hasOnly(value, { name: isText, enforcedBy: isText });
    case "cellStep":
    case "length":
      return isIntegerFrom(value, 1);
    case "weight":
      return isInRange(value, { min: 0, openMin: true, max: 1 });
    case "cellNumber":
      return isInRange(value, { min: 0 });
    case "batchSlots":
      return hasOnly(value, { batch: (n) => isIntegerFrom(n, 0), count: (n) => isIntegerFrom(n, 1) });
    case "joinedSlots":
      return hasOnly(value, {
        batch: (n) => isIntegerFrom(n, 0),
        count: (n) => isIntegerFrom(n, 1),
        joined: (n) => isIntegerFrom(n, 1),
      });
    case "phase":
      return hasOnly(value, { from: (n) => isIntegerFrom(n, 0), batchCount: (n) => isIntegerFrom(n, 1) });
    case "countedLength":
      return hasOnly(value, { length: (n) => isIntegerFrom(n, 1), count: (n) => isIntegerFrom(n, 1) });
  }
}

const isText = (value: unknown): boolean => typeof value === "string";

type Shape = Readonly<Record<string, (value: unknown) => boolean>>;

function isLimit(value: unknown): boolean {
  return hasOnly(value, {
    epsilon: (n) => isInRange(n, { min: 0, openMin: true }),
    delta: (n) => isInRange(n, { min: 0, openMin: true, max: 1, openMax: true }),
  });
}

/** Whether a value is an object with exactly these keys, each of which fits. */
function hasOnly(value: unknown, shape: Shape): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const checks = Object.entries(shape);
  if (Object.keys(value).length !== checks.length) return false;
  return checks.every(
    ([key, fits]) => Object.hasOwn(value, key) && fits((value as Record<string, unknown>)[key]),
  );
}
