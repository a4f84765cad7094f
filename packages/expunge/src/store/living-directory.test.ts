import { existsSync, readdirSync, readlinkSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { arrivals, bytesOfRow, insideOf, withoutOwners } from "../../testing/model-changes.js";
import {
  allBytes,
  alterRecord,
  createPlace,
  dataset,
  options,
  type Place,
  signer,
} from "../../testing/model-directories.js";
import { verify } from "../certificate/verify.js";
import type { Dataset } from "../data/dataset.js";
import { sourceOf } from "../data/index.js";
import type { Envelope } from "../records/certificate.js";
import { batchCountOf } from "../records/training-plan.js";
import { fit } from "../unlearner/fit.js";
import type { Model } from "../unlearner/model.js";
import { type DurableFiles, nodeFiles } from "./durable-files.js";
import { fitToDirectory } from "./fit-to-directory.js";
import { loadModel, type StoredModel, saveModel } from "./stored-model.js";

let place: Place;

beforeAll(async () => {
  place = await createPlace();
});
afterAll(() => place.remove());

/** Joins, leaves and corrections in a row, the same for whoever goes through them. */
async function goThrough(kept: {
  learn(rows: Dataset, options?: object): Promise<{ readonly rows: readonly number[] }>;
  correct: StoredModel["correct"];
  forget: StoredModel["forget"];
}): Promise<Envelope[]> {
  const certificates: (Envelope | null)[] = [];
  const { rows } = await kept.learn(arrivals(13, 5), { epochs: 1 });
  certificates.push((await kept.forget({ rows: [3, rows[0] as number] }, { signer })).certificate);
  const to = withoutOwners(arrivals(2, 6));
  const corrected = await kept.correct({ rows: [rows[1] as number, 7], to }, { signer });
  certificates.push(corrected.certificate);
  await kept.learn(arrivals(4, 7), { steps: 9 });
  const subject = dataset.subjects?.[30] as string;
  certificates.push((await kept.forget({ subjects: [subject] }, { signer })).certificate);
  certificates.push((await kept.forget({ rows: [corrected.rows[0] as number] }, { signer })).certificate);
  return certificates as Envelope[];
}

/** The same steps on a model in memory. */
function inMemory(model: Model): Parameters<typeof goThrough>[0] & { readonly newest: () => Model } {
  let newest = model;
  const on = async <T extends { readonly model: Model }>(result: Promise<T>): Promise<T> => {
    newest = (await result).model;
    return result;
  };
  return {
    newest: () => newest,
    learn: (rows, given) => on(newest.learn(rows, given)),
    correct: (request, given) => on(newest.correct(request, given)),
    forget: (request, given) => on(newest.forget(request, given)),
  };
}

describe.each([
  ["noise on release", {}],
  ["noise at every step", { sigma: 0.05 }],
  ["rows that are replaced", { sigma: 0.05, deletion: "replace" }],
  ["float32", { kernel: "float32" }],
  ["the reference kernel", { kernel: "reference" }],
  ["Fourier features", { features: "fourier", featureCount: 60, featureBandwidth: 0.5 }],
] as const)("a model directory with %s", (_, over) => {
  it("goes on learning as a model in memory does, bit for bit, and is the same when it is opened again", async () => {
    const seeded = { ...options, ...over, seed: "living" };
    const memory = inMemory(await fit(dataset, seeded));
    await goThrough(memory);
    const directory = place.newPath();
    await saveModel(await fit(dataset, seeded), directory);
    const stored = await loadModel(directory);
    await goThrough(stored);
    const inside = await insideOf(memory.newest());
    expect(await insideOf(stored.model)).toEqual(inside);
    await stored.close();
    const again = await loadModel(directory);
    expect(await insideOf(again.model)).toEqual(inside);
    expect(batchCountOf(again.model)).toBeGreaterThan(12);
    await again.close();
  });

  it("certifies what it forgot and corrected, in a chain that ends at its weights", async () => {
    const directory = await place.savedModel(over);
    const stored = await loadModel(directory);
    const [first, ...chain] = await goThrough(stored);
    const model = new Uint8Array(await readFile(stored.weightsPath));
    expect(verify(first as Envelope, { publicKey: signer.publicKey, chain, model }).issues).toEqual([]);
    await stored.close();
  });
});

describe("a living model directory", () => {
  it("overwrites corrected values, and keeps no ids", async () => {
    const directory = await place.savedModel();
    const stored = await loadModel(directory);
    const [old, fresh] = [arrivals(1, 8, ["ann@example.com"]), arrivals(1, 9, ["ann@example.com"])];
    await stored.learn(old, { steps: 3 });
    expect((await allBytes(directory)).includes(bytesOfRow(old, 0))).toBe(true);
    const preview = await stored.model.preview({ subject: "ann@example.com", to: fresh });
    const { steps, certificateId } = await stored.correct(
      { subject: "ann@example.com", to: fresh },
      { signer },
    );
    expect(preview.steps).toBe(steps);
    const bytes = await allBytes(directory);
    expect(bytes.includes(bytesOfRow(old, 0))).toBe(false);
    expect(bytes.includes(bytesOfRow(fresh, 0))).toBe(true);
    expect(bytes.includes("ann@example.com")).toBe(false);
    const text = await readFile(stored.certificatePath(certificateId as string), "utf8");
    const model = new Uint8Array(await readFile(stored.weightsPath));
    expect(verify(text, { publicKey: signer.publicKey, model })).toMatchObject({ ok: true });
    const { rowCount } = await stored.forget({ subjects: ["ann@example.com"] }, { signer });
    expect(rowCount).toBe(1);
    expect((await allBytes(directory)).includes(bytesOfRow(fresh, 0))).toBe(false);
    await stored.close();
  });

  it("knows who was forgotten, came again and was forgotten again, by the newest certificate", async () => {
    const directory = await place.savedModel();
    const subjects = ["bob@example.com"];
    const ids: (string | null)[] = [];
    for (let time = 0; time < 2; time++) {
      const stored = await loadModel(directory);
      await stored.learn(arrivals(2, 10 + time, [...subjects, ...subjects]), { steps: 2 });
      const result = await stored.forget({ subjects }, { signer });
      expect(result.rowCount).toBe(2);
      ids.push(result.certificateId);
      await stored.close();
    }
    const again = await loadModel(directory);
    const asked = await again.forget({ subjects }, { signer });
    expect(asked).toMatchObject({ certificate: null, earlierCertificates: [ids[1]] });
    await again.close();
  });

  it("keeps a model that went on in memory, which goes on from there", async () => {
    const seeded = { ...options, seed: "saved" };
    const memory = inMemory(await fit(dataset, seeded));
    const saved = inMemory(await fit(dataset, seeded));
    await goThrough(memory);
    await goThrough(saved);
    const directory = place.newPath();
    await saveModel(saved.newest(), directory);
    const stored = await loadModel(directory);
    expect(await insideOf(stored.model)).toEqual(await insideOf(memory.newest()));
    await memory.learn(arrivals(30, 11), { epochs: 1 });
    await stored.learn(arrivals(30, 11), { epochs: 1 });
    expect(stored.model.weights).toEqual(memory.newest().weights);
    await stored.close();
  });

  it("reads its rows as it goes where they are beyond the memory limit, with the same bits", async () => {
    const wide = (rowCount: number, seed: number): Dataset =>
      syntheticDataset({ rowCount, seed, featureCount: 300 });
    const seeded = { ...options, batchSize: 50, seed: "streamed" };
    const directory = place.newPath();
    await (await fitToDirectory(sourceOf(wide(500, 1)), directory, seeded)).close();
    const streamed = await loadModel(directory, { memoryLimit: 2 ** 20 });
    const memory = inMemory(await fit(wide(500, 1), seeded));
    const changes: ((kept: StoredModel | typeof memory) => Promise<unknown>)[] = [
      (kept) => kept.forget({ rows: [4] }, { signer }),
      (kept) => kept.learn(wide(70, 2), { epochs: 1 }),
      (kept) => kept.correct({ rows: [501], to: withoutOwners(wide(1, 3)) }, { signer }),
      (kept) => kept.learn(wide(60, 4), { epochs: 1 }),
    ];
    for (const change of changes) {
      await change(memory);
      await change(streamed);
      expect(streamed.model.weights).toEqual(memory.newest().weights);
    }
    await streamed.close();
    const again = await loadModel(directory, { memoryLimit: 2 ** 20 });
    expect(await insideOf(again.model)).toEqual(await insideOf(memory.newest()));
    await again.forget({ rows: [560] }, { signer });
    await memory.forget({ rows: [560] }, { signer });
    expect(again.model.weights).toEqual(memory.newest().weights);
    await again.close();
  });

  it.each([
    // Rows of the newcomers: 600 of 7 numbers.
    ["newcomers.f32", 600 * 7 * 4 - 1, (stored: StoredModel) => stored.learn(arrivals(600, 4), { steps: 2 })],
    // Owners of all rows, the newcomers among them.
    ["owners.bin", 180 * 32 - 1, (stored: StoredModel) => stored.learn(arrivals(60, 4), { steps: 2 })],
  ] as const)(
    "refuses what would make %s longer than %i bytes, the most that can be read again",
    async (name, largest, change) => {
      const directory = await place.savedModel();
      const stored = await loadModel(directory, { files: { ...nodeFiles, largest } });
      const { weights } = stored.model;
      await expect(change(stored)).rejects.toMatchObject({
        code: "E_DATA",
        message: expect.stringMatching(
          `${name.replace(".", "\\.")} would have \\d+ bytes, and no more than ${largest}`,
        ),
      });
      expect(stored.model.weights).toEqual(weights);
      await stored.forget({ rows: [3] }, { signer });
      await stored.close();
      const again = await loadModel(directory);
      expect(again.model.description.rowCount).toBe(120);
      await again.close();
    },
  );

  it("whose newcomers could not be written first sees to that, then goes on", async () => {
    const directory = await place.savedModel({ seed: "unfinished" });
    const memory = inMemory(await fit(dataset, { ...options, seed: "unfinished" }));
    let isBroken = false;
    const files: DurableFiles = {
      ...nodeFiles,
      async overwrite(path, patches) {
        if (isBroken) throw Object.assign(new Error("EIO: i/o error, write"), { code: "EIO" });
        await nodeFiles.overwrite(path, patches);
      },
    };
    const stored = await loadModel(directory, { files });
    const { certificateId } = await stored.forget({ rows: [8] }, { signer });
    isBroken = true;
    const failed = await stored.learn(arrivals(3, 5), { steps: 2 }).catch((error) => error);
    expect(failed).toMatchObject({
      code: "E_ERASE",
      message: expect.stringMatching(/The lesson is in force/),
    });
    expect(stored.model.description.rowCount).toBe(123);
    expect(await stored.readCertificate(certificateId as string)).toHaveProperty("payload");
    await expect(stored.forget({ rows: [121] }, { signer })).rejects.toMatchObject({ code: "E_ERASE" });
    isBroken = false;
    await stored.forget({ rows: [121] }, { signer });
    await stored.close();
    await memory.forget({ rows: [8] }, { signer });
    await memory.learn(arrivals(3, 5), { steps: 2 });
    await memory.forget({ rows: [121] }, { signer });
    const again = await loadModel(directory);
    expect(await insideOf(again.model)).toEqual(await insideOf(memory.newest()));
    await again.close();
  });

  it("counts rows forgotten before it was opened against a limit, for whoever was known then", async () => {
    const limit = { requesters: "adaptive", adaptiveEpsilon: 20, rowsPerRequest: 5 } as const;
    const directory = await place.savedModel(limit);
    const stored = await loadModel(directory);
    await stored.forget({ rows: [1, 2, 3] }, { signer });
    await stored.close();
    const again = await loadModel(directory);
    const known = dataset.subjects?.at(-1) as string;
    await again.learn(
      arrivals(
        5,
        12,
        Array.from({ length: 5 }, () => "new@example.com"),
      ),
      { steps: 2 },
    );
    const refused = { code: "E_OPTION", message: expect.stringMatching(/rowsPerRequest = 5/) };
    await expect(again.learn(arrivals(3, 13, [known, known, known]))).rejects.toMatchObject(refused);
    const to = withoutOwners(arrivals(1, 14));
    await expect(again.correct({ rows: [120], to }, { signer })).rejects.toMatchObject(refused);
    expect(() => again.model.previewLesson(arrivals(3, 13, [known, known, known]))).toThrow(/rowsPerRequest/);
    await again.close();
  });

  it.each([
    ["joined.u32", "short", /joined\.u32: expected 56 bytes, found 5/],
    ["joined.u32", new Uint8Array(56).fill(9), /joined\.u32: expected steps that ascend/],
    ["order.u32", "short", /order\.u32: expected 536 bytes, found 5/],
  ])("with a damaged %s is refused with a clear error", async (file, content, message) => {
    const directory = await place.savedModel();
    const stored = await loadModel(directory);
    await stored.learn(arrivals(14, 5), { steps: 2 });
    await stored.forget({ rows: [1] }, { signer });
    await stored.close();
    await writeFile(join(directory, file), content);
    await expect(loadModel(directory)).rejects.toThrow(message);
  });

  it.each([
    ["timeline.lives.joinedCount", 3, "description.rowCount"],
    ["timeline.lives.phases", [{ from: 0, batchCount: 99 }], "timeline.lives.phases"],
    ["timeline.lives.lessonCount", 0, "timeline.lives.phases"],
    ["joined.step", 1e6, "joined.step"],
    ["joined.owners", "", "joined.owners"],
    ["joined.slots", Buffer.from(Uint32Array.of(5, 5).buffer).toString("base64"), "joined.slots"],
  ])("whose %s says something else than before is refused", async (path, value, field) => {
    const directory = await place.savedModel();
    const stored = await loadModel(directory);
    await stored.learn(arrivals(14, 5), { steps: 2 });
    await stored.close();
    await alterRecord(directory, path, value);
    await expect(loadModel(directory)).rejects.toThrow(`${field}: `);
  });
});

describe("a model that outgrows the limit of memory", () => {
  const wide = (rowCount: number, seed: number): Dataset =>
    withoutOwners(syntheticDataset({ rowCount, featureCount: 600, seed }));
  const linkOf = (fd: string): string => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return "";
    }
  };
  const openRowFiles = (directory: string): string[] =>
    readdirSync("/proc/self/fd")
      .map(linkOf)
      .filter((path) => path === join(directory, "rows.f32"));

  it.runIf(existsSync("/proc/self/fd"))(
    "reads its rows as they are visited from the lesson on that makes it grow, to the same bits",
    async () => {
      const seeded = { ...options, seed: 5 };
      const directory = place.newPath();
      await saveModel(await fit(wide(190, 1), seeded), directory);
      let model = await fit(wide(190, 1), seeded);
      // Of 220 rows of 601 numbers, once as they are read and once packed, ten of which take the room of twelve.
      const stored = await loadModel(directory, { memoryLimit: 2 ** 20 + 2 ** 17 });
      const both = async (
        change: (of: Pick<StoredModel, "learn" | "forget"> | Model) => Promise<{ readonly model: Model }>,
      ) => {
        await change(stored);
        ({ model } = await change(model));
        expect(stored.model.weights).toEqual(model.weights);
      };
      await both((of) => of.learn(wide(10, 2), { epochs: 1 }));
      expect(openRowFiles(directory)).toHaveLength(0);
      // A lesson that comes to nothing leaves them where they were.
      const leaving = new AbortController();
      const given = { epochs: 1, signal: leaving.signal, onProgress: () => leaving.abort() };
      await expect(stored.learn(wide(40, 3), given)).rejects.toMatchObject({ code: "E_ABORTED" });
      expect(openRowFiles(directory)).toHaveLength(0);
      const open: number[] = [];
      const onProgress = (): void => {
        open.push(openRowFiles(directory).length);
      };
      await both((of) => of.learn(wide(40, 3), of === stored ? { epochs: 1, onProgress } : { epochs: 1 }));
      expect([...new Set(open)]).toEqual([1]);
      expect(openRowFiles(directory)).toHaveLength(1);
      await both((of) => of.forget({ rows: [0, 195, 239] }, { signer }));
      await both((of) => of.learn(wide(20, 4), { epochs: 1 }));
      await both((of) => of.forget({ rows: [241] }, { signer }));
      expect(stored.model.predict(wide(5, 6))).toEqual(model.predict(wide(5, 6)));
      await stored.close();
      expect(openRowFiles(directory)).toHaveLength(0);
      const again = await loadModel(directory);
      expect(again.model.weights).toEqual(model.weights);
      await again.close();
    },
  );
});
