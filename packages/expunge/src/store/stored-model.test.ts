import { readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { elementAt } from "../../../../test/element-at.js";
import {
  allBytes,
  alterRecord,
  createPlace,
  dataset,
  idsOf,
  options,
  type Place,
  rowBytes,
  signer,
} from "../../testing/model-directories.js";
import { verify } from "../certificate/verify.js";
import { encodeSafetensors } from "../export/index.js";
import { sha256Hex } from "../records/bytes.js";
import { fit } from "../unlearner/fit.js";
import type { Model } from "../unlearner/model.js";
import { type DurableFiles, nodeFiles } from "./durable-files.js";
import { loadModel, saveModel } from "./stored-model.js";

const EVERY_STEP = { sigma: 0.05 };
let place: Place;

beforeAll(async () => {
  place = await createPlace();
});
afterAll(() => place.remove());

/** Bytes of what a generation says of the past. */
const historyBytes = ({ timeline }: Model): number => JSON.stringify(timeline).length;

describe("a saved model", () => {
  it.each([
    ["on release", {}],
    ["at every step", EVERY_STEP],
    ["for adaptive requesters", { requesters: "adaptive", adaptiveEpsilon: 20, rowsPerRequest: 4 } as const],
    ["in float32", { kernel: "float32" } as const],
  ])("with noise %s opens as it was saved", async (_, over) => {
    const directory = place.newPath();
    const model = await fit(dataset, { ...options, ...over });
    await saveModel(model, directory);
    const stored = await loadModel(directory);
    expect(stored.model.weights).toEqual(model.weights);
    expect(stored.model.plan).toEqual(model.plan);
    expect(stored.model.timeline).toEqual(model.timeline);
    expect(stored.model.score(dataset)).toBe(model.score(dataset));
    await stored.close();
  });

  it("forgets durably: the rows' bytes and the old weights are gone, the certificate is there", async () => {
    const directory = await place.savedModel();
    const subject = dataset.subjects?.[0] as string;
    const rows = dataset.subjects?.flatMap((s, i) => (s === subject ? [i] : [])) as number[];
    for (const row of rows) expect((await allBytes(directory)).includes(rowBytes(row))).toBe(true);
    const stored = await loadModel(directory);
    const oldWeights = await readFile(stored.weightsPath);
    const result = await stored.forget({ subjects: [subject] }, { signer });
    const bytes = await allBytes(directory);
    for (const row of rows) expect(bytes.includes(rowBytes(row))).toBe(false);
    if (result.steps > 0) expect(bytes.includes(oldWeights)).toBe(false);
    expect(bytes.includes(Buffer.from(subject))).toBe(false);
    const text = await readFile(stored.certificatePath(result.certificateId as string), "utf8");
    const model = new Uint8Array(await readFile(stored.weightsPath));
    expect(verify(text, { publicKey: signer.publicKey, model })).toMatchObject({ ok: true });
    await stored.close();

    const again = await loadModel(directory);
    expect(again.model.weights).toEqual(result.model.weights);
    const repeated = await again.forget({ subjects: [subject] }, { signer });
    expect(repeated.earlierCertificates.length).toBe(1);
    await again.close();
  });

  it("keeps replaced records as they were drawn", async () => {
    const directory = await place.savedModel({ deletion: "replace", epochs: 3 });
    const stored = await loadModel(directory);
    const slot = stored.model.state.slotOfRow[4]!;
    await stored.forget({ rows: [4, 5] }, { signer });
    const record = stored.model.readSlot(slot);
    await stored.close();
    const again = await loadModel(directory);
    expect(again.model.readSlot(slot)).toEqual(record);
    await again.close();
  });

  it("is opened by one process at a time, and a dead process's lock is taken over", async () => {
    const directory = await place.savedModel();
    const stored = await loadModel(directory);
    await expect(loadModel(directory)).rejects.toMatchObject({ code: "E_LOCKED" });
    await stored.close();
    await writeFile(join(directory, "lock"), `999999999@${hostname()}`);
    await (await loadModel(directory)).close();
  });

  it("stays locked for whoever opened it next when it is closed again", async () => {
    const directory = await place.savedModel();
    const stored = await loadModel(directory);
    await Promise.all([stored.close(), stored.close()]);
    const next = await loadModel(directory);
    await stored.close();
    await expect(loadModel(directory)).rejects.toMatchObject({ code: "E_LOCKED" });
    await next.close();
  });

  it("is let go of only when what was begun is done, and holds nothing of it then", async () => {
    const directory = await place.savedModel();
    const stored = await loadModel(directory);
    let isDone = false;
    const begun = stored.forget({ rows: [1] }, { signer }).then(() => {
      isDone = true;
    });
    await stored.close();
    expect(isDone).toBe(true);
    await begun;
    // Else each change would hold the model of the one before.
    expect(await Reflect.get(stored, "running")).toBeUndefined();
    await expect(stored.forget({ rows: [2] }, { signer })).rejects.toMatchObject({ code: "E_SUPERSEDED" });
    const again = await loadModel(directory);
    expect((await again.forget({ rows: [1] }, { signer })).certificate).toBeNull();
    await again.close();
  });

  it("stays as it was when the disk is full, and can go on afterwards", async () => {
    const directory = await place.savedModel();
    let left = 1;
    const full: DurableFiles = {
      ...nodeFiles,
      async write(path, data) {
        if (left-- <= 0)
          throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
        await nodeFiles.write(path, data);
      },
    };
    const stored = await loadModel(directory, { files: full });
    const { weights } = stored.model;
    await expect(stored.forget({ rows: [3] }, { signer })).rejects.toThrow(/ENOSPC/);
    expect(stored.model.weights).toEqual(weights);
    expect((await allBytes(directory)).includes(rowBytes(3))).toBe(true);
    expect(await readdir(join(directory, "generations"))).toEqual(["1"]);
    left = 1000;
    await stored.forget({ rows: [3] }, { signer });
    await stored.close();
    const again = await loadModel(directory);
    expect(again.model.state.forgotten.hasRow(3)).toBe(true);
    await again.close();
  });

  it("whose switch reached the disk but whose fsync failed goes on from the new state when it is opened again", async () => {
    const directory = await place.savedModel();
    const failing: DurableFiles = {
      ...nodeFiles,
      async sync(path) {
        await nodeFiles.sync(path);
        if (path !== directory) return;
        throw Object.assign(new Error("EIO: i/o error, fsync"), { code: "EIO" });
      },
    };
    const stored = await loadModel(directory, { files: failing });
    await expect(stored.forget({ rows: [3] }, { signer })).rejects.toMatchObject({ code: "E_ERASE" });
    await expect(stored.forget({ rows: [4] }, { signer })).rejects.toMatchObject({ code: "E_SUPERSEDED" });
    await stored.close();
    const again = await loadModel(directory);
    expect(again.model.state.forgotten.hasRow(3)).toBe(true);
    expect((await allBytes(directory)).includes(rowBytes(3))).toBe(false);
    await again.close();
  });

  it("with links in it never has what they point to erased", async () => {
    const directory = await place.savedModel();
    const victim = place.newPath();
    await writeFile(victim, "precious");
    await symlink(victim, join(directory, "generations", "7"));
    await symlink(victim, join(directory, "certificates", "00000000-0000-4000-8000-000000000000.json"));
    await (await loadModel(directory)).close();
    expect(await readFile(victim, "utf8")).toBe("precious");
    expect(await readdir(join(directory, "generations"))).toEqual(["1"]);
  });

  it("cannot be gone on with in memory as well", async () => {
    const model = await fit(dataset, options);
    await saveModel(model, place.newPath());
    await expect(model.forget({ rows: [1] })).rejects.toMatchObject({ code: "E_SUPERSEDED" });
    expect(model.score(dataset)).toBeGreaterThan(0);
  });

  it("hands out models that predict and preview, but do not forget, move or come to an end by themselves", async () => {
    const directory = await place.savedModel();
    const stored = await loadModel(directory);
    const refused = { code: "E_SUPERSEDED", message: expect.stringMatching(/StoredModel\.forget/) };
    const tryAll = async (): Promise<void> => {
      const { model } = stored;
      await expect(model.forget({ rows: [1] }, { signer })).rejects.toMatchObject(refused);
      await expect(saveModel(model, place.newPath())).rejects.toMatchObject(refused);
      expect(() => model.handOver()).toThrow(/StoredModel\.forget/);
      expect(() => model.entrust()).toThrow(/StoredModel\.forget/);
      expect(model.score(dataset)).toBeGreaterThan(0);
      expect((await model.preview({ rows: [1] })).rowCount).toBe(1);
    };
    await tryAll();
    const before = stored.model;
    await stored.forget({ rows: [0] }, { signer });
    await expect(before.forget({ rows: [1] }, { signer })).rejects.toMatchObject({ code: "E_SUPERSEDED" });
    await tryAll();
    await stored.close();
    const again = await loadModel(directory);
    expect(again.model.timeline.requestCount).toBe(1);
    await again.close();
  });

  it("whose rows could not be overwritten first sees to that, then serves the next request", async () => {
    const directory = await place.savedModel();
    let isBroken = true;
    const failing: DurableFiles = {
      ...nodeFiles,
      async overwrite(path, patches) {
        if (isBroken) throw Object.assign(new Error("EIO: i/o error, write"), { code: "EIO" });
        await nodeFiles.overwrite(path, patches);
      },
    };
    const stored = await loadModel(directory, { files: failing });
    const failed = await stored.forget({ rows: [3] }, { signer }).catch((error) => error);
    expect(failed.code).toBe("E_ERASE");
    const { certificateId } = failed.details;
    expect(stored.model.state.forgotten.certificateOfRow(3)).toBe(certificateId);
    expect(await idsOf(stored)).toEqual([certificateId]);
    expect(JSON.parse(await readFile(stored.certificatePath(certificateId), "utf8"))).toEqual(
      await stored.readCertificate(certificateId),
    );
    await expect(stored.forget({ rows: [4] }, { signer })).rejects.toMatchObject({ code: "E_ERASE" });
    expect(stored.model.state.forgotten.hasRow(4)).toBe(false);
    isBroken = false;
    const result = await stored.forget({ rows: [4] }, { signer });
    for (const row of [3, 4]) expect((await allBytes(directory)).includes(rowBytes(row))).toBe(false);
    await stored.close();
    const again = await loadModel(directory);
    expect(await idsOf(again)).toEqual([certificateId, result.certificateId]);
    expect(again.model.state.forgotten.certificateOfRow(3)).toBe(certificateId);
    await again.close();
  });

  it("gives out its certificates by id, in order, and no other file", async () => {
    const directory = await place.savedModel();
    const stored = await loadModel(directory);
    expect(await idsOf(stored)).toEqual([]);
    const ids: string[] = [];
    for (const row of [3, 60, 4]) {
      const result = await stored.forget({ rows: [row] }, { signer });
      ids.push(result.certificateId as string);
      expect(await stored.readCertificate(ids.at(-1) as string)).toEqual(result.certificate);
    }
    expect(await idsOf(stored)).toEqual(ids);
    for (const id of ["00000000-0000-4000-8000-000000000000", "../generations/1/model", ""])
      await expect(stored.readCertificate(id)).rejects.toMatchObject({ code: "E_NOT_FOUND" });
    await stored.close();
    const again = await loadModel(directory);
    expect(await idsOf(again)).toEqual(ids);
    const { forgotten } = again.model.state;
    expect([3, 60, 4].map((row) => forgotten.certificateOfRow(row))).toEqual(ids);
    await again.close();
  });

  it("remembers what was forgotten before it was saved", async () => {
    const directory = place.newPath();
    const subjects = dataset.subjects as readonly string[];
    const [one, other] = [elementAt(subjects, 0), elementAt(subjects, 40)];
    const first = await (await fit(dataset, options)).forget({ subjects: [one] }, { signer });
    await saveModel(first.model, directory);
    const stored = await loadModel(directory);
    const second = await stored.forget({ subjects: [other] }, { signer });
    await stored.close();
    const again = await loadModel(directory);
    expect(await idsOf(again)).toEqual([first.certificateId, second.certificateId]);
    const repeated = await again.forget({ subjects: [one, other] }, { signer });
    expect(repeated.earlierCertificates).toEqual([first.certificateId, second.certificateId]);
    await expect(again.readCertificate(first.certificateId as string)).rejects.toMatchObject({
      code: "E_NOT_FOUND",
    });
    await again.close();
  });

  it("writes and reads as much for the fortieth request as for the fourth", async () => {
    const directory = await place.savedModel();
    let bytes = 0;
    const counting: DurableFiles = {
      ...nodeFiles,
      async write(path, data) {
        bytes += data.length;
        await nodeFiles.write(path, data);
      },
      async overwrite(path, patches) {
        const all = [...patches];
        for (const { data } of all) bytes += data.length;
        await nodeFiles.overwrite(path, all);
      },
      async read(path) {
        const data = await nodeFiles.read(path);
        bytes += data.length;
        return data;
      },
      async list(path) {
        const names = await nodeFiles.list(path);
        bytes += names.join().length;
        return names;
      },
    };
    const stored = await loadModel(directory, { files: counting });
    const cost: number[] = [];
    for (let row = 0; row < 40; row++) {
      const before = bytes;
      const result = await stored.forget({ rows: [row] }, { signer });
      // Cells of the history are bounded, but few so far.
      cost.push(bytes - before - JSON.stringify(result.certificate).length - historyBytes(result.model));
    }
    expect(Math.abs(elementAt(cost, 39) - elementAt(cost, 3))).toBeLessThan(200);
    await stored.close();
  });

  it.each([
    ["current", "nonsense", /expected the number of a generation/],
    ["rows.f32", "short", /rows\.f32: expected \d+ bytes, found 5/],
    ["generations/1/weights.safetensors", "x", /expected sha256/],
    ["generations/1/model.json", "{", /is no JSON/],
    ["generations/1/model.json", "{}", /model\.json: format/],
    [
      "generations/1/model.json",
      '{"format":"expunge-model","version":1,"plan":{"version":1}}',
      /expected format version 2, found 1: another version of Expunge/,
    ],
    ["forgotten.u32", "short", /forgotten\.u32: expected 480 bytes, found 5/],
    ["forgotten.u32", new Uint8Array(480).fill(1), /forgotten\.u32: expected numbers of requests up to 0/],
    ["order.u32", new Uint8Array(480).fill(1), /order\.u32: expected slots below 120/],
    ["owners.bin", "short", /owners\.bin: expected 3840 bytes, found 5/],
  ])("with a damaged %s is refused with a clear error", async (file, content, message) => {
    const directory = await place.savedModel();
    await writeFile(join(directory, file), content);
    const error = await loadModel(directory).catch((e) => e);
    expect(error.code).toBe("E_MODEL");
    expect(error.message).toMatch(message);
    // The lock is not left behind.
    await expect(readFile(join(directory, "lock"))).rejects.toThrow();
  });

  it.each([
    ["plan.process.sensitivity", "plan.process.sensitivity", 1e-4],
    ["plan.process.roundingPerStep", "plan.process.roundingPerStep", 1e-20],
    ["plan.kernel", "plan.process.roundingPerStep", "float32"],
    ["plan.process.lipschitz", "plan.process.sensitivity", 2],
    ["plan.process.radius", "plan.process.radius", null],
    ["plan.noise.sigma", "plan.noise.std", 0.06],
    ["plan.requesters", "plan.limit", "adaptive"],
    ["timeline.releases", "timeline.releases", null],
    ["timeline.steps", "timeline.releases", 9999],
    ["timeline.releaseCount", "timeline.releaseCount", 99],
    ["timeline.history.start", "timeline.history", 1e6],
    ["timeline.history.cells", "timeline.history", [5, 4].map((step) => ({ step, shift: 1, std: 0 }))],
    ["timeline.deletedCount", "timeline.deletedCount", 0],
    ["timeline.deletedCount", "forgotten.u32", 4],
    ["timeline.certificateId", "timeline.certificateId", null],
    ["timeline.requestCount", "certificates.log", 3],
    ["description.rowCount", "description.rowCount", 121],
    ["removal.rows", "removal.rows", Buffer.from(Uint32Array.of(120).buffer).toString("base64")],
    ["removal.rows", "removal.rows", "AAAA"],
    ["removal.subjects", "removal.subjects", "not base64"],
    ["forgottenSubjectCount", "forgotten-subjects.bin", 99],
  ])("whose %s says something else than before is refused for %s", async (path, field, value) => {
    const directory = await place.savedModel(EVERY_STEP);
    const stored = await loadModel(directory);
    await stored.forget({ rows: [1, 2, 50] }, { signer });
    await stored.close();
    await alterRecord(directory, path, value);
    const error = await loadModel(directory).catch((e) => e);
    expect(error).toMatchObject({ code: "E_MODEL" });
    expect(error.message).toContain(`${field}: `);
  });

  it("whose weights file holds no weights is refused, though its digest is the record's", async () => {
    const directory = await place.savedModel();
    const bytes = encodeSafetensors({ bias: { dtype: "F64", shape: [1], data: Float64Array.of(1) } });
    await writeFile(join(directory, "generations/1/weights.safetensors"), bytes);
    const file = join(directory, "generations/1/model.json");
    const record = { ...JSON.parse(await readFile(file, "utf8")), weightsDigest: sha256Hex(bytes) };
    await writeFile(file, JSON.stringify(record));
    const error = await loadModel(directory).catch((e) => e);
    expect(error).toMatchObject({ code: "E_MODEL" });
    expect(error.message).toContain('weights.safetensors: expected a tensor "weights", found bias.');
  });

  it.each(["ENOENT", "ENOTDIR", "EACCES", "EMFILE", "EIO"])(
    "whose directory cannot be listed is missing only where the system says so: %s",
    async (code) => {
      const directory = await place.savedModel();
      const failure = Object.assign(new Error(`${code}: no list`), { code });
      const list = () => Promise.reject(failure);
      const error = await loadModel(directory, { files: { ...nodeFiles, list } }).catch((e) => e);
      if (code === "ENOENT" || code === "ENOTDIR")
        expect(error).toMatchObject({ code: "E_MODEL", message: `There is no directory ${directory}.` });
      else expect(error).toBe(failure);
    },
  );

  it("is never written over something", async () => {
    const directory = await place.savedModel();
    const model = await fit(dataset, options);
    await expect(saveModel(model, directory)).rejects.toMatchObject({ code: "E_MODEL" });
  });
});
