import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect } from "vitest";
import { ExpungeError } from "../src/errors.js";

/** A folder of the real data, or null, with a warning, where it is not here. */
export function realData(name: string): string | null {
  const folder = join(resolve(process.env.EXPUNGE_DATA ?? "../shared/data"), name);
  if (existsSync(folder)) return folder;
  console.warn(
    `SKIPPED: no ${folder}; tests on the real ${name} data do not run (EXPUNGE_DATA names its parent).`,
  );
  return null;
}

/** Writes files into a folder that is gone after the tests of the file. */
export function temporaryFiles(): (name: string, content: string | Uint8Array) => Promise<string> {
  const folders: string[] = [];
  afterAll(async () => {
    for (const folder of folders) await rm(folder, { recursive: true });
  });
  return async (name, content) => {
    const folder = await mkdtemp(join(tmpdir(), "expunge-data-"));
    folders.push(folder);
    const path = join(folder, name);
    await writeFile(path, content);
    return path;
  };
}

/** What a call throws, which must be an ExpungeError of this code. */
export async function errorOf(code: string, call: () => unknown): Promise<ExpungeError> {
  try {
    await call();
  } catch (error) {
    expect(error).toBeInstanceOf(ExpungeError);
    expect((error as ExpungeError).code).toBe(code);
    return error as ExpungeError;
  }
  throw new Error(`expected ${code}, but nothing was thrown`);
}
