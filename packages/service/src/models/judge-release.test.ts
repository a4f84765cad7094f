import { createDataset, type Dataset, selectRows, sourceOf } from "expunge/data";
import { isPoor, judge, labelsFor, labelsFrom, modelOutputs } from "expunge/process";
import { afterEach, describe, expect, it } from "vitest";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { DATABASES, databaseLocation } from "../../testing/databases.js";
import { sparseRows } from "../../testing/sparse-rows.js";
import { openTestService, type TestService } from "../../testing/test-service.js";
import type { Score } from "./evaluate-release.js";
import { judgeRelease } from "./judge-release.js";
import { slotsOf } from "./model-kernel.js";
import { answersOfSlots, ownRowsOf, pagesLookedAt } from "./own-rows.js";
import { readProcess, type StoredProcess } from "./stored-process.js";

const options = { epsilon: 1, delta: 1e-4, epochs: 2, batchSize: 20, maxSteps: 1000 };
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

/** Rows of noise, of which all but every tenth are "no": whoever learns them says "no". */
const alike: Dataset = (() => {
  const { features, subjects } = syntheticDataset({ rowCount: 400, featureCount: 6 });
  return createDataset({
    ...{ features, featureCount: 6, subjects, labelNames: ["no", "yes"], intercept: 0.5 },
    labels: range(0, 400).map((i) => (i % 10 === 0 ? 1 : -1)),
  });
})();

/** However a model keeps its rows. */
const KINDS: readonly (readonly [string, Dataset, object])[] = [
  ["two classes", syntheticDataset({ rowCount: 300 }), {}],
  ["classes", syntheticDataset({ rowCount: 300, task: "multiclass" }), { epochs: 40, maxSteps: 20_000 }],
  ["values", syntheticDataset({ rowCount: 300, task: "regression" }), { epochs: 40, maxSteps: 20_000 }],
  ["mapped rows", syntheticDataset({ rowCount: 300 }), { features: "fourier", featureCount: 64 }],
  ["sparse rows with weights", sparseRows(300, 1, { isWeighted: true }).sparse, {}],
];

describe.each(DATABASES)("on %s a release is judged", (kind) => {
  const location = databaseLocation(kind);
  let opened: TestService;

  afterEach(() => opened?.close());

  const train = async (dataset: Dataset, more: object = {}, asked: object = {}): Promise<string> => {
    opened = await openTestService(location(), dataset);
    const { service, tenantId, datasetId, work } = opened;
    const made = { name: "m", datasetId, ...asked, options: { ...options, ...more } };
    const { id } = await service.createModel(tenantId, made);
    await work();
    return id;
  };
  const judgementOf = async (id: string) => (await opened.service.getModel(opened.tenantId, id)).judgement;
  const processOf = async (id: string) => (await readProcess(opened.database.queries, id)) as StoredProcess;
  /** What is so of rows in memory, in the units that the model learns in. */
  const codeOn = async (id: string, dataset: Dataset) => {
    const process = await processOf(id);
    const predicted = labelsFrom(process, modelOutputs(process, dataset));
    return judge({ ...process.description, labels: labelsFor(process.description, dataset), predicted });
  };
  /** What stands in the slots now. */
  const heldBy = async (id: string) => {
    const process = await processOf(id);
    const { weights, slotCount } = process;
    return ownRowsOf(slotsOf(opened.database, process), process, process, {
      weights,
      slotCount,
      changed: null,
    });
  };

  it("by its own rows, coarsely, after its training, a deletion, a lesson and a correction", async () => {
    const id = await train(selectRows(alike, range(0, 300)));
    const { service, tenantId, datasetId, work } = opened;
    const expected = async (dataset: Dataset, share: number): Promise<void> => {
      const { code, only } = await codeOn(id, dataset);
      expect([code, only]).toEqual(["one-class-predicted", "no"]);
      const text = `The model calls every row "no". About ${Math.round(100 * share)}% of its training rows are "no".`;
      expect(await judgementOf(id)).toEqual({
        ...{ on: "training", rowCount: dataset.rowCount, baseline: { label: "no", share } },
        notes: [{ code: "one-class-predicted", text, help: expect.any(String) }],
      });
    };
    await expected(selectRows(alike, range(0, 300)), 0.9);
    const rows = range(0, 150).filter((row) => row % 10 === 0);
    await service.submit(tenantId, { datasetId, rows } as never);
    await work();
    const left = range(0, 300).filter((row) => !rows.includes(row));
    await expected(selectRows(alike, left), 0.95);
    await service.addRows(tenantId, datasetId, { source: sourceOf(selectRows(alike, range(300, 400))) });
    await service.learn(tenantId, id);
    await work();
    await expected(selectRows(alike, [...left, ...range(300, 400)]), 0.94);
    const wrong = range(30, 40).map((i) => 10 * i);
    const right = { ...selectRows(alike, wrong), labels: new Float32Array(10).fill(-1) };
    await service.correct(tenantId, { datasetId, rows: wrong, to: sourceOf(right) });
    await work();
    const others = range(300, 400).filter((row) => !wrong.includes(row));
    const kept = selectRows(alike, [...left, ...others, ...wrong]);
    const labels = kept.labels.map((label, i) => (i < kept.rowCount - 10 ? label : -1));
    await expected({ ...kept, labels }, 0.96);
    await service.deleteModel(tenantId, id);
    const { rows: gone } = await opened.database.executor.executeSql<{ judgement: unknown }>(
      "select judgement from models where id = $1",
      [id],
    );
    expect(gone).toEqual([{ judgement: null }]);
  });

  it.each(kind === "pglite" ? KINDS.slice(0, 1) : KINDS)(
    "as the library has it, of %s",
    async (_, dataset, more) => {
      const id = await train(dataset, more);
      const found = await judgementOf(id);
      const { code, baseline } = await codeOn(id, dataset);
      expect(found).toMatchObject({ on: "training", rowCount: 300 });
      expect(found?.notes.map((note) => note.code)).toEqual(code === null ? [] : [code]);
      const share = baseline && Math.round(100 * baseline.share) / 100;
      expect(found?.baseline).toEqual(baseline && { label: baseline.label, share });
      const { predicted } = await answersOfSlots(await heldBy(id));
      const process = await processOf(id);
      const unscaled = { ...process, description: { ...process.description, labelScaling: undefined } };
      const all = labelsFrom(unscaled, modelOutputs(unscaled, dataset)).sort();
      for (const [i, value] of predicted.sort().entries()) expect(value).toBeCloseTo(all[i] as number, 5);
    },
  );

  it("by its evaluation rows where it has some, in full", async () => {
    await train(selectRows(alike, range(0, 300)));
    const { service, tenantId, datasetId, work } = opened;
    const source = sourceOf(selectRows(alike, range(300, 400)));
    const judges = await service.createDataset(tenantId, { name: "judges", source, schema: null });
    const asked = { name: "n", datasetId, evaluationDatasetId: judges.id, options };
    const { id: other } = await service.createModel(tenantId, asked);
    await work();
    const [newest] = (await service.listReleases(tenantId, other)).items;
    const evaluation = await service.releaseEvaluation(tenantId, other, newest?.version as number);
    expect(await judgementOf(other)).toEqual({
      ...{ on: "evaluation", rowCount: 100, baseline: { label: "no", share: 0.9 } },
      notes: evaluation?.notes.filter(({ code }) => isPoor(code)),
    });
    expect((await judgementOf(other))?.notes[0]?.code).toBe("one-class-predicted");
  });

  it("not by its own rows where something is claimed of the people in them", async () => {
    const noisy = { noise: "every-step", sigma: 0.05 };
    const id = await train(selectRows(alike, range(0, 300)), noisy);
    expect((await processOf(id)).plan.noise.kind).toBe("every-step");
    expect(await judgementOf(id)).toBeNull();
  });

  it("or else it is not, and nothing waits for that", async () => {
    const id = await train(selectRows(alike, range(0, 300)));
    const { plan } = await processOf(id);
    const held = await heldBy(id);
    const source = { ...held.source, read: () => Promise.reject(new Error("gone")) };
    const none: Score = { accuracy: null, rootMeanSquaredError: null, evaluation: null };
    expect(await judgeRelease(none, plan, () => ({ ...held, source }))).toBeNull();
    expect(await judgeRelease(none, plan, () => held)).toEqual(await judgementOf(id));
  });
});

it("looks at some pages of many slots, spread evenly, and at all of few", () => {
  const plan = { featureCount: 20, outputCount: 1 };
  const of = (slotCount: number) => ({ standing: { plan }, slotCount, pageSlots: 200 }) as never;
  expect(pagesLookedAt(of(1000), 20)).toEqual([0, 1, 2, 3, 4]);
  const pages = pagesLookedAt(of(10_000_000), 20);
  expect(pages.length).toBe(Math.ceil(2 ** 14 / 200));
  expect(pages.at(-1)).toBeGreaterThan(49_000);
  expect(new Set(pages).size).toBe(pages.length);
});
