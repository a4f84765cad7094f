import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { gunzipSync, gzipSync } from "node:zlib";
import { segmentNumbers, segmentPath } from "../src/backup/segments.js";

/** A row of a segment, as a test reads it. */
export interface SegmentRow {
  readonly table: string;
  readonly row: Readonly<Record<string, unknown>>;
}

async function linesOf(path: string): Promise<string[]> {
  return gunzipSync(await readFile(path))
    .toString()
    .trimEnd()
    .split("\n");
}

const parse = (line: string): SegmentRow => {
  const at = line.indexOf(" ");
  return { table: line.slice(0, at), row: JSON.parse(line.slice(at + 1)) };
};

/** All rows of a segment. */
export async function rowsOfSegment(path: string): Promise<SegmentRow[]> {
  return (await linesOf(path)).slice(1, -1).map(parse);
}

/** Changes a folder of segments as somebody would who knows the format: every digest and every link between them is computed anew. */
export async function forgeSegments(
  folder: string,
  change: (row: SegmentRow) => SegmentRow | readonly SegmentRow[] | null,
): Promise<void> {
  let previous: unknown;
  for (const number of await segmentNumbers(folder)) {
    const path = segmentPath(folder, number);
    const [first, ...lines] = await linesOf(path);
    const rows = lines.slice(0, -1).flatMap((line) => change(parse(line)) ?? []);
    const old = JSON.parse(first as string);
    const head = { ...old, previous: previous === undefined ? old.previous : previous };
    const body = [JSON.stringify(head), ...rows.map(({ table, row }) => `${table} ${JSON.stringify(row)}`)];
    const sha256 = createHash("sha256")
      .update(`${body.join("\n")}\n`)
      .digest("hex");
    previous = sha256;
    const trailer = JSON.stringify({ rows: rows.length, sha256 });
    await writeFile(path, gzipSync(`${[...body, trailer].join("\n")}\n`));
  }
}
