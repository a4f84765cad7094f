import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { uniforms } from "../../../../test/synthetic.js";
import { unopenableFiles } from "../../testing/mortal-files.js";
import { nodeFiles, readWhole, writeWhole } from "./durable-files.js";

let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "expunge-files-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe("overwrite", () => {
  it("writes patches as they come, neighbours, overlaps, long ones and beyond the end", async () => {
    const uniform = uniforms(3);
    const expected = new Uint8Array(400_000);
    const path = join(root, "patched");
    await nodeFiles.write(path, expected.subarray(0, 1000));
    let end = 0;
    const patches = Array.from({ length: 3000 }, (_, i) => {
      const length = i % 500 === 7 ? 100_000 : i % 500 === 8 ? 2 ** 16 : Math.floor(80 * uniform());
      // Every other one where the one before ended.
      const offset = uniform() < 0.5 ? end % 200_000 : Math.floor(200_000 * uniform());
      end = offset + length;
      return { offset, data: new Uint8Array(length).fill(1 + (i % 255)) };
    });
    for (const { offset, data } of patches) expected.set(data, offset);
    await nodeFiles.overwrite(path, patches);
    const written = new Uint8Array(await readFile(path));
    expect(written.length).toBe(Math.max(1000, ...patches.map(({ offset, data }) => offset + data.length)));
    expect(Buffer.compare(written, expected.subarray(0, written.length))).toBe(0);
  });
});

describe("read", () => {
  it.each([1, 7, 64, 100, 1000])("gives all bytes of a file, %i at a time", async (callBytes) => {
    const path = join(root, "whole");
    const bytes = Uint8Array.from({ length: 100 }, (_, i) => i);
    await writeFile(path, bytes);
    expect(await readWhole(path, callBytes)).toEqual(bytes);
    expect(await nodeFiles.read(path)).toEqual(bytes);
  });

  it("gives what has no length beforehand, and nothing of an empty file", async () => {
    const path = join(root, "empty");
    await writeFile(path, "");
    expect(await nodeFiles.read(path)).toEqual(new Uint8Array(0));
    await expect(nodeFiles.read(root)).rejects.toMatchObject({ code: "EISDIR" });
    await expect(nodeFiles.read(join(root, "missing"))).rejects.toMatchObject({ code: "ENOENT" });
  });
});

describe("erase", () => {
  async function tree(): Promise<string> {
    const folder = await mkdtemp(join(root, "tree-"));
    await mkdir(join(folder, "inner"));
    for (const name of ["a", "inner/b", "inner/c", "z"]) await writeFile(join(folder, name), "rows");
    return folder;
  }

  it.each(["EACCES", "EMFILE", "EIO"])(
    "removes nothing where a file cannot be overwritten, because opening it fails with %s",
    async (code) => {
      const folder = await tree();
      const failing = unopenableFiles((path) => (path.endsWith("c") ? code : null));
      await expect(failing.erase(folder)).rejects.toMatchObject({ code });
      await expect(failing.erase(join(folder, "inner/c"))).rejects.toMatchObject({ code });
      expect((await readdir(folder, { recursive: true })).sort()).toEqual([
        ...["a", "inner", "inner/b", "inner/c", "z"],
      ]);
      expect(await readFile(join(folder, "inner/c"), "utf8")).toBe("rows");
      await nodeFiles.erase(folder);
      await expect(readdir(folder)).rejects.toMatchObject({ code: "ENOENT" });
    },
  );

  it.each(["ENOENT", "ELOOP"])("goes on where a file is gone or a link by then: %s", async (code) => {
    const folder = await tree();
    await unopenableFiles((path) => (path.endsWith("c") ? code : null)).erase(folder);
    await expect(readdir(folder)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("removes links and leaves what they lead to; what is not there is fine", async () => {
    const folder = await tree();
    const others = await tree();
    await symlink(others, join(folder, "directory"));
    await symlink(join(others, "a"), join(folder, "file"));
    await symlink(join(others, "nowhere"), join(folder, "nothing"));
    await nodeFiles.erase(folder);
    await nodeFiles.erase(folder);
    await expect(readdir(folder)).rejects.toMatchObject({ code: "ENOENT" });
    expect(await readFile(join(others, "a"), "utf8")).toBe("rows");
    expect(await readdir(others)).toEqual(["a", "inner", "z"]);
  });
});

describe("a file that is written whole", () => {
  it("is the old one until the new one is, and nothing is left of one that failed", async () => {
    const folder = await mkdtemp(join(root, "whole-"));
    const path = join(folder, "file");
    const write = (text: string) => writeWhole(path, (temporary) => writeFile(temporary, text));
    await write("old");
    const failing = writeWhole(path, async (temporary) => {
      await writeFile(temporary, "half of the n");
      expect(await readFile(path, "utf8")).toBe("old");
      throw new Error("no space");
    });
    await expect(failing).rejects.toThrow("no space");
    expect(await readdir(folder)).toEqual(["file"]);
    expect(await readFile(path, "utf8")).toBe("old");
    await write("new");
    expect(await readdir(folder)).toEqual(["file"]);
    expect(await readFile(path, "utf8")).toBe("new");
  });
});
