import { mkdir, open, readdir, readFile, realpath, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPlace, dataset, options, type Place, signer } from "../../testing/model-directories.js";
import { sourceOf } from "../data/row-source.js";
import { fit } from "../unlearner/fit.js";
import { type DurableFiles, nodeFiles } from "./durable-files.js";
import { fitToDirectory } from "./fit-to-directory.js";
import { loadModel, saveModel } from "./stored-model.js";

let place: Place;

beforeAll(async () => {
  place = await createPlace();
});
afterAll(() => place.remove());

/** What a training leaves that is killed while it orders its rows: people's rows in clear, and files by other names. */
async function killedTraining(...others: string[]): Promise<string> {
  const directory = place.newPath();
  for (const folder of ["generations", "certificates"])
    await mkdir(join(directory, folder), { recursive: true });
  for (const name of ["rows.f32", "labels.f32", "rows.f32.spool", "rows.f32.buckets"])
    await writeFile(join(directory, name), "Ann's row");
  for (const name of others) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), "1");
  }
  return directory;
}

const makers = [
  [
    "a save",
    async (path: string, files: DurableFiles) => saveModel(await fit(dataset, options), path, files),
  ],
  [
    "a training",
    async (path: string, files: DurableFiles) =>
      (await fitToDirectory(sourceOf(dataset), path, options, files)).close(),
  ],
] as const;

describe.each(makers)("a directory for %s", (_, make) => {
  it("in which another one was killed is used again, the rows that were left there overwritten", async () => {
    const directory = await killedTraining("generations/1/model.json", "secret");
    const names = ["rows.f32", "labels.f32", "rows.f32.spool", "rows.f32.buckets"];
    const left = await Promise.all(names.map((name) => open(join(directory, name), "r")));
    await make(directory, nodeFiles);
    for (const file of left) {
      expect(await file.readFile("utf8")).toBe("\0".repeat("Ann's row".length));
      await file.close();
    }
    const stored = await loadModel(directory);
    expect((await stored.forget({ rows: [3] }, { signer })).rowCount).toBe(1);
    await stored.close();
  });

  it.each([
    ["current.new", "Rows of an unfinished model seem to lie there", "whole, and perhaps in force once"],
    ["current", "give a new directory for the model.", ""],
    ["notes.txt", "Rows of an unfinished model seem to lie there", "somebody's"],
    [
      "generations/2/model.json",
      "Rows of an unfinished model seem to lie there",
      "of a model that has lived",
    ],
    ["certificates/a.json", "Rows of an unfinished model seem to lie there", "of a model that has lived"],
  ])("stays as it was where %s is there, too", async (name, message) => {
    const directory = await killedTraining(name);
    const before = await readdir(directory, { recursive: true });
    const refused = await make(directory, nodeFiles).catch((error) => error);
    expect(refused).toMatchObject({ code: "E_MODEL", message: expect.stringContaining(message) });
    expect(refused.message.includes("unfinished")).toBe(name !== "current");
    expect(await readdir(directory, { recursive: true })).toEqual(before);
    expect(await readFile(join(directory, "rows.f32.spool"), "utf8")).toBe("Ann's row");
  });

  it("is not used where rows that were left there cannot be overwritten", async () => {
    const directory = await killedTraining();
    const files: DurableFiles = {
      ...nodeFiles,
      async erase(path) {
        if (path.endsWith("spool")) throw Object.assign(new Error("EIO: i/o error"), { code: "EIO" });
        await nodeFiles.erase(path);
      },
    };
    await expect(make(directory, files)).rejects.toMatchObject({
      code: "E_ERASE",
      message: expect.stringContaining("rows.f32.spool: EIO"),
    });
    expect(await readdir(directory)).toEqual(["rows.f32.spool"]);
  });

  it("that has files of a maker's names but not its folders is somebody's", async () => {
    const directory = place.newPath();
    await mkdir(directory);
    await writeFile(join(directory, "rows.f32"), "somebody's");
    await expect(make(directory, nodeFiles)).rejects.toMatchObject({ code: "E_MODEL" });
    expect(await readFile(join(directory, "rows.f32"), "utf8")).toBe("somebody's");
  });

  it("is durable on all levels that were made, and where it is a link's target", async () => {
    const synced = new Set<string>();
    const files: DurableFiles = {
      ...nodeFiles,
      async sync(path) {
        synced.add(path);
        await nodeFiles.sync(path);
      },
    };
    const top = place.newPath();
    await make(join(top, "a", "b"), files);
    for (const level of [dirname(top), top, join(top, "a")])
      expect([...synced]).toContain(await realpath(level));
    const [elsewhere, link] = [join(place.newPath(), "target"), place.newPath()];
    await mkdir(elsewhere, { recursive: true });
    await symlink(elsewhere, link);
    await make(link, files);
    expect([...synced]).toContain(await realpath(dirname(elsewhere)));
  });
});
