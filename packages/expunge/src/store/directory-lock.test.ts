import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lockDirectory } from "./directory-lock.js";

let directory: string;
let path: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "expunge-lock-"));
  path = join(directory, "lock");
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe("a lock", () => {
  it("is let go of once: whoever has the directory then keeps it", async () => {
    const first = await lockDirectory(directory);
    await first.release();
    const second = await lockDirectory(directory);
    await first.release();
    await expect(lockDirectory(directory)).rejects.toMatchObject({ code: "E_LOCKED" });
    await second.release();
    await (await lockDirectory(directory)).release();
  });

  it("that somebody else has put in its place stays", async () => {
    const lock = await lockDirectory(directory);
    await writeFile(path, "1@elsewhere");
    await lock.release();
    expect(await readFile(path, "utf8")).toBe("1@elsewhere");
  });
});
