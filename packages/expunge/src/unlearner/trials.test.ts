import { describe, expect, it } from "vitest";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { fit } from "./fit.js";
import type { FitOptions } from "./options.js";
import { runTrials, Trials } from "./trials.js";

const shared = { epsilon: 1, delta: 1e-4, epochs: 5, batchSize: 20, seed: 4 } as const;
const everyStep: FitOptions = { ...shared, sigma: 0.01 };
const onRelease: FitOptions = { ...shared, l2: 0.02, maxNoise: 0.5, maxSteps: 1e4 };

describe.each([
  ["every-step", everyStep],
  ["on-release", onRelease],
] as const)("runTrials with noise %s", (noise, base) => {
  it("takes the steps and makes the claims of a model that serves the same requests", async () => {
    const dataset = syntheticDataset();
    const forget = [{ rows: [3] }, { subjects: ["person-0@example.com"] }, { rows: [100, 120, 140, 160] }];
    const stages = await runTrials(dataset, { ...base, trials: 3, workers: 2, forget });
    let model = await fit(dataset, base);
    expect(stages[0]).toMatchObject({ steps: model.timeline.steps, rowCount: 0, proof: null });
    for (const [i, request] of forget.entries()) {
      const result = await model.forget(request);
      const { steps, rowCount, proof } = stages[i + 1] as (typeof stages)[number];
      model = result.model;
      expect(steps).toBe(model.timeline.steps);
      expect(rowCount).toBe(result.rowCount);
      expect(proof).toEqual(result.proof);
    }
    expect(stages.every(({ weights }) => weights.length === 3)).toBe(true);
  });

  it("trains models that are as good as one trained alone", async () => {
    const dataset = syntheticDataset();
    const trials = new Trials(dataset, base);
    const [trained] = await trials.run({ trials: 4 });
    expect(trained.weights).toHaveLength(4);
    for (const weights of trained.weights) {
      expect(trials.score(weights, dataset)).toBeGreaterThan(0.85);
      expect(trials.loss(weights, dataset)).toBeLessThan(0.7);
    }
  });

  it("gives the same seeded weights whatever the workers, and other noise to every trial and run", async () => {
    const dataset = syntheticDataset();
    const forget = [{ rows: [5] }];
    const [a, b] = [new Trials(dataset, base), new Trials(dataset, base)];
    const first = await a.run({ trials: 5, workers: 0, forget });
    expect(await b.run({ trials: 5, workers: 2, forget })).toEqual(first);
    const second = await a.run({ trials: 5, workers: 0, forget });
    const firstWeights = [...first, ...second].flatMap(({ weights }) => weights.map(([weight]) => weight));
    // Without noise in training all trained models are one.
    expect(new Set(firstWeights).size).toBe(noise === "every-step" ? firstWeights.length : 11);
  });

  it.each(["tombstone", "replace"] as const)(
    "without a row is what forgetting it ends at, where there is no noise (%s)",
    async (deletion) => {
      const trials = new Trials(syntheticDataset(), {
        ...base,
        deletion,
        l2: 0.1,
        ...(noise === "every-step" ? { sigma: 1e-3 } : { maxNoise: 0.02 }),
        maxSteps: 4000,
      });
      const quiet = { trials: 1, workers: 0, isNoiseless: true };
      const rows = [0, 1, 2, 3, 4, 5, 6, 7];
      const [, forgotten] = await trials.run({ ...quiet, forget: [{ rows }] });
      const steps = forgotten?.steps as number;
      const [retrained] = await trials.run({ ...quiet, without: { rows }, steps });
      const [whole] = await trials.run({ ...quiet, steps });
      const distanceTo = (weights?: readonly Float64Array[]): number =>
        Math.hypot(...(retrained?.weights[0] ?? []).map((x, i) => x - (weights?.[0]?.[i] ?? 0)));
      expect(distanceTo(whole?.weights)).toBeGreaterThan(1e-3);
      expect(distanceTo(forgotten?.weights)).toBeLessThan(0.2 * distanceTo(whole?.weights));
      expect(forgotten?.proof).toBeNull();
    },
  );

  it("stops at every step asked for, on one way", async () => {
    const run = (steps: number | readonly number[]) =>
      new Trials(syntheticDataset(), base).run({ trials: 2, workers: 0, steps });
    const stages = await run([7, 30, 41]);
    expect(stages.map(({ steps }) => steps)).toEqual([7, 30, 41]);
    // Every stop is a release: with noise at every step its own noise is another than that of a step that is passed.
    const alone = await Promise.all((noise === "every-step" ? [7] : [7, 30, 41]).map(run));
    alone.forEach(([stage], i) => void expect(stage?.weights).toEqual(stages[i]?.weights));
    await expect(run([30, 7])).rejects.toThrow(/stepCount/);
  });

  it("goes on from a model that there is: its plan, order and rows, without those forgotten", async () => {
    const dataset = syntheticDataset();
    const { model } = await (await fit(dataset, base)).forget({ rows: [3] });
    const { plan, description, slotOfRow, index, forgotten } = model.state;
    const { featureCount, process } = plan;
    const slots = Array.from({ length: process.batchCount * process.batchSize }, (_, slot) => slot);
    const records = await Promise.all(slots.map((slot) => model.readSlot(slot)));
    const rows = {
      slotCount: slots.length,
      featureCount,
      features: Float32Array.from(records.flatMap(({ features }) => [...features])),
      labels: Float32Array.from(records, ({ label }) => label),
    };
    const trials = new Trials({ plan, description, slotOfRow, index, forgotten, rows });
    const fresh = new Trials(dataset, base);
    const options = { trials: 2, workers: 0 };
    expect(await trials.run(options)).toEqual(await fresh.run({ ...options, without: { rows: [3] } }));
    expect(trials.rowAt(3)).toBeNull();
    expect(trials.rowAt(4)).toEqual(fresh.rowAt(4));
    expect(trials.rowsOf({ rows: [3, 4] })).toEqual([4]);
  });

  it("refuses the reference kernel, unknown rows and options that nobody knows", async () => {
    const dataset = syntheticDataset();
    expect(() => new Trials(dataset, { ...base, kernel: "reference" })).toThrow(/not reference/);
    await expect(runTrials(dataset, { ...base, trials: 2, forget: [{ rows: [1e6] }] })).rejects.toMatchObject(
      {
        code: "E_UNKNOWN_SUBJECT",
      },
    );
    await expect(runTrials(dataset, { ...base, trials: 0 })).rejects.toMatchObject({ code: "E_OPTION" });
    for (const none of [{ steps: [] }, { like: [] }])
      await expect(runTrials(dataset, { ...base, trials: 2, workers: 0, ...none })).rejects.toThrow(
        /Expected (steps|like)\.length = 0 to be at least 1/,
      );
    const trials = new Trials(dataset, base);
    for (const row of [dataset.rowCount, -1, 0.5]) {
      expect(() => trials.rowAt(row)).toThrow(`Expected row = ${row} to be an integer in [0, `);
      expect(() => trials.slotsOf([row])).toThrow(`Expected row = ${row} to be an integer in [0, `);
    }
    expect(() => runTrials(dataset, { ...base, trials: 2, colour: 1 } as never)).toThrow(/colour/);
  });
});
