import { execFile } from "node:child_process";
import { cp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { build } from "rolldown";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tries } from "../../../../test/thorough.js";
import { changes, type Picture, pictureOf } from "../../testing/model-changes.js";
import { allBytes, createPlace, idsOf, type Place } from "../../testing/model-directories.js";
import { type Death, mortalFiles, openInterrupted } from "../../testing/mortal-files.js";
import type { FitOptions } from "../unlearner/options.js";
import { loadModel, type StoredModel } from "./stored-model.js";

/*
 * A seeded model whose life is known beforehand: it learns, forgets, is corrected, and learns again. Stopped wherever it may be, it is at one of the
 * states of a life that was not stopped, bit for bit, and goes on from there to the same end.
 */

/** Every third operation of a life is stopped, with `npm run test:slowest` each. */
const stride = tries(3, 1);
const HOURS = 7_200_000;
const SEEDED = { seed: "interrupted" };
let place: Place;

beforeAll(async () => {
  place = await createPlace();
});
afterAll(() => place.remove());

/** The states of a life that nobody stops, from the first on. */
async function statesOf(directory: string): Promise<Picture[]> {
  const copy = await copyOf(directory);
  const stored = await loadModel(copy);
  const states = [await pictureOf(stored.model)];
  for (const { change } of changes) {
    await change(stored);
    states.push(await pictureOf(stored.model));
  }
  await stored.close();
  return states;
}

async function copyOf(directory: string): Promise<string> {
  const copy = place.newPath();
  await cp(directory, copy, { recursive: true });
  return copy;
}

/** Looks whether an opened directory is at one of the states, whole, and tells which; nothing that had to go is left. */
async function stateOf(stored: StoredModel, states: readonly Picture[]): Promise<number> {
  const { directory, model } = stored;
  const at = states.findIndex(({ timeline }) => timeline.steps === model.timeline.steps);
  expect(await pictureOf(model)).toEqual(states[at]);
  const bytes = await allBytes(directory);
  changes.forEach(({ gone = [], there = [] }, i) => {
    for (const row of gone) expect(bytes.includes(row)).toBe(i >= at);
    for (const row of there) expect(bytes.includes(row)).toBe(i < at);
  });
  const ids = await idsOf(stored);
  const files = (await readdir(join(directory, "certificates"))).sort();
  expect(files).toEqual(ids.map((id) => `${id}.json`).sort());
  const [generation, ...others] = await readdir(join(directory, "generations"));
  expect(others).toEqual([]);
  const left = await readdir(join(directory, "generations", generation as string));
  expect(left.filter((name) => /newcomers|certificate/.test(name))).toEqual([]);
  return at;
}

async function goOnFrom(stored: StoredModel, at: number): Promise<Picture> {
  for (const { change } of changes.slice(at)) await change(stored);
  return pictureOf(stored.model);
}

describe("a change of a living model that is interrupted", () => {
  it.each<[Death, FitOptions]>([
    ["torn", SEEDED],
    ["power lost", { ...SEEDED, sigma: 0.05, deletion: "replace" }],
  ])(
    "(%s) at any file operation leaves the old model or the new one, also where opening is: %o",
    async (death, over) => {
      const saved = await place.savedModel(over);
      const states = await statesOf(saved);
      const outcomes = states.map(() => 0);
      for (let operation = 1, isOver = false; !isOver; operation++) {
        const directory = await copyOf(saved);
        const { files, isDead, restart } = mortalFiles(operation, death);
        const stored = await loadModel(directory, { files });
        await goOnFrom(stored, 0).catch(() => {});
        isOver = !isDead();
        await stored.close();
        await restart();
        // Not each: an opening has about as many operations as a change.
        if (operation % 5 === 0) await openInterrupted(directory, death);
        const again = await loadModel(directory);
        const at = await stateOf(again, states);
        outcomes[at]!++;
        if (operation % 4 === 0) expect(await goOnFrom(again, at)).toEqual(states.at(-1));
        await again.close();
        await rm(directory, { recursive: true });
      }
      expect(Math.min(...outcomes.slice(0, -1))).toBeGreaterThan(4);
      expect(outcomes.at(-1)).toBeGreaterThan(4);
    },
  );

  it("by SIGKILL, in a process of its own, before any file operation", {
    timeout: HOURS,
  }, async () => {
    const child = `${place.newPath()}.mjs`;
    const input = join(import.meta.dirname, "../../../../test/change-and-die.ts");
    await build({
      input,
      platform: "node",
      logLevel: "silent",
      output: { file: child, codeSplitting: false },
    });
    const saved = await place.savedModel(SEEDED);
    const states = await statesOf(saved);
    const outcomes = states.map(() => 0);
    for (let operation = 1, isOver = false; !isOver; operation += stride) {
      const directory = await copyOf(saved);
      isOver = await new Promise<boolean>((resolve, reject) => {
        execFile(process.execPath, [child, directory, String(operation), "life"], (error, _out, stderr) => {
          if (error === null) resolve(true);
          else if (error.signal === "SIGKILL") resolve(false);
          else reject(new Error(stderr));
        });
      });
      const stored = await loadModel(directory);
      outcomes[await stateOf(stored, states)]!++;
      await stored.close();
    }
    expect(Math.min(...outcomes)).toBeGreaterThan(0);
    await rm(child);
  });
});
