import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createPlace, dataset, type Place, signer } from "../../testing/model-directories.js";
import { nodeFiles } from "../store/durable-files.js";
import { loadModel, type StoredModel } from "../store/stored-model.js";
import { ReceiptsFile } from "./receipts-file.js";

let place: Place;
let folder: string;
let path: string;
const request = { subjects: [dataset.subjects?.[0] as string, dataset.subjects?.[119] as string] };

beforeAll(async () => {
  place = await createPlace();
});
afterAll(() => place.remove());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "expunge-receipts-"));
  path = join(folder, "receipts.jsonl");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function using(use: (stored: StoredModel, directory: string) => Promise<void>): Promise<void> {
  const directory = await place.savedModel();
  const stored = await loadModel(directory);
  try {
    await use(stored, directory);
  } finally {
    await stored.close();
  }
}

const linesOf = async (file: string): Promise<string[]> =>
  (await readFile(file, "utf8")).trimEnd().split("\n");

describe("receipts", () => {
  it("are on disk before their request is in force, and behind those of the file afterwards", async () => {
    await using(async (stored, directory) => {
      // Two lines, the second one cut off.
      await writeFile(path, "earlier\nhal");
      const kept = new ReceiptsFile(path);
      let draft: string[] = [];
      const { certificateId, receipts } = await stored.forget(request, {
        signer,
        async beforeSwitch(result) {
          await kept.prepare(result);
          expect(await readFile(join(directory, "current"), "utf8")).toBe("1\n");
          expect(await readdir(folder)).toEqual(["receipts.jsonl", `receipts.jsonl.${result.certificateId}`]);
          draft = await linesOf(`${path}.${result.certificateId}`);
          expect(await linesOf(path)).toEqual(["earlier", "hal"]);
        },
      });
      expect(certificateId).not.toBeNull();
      expect(draft).toEqual(
        [...(receipts ?? [])].map(({ id, receipt }) => JSON.stringify({ subject: id, ...receipt })),
      );
      expect(draft).toHaveLength(2);
      await kept.keep();
      expect(await readdir(folder)).toEqual(["receipts.jsonl"]);
      expect(await linesOf(path)).toEqual(["earlier", "hal", ...draft]);
    });
  });

  it("that cannot be written leave the model as it was", async () => {
    await using(async (stored) => {
      const { weights } = stored.model;
      const full = () => Promise.reject(Object.assign(new Error("ENOSPC: no space"), { code: "ENOSPC" }));
      for (const change of [
        () => stored.forget(request, { signer, beforeSwitch: full }),
        () =>
          stored.correct(
            {
              rows: [4],
              to: {
                ...dataset,
                rowCount: 1,
                features: dataset.features.slice(0, 6),
                labels: dataset.labels.slice(0, 1),
                subjects: null,
              },
            },
            { signer, beforeSwitch: full },
          ),
      ])
        await expect(change()).rejects.toMatchObject({ code: "ENOSPC" });
      expect(stored.model.weights).toEqual(weights);
      expect(stored.model.timeline.requestCount).toBe(0);
      expect((await stored.forget(request, { signer })).certificate).not.toBeNull();
    });
  });

  it("of a request of which nothing comes are gone", async () => {
    await using(async (stored) => {
      const kept = new ReceiptsFile(path);
      await stored.forget(request, {
        signer,
        async beforeSwitch(result) {
          await kept.prepare(result);
        },
      });
      await kept.discard();
      expect(await readdir(folder)).toEqual([]);
    });
  });

  it("that cannot be appended stay where they are, and the error says where", async () => {
    await using(async (stored) => {
      const kept = new ReceiptsFile(path);
      const { certificateId } = await stored.forget(request, {
        signer,
        beforeSwitch: (result) => kept.prepare(result),
      });
      // By now the file's name is a directory's.
      await nodeFiles.makeDirectory(path);
      const draft = `${path}.${certificateId}`;
      await expect(kept.keep()).rejects.toThrow(`All of them are in ${draft}.`);
      expect(await linesOf(draft)).toHaveLength(2);
    });
  });

  it.runIf(process.platform === "linux")("go to a device as they are made", async () => {
    await using(async (stored) => {
      const kept = new ReceiptsFile("/dev/full");
      await stored.forget(request, { signer, beforeSwitch: (result) => kept.prepare(result) });
      await expect(kept.keep()).rejects.toMatchObject({ code: "ENOSPC" });
    });
  });
});
