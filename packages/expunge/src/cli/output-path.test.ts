import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requireNewDirectory } from "./output-path.js";

let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "expunge-output-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe("the directory of a new model", () => {
  it("may hold what a training that was killed left there, and nothing else", async () => {
    const directory = join(root, "model");
    await requireNewDirectory(directory);
    for (const folder of ["generations", "certificates"])
      await mkdir(join(directory, folder), { recursive: true });
    await writeFile(join(directory, "rows.f32.spool"), "Ann's row");
    await requireNewDirectory(directory);
    await writeFile(join(directory, "notes.txt"), "somebody's");
    await expect(requireNewDirectory(directory)).rejects.toMatchObject({
      code: "E_MODEL",
      message: expect.stringMatching(/is not empty.* Rows of an unfinished model/),
    });
  });
});
