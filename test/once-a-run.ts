import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const LOOK_MS = 50;

/** The folder of a run of tests, which is gone with it. @throws where Vitest's global setup has not run */
export function runFolder(): string {
  const folder = process.env.EXPUNGE_TEST_POSTGRES;
  if (folder === undefined) throw new Error("Expected Vitest's global setup to have run.");
  return folder;
}

/** What is made once for all suites of a run, by the first that wants it: the others wait, and get the same text. @throws as `make`; where it failed for the first */
export async function onceARun(name: string, make: () => Promise<string>): Promise<string> {
  const folder = runFolder();
  if (isFirst(join(folder, `${name}.taken`))) {
    const made = await make().catch((error: Error) => error);
    // Also where it failed: nobody waits for what does not come.
    const file = fileOf(folder, name);
    writeFileSync(`${file}.new`, JSON.stringify(made instanceof Error ? null : made));
    renameSync(`${file}.new`, file);
    if (made instanceof Error) throw made;
  }
  while (!existsSync(fileOf(folder, name))) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  const made = madeIn(folder, name);
  if (made !== null) return made;
  throw new Error(`The tests' ${name} could not be made; the first suite that wanted it says why.`);
}

/** What was made in the folder of a run; null where nobody wanted it, or it failed. */
export function madeIn(folder: string, name: string): string | null {
  const file = fileOf(folder, name);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as string | null) : null;
}

const fileOf = (folder: string, name: string): string => join(folder, `${name}.made`);

/** Whether nobody came before: a folder is made once. */
function isFirst(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch {
    return false;
  }
}
