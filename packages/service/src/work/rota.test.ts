import { sourceOf } from "expunge/data";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { syntheticDataset, uniforms } from "../../../../test/synthetic.js";
import { openTestService, signer, type TestService } from "../../testing/test-service.js";
import { newId } from "../database/ids.js";
import { models, tenants } from "../database/tables.js";
import { Rota } from "./rota.js";
import { deletionRound, sweepTrainings, trainingRound } from "./rounds.js";
import type { WaitingModel } from "./waiting-models.js";

const dataset = syntheticDataset({ rowCount: 100 });
const options = { epsilon: 1, delta: 1e-4, epochs: 2, batchSize: 20, sigma: 0.05, maxSteps: 1000 };

interface Tenant {
  readonly tenantId: string;
  readonly datasetId: string;
}

let test: TestService;
let [many, few] = [] as unknown as [Tenant, Tenant];
beforeAll(async () => {
  test = await openTestService("memory:", dataset);
  const tenantId = newId();
  await test.database.queries.insert(tenants).values({ id: tenantId, name: tenantId });
  const input = { name: "other", source: sourceOf(dataset), schema: null };
  const { id } = await test.service.createDataset(tenantId, input);
  [many, few] = [test, { tenantId, datasetId: id }];
  for (const tenant of [many, many, many, few]) await create(tenant);
  await test.work();
});
afterEach(() => test.work());
afterAll(() => test.close());

const create = async ({ tenantId, datasetId }: Tenant): Promise<string> =>
  (await test.service.createModel(tenantId, { name: "m", datasetId, options })).id;
const submit = async ({ tenantId, datasetId }: Tenant, row: number): Promise<string> =>
  (await test.service.submit(tenantId, { datasetId, rows: [row] })).request.id;
const isDone = async ({ tenantId }: Tenant, requestId: string): Promise<boolean> =>
  (await test.service.getRequest(tenantId, requestId)).state === "completed";

/** One tenant's deletion in three models, and another's in one, which came later. */
async function ask(row: number): Promise<readonly [first: string, later: string]> {
  return [await submit(many, row), await submit(few, row)];
}

it("a tenant's deletion waits for one of another's models, not for all of them", async () => {
  const [, asked] = await ask(1);
  const stopping = new AbortController();
  let count = 0;
  const afterTwo = async () => {
    count += 1;
    if (count === 2) stopping.abort();
    return signer;
  };
  await deletionRound(test.context({ signer: afterTwo, stopping: stopping.signal }), new Map());
  expect([count, await isDone(few, asked)]).toEqual([2, true]);
});

it("a tenant's deletion does not wait until all jobs before its own were taken", async () => {
  const [, asked] = await ask(2);
  const { items } = await test.service.listModels(many.tenantId);
  const jobs = Array.from({ length: 200 }, () => items[0]!.id);
  await test.database.executor.executeSql("delete from pgboss.job");
  await test.queue.add("unlearn", jobs, test.database.executor);
  await deletionRound(test.context(), new Map());
  expect(await isDone(few, asked)).toBe(true);
});

it("a round of deletions ends after a while, and the next one goes on with whose turn it is", async () => {
  const [first, asked] = await ask(3);
  const rota = new Rota();
  const round = () => deletionRound(test.context({ roundMs: 0 }), new Map(), rota);
  await round();
  expect(await isDone(few, asked)).toBe(false);
  await round();
  expect([await isDone(few, asked), await isDone(many, first)]).toEqual([true, false]);
  while ((await round()) > 0);
  expect(await isDone(many, first)).toBe(true);
  expect([rota.jobCount, await test.queue.take("unlearn", 1)]).toEqual([0, []]);
});

it.each([{ round: trainingRound }, { round: sweepTrainings }])(
  "a tenant's training waits for one of another's, not for all of them: $round.name",
  async ({ round }) => {
    const made = [await create(many), await create(many), await create(few)];
    const rota = new Rota();
    const trained = async (): Promise<string> => {
      await round(test.context({ roundMs: 0 }), new Map(), rota);
      const states = await test.database.queries.select({ id: models.id, state: models.state }).from(models);
      return made.map((id) => states.find((model) => model.id === id)?.state).join();
    };
    expect(await trained()).toBe("ready,waiting,waiting");
    expect(await trained()).toBe("ready,waiting,ready");
    expect(await trained()).toBe("ready,ready,ready");
  },
);

/** What a worker that is free takes, as rounds do: of tenants in turn what no other has. */
function takeNext(rota: Rota, waiting: readonly WaitingModel[], taken: ReadonlySet<string>) {
  for (const model of rota.inTurn(waiting)) {
    if (taken.has(model.id)) continue;
    rota.note(model);
    return model;
  }
  return null;
}

it("several workers, each with turns of its own, let a tenant's model wait for one of another's at each of them", () => {
  const uniform = uniforms(7);
  const workers = Array.from({ length: 5 }, () => ({ rota: new Rota(), until: 0, has: "" }));
  const ofMany = Array.from({ length: 40 }, (_, i) => ({ id: `many ${i}`, tenantId: "many", waited: 0 }));
  const rare = ["a", "b", "c"].map((tenantId) => ({
    id: tenantId,
    tenantId,
    waited: 0,
    from: 0,
    before: 0,
    done: 0,
  }));
  let most = 0;
  for (let now = 0; now < 10_000; now++) {
    for (const worker of workers) {
      if (worker.until > now) continue;
      worker.has = "";
      const taken = new Set(workers.map(({ has }) => has));
      const waiting = [...ofMany, ...rare.filter(({ from }) => from <= now)];
      const model = takeNext(worker.rota, waiting, taken)!;
      worker.has = model.id;
      worker.until = now + 1 + Math.floor(20 * uniform());
      for (const one of rare) {
        if (one.id === model.id) {
          most = Math.max(most, one.before);
          // It comes again once it is done with, sooner or later.
          Object.assign(one, {
            from: worker.until + Math.floor(50 * uniform()),
            before: 0,
            done: one.done + 1,
          });
        } else if (one.from <= now && model.tenantId === "many") one.before += 1;
      }
    }
  }
  for (const { done } of rare) expect(done).toBeGreaterThan(100);
  // A worker that remembers nobody would take the many's models, which come first, for ever.
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThanOrEqual(workers.length);
});

it("a model whose jobs another worker holds is served before those of its tenant that were asked later, however many jobs those have", () => {
  const rota = new Rota();
  const later = ["a", "b", "c"].map((id) => ({ id, tenantId: "t", waited: 1 }));
  const order = (waited: number): string[] => {
    for (const { id } of later) rota.takeIn([{ id: newId(), modelId: id }]);
    return [...rota.inTurn([{ id: "others", tenantId: "t", waited }, ...later])].map(({ id }) => id);
  };
  // At about the same time workers begin with models that they have jobs for.
  expect(order(2)).toEqual(["a", "b", "c", "others"]);
  expect(order(20)).toEqual(["others", "a", "b", "c"]);
});
