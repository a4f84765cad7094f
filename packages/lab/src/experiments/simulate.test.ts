import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Trials } from "expunge";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeSmallData } from "../../testing/small-data.js";
import { drawBatchOrder } from "./batch-orders.js";
import { type ExperimentSet, loadSet, processOf } from "./data-sets.js";
import { paperSigmaNotConverged } from "./noise-levels.js";
import { readPublished } from "./published.js";
import { firstRequests, sequenceEvents, timelineSteps } from "./sequences.js";
import { accuracyOf, type Simulation, simulate, stepsRemembered } from "./simulate.js";

const real = resolve(process.env.EXPUNGE_DATA ?? "../shared/data");
const isRealHere = existsSync(join(real, "mnist"));
if (!isRealHere) console.warn(`SKIPPED: no ${real}/mnist; nothing is compared with the published figures.`);

let folder: string;
let set: ExperimentSet;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "expunge-simulate-"));
  await writeSmallData(folder);
  set = await loadSet(folder, "mnist");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function simulation(more: Partial<Simulation> = {}): Simulation {
  const process = processOf(set, { batchSize: 32 });
  return {
    train: set.train,
    test: set.test,
    process,
    sigma: 0.02,
    trials: 6,
    orders: 3,
    seed: "s",
    orderSeed: "o",
    memory: 0,
    schedule: (order) =>
      sequenceEvents({
        learnSteps: 100 * process.batchCount,
        requests: firstRequests(order, 10),
        steps: Array.from({ length: 10 }, (_, i) => 40 + i),
        measureAt: [0, 5, 10],
        noteAt: [10],
      }),
    ...more,
  };
}

describe("a simulation", () => {
  it("gives the same figures for the same seed, and others for another", async () => {
    const noisy = (seed: string): Simulation => simulation({ sigma: 0.5, seed });
    const first = await simulate(noisy("s"));
    expect(await simulate(noisy("s"))).toEqual(first);
    expect(await simulate(noisy("t"))).not.toEqual(first);
    expect(first).toMatchObject({ "accuracy, 10": { trials: 6 }, "steps, 10": { mean: 445 } });
  });

  it("loses nothing that shows by leaving out steps that are not remembered", async () => {
    const every = await simulate(simulation());
    const short = await simulate(simulation({ memory: 0.01 }));
    for (const name of ["accuracy, 0", "accuracy, 5", "accuracy, 10"])
      expect(Math.abs(short[name]!.mean - every[name]!.mean)).toBeLessThan(0.003);
    expect(await simulate(simulation({ memory: 1e-12 }))).toEqual(every);
  });

  it("remembers log(share) / log(c) steps, or all", () => {
    const { process } = simulation();
    const steps = stepsRemembered(process, 0.01);
    expect(process.contraction ** steps).toBeLessThanOrEqual(0.01);
    expect(process.contraction ** (steps - 1)).toBeGreaterThan(0.01);
    expect(stepsRemembered(process, 0)).toBe(Number.POSITIVE_INFINITY);
  });

  it("adds noise to what is released where it is told to", async () => {
    const schedule: Simulation["schedule"] = () => [
      { kind: "run", steps: 400 },
      { kind: "measure", name: "clean" },
      { kind: "measure", name: "noisy", outputStd: 50 },
    ];
    const { clean, noisy } = await simulate(simulation({ sigma: 0, trials: 40, schedule }));
    expect([clean?.trials, noisy?.trials]).toEqual([3, 40]);
    expect(clean?.mean).toBeGreaterThan(0.85);
    expect(Math.abs(noisy!.mean - 0.5)).toBeLessThan(0.2);
  });

  it("asks for the steps that the library itself takes, and is as accurate", async () => {
    const { process } = simulation();
    const trials = new Trials(set.train, {
      epsilon: 1,
      delta: set.delta,
      sigma: 0.02,
      batchSize: 32,
      epochs: 10,
      l2: set.l2,
      deletion: "replace",
      seed: 1,
    });
    const all = Array.from({ length: set.train.rowCount }, (_, row) => row);
    const slots = trials.slotsOf(all);
    const order = {
      ...drawBatchOrder(process, "o", 0),
      slotOfRow: Uint32Array.from(slots),
      batchOf: (row: number) => Math.floor(slots[row]! / 32),
    };
    const requests = [[3], [17, 4], [250]];
    const learnSteps = 10 * process.batchCount;
    const stages = await trials.run({ trials: 8, forget: requests.map((rows) => ({ rows })) });
    const question = { process, sigma: 0.02, epsilon: 1, delta: set.delta, learnSteps };
    const taken = stages.slice(1).map(({ steps }, i) => steps - stages[i]!.steps);
    expect(timelineSteps(question, order, requests)).toEqual(taken);
    const weights = stages[0].weights[0]!;
    expect(accuracyOf(weights, set.test)).toBe(trials.score(weights, set.test));
  });
});

describe.skipIf(!isRealHere)("on MNIST, at the paper's noise for epsilon = 1, b = 128", () => {
  it("the accuracy is the published one, and skipped steps do not show", async () => {
    const mnist = await loadSet(real, "mnist");
    const process = processOf(mnist, { batchSize: 128 });
    const sigma = paperSigmaNotConverged(mnist, {
      batchSize: 128,
      epsilon: 1,
      learnEpochs: 100,
      radius: null,
    });
    const learning = (memory: number): Simulation => ({
      ...simulation(),
      ...mnist,
      process,
      sigma,
      memory,
      trials: 20,
      orders: 10,
      orderSeed: "mnist",
      schedule: () => [
        { kind: "run", steps: 10 * process.batchCount },
        { kind: "measure", name: "learned" },
      ],
    });
    const meanOf = async (memory: number): Promise<number> =>
      (await simulate(learning(memory))).learned!.mean;
    const mean = await meanOf(0.01);
    expect(Math.abs(mean - (await meanOf(0)))).toBeLessThan(5e-4);
    const published = (await readPublished()).fig3a_oneRequest_oneEpoch.learn_scratch_b128_eps1!;
    expect(Math.abs(mean - published.mean)).toBeLessThan(published.std);
  });
});
