/**
 * The first object key that a JSON text gives twice in one object, or null. `JSON.parse` keeps the last of them in
 * silence, so two readers may see different contents in one file; a strict reader has to look for itself.
 *
 * Cost: one pass over the text.
 *
 * @param json a text that `JSON.parse` accepts; anything else gives a meaningless answer
 */
export function duplicateJsonKey(json: string): string | null {
  // One set of keys for each open object, null for each open array.
  const open: (Set<string> | null)[] = [];
  for (let i = 0; i < json.length; i++) {
    const char = json[i];
    if (char === "{") open.push(new Set());
    else if (char === "[") open.push(null);
    else if (char === "}" || char === "]") open.pop();
    else if (char === '"') {
      const end = stringEnd(json, i);
      const keys = open.at(-1);
      if (keys && nextVisible(json, end) === ":") {
        const key = JSON.parse(json.slice(i, end)) as string;
        if (keys.has(key)) return key;
        keys.add(key);
      }
      i = end - 1;
    }
  }
  return null;
}

/** The index just behind the string that opens at `start`. */
export function stringEnd(json: string, start: number): number {
  let i = start + 1;
  while (i < json.length && json[i] !== '"') i += json[i] === "\\" ? 2 : 1;
  return i + 1;
}

function nextVisible(json: string, from: number): string | undefined {
  let i = from;
  while (i < json.length && " \t\r\n".includes(json[i]!)) i++;
  return json[i];
}
