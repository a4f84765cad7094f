import { ExpungeError } from "expunge";
import { createDataset, sourceOf } from "expunge/data";
import pg from "pg";
import { beforeAll, describe, expect, it } from "vitest";
import { recorded } from "../../../../test/explained.js";
import { postgresPrograms } from "../../../../test/postgres.js";
import { createTestDatabase, type TestDatabase } from "../../../../test/shared-postgres.js";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { openTestService, type TestService } from "../../testing/test-service.js";
import { newId } from "../database/ids.js";
import { models } from "../database/tables.js";
import { submitAll } from "./submit-requests.js";
import { createSubmitter } from "./submitter.js";

const dataset = syntheticDataset({ rowCount: 60 });
const subjects = Array.from({ length: 60 }, (_, i) => `person ${i}`);

describe.skipIf(postgresPrograms() === null)("requests that are taken in together", () => {
  let postgres: TestDatabase | undefined;
  let opened: TestService | undefined;
  let { database, queue, service, tenantId } = {} as TestService;
  const datasetIds: string[] = [];

  beforeAll(async () => {
    postgres = await createTestDatabase();
    opened = await openTestService(postgres.url, dataset);
    ({ database, queue, service, tenantId } = opened);
    for (const name of ["a", "b", "c"]) {
      const source = sourceOf({ ...dataset, subjects });
      const { id } = await service.createDataset(tenantId, { name, source, schema: null });
      datasetIds.push(id);
      const model = { id: newId(), tenantId, datasetId: id, name, options: {}, version: 0, pageSlots: 1 };
      await database.queries.insert(models).values({ ...model, state: "ready" });
    }
    return async () => {
      await opened?.close();
      await postgres?.remove();
    };
  });

  it("send no more statements than one, whatever they name", async () => {
    const one = {
      tenantId,
      request: { datasetId: datasetIds[0]!, subjects: ["person 0"], idempotencyKey: "0" },
    };
    const many = datasetIds.flatMap((datasetId, place) =>
      Array.from({ length: 10 }, (_, i) => ({
        tenantId,
        request: { datasetId, subjects: [`person ${i + 1}`], idempotencyKey: `${place}/${i}` },
      })),
    );
    const byOne = await recorded(() => submitAll(database, queue, [one], "skip"));
    const byMany = await recorded(async () => {
      const accepted = await submitAll(database, queue, many, "skip");
      expect(accepted.every((found) => !(found instanceof Error) && !found.isRepeated)).toBe(true);
    });
    expect(byMany.map(({ text }) => text)).toEqual(byOne.map(({ text }) => text));
    expect(byOne.length).toBeLessThanOrEqual(6);
  });

  it("do not share the fault of one whose rows cannot be read", async () => {
    const { objects } = database;
    const { read } = objects;
    const failing = async (): Promise<never> => {
      throw new ExpungeError("E_MODEL", "A page does not fit its checksum.");
    };
    Object.assign(objects, { read: failing });
    try {
      // No model has the rows of this data set: they are erased at once.
      const bad = { datasetId: (opened as TestService).datasetId, rows: [1] };
      // The first is alone, the others come together behind it.
      const asked = [bad, { ...bad, rows: [2] }, { datasetId: datasetIds[0]!, rows: [40] }];
      const answers = await Promise.allSettled(asked.map((request) => service.submit(tenantId, request)));
      expect(answers.map(({ status }) => status)).toEqual(["rejected", "rejected", "fulfilled"]);
    } finally {
      Object.assign(objects, { read });
    }
  });

  it("do not wait for one that names very many, nor one tenant's for another's many", async () => {
    const datasetId = datasetIds[2]!;
    const names = (count: number): string[] =>
      Array.from({ length: count }, (_, i) => (i === 0 ? "person 50" : `stranger ${i}`));
    const submitted: string[] = [];
    const submit = async (name: string, count: number): Promise<void> => {
      const request = { datasetId, subjects: names(count), unknown: "skip" } as const;
      await service.submit(tenantId, request);
      submitted.push(name);
    };
    const transactions: number[] = [];
    const { transaction } = database;
    let open = 0;
    Object.assign(database, {
      transaction: async (use: never, kind: never) => {
        open += 1;
        transactions.push(open);
        try {
          return await transaction(use, kind);
        } finally {
          open -= 1;
        }
      },
    });
    try {
      // One that is large and alone; a lot of the first; then two lots, since all would name too many.
      await Promise.all([submit("large", 10_001), ...[1, 4000, 4000, 4000].map((n) => submit(`${n}`, n))]);
    } finally {
      Object.assign(database, { transaction });
    }
    expect(submitted.sort()).toEqual(["1", "4000", "4000", "4000", "large"]);
    expect(transactions).toHaveLength(4);
    expect(Math.max(...transactions)).toBe(2);
  });

  /** Runs a statement in a transaction that stays open until it is let go; those of the service are ended where they are idle for long. */
  async function hold(text: string, id: string): Promise<() => Promise<void>> {
    const client = new pg.Client({ connectionString: postgres?.url });
    await client.connect();
    await client.query("begin");
    await client.query(text, [id]);
    return async () => {
      await client.query("commit");
      await client.end();
    };
  }

  const waitingForLocks = async (): Promise<number> => {
    const { rows } = await database.executor.executeSql(
      "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );
    return rows.length;
  };

  /** Two lots that come in opposite orders while somebody has what is in the middle of both. */
  async function crossing(keys: readonly [string, string, string], more: object, letGo: () => unknown) {
    const submit = (lot: readonly string[]) =>
      submitAll(
        database,
        queue,
        lot.map((idempotencyKey) => ({
          tenantId,
          request: { datasetId: datasetIds[0]!, rows: [30], idempotencyKey, ...more },
        })),
      );
    const lots = [submit(keys)];
    await expect.poll(waitingForLocks, { timeout: 60_000 }).toBe(1);
    lots.push(submit([...keys].reverse()));
    await expect.poll(waitingForLocks, { timeout: 60_000 }).toBe(2);
    await letGo();
    const [one, two] = (await Promise.all(lots)).map((answers) =>
      answers.map((answer) => {
        if (answer instanceof Error) throw answer;
        return answer.request.id;
      }),
    );
    expect(one).toEqual(two?.reverse());
  }

  it("of two servers wait for each other's keys in one order", async () => {
    const reached = new Promise<() => void>((reach) => {
      const slow: typeof queue = {
        ...queue,
        async add(...job) {
          await new Promise<void>((go) => reach(go));
          return queue.add(...job);
        },
      };
      const request = { datasetId: datasetIds[0]!, rows: [30], idempotencyKey: "middle" };
      void submitAll(database, slow, [{ tenantId, request }]);
    });
    const letGo = await reached;
    await crossing(["first", "middle", "last"], {}, letGo);
  });

  it("and for each other's callbacks, where they are repeated", async () => {
    const keys = ["c1", "c2", "c3"] as const;
    const ids: string[] = [];
    for (const idempotencyKey of keys) {
      const request = { datasetId: datasetIds[0]!, rows: [31], idempotencyKey };
      ids.push((await service.submit(tenantId, request)).request.id);
    }
    const letGo = await hold(
      `insert into callbacks (id, tenant_id, request_id, address, token, token_digest, receiver, told)
         select gen_random_uuid(), tenant_id, id, 'x', 'token', sha256('token'), 'x', 'accepted' from requests where id = $1`,
      ids[1]!,
    );
    const callback = { address: "https://fides.example", token: "token", receiver: "fides" };
    await crossing(keys, { rows: [31], callback }, letGo);
  });

  it("are tried once more where two servers waited for each other", async () => {
    const { transaction } = database;
    let count = 0;
    Object.assign(database, {
      transaction: async (...what: [never]) => {
        count += 1;
        if (count === 2) throw Object.assign(new Error("deadlock detected"), { code: "40P01" });
        return transaction(...what);
      },
    });
    try {
      // The first is alone, the others come together behind it.
      const asked = [32, 33, 34].map((row) =>
        service.submit(tenantId, { datasetId: datasetIds[0]!, rows: [row] }),
      );
      expect((await Promise.all(asked)).map(({ request }) => request.state)).toEqual(
        Array.from({ length: 3 }, () => "accepted"),
      );
      expect(count).toBe(3);
    } finally {
      Object.assign(database, { transaction });
    }
  });

  it("do not wait for a model that is being deleted, unless they are for it", async () => {
    const patient = createSubmitter(database, queue, { heldMs: 600_000 });
    const letGo = await hold("select 1 from models where dataset_id = $1 for update", datasetIds[0]!);
    const answered: number[] = [];
    const submit = async (place: number): Promise<void> => {
      await patient.submit(tenantId, { datasetId: datasetIds[place]!, rows: [51] });
      answered.push(place);
    };
    const all = [submit(1), submit(0), submit(1), submit(0), submit(2)];
    await Promise.all([all[0], all[2], all[4]]);
    expect(answered.sort()).toEqual([1, 1, 2]);
    await letGo();
    await Promise.all(all);
    expect(answered.filter((place) => place === 0)).toHaveLength(2);
  });

  it("do not wait for requests of the same model that are being committed", async () => {
    const letGo = await hold("update models set version = version + 1 where dataset_id = $1", datasetIds[0]!);
    const { request } = await service.submit(tenantId, { datasetId: datasetIds[0]!, rows: [52] });
    expect(request.tasks).toMatchObject([{ state: "waiting" }]);
    await letGo();
  });

  it("do not wait for a data set that somebody holds, unless they are for it", async () => {
    const patient = createSubmitter(database, queue, { heldMs: 600_000 });
    const letGo = await hold("select 1 from datasets where id = $1 for update", datasetIds[0]!);
    const answered: number[] = [];
    const submit = async (place: number, signal?: AbortSignal): Promise<void> => {
      await patient.submit(tenantId, { datasetId: datasetIds[place]!, rows: [50] }, signal);
      answered.push(place);
    };
    // The first is alone, the others come together behind it; one leaves while it waits behind another.
    const leaving = new AbortController();
    const first = submit(0);
    await Promise.all([submit(1), submit(2)]);
    const others = [submit(0), submit(1), submit(2)];
    const left = submit(0, leaving.signal).catch((error: unknown) => error);
    await Promise.all(others.slice(1));
    leaving.abort();
    expect(answered.sort()).toEqual([1, 1, 2, 2]);
    // Nobody has it, deleted or not.
    const nobodys = patient.submit(tenantId, { datasetId: newId(), rows: [1] });
    await expect(nobodys).rejects.toMatchObject({ code: "E_NOT_FOUND" });
    await letGo();
    await Promise.all([first, ...others]);
    expect(answered.filter((place) => place === 0)).toHaveLength(2);
    expect(await left).toMatchObject({ code: "E_ABORTED" });
  });

  it("do not wait for another's rows to be erased: of one person who has very many, or on many pages", async () => {
    const shared = { task: "binary", scaling: "clip", intercept: 0.5 } as const;
    const dataOf = (rowCount: number, featureCount: number) => ({
      ...createDataset({
        ...{ ...shared, featureCount, features: new Float32Array(rowCount * featureCount) },
        labels: Array.from({ length: rowCount }, (_, i) => (i % 2 ? 1 : -1)),
      }),
      subjects: Array.from({ length: rowCount }, () => "everything"),
    });
    const { objects } = database;
    const { put } = objects;
    // Both without models. One row of the second takes a page.
    for (const data of [dataOf(10_001, 1), dataOf(100, 4096)]) {
      const input = { name: "large", source: sourceOf(data), schema: null };
      const { id } = await service.createDataset(tenantId, input);
      let letGo = (): void => {};
      const isWriting = new Promise<void>((reach) => {
        const free = new Promise<void>((go) => {
          letGo = go;
        });
        Object.assign(objects, {
          put: async (...what: Parameters<typeof put>) => {
            reach();
            await free;
            return put(...what);
          },
        });
      });
      try {
        const large = service.submit(tenantId, { datasetId: id, subjects: ["everything"] });
        let isDone = false;
        void large.finally(() => {
          isDone = true;
        });
        await isWriting;
        const { request } = await service.submit(tenantId, { datasetId: datasetIds[0]!, rows: [53] });
        expect([request.state, isDone]).toEqual(["accepted", false]);
        letGo();
        expect((await large).request).toMatchObject({ state: "completed", rowCount: data.labels.length });
      } finally {
        letGo();
        Object.assign(objects, { put });
      }
    }
  });

  it("of few names and many rows are stored together as far as their rows are few", async () => {
    const rowCount = 12_000;
    const data = createDataset({
      ...{ featureCount: 1, features: new Float32Array(rowCount), task: "binary", scaling: "clip" },
      labels: Array.from({ length: rowCount }, (_, i) => (i % 2 ? 1 : -1)),
    } as Parameters<typeof createDataset>[0]);
    const source = sourceOf({
      ...data,
      subjects: Array.from({ length: rowCount }, (_, row) => `${Math.floor(row / 4000)}`),
    });
    const { id: datasetId } = await service.createDataset(tenantId, {
      name: "of three",
      source,
      schema: null,
    });
    const model = { id: newId(), tenantId, datasetId, name: "m", options: {}, version: 0, pageSlots: 1 };
    await database.queries.insert(models).values({ ...model, state: "ready" });
    const asked = ["0", "1", "2"].map((subject) => ({
      tenantId,
      request: { datasetId, subjects: [subject] },
    }));
    const answers = await submitAll(database, queue, asked, "wait", 10_000);
    expect(answers[2]).toMatchObject({ rowCount: 4000, isErasing: false });
    expect(answers.slice(0, 2)).toMatchObject([
      { request: { rowCount: 4000 } },
      { request: { rowCount: 4000 } },
    ]);
    const again = ["0", "1", "2"].map((subject) =>
      service.submit(tenantId, { datasetId, subjects: [subject] }),
    );
    expect((await Promise.all(again)).map(({ request }) => request.state)).toEqual(
      again.map(() => "accepted"),
    );
  });

  it("that name very many wait in a line that ends, and leave it with whoever asked", async () => {
    const { transaction } = database;
    let go = (): void => {};
    const free = new Promise<void>((resolve) => {
      go = resolve;
    });
    Object.assign(database, {
      transaction: async (...what: [never]) => free.then(() => transaction(...what)),
    });
    const leaving = new AbortController();
    const many = Array.from({ length: 10_001 }, (_, i) => (i === 0 ? "person 51" : `stranger ${i}`));
    const asked = { datasetId: datasetIds[2]!, subjects: many, unknown: "skip" } as const;
    try {
      const first = service.submit(tenantId, asked);
      const waiting = Array.from({ length: 17 }, () => service.submit(tenantId, asked, leaving.signal));
      const outcomes = Promise.allSettled(waiting);
      await expect(waiting[16]).rejects.toMatchObject({ code: "E_LOCKED" });
      leaving.abort();
      const codes = (await outcomes).map((outcome) => (outcome as PromiseRejectedResult).reason.code);
      expect(codes).toEqual([...Array.from({ length: 16 }, () => "E_ABORTED"), "E_LOCKED"]);
      go();
      expect((await first).request.state).toBe("accepted");
    } finally {
      go();
      Object.assign(database, { transaction });
    }
  });

  it("are answered as they would be read, in their order", async () => {
    const datasetId = datasetIds[1]!;
    const dueAt = new Date("2031-02-03T04:05:06.789Z");
    const asked = [
      {
        datasetId,
        subjects: ["person 20", "nobody"],
        unknown: "skip",
        dueAt,
        envelope: { protocol: "x" },
        reference: "DSR-1",
      },
      { datasetId, subjects: ["nobody"], unknown: "accept" },
      { datasetId, rows: [21, 22, 21] },
      { datasetId, subjects: ["nobody"] },
      { datasetId, subjects: ["person 20"], idempotencyKey: "twice" },
      { datasetId, subjects: ["person 20"], idempotencyKey: "twice" },
    ] as const;
    const accepted = await submitAll(
      database,
      queue,
      asked.map((request) => ({ tenantId, request })),
    );
    const views = [];
    for (const found of accepted) {
      if (found instanceof Error) continue;
      expect(found.request).toEqual(await service.getRequest(tenantId, found.request.id));
      views.push(found.request);
    }
    expect(accepted[3]).toMatchObject({ code: "E_UNKNOWN_SUBJECT" });
    expect(views.map(({ state, rowCount, tasks }) => [state, rowCount, tasks.length])).toEqual([
      ["accepted", 1, 1],
      ["completed", 0, 0],
      ["accepted", 2, 1],
      ["accepted", 1, 1],
      ["accepted", 1, 1],
    ]);
    expect(views[0]?.dueAt).toEqual(dueAt);
    expect(views[3]?.id).toBe(views[4]?.id);
    expect(accepted[0]).toMatchObject({ unknown: [1], isRepeated: false });
    expect(accepted[5]).toMatchObject({ isRepeated: true });
  });
});
