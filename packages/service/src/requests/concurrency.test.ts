import { and, eq } from "drizzle-orm";
import { sourceOf } from "expunge/data";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { DATABASES, databaseLocation } from "../../testing/databases.js";
import { makeHopeless, NO_LEASE, openTestService, type TestService } from "../../testing/test-service.js";
import type { Queue } from "../database/queue.js";
import { modelPages, models, requests, tasks } from "../database/tables.js";
import { trainModel } from "../models/train-model.js";
import { unlearnModel } from "../models/unlearn-model.js";
import { sweep } from "../work/worker.js";
import type { DeletionRequest } from "./deletion-request.js";
import type { RequestView } from "./request-views.js";
import { submitAll } from "./submit-requests.js";

const dataset = syntheticDataset({ rowCount: 400 });
const options = { epsilon: 1, delta: 1e-4, epochs: 2, batchSize: 20, sigma: 0.05, maxSteps: 1000 };

describe.each(DATABASES)("on %s", (kind) => {
  const location = databaseLocation(kind);
  let opened: TestService | undefined;
  let { database, queue, service, tenantId, datasetId, context, work } = {} as TestService;

  beforeEach(async () => {
    opened = await openTestService(location(), dataset);
    ({ database, queue, service, tenantId, datasetId, context, work } = opened);
  });
  afterEach(() => opened?.close());

  async function train(more: object = {}): Promise<string> {
    const { id } = await service.createModel(tenantId, {
      name: "m",
      datasetId,
      options: { ...options, ...more },
    });
    await work();
    return id;
  }
  const submit = async (rows: number[], more: Partial<DeletionRequest> = {}): Promise<string> =>
    (await service.submit(tenantId, { datasetId, rows, ...more })).request.id;
  const viewOf = (id: string): Promise<RequestView> => service.getRequest(tenantId, id);
  const stateOf = async (id: string): Promise<string> => (await viewOf(id)).state;
  const isErased = async (row: number): Promise<boolean> =>
    (await service.preview(tenantId, { datasetId, rows: [row] })).rowCount === 0;

  describe("requests that name the same rows", () => {
    it("are each done, whatever becomes of the other", async () => {
      await train();
      const first = await submit([1, 2]);
      const second = await submit([2, 3]);
      await service.cancel(tenantId, first);
      await work();
      expect(await viewOf(second)).toMatchObject({
        state: "completed",
        rowCount: 2,
        tasks: [{ certificateId: expect.any(String) }],
      });
      expect([await isErased(1), await isErased(2), await isErased(3)]).toEqual([false, true, true]);
    });

    it("share a certificate, or name the one that covers them, and no row is removed twice", async () => {
      const modelId = await train();
      const [first, second] = [await submit([1, 2]), await submit([2])];
      await work();
      const third = await submit([2, 4]);
      await work();
      const certificates = await Promise.all(
        [first, second, third].map(async (id) => (await viewOf(id)).tasks[0]?.certificateId),
      );
      expect(certificates).toEqual([expect.any(String), expect.any(String), expect.any(String)]);
      expect(certificates[0]).toBe(certificates[1]);
      expect(certificates[2]).not.toBe(certificates[0]);
      expect(await viewOf(third)).toMatchObject({ state: "completed", rowCount: 1 });
      const { items } = await service.listReleases(tenantId, modelId);
      expect(items.map(({ rowCount }) => rowCount)).toEqual([1, 2, 0]);
    });

    it("wait for each model on their own account, and name the certificate of whoever was there first", async () => {
      const modelId = await train();
      const first = await submit([5]);
      const second = await submit([5]);
      await work({ maxBatch: 1 });
      const [one, two] = [await viewOf(first), await viewOf(second)];
      expect([one.state, two.state]).toEqual(["completed", "completed"]);
      expect(one.tasks).toMatchObject([{ certificateId: expect.any(String) }]);
      expect(two.tasks).toEqual([
        { ...one.tasks[0], modelId, state: "done", removedCount: 0, failure: null },
      ]);
    });

    it("do not get into another person's certificate where there is nothing left to remove", async () => {
      await train();
      const first = await submit([1]);
      await work();
      const [again, other] = [await submit([1]), await submit([2])];
      await work();
      expect(await viewOf(again)).toMatchObject({ state: "completed", rowCount: 0 });
      const ids = await Promise.all(
        [first, again, other].map(async (id) => (await viewOf(id)).tasks[0]?.certificateId),
      );
      expect(ids[1]).toBeNull();
      expect(ids[2]).not.toBe(ids[0]);
    });

    it("fail together where the row cannot be forgotten", async () => {
      const { id: modelId } = await service.createModel(tenantId, { name: "m", datasetId, options });
      await makeHopeless(database, modelId);
      await work();
      const both = [await submit([7]), await submit([7])];
      await work();
      expect(await Promise.all(both.map(stateOf))).toEqual(["failed", "failed"]);
      await service.deleteModel(tenantId, modelId);
      expect(await Promise.all(both.map(stateOf))).toEqual(["completed", "completed"]);
      expect(await isErased(7)).toBe(true);
    });
  });

  describe("a model that is deleted, or fails", () => {
    it("leaves no request open that was being accepted meanwhile", async () => {
      const modelId = await train();
      let deletion: Promise<void> | undefined;
      const slow: Queue = {
        ...queue,
        async add(...job) {
          // PGlite has one connection: there the deletion waits by itself.
          deletion = service.deleteModel(tenantId, modelId);
          await new Promise((resolve) => setTimeout(resolve, 300));
          return queue.add(...job);
        },
      };
      const [accepted] = await submitAll(database, slow, [{ tenantId, request: { datasetId, rows: [1] } }]);
      await deletion;
      if (!accepted || accepted instanceof Error) throw accepted;
      expect(await stateOf(accepted.request.id)).toBe("completed");
    });

    it("leaves the requests that failed in it to the others, whose failures they are not", async () => {
      const { id: hopeless } = await service.createModel(tenantId, { name: "m", datasetId, options });
      await makeHopeless(database, hopeless);
      await work();
      const other = await train();
      const setState = (state: "ready" | "training") =>
        database.queries.update(models).set({ state }).where(eq(models.id, other));
      // The one fails, while the other is not there yet.
      await setState("training");
      const request = await submit([7]);
      await unlearnModel({ ...context(), lease: NO_LEASE }, hopeless);
      expect(await viewOf(request)).toMatchObject({
        state: "failed",
        failure: expect.stringContaining("cannot be certified"),
      });
      await service.deleteModel(tenantId, hopeless);
      expect(await viewOf(request)).toMatchObject({ state: "running", failure: null });
      await setState("ready");
      await work();
      expect(await viewOf(request)).toMatchObject({ state: "completed", failure: null });
    });

    it("ends what came while it was trained", async () => {
      const { id } = await service.createModel(tenantId, {
        name: "m",
        datasetId,
        options,
      });
      // Options that only the training finds wrong.
      const wrong = { ...options, sigma: -1 };
      await database.queries
        .update(models)
        .set({ state: "training", options: wrong })
        .where(eq(models.id, id));
      const request = await submit([1]);
      expect(await stateOf(request)).toBe("accepted");
      await work();
      expect(await service.getModel(tenantId, id)).toMatchObject({
        state: "failed",
        failure: expect.stringMatching(/sigma = -1/),
      });
      expect(await stateOf(request)).toBe("completed");
    });

    it("has its tasks closed by the next sweep, however they were left", async () => {
      const modelId = await train();
      const request = await submit([1]);
      await database.queries.update(models).set({ state: "deleted" }).where(eq(models.id, modelId));
      await sweep(context());
      expect(await stateOf(request)).toBe("completed");
    });
  });

  it("two trainings of one model at once leave one whole model", async () => {
    const { id } = await service.createModel(tenantId, { name: "m", datasetId, options });
    const unleased = { ...context(), lease: NO_LEASE };
    const outcomes = await Promise.allSettled([trainModel(unleased, id), trainModel(unleased, id)]);
    expect(outcomes.filter(({ status }) => status === "fulfilled").length).toBeGreaterThanOrEqual(1);
    const pages = await database.queries.select().from(modelPages).where(eq(modelPages.modelId, id));
    expect(pages.length).toBeGreaterThan(0);
    expect((await service.listReleases(tenantId, id)).items.length).toBe(1);
    const request = await submit([1]);
    await work();
    expect(await stateOf(request)).toBe("completed");
  });

  describe("a request", () => {
    it("that the database refuses keeps no other out", async () => {
      await train();
      const asked = [
        { datasetId, rows: [1] },
        { datasetId, rows: [2], envelope: { text: "\u0000" } },
        { datasetId, rows: [3] },
        { datasetId, rows: [4] },
      ];
      const outcomes = await Promise.allSettled(asked.map((request) => service.submit(tenantId, request)));
      expect(outcomes.map(({ status }) => status)).toEqual([
        "fulfilled",
        "rejected",
        "fulfilled",
        "fulfilled",
      ]);
    });

    it("is due in a year that can be written", async () => {
      for (const dueAt of ["0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59", "x"])
        await expect(submit([1], { dueAt: new Date(dueAt) })).rejects.toMatchObject({ code: "E_OPTION" });
    });

    it("sent again after its data set was deleted is the same request", async () => {
      const asked = { datasetId, rows: [1], idempotencyKey: "one" };
      const { request } = await service.submit(tenantId, asked);
      await work();
      await service.deleteDataset(tenantId, datasetId);
      expect(await service.submit(tenantId, asked)).toMatchObject({
        isRepeated: true,
        request: { id: request.id, state: "completed" },
        unknown: [],
        ledgerSalt: null,
      });
      const other = service.submit(tenantId, { ...asked, idempotencyKey: "two" });
      await expect(other).rejects.toMatchObject({ code: "E_NOT_FOUND" });
    });

    it("is taken back with others, or none of them is", async () => {
      await train();
      const [one, two] = [await submit([1]), await submit([2])];
      await database.queries.update(requests).set({ state: "running" }).where(eq(requests.id, two));
      await expect(service.cancelAll(tenantId, [one, two])).rejects.toMatchObject({ code: "E_CONFLICT" });
      expect([await stateOf(one), await stateOf(two)]).toEqual(["accepted", "running"]);
      const open = await database.queries
        .select()
        .from(tasks)
        .where(and(eq(tasks.requestId, one), eq(tasks.state, "waiting")));
      expect(open).toHaveLength(1);
    });
  });

  it("more rows than a statement has parameters are one request", async () => {
    const rowCount = 70_000;
    const features = new Float32Array(rowCount).fill(0.5);
    const labels = Float32Array.from({ length: rowCount }, (_, i) => (i % 2 === 0 ? 1 : -1));
    const subjects = Array.from({ length: rowCount }, (_, i) => (i < 66_000 ? "firm" : `person ${i}`));
    const { intercept } = dataset.scaling;
    const big = { ...dataset, rowCount, features, labels, subjects, featureCount: 1, featureNames: null };
    const source = sourceOf({ ...big, scaling: { ...dataset.scaling, intercept } });
    const { id } = await service.createDataset(tenantId, { name: "big", source, schema: null });
    const asked = { datasetId: id, subjects: ["firm"] };
    expect((await service.preview(tenantId, asked)).rowCount).toBe(66_000);
    const { request } = await service.submit(tenantId, asked);
    expect(request).toMatchObject({ state: "completed", rowCount: 66_000 });
    const again = await service.submit(tenantId, asked);
    expect(again.request).toMatchObject({ state: "completed", rowCount: 0 });
  });
});
