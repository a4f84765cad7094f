import { lowerCase, withoutInvisible, withPlainSpaces } from "../records/subject-form.js";
import { parseDecimal, plainNumber } from "./table.js";

/** A class as a file spells it. */
export interface LabelGroup {
  /** The most frequent spelling. */
  readonly name: string;
  /** All of them, the most frequent first. */
  readonly spellings: readonly string[];
  readonly rows: number;
}

const YES: ReadonlySet<string> = new Set(["yes", "y", "true", "t", "1", "on"]);
const NO: ReadonlySet<string> = new Set(["no", "n", "false", "f", "0", "off"]);

/** What is left of a text without its case, marks that show nothing, and spaces around it. */
export function plainText(text: string): string {
  return lowerCase(withPlainSpaces(withoutInvisible(text)).trim());
}

/**
 * The values of a label column that mean one thing put together: numbers by their value (1 and 1.0), texts by what is left of them
 * without case and spaces around them (yes and YES), words for yes and no where there are no others (true and yes).
 *
 * @param counts rows by value
 * @returns the largest group first
 */
export function groupLabels(counts: ReadonlyMap<string, number>): readonly LabelGroup[] {
  const words = [...counts.keys()].map(plainText);
  const hasWord = words.some((word) => Number.isNaN(parseDecimal(word)));
  const areTruths = hasWord && words.every((word) => YES.has(plainNumber(word)) || NO.has(plainNumber(word)));
  const keyOf = (text: string): string => {
    const word = plainNumber(plainText(text));
    return areTruths ? String(YES.has(word)) : word;
  };
  const groups = new Map<string, { name: string; spellings: string[]; rows: number }>();
  // The first spelling of a group is its most frequent one.
  for (const [text, rows] of [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))) {
    const key = keyOf(text);
    const group = groups.get(key) ?? { name: text, spellings: [], rows: 0 };
    group.spellings.push(text);
    group.rows += rows;
    groups.set(key, group);
  }
  return [...groups.values()].sort((a, b) => b.rows - a.rows || (a.name < b.name ? -1 : 1));
}
