import { execFile } from "node:child_process";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { build } from "rolldown";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tries } from "../../../../test/thorough.js";
import {
  allBytes,
  createPlace,
  idsOf,
  type Place,
  rowBytes,
  signer,
} from "../../testing/model-directories.js";
import { type Death, mortalFiles, openInterrupted, unopenableFiles } from "../../testing/mortal-files.js";
import { verify } from "../certificate/verify.js";
import { loadModel, type StoredModel } from "./stored-model.js";

/** Every third file operation is stopped, with `npm run test:slowest` each. */
const stride = tries(3, 1);

let place: Place;

beforeAll(async () => {
  place = await createPlace();
});
afterAll(() => place.remove());

/** What a directory is known to hold: rows 0, 1, ... forgotten one after another. */
interface Known {
  readonly directory: string;
  readonly certificates: string[];
  steps: number;
}

async function known(directory: string): Promise<Known> {
  const stored = await loadModel(directory);
  const { steps } = stored.model.timeline;
  await stored.close();
  return { directory, certificates: [], steps };
}

/** Looks whether an opened directory is the one known after so many more forgets, whole; tells how many. */
async function checkWhole(stored: StoredModel, before: Known): Promise<number> {
  const { directory, certificates } = before;
  const { timeline, state } = stored.model;
  const bytes = await allBytes(directory);
  const knownCount = certificates.length;
  for (let id = newest(); id !== undefined; id = newest()) certificates.push(id);
  function newest(): string | undefined {
    return state.forgotten.certificateOfRow(certificates.length);
  }
  certificates.forEach((id, row) => {
    expect(state.forgotten.certificateOfRow(row)).toBe(id);
    expect(bytes.includes(rowBytes(row))).toBe(false);
  });
  expect(bytes.includes(rowBytes(certificates.length))).toBe(true);
  expect(await idsOf(stored)).toEqual(certificates);
  const files = (await readdir(join(directory, "certificates"))).sort();
  expect(files).toEqual(certificates.map((id) => `${id}.json`).sort());
  expect(await readdir(join(directory, "generations"))).toHaveLength(1);
  if (certificates.length === knownCount) expect(timeline.steps).toBe(before.steps);
  else {
    const model = new Uint8Array(await readFile(stored.weightsPath));
    const text = await readFile(stored.certificatePath(certificates.at(-1) as string), "utf8");
    expect(verify(text, { publicKey: signer.publicKey, model }).issues).toEqual([]);
    before.steps = timeline.steps;
  }
  return certificates.length - knownCount;
}

describe("a forget that is interrupted", () => {
  it.each<[Death, object]>([
    ["torn", {}],
    ["power lost", {}],
    ["torn", { deletion: "replace", sigma: 0.05 }],
    ["power lost", { deletion: "replace", sigma: 0.05 }],
  ])(
    "(%s) at any file operation leaves the old model or the new one, also where opening is: %o",
    async (death, over) => {
      const before = await known(await place.savedModel(over));
      const outcomes = [0, 0, 0];
      for (let operation = stride, isOver = false; !isOver; operation += stride) {
        const { files, restart } = mortalFiles(operation, death);
        const stored = await loadModel(before.directory, { files });
        // Two, so that what the first left undone cannot hide behind its own end.
        const row = before.certificates.length;
        isOver = await stored
          .forget({ rows: [row] }, { signer })
          .then(() => stored.forget({ rows: [row + 1] }, { signer }))
          .then(
            () => true,
            () => false,
          );
        await stored.close();
        await restart();
        // Every third, and not each: an opening has about as many operations as a forget.
        if (operation % (3 * stride) === 0) await openInterrupted(before.directory, death);
        const again = await loadModel(before.directory);
        outcomes[await checkWhole(again, before)]!++;
        await again.close();
      }
      expect(Math.min(...outcomes)).toBeGreaterThan(tries(0, 4));
    },
  );
});

describe("a forget whose old bytes cannot be overwritten", () => {
  it.each(["EACCES", "EMFILE", "EIO"])(
    "because opening them fails with %s leaves them in place for whoever opens the model again",
    async (code) => {
      const directory = await place.savedModel();
      let isBroken = false;
      const files = unopenableFiles((path) =>
        isBroken && path.endsWith("weights.safetensors") ? code : null,
      );
      const stored = await loadModel(directory, { files });
      const weights = await readFile(stored.weightsPath);
      isBroken = true;
      for (const row of [0, 1])
        await expect(stored.forget({ rows: [row] }, { signer })).rejects.toMatchObject({
          code: "E_ERASE",
          message: expect.stringContaining(code),
        });
      await stored.close();
      await expect(loadModel(directory, { files })).rejects.toMatchObject({ code });
      expect((await allBytes(directory)).includes(weights)).toBe(true);
      isBroken = false;
      const again = await loadModel(directory, { files });
      expect(await idsOf(again)).toHaveLength(1);
      expect(again.model.state.forgotten.certificateOfRow(0)).toBeDefined();
      expect(again.model.state.forgotten.certificateOfRow(1)).toBeUndefined();
      expect((await allBytes(directory)).includes(weights)).toBe(false);
      await again.close();
    },
  );
});

describe("a process killed in the middle of a forget", () => {
  /** Runs a forget in a child that kills itself with SIGKILL at the n-th file operation; tells whether it got so far. */
  function forgetAndDieAt(
    child: string,
    directory: string,
    operation: number,
  ): Promise<"killed" | "finished"> {
    return new Promise((resolve, reject) => {
      execFile(process.execPath, [child, directory, String(operation)], (error, _out, stderr) => {
        if (error === null) resolve("finished");
        else if (error.signal === "SIGKILL") resolve("killed");
        else reject(new Error(stderr));
      });
    });
  }

  it("at any file operation leaves the old model or the new one, whole, and nothing half-erased", async () => {
    const child = `${place.newPath()}.mjs`;
    const input = join(import.meta.dirname, "../../../../test/change-and-die.ts");
    const output = { file: child, codeSplitting: false };
    await build({ input, platform: "node", logLevel: "silent", output });
    const before = await known(await place.savedModel());
    const outcomes = [0, 0, 0];
    for (let operation = stride, isOver = false; !isOver; operation += stride) {
      isOver = (await forgetAndDieAt(child, before.directory, operation)) === "finished";
      const stored = await loadModel(before.directory);
      outcomes[await checkWhole(stored, before)]!++;
      await stored.close();
    }
    expect(Math.min(...outcomes.slice(0, 2))).toBeGreaterThan(tries(1, 7));
    await rm(child);
  });
});
