import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "rolldown";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { syntheticDataset } from "../../test/synthetic.js";
import { createSigner } from "../certificate/dsse.js";
import { verify } from "../certificate/verify.js";
import { fit } from "../unlearner/fit.js";
import { type DurableFiles, nodeFiles } from "./durable-files.js";
import { loadModel, saveModel } from "./stored-model.js";

const signer = createSigner(new Uint8Array(32).fill(3));
const dataset = syntheticDataset({ rowCount: 120 });
const options = { epsilon: 1, delta: 1e-3, epochs: 2, batchSize: 10, sigma: 0.05, maxSteps: 10_000 } as const;
let root: string;
let count = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "expunge-store-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function savedModel(over: object = {}): Promise<string> {
  const directory = join(root, String(count++));
  const model = await fit(dataset, { ...options, ...over });
  await saveModel(model, directory);
  model.dispose();
  return directory;
}

/** All bytes under a directory, for looking whether something is still there. */
async function allBytes(directory: string): Promise<Buffer> {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true });
  const files = entries.filter((e) => e.isFile()).map((e) => join(e.parentPath, e.name));
  return Buffer.concat(await Promise.all(files.map((file) => readFile(file))));
}

const rowBytes = (row: number): Buffer =>
  Buffer.from(dataset.features.slice(row * dataset.featureCount, (row + 1) * dataset.featureCount).buffer);

describe("a saved model", () => {
  it("opens as it was saved", async () => {
    const directory = join(root, String(count++));
    const model = await fit(dataset, options);
    await saveModel(model, directory);
    const stored = await loadModel(directory);
    expect(stored.model.weights).toEqual(model.weights);
    expect(stored.model.plan).toEqual(model.plan);
    expect(stored.model.timeline).toEqual(model.timeline);
    expect(stored.model.score(dataset)).toBe(model.score(dataset));
    await stored.close();
  });

  it("forgets durably: the rows' bytes and the old weights are gone, the certificate is there", async () => {
    const directory = await savedModel();
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
    const modelAfter = new Uint8Array(await readFile(stored.weightsPath));
    expect(verify(text, { publicKey: signer.publicKey, modelAfter })).toMatchObject({ ok: true });
    await stored.close();

    const again = await loadModel(directory);
    expect(again.model.weights).toEqual(result.model.weights);
    const repeated = await again.forget({ subjects: [subject] }, { signer });
    expect(repeated.earlierCertificates.length).toBe(1);
    await again.close();
  });

  it("keeps replaced records as they were drawn", async () => {
    const directory = await savedModel({ deletion: "replace", epochs: 3 });
    const stored = await loadModel(directory);
    const slot = stored.model.state.slotOfRow[4];
    await stored.forget({ rows: [4, 5] }, { signer });
    const record = stored.model.readSlot(slot);
    await stored.close();
    const again = await loadModel(directory);
    expect(again.model.readSlot(slot)).toEqual(record);
    await again.close();
  });

  it("is opened by one process at a time, and a dead process's lock is taken over", async () => {
    const directory = await savedModel();
    const stored = await loadModel(directory);
    await expect(loadModel(directory)).rejects.toMatchObject({ code: "E_LOCKED" });
    await stored.close();
    await writeFile(join(directory, "lock"), `999999999@${hostname()}`);
    await (await loadModel(directory)).close();
  });

  it("stays as it was when the disk is full, and can go on afterwards", async () => {
    const directory = await savedModel();
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
    expect(again.model.state.forgotten.rows.has(3)).toBe(true);
    await again.close();
  });

  it("whose switch reached the disk but whose fsync failed goes on from the new state when it is opened again", async () => {
    const directory = await savedModel();
    const failing: DurableFiles = {
      ...nodeFiles,
      async replace(path, data) {
        await nodeFiles.replace(path, data);
        throw Object.assign(new Error("EIO: i/o error, fsync"), { code: "EIO" });
      },
    };
    const stored = await loadModel(directory, { files: failing });
    await expect(stored.forget({ rows: [3] }, { signer })).rejects.toMatchObject({ code: "E_ERASE" });
    await expect(stored.forget({ rows: [4] }, { signer })).rejects.toMatchObject({ code: "E_SUPERSEDED" });
    await stored.close();
    const again = await loadModel(directory);
    expect(again.model.state.forgotten.rows.has(3)).toBe(true);
    expect((await allBytes(directory)).includes(rowBytes(3))).toBe(false);
    await again.close();
  });

  it("with links in it never has what they point to erased", async () => {
    const directory = await savedModel();
    const victim = join(root, `victim-${count++}`);
    await writeFile(victim, "precious");
    await symlink(victim, join(directory, "generations", "7"));
    await symlink(victim, join(directory, "certificates", "00000000-0000-4000-8000-000000000000.json"));
    await (await loadModel(directory)).close();
    expect(await readFile(victim, "utf8")).toBe("precious");
    expect(await readdir(join(directory, "generations"))).toEqual(["1"]);
  });

  it("cannot be gone on with in memory as well", async () => {
    const model = await fit(dataset, options);
    await saveModel(model, join(root, String(count++)));
    await expect(model.forget({ rows: [1] })).rejects.toMatchObject({ code: "E_SUPERSEDED" });
    expect(model.score(dataset)).toBeGreaterThan(0);
  });

  it.each([
    ["current", "nonsense", /expected the number of a generation/],
    ["rows.f32", "short", /rows\.f32: expected \d+ bytes, found 5/],
    ["generations/1/weights.safetensors", "x", /expected sha256/],
    ["generations/1/model.json", "{", /is no JSON/],
    ["generations/1/model.json", "{}", /model\.json: format/],
  ])("with a damaged %s is refused with a clear error", async (file, content, message) => {
    const directory = await savedModel();
    await writeFile(join(directory, file), content);
    const error = await loadModel(directory).catch((e) => e);
    expect(error.code).toBe("E_MODEL");
    expect(error.message).toMatch(message);
    // The lock is not left behind.
    await expect(readFile(join(directory, "lock"))).rejects.toThrow();
  });

  it("whose constants contradict each other is refused", async () => {
    const directory = await savedModel();
    const path = join(directory, "generations/1/model.json");
    const record = JSON.parse(await readFile(path, "utf8"));
    record.plan.process.sensitivity /= 2;
    await writeFile(path, JSON.stringify(record));
    await expect(loadModel(directory)).rejects.toThrow(/plan\.process\.sensitivity: expected/);
  });

  it("is never written over something", async () => {
    const directory = await savedModel();
    const model = await fit(dataset, options);
    await expect(saveModel(model, directory)).rejects.toMatchObject({ code: "E_MODEL" });
  });
});

describe("a process killed in the middle of a forget", () => {
  let child: string;
  beforeAll(async () => {
    child = join(root, "forget-and-die.mjs");
    const input = join(import.meta.dirname, "../../test/forget-and-die.ts");
    await build({
      input,
      platform: "node",
      logLevel: "silent",
      output: { file: child, codeSplitting: false },
    });
  });

  /** Runs a forget in a child that kills itself with SIGKILL at the n-th file operation; tells whether it got so far. */
  function forgetAndDieAt(directory: string, operation: number): Promise<"killed" | "finished"> {
    return new Promise((resolve, reject) => {
      execFile(process.execPath, [child, directory, String(operation)], (error, _out, stderr) => {
        if (error === null) resolve("finished");
        else if (error.signal === "SIGKILL") resolve("killed");
        else reject(new Error(stderr));
      });
    });
  }

  it("at any file operation leaves the old model or the new one, whole, and nothing half-erased", async () => {
    const directory = await savedModel();
    const first = await loadModel(directory);
    let steps = first.model.timeline.steps;
    await first.close();
    let row = 0;
    const outcomes = { old: 0, new: 0 };
    for (let operation = 1; ; operation++) {
      const outcome = await forgetAndDieAt(directory, operation);
      const stored = await loadModel(directory);
      const { model } = stored;
      const isNew = model.state.forgotten.rows.has(row);
      outcomes[isNew ? "new" : "old"]++;
      if (!isNew) {
        expect(model.timeline.steps).toBe(steps);
        expect((await allBytes(directory)).includes(rowBytes(row))).toBe(true);
      } else {
        const id = model.state.forgotten.rows.get(row) as string;
        const modelAfter = new Uint8Array(await readFile(stored.weightsPath));
        const text = await readFile(stored.certificatePath(id), "utf8");
        expect(verify(text, { publicKey: signer.publicKey, modelAfter }).issues).toEqual([]);
        expect((await allBytes(directory)).includes(rowBytes(row))).toBe(false);
        steps = model.timeline.steps;
        row++;
      }
      expect((await readdir(join(directory, "generations"))).length).toBe(1);
      await stored.close();
      if (outcome === "finished") break;
    }
    expect(outcomes.old).toBeGreaterThan(3);
    expect(outcomes.new).toBeGreaterThan(3);
  });
});
