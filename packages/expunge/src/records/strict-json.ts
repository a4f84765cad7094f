import { duplicateJsonKey, stringEnd } from "./json-duplicates.js";

/** What is wrong with a text that should be JSON; null in `fault` where nothing is. */
export type StrictJson =
  | { readonly fault: null; readonly value: unknown }
  | {
      readonly fault: "BYTE_ORDER_MARK" | "TOO_DEEP" | "NOT_JSON" | "DUPLICATE_KEY";
      readonly expected: string;
      readonly actual: string;
    };

/** Objects and lists within one another: more than any record has, and far below what a stack holds. */
export const DEEPEST_JSON = 32;

const BYTE_ORDER_MARK = "\ufeff";

/**
 * Reads JSON of which every reader must see the same thing: no byte order mark, no key twice in one object, no endless nesting. A text that fails
 * is an answer, not an exception. One pass over the text besides `JSON.parse`.
 */
export function readStrictJson(text: string): StrictJson {
  if (text.startsWith(BYTE_ORDER_MARK))
    return fault("BYTE_ORDER_MARK", "JSON without a byte order mark", "a byte order mark (U+FEFF) in front");
  if (isDeeperThan(text, DEEPEST_JSON))
    return fault("TOO_DEEP", `at most ${DEEPEST_JSON} objects or lists within one another`, "more");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return fault("NOT_JSON", "JSON", (error as Error).message);
  }
  const key = duplicateJsonKey(text);
  if (key !== null) return fault("DUPLICATE_KEY", "each key once in an object", key);
  return { fault: null, value };
}

function fault(
  code: Exclude<StrictJson["fault"], null>,
  expected: string,
  actual: string,
): Extract<StrictJson, { actual: string }> {
  return { fault: code, expected, actual };
}

function isDeeperThan(text: string, most: number): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '"') i = stringEnd(text, i) - 1;
    else if (char === "{" || char === "[") depth++;
    else if (char === "}" || char === "]") depth--;
    if (depth > most) return true;
  }
  return false;
}
