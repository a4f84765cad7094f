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

/**
 * The values of a label column that mean one thing put together: numbers by their value (1 and 1.0), texts by what is left of them
 * without case and spaces around them (yes and YES), words for yes and no where there are no others (true and yes).
 *
 * @param counts rows by value
 * @returns the largest group first
 */
export function groupLabels(counts: ReadonlyMap<string, number>): readonly LabelGroup[] {
  const plain = (text: string): string => lowerCase(withPlainSpaces(withoutInvisible(text)).trim());
  const words = [...counts.keys()].map(plain);
  const hasWord = words.some((word) => Number.isNaN(parseDecimal(word)));
  const areTruths = hasWord && words.every((word) => YES.has(plainNumber(word)) || NO.has(plainNumber(word)));
  const keyOf = (text: string): string => {
    const word = plainNumber(plain(text));
    return areTruths ? String(YES.has(word)) : word;
  };
  const groups = new Map<string, [string, number][]>();
  for (const entry of counts) {
    const key = keyOf(entry[0]);
    const group = groups.get(key);
    if (group) group.push(entry);
    else groups.set(key, [entry]);
  }
  return [...groups.values()]
    .map((entries) => {
      const sorted = entries.sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
      const spellings = sorted.map(([text]) => text);
      return { name: spellings[0], spellings, rows: sorted.reduce((sum, [, rows]) => sum + rows, 0) };
    })
    .sort((a, b) => b.rows - a.rows || (a.name < b.name ? -1 : 1));
}
