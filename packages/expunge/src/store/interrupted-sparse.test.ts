import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tries } from "../../../../test/thorough.js";
import { insideOf, pictureOf } from "../../testing/model-changes.js";
import { allBytes } from "../../testing/model-directories.js";
import { type Death, mortalFiles, openInterrupted } from "../../testing/mortal-files.js";
import { wideSparseRows as rowsOf } from "../../testing/wide-sparse-rows.js";
import { createSigner } from "../certificate/dsse.js";
import { sourceOf } from "../data/row-source.js";
import { selectRows } from "../data/split-dataset.js";
import { fitToDirectory } from "./fit-to-directory.js";
import { bytesInMemory } from "./open-kernel.js";
import { loadModel, type StoredModel } from "./stored-model.js";

/** Every third operation of a life is stopped, with `npm run test:slowest` each. */
const stride = tries(3, 1);
const HOURS = 7_200_000;
const MIB = 2 ** 20;
const signer = createSigner(new Uint8Array(32).fill(3));
let root: string;
let count = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "expunge-interrupted-sparse-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const newPath = (): string => join(root, String(count++));

describe("a life of sparse rows beyond the limit of memory that is interrupted", () => {
  const life = (() => {
    const first = rowsOf(3, 5, 300);
    const to = { ...rowsOf(2, 6, 200), subjects: null };
    const second = rowsOf(2, 7, 300);
    const longer = rowsOf(4, 8, 700);
    const longest = { ...selectRows(rowsOf(4, 9, 1200), [3]), subjects: null };
    const changes: readonly {
      readonly change: (kept: StoredModel) => Promise<unknown>;
      /** Rows whose numbers it takes from the disk: the longest there are, in place of which shorter ones come. */
      readonly gone: readonly number[];
    }[] = [
      { change: (kept) => kept.learn(first, { steps: 3 }), gone: [] },
      { change: (kept) => kept.forget({ rows: [3, 120] }, { signer }), gone: [3] },
      { change: (kept) => kept.correct({ rows: [53, 5], to }, { signer }), gone: [53] },
      { change: (kept) => kept.learn(second, { steps: 2 }), gone: [] },
      // Rows for which there is no room: all are stored anew.
      { change: (kept) => kept.learn(longer, { steps: 2 }), gone: [] },
      { change: (kept) => kept.correct({ rows: [103], to: longest }, { signer }), gone: [103] },
    ];
    return changes;
  })();

  it.each<Death>(["torn", "power lost"])(
    "(%s) at any file operation is the old model or the new one, and nothing that had to go is left",
    { timeout: HOURS },
    async (death) => {
      const memoryLimit = MIB;
      const dataset = rowsOf(132, 2, 400);
      const saved = newPath();
      const given = { batchSize: 44, epochs: 1, l2: 0.05, maxNoise: 0.5, maxSteps: 1000, seed: "life" };
      const first = await fitToDirectory(sourceOf(dataset), saved, { ...given, memoryLimit });
      expect(bytesInMemory(first.model.state)).toBeGreaterThan(memoryLimit);
      const slots = (await insideOf(first.model)).slots;
      const pairsOf = (row: number): Buffer[] => {
        const pairs = Buffer.from(slots[first.model.state.slotOfRow[row]!]!.features.slice(0, 802).buffer);
        // Some of them, from the first to the last.
        return Array.from({ length: 17 }, (_, i) => pairs.subarray(200 * i, 200 * i + 8));
      };
      const goneAt = life.map(({ gone }) => gone.flatMap(pairsOf));
      await first.close();
      const whole = newPath();
      await cp(saved, whole, { recursive: true });
      const unstopped = await loadModel(whole, { memoryLimit });
      const states = [await pictureOf(unstopped.model)];
      for (const { change } of life) {
        await change(unstopped);
        states.push(await pictureOf(unstopped.model));
      }
      await unstopped.close();
      const outcomes = states.map(() => 0);
      // A forget is stopped at each operation in unlearner/sparse-rows.test.ts, whatever the stride.
      for (let operation = 1, isOver = false; !isOver; operation += stride) {
        const directory = newPath();
        await cp(saved, directory, { recursive: true });
        const { files, isDead, restart } = mortalFiles(operation, death);
        const stored = await loadModel(directory, { files, memoryLimit });
        for (const { change } of life) if (!isDead()) await change(stored).catch(() => {});
        isOver = !isDead();
        await stored.close();
        await restart();
        if (operation % 10 === 1) await openInterrupted(directory, death);
        const again = await loadModel(directory, { memoryLimit });
        const at = states.findIndex(({ timeline }) => timeline.steps === again.model.timeline.steps);
        expect(await pictureOf(again.model)).toEqual(states[at]);
        const bytes = await allBytes(directory);
        for (const [i, pairs] of goneAt.entries())
          expect(pairs.filter((pair) => bytes.includes(pair))).toHaveLength(i >= at ? pairs.length : 0);
        outcomes[at]!++;
        if (operation % 4 === 0) {
          for (const { change } of life.slice(at)) await change(again);
          expect(await pictureOf(again.model)).toEqual(states.at(-1));
        }
        await again.close();
        await rm(directory, { recursive: true });
      }
      expect(Math.min(...outcomes.slice(0, -1))).toBeGreaterThan(2);
    },
  );

  it("is the old model or the new one where it is killed before its switch is durable, and the power fails while it is opened again", async () => {
    const saved = newPath();
    const options = { batchSize: 44, epochs: 1, l2: 0.05, maxNoise: 0.5, maxSteps: 1000, seed: "life" };
    await (await fitToDirectory(sourceOf(rowsOf(132, 2, 400)), saved, options)).close();
    const currentOf = (directory: string) => readFile(join(directory, "current"), "utf8");
    const { change: forget } = life[1]!;
    // For rows longer than there is room for.
    const { change: grow } = life[4]!;
    for (const change of [forget, grow]) {
      const whole = newPath();
      await cp(saved, whole, { recursive: true });
      const unstopped = await loadModel(whole);
      const states = [await pictureOf(unstopped.model)];
      await change(unstopped);
      states.push(await pictureOf(unstopped.model));
      await unstopped.close();
      /** Kills it at an operation, in a directory of its own. */
      const killedAt = async (operation: number) => {
        const directory = newPath();
        await cp(saved, directory, { recursive: true });
        const { files, unsynced } = mortalFiles(operation, "torn");
        const stored = await loadModel(directory, { files });
        await change(stored).catch(() => {});
        await stored.close();
        return { directory, unsynced: unsynced() };
      };
      let behindSwitch = 1;
      while ((await currentOf((await killedAt(behindSwitch)).directory)) === "1\n") behindSwitch++;
      const outcomes = [0, 0];
      for (let operation = 1, isOver = false; !isOver; operation++) {
        const { directory, unsynced } = await killedAt(behindSwitch);
        const { files, isDead, restart } = mortalFiles(operation, "power lost", unsynced);
        await loadModel(directory, { files }).then(
          (stored) => stored.close(),
          () => {},
        );
        isOver = !isDead();
        await restart();
        const again = await loadModel(directory);
        const at = (await currentOf(directory)) === "1\n" ? 0 : 1;
        expect(await pictureOf(again.model)).toEqual(states[at]);
        outcomes[at]!++;
        await again.close();
        await rm(directory, { recursive: true });
      }
      expect(Math.min(...outcomes)).toBeGreaterThan(0);
    }
  });
});
