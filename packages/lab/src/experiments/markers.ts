import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

const BEGIN = "<!-- table:begin -->";
const END = "<!-- table:end -->";

/** Replaces what lies between the markers of a page; a page without them, or none, becomes the text alone. */
export async function writeBetweenMarkers(path: string, text: string): Promise<void> {
  const page = await readFile(path, "utf8").catch(() => "");
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  const isMarked = begin >= 0 && end > begin;
  const [head, tail] = isMarked ? [page.slice(0, begin), page.slice(end + END.length)] : ["", "\n"];
  await write(path, `${head}${BEGIN}\n\n${text.trim()}\n\n${END}${tail}`);
}

/** Makes the folder, too. */
export async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
