import { readdir } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPlace, dataset, options, type Place, signer } from "../../testing/model-directories.js";
import { type Death, failingFiles, mortalFiles } from "../../testing/mortal-files.js";
import { sourceOf } from "../data/row-source.js";
import { fit } from "../unlearner/fit.js";
import type { Model } from "../unlearner/model.js";
import { type DurableFiles, nodeFiles } from "./durable-files.js";
import { fitToDirectory } from "./fit-to-directory.js";
import { loadModel, saveModel } from "./stored-model.js";

let place: Place;

beforeAll(async () => {
  place = await createPlace();
});
afterAll(() => place.remove());

/** Who goes on with a model that was to be saved: each is asked to forget a row. */
async function goingOn(model: Model, directory: string): Promise<string[]> {
  const found: string[] = [];
  const stored = await loadModel(directory).catch(() => null);
  if (stored !== null) {
    await stored.forget({ rows: [1] }, { signer });
    await stored.close();
    found.push("directory");
  }
  const inMemory = await model.forget({ rows: [2] }, { signer }).catch(() => null);
  return inMemory === null ? found : [...found, "memory"];
}

describe("a save of which one file operation fails", () => {
  it.each(["before", "behind"] as const)(
    "(%s) leaves the model in memory or in its directory, not in both, nor in none",
    async (when) => {
      const seen = new Set<string>();
      for (let operation = 1, isOver = false; !isOver; operation++) {
        const model = await fit(dataset, options);
        const directory = place.newPath();
        const { files, hasFailed } = failingFiles(operation, when);
        const outcome = await saveModel(model, directory, files).then(
          () => "saved",
          (error: { code?: string }) => error.code ?? "failed",
        );
        isOver = !hasFailed();
        expect(outcome === "saved").toBe(isOver);
        if (outcome === "failed") {
          expect(await readdir(directory).catch(() => [])).toEqual([]);
          await expect(loadModel(directory)).rejects.toMatchObject({ code: "E_MODEL" });
        }
        expect(await goingOn(model, directory)).toEqual([outcome === "failed" ? "memory" : "directory"]);
        seen.add(outcome);
        model.dispose();
      }
      // The one operation behind the switch.
      expect([...seen]).toEqual(["failed", "E_ERASE", "saved"]);
    },
  );

  it.each([
    ["write", "memory"],
    ["sync", "memory"],
    ["rename", "directory"],
  ] as const)(
    "because of the %s of the file that makes it visible, on a disk that cannot be read from then on, goes on in the %s",
    async (operation, where) => {
      const model = await fit(dataset, options);
      const directory = place.newPath();
      let isBroken = false;
      const failing =
        <Args extends unknown[]>(name: string, run: (path: string, ...args: Args) => Promise<void>) =>
        async (path: string, ...args: Args): Promise<void> => {
          await run(path, ...args);
          isBroken ||= name === operation && path.endsWith("current.new");
          if (isBroken && name === operation) throw new Error("The disk failed.");
        };
      const files = {
        ...nodeFiles,
        write: failing("write", nodeFiles.write),
        sync: failing("sync", nodeFiles.sync),
        rename: failing("rename", nodeFiles.rename),
        async list(path: string) {
          if (isBroken) throw new Error("The disk failed.");
          return nodeFiles.list(path);
        },
      };
      const failed = await saveModel(model, directory, files).catch((error) => error);
      expect(failed.code).toBe(where === "memory" ? undefined : "E_ERASE");
      expect(await goingOn(model, directory)).toEqual([where]);
      model.dispose();
    },
  );

  it.each([
    [
      "a model in memory",
      async (path: string, files: DurableFiles) => saveModel(await fit(dataset, options), path, files),
    ],
    [
      "a training",
      async (path: string, files: DurableFiles) => fitToDirectory(sourceOf(dataset), path, options, files),
    ],
  ])("says where rows are that it could not erase: %s", async (_, make) => {
    const directory = place.newPath();
    const failing = (name: string) => async (path: string) => {
      if (path.endsWith(name)) throw Object.assign(new Error(`EIO: i/o error, ${name}`), { code: "EIO" });
    };
    const files: DurableFiles = {
      ...nodeFiles,
      async write(path, data) {
        await failing("order.u32")(path);
        await nodeFiles.write(path, data);
      },
      async erase(path) {
        await failing("rows.f32")(path);
        await nodeFiles.erase(path);
      },
    };
    const failed = await make(directory, files).catch((error) => error);
    expect(failed).toMatchObject({ code: "EIO", message: expect.stringContaining(directory) });
    expect(failed.message).toMatch(/order\.u32.*Rows may be left.*rows\.f32/);
    expect(await readdir(directory)).toEqual(["rows.f32"]);
  });

  it("can be tried again", async () => {
    const model = await fit(dataset, options);
    const directory = place.newPath();
    await expect(saveModel(model, directory, failingFiles(5, "behind").files)).rejects.toThrow(
      "The disk failed.",
    );
    await saveModel(model, directory);
    expect(await goingOn(model, directory)).toEqual(["directory"]);
    model.dispose();
  });
});

describe("a save during which the machine stops", () => {
  it.each<Death>(["torn", "power lost"])("(%s) never leaves two that go on", async (death) => {
    for (let operation = 1, isOver = false; !isOver; operation++) {
      const model = await fit(dataset, options);
      const directory = place.newPath();
      const { files, isDead, restart } = mortalFiles(operation, death);
      await saveModel(model, directory, files).catch(() => {});
      isOver = !isDead();
      await restart();
      expect((await goingOn(model, directory)).length).toBeLessThanOrEqual(1);
      model.dispose();
    }
  });
});

describe("a save to where something is", () => {
  it("leaves a model alone that it cannot see, because the directory cannot be read", async () => {
    const [kept, model] = [await fit(dataset, options), await fit(dataset, options)];
    const directory = place.newPath();
    await saveModel(kept, directory);
    const code = "EMFILE";
    const files = {
      ...nodeFiles,
      async list(path: string) {
        if (path === directory) throw Object.assign(new Error(`${code}: too many open files`), { code });
        return nodeFiles.list(path);
      },
    };
    await expect(saveModel(model, directory, files)).rejects.toMatchObject({ code });
    expect(await goingOn(model, directory)).toEqual(["directory", "memory"]);
    kept.dispose();
    model.dispose();
  });

  it.each([
    ["at once", "the same model", "none"],
    ["at once", "another model", "none"],
    ["once the directory was found empty", "the same model", "list"],
    ["once the directory was found empty", "another model", "list"],
    ["before the rows are written", "the same model", "write"],
    ["before the rows are written", "another model", "write"],
  ] as const)("takes turns with another save that begins there %s, of %s", async (_, whose, operation) => {
    const model = await fit(dataset, options);
    const other = whose === "another model" ? await fit(dataset, options) : model;
    const directory = place.newPath();
    let second: Promise<void> | undefined;
    const files = {
      ...nodeFiles,
      async list(path: string) {
        const names = await nodeFiles.list(path).catch(() => []);
        if (operation === "list") await Promise.allSettled([(second ??= saveModel(other, directory))]);
        return names;
      },
      async write(path: string, data: Uint8Array | string) {
        if (operation === "write") await Promise.allSettled([(second ??= saveModel(other, directory))]);
        await nodeFiles.write(path, data);
      },
    };
    const first = saveModel(model, directory, files);
    if (operation === "none") second = saveModel(other, directory);
    second?.catch(() => {});
    const [one] = await Promise.allSettled([first]);
    const [two] = await Promise.allSettled([second]);
    const refused = { status: "rejected", reason: { code: expect.stringMatching(/^E_(LOCKED|MODEL)$/) } };
    const [saved, left] = one.status === "fulfilled" ? [model, other] : [other, model];
    expect(one.status === "fulfilled" ? two : one).toMatchObject(refused);
    expect(one.status === "fulfilled" ? one : two).toMatchObject({ status: "fulfilled" });
    expect(await goingOn(saved, directory)).toEqual(["directory"]);
    if (left !== saved) await left.forget({ rows: [2] }, { signer });
    model.dispose();
    other.dispose();
  });
});

describe("a save beside a forget", () => {
  it("of the same model is refused, and nothing of it is left, also where the forget is done first", async () => {
    for (const begin of [0, 1, 2, 3]) {
      const model = await fit(dataset, options);
      const directory = place.newPath();
      let writes = 0;
      let forgetting: Promise<unknown> | null = null;
      const files = {
        ...nodeFiles,
        async write(path: string, data: Uint8Array | string) {
          if (writes++ === begin) forgetting = model.forget({ rows: [2] }, { signer });
          if (begin > 1) await forgetting;
          await nodeFiles.write(path, data);
        },
      };
      const saved = await saveModel(model, directory, files).then(
        () => null,
        (error: { code?: string }) => error.code,
      );
      await forgetting;
      expect(["E_SUPERSEDED", "E_LOCKED"]).toContain(saved);
      expect(await readdir(directory)).toEqual([]);
      model.dispose();
    }
  });
});
