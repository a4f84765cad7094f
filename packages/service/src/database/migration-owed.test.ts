import { afterEach, beforeEach, expect, it } from "vitest";
import { newId } from "./ids.js";
import { OWED_TASKS } from "./migration-owed.js";
import { type Database, openDatabase } from "./open-database.js";
import {
  datasets,
  type ModelStateName,
  models,
  type RequestState,
  requests,
  restores,
  tasks,
  tenants,
} from "./tables.js";

/* A database of before this migration whose restore is unfinished, or is over. */

let database: Database;
const [tenantId, datasetId] = [newId(), newId()];
beforeEach(async () => {
  database = await openDatabase("memory:");
  await database.queries.insert(tenants).values({ id: tenantId, name: "one" });
  const dataset = { id: datasetId, tenantId, name: "d", secret: new Uint8Array(32), pageRows: 1 };
  await database.queries.insert(datasets).values({ ...dataset, state: "ready" });
});
afterEach(() => database.close());

async function addModel(state: ModelStateName): Promise<string> {
  const id = newId();
  const rest = { name: "m", options: {}, version: 0, pageSlots: 1 };
  await database.queries.insert(models).values({ id, tenantId, datasetId, state, ...rest });
  return id;
}

async function addRequest(state: RequestState): Promise<string> {
  const id = newId();
  const times = { receivedAt: new Date(), dueAt: new Date() };
  const values = { id, tenantId, datasetId, state, fingerprint: new Uint8Array(1), rowCount: 1, ...times };
  await database.queries.insert(requests).values(values);
  return id;
}

async function addTask(requestId: string, modelId: string, state: "waiting" | "failed" | "done") {
  await database.queries.insert(tasks).values({ requestId, modelId, state, receivedAt: new Date() });
}

async function migrateAgain(): Promise<{ owed: Record<string, unknown>[]; states: string[] }> {
  const { executeSql } = database.executor;
  await executeSql("drop table owed_tasks");
  await executeSql(OWED_TASKS.sql);
  const { rows } = await executeSql("select model_id, request_id from owed_tasks order by 1, 2");
  const found = await executeSql<{ state: string }>("select state from requests order by id");
  return { owed: rows as Record<string, unknown>[], states: found.rows.map(({ state }) => state) };
}

/** Requests in each state, each with a task in models of each state. @returns of the tasks those that wait for a model that is trained */
async function fill(): Promise<Record<string, unknown>[]> {
  const [ready, other] = [await addModel("ready"), await addModel("ready")];
  const others = [await addModel("waiting"), await addModel("training"), await addModel("failed")];
  const gone = await addModel("deleted");
  const waiting: Record<string, unknown>[] = [];
  const open: RequestState[] = ["accepted", "running", "failed"];
  for (const state of open) {
    const id = await addRequest(state);
    await addTask(id, ready, "waiting");
    waiting.push({ model_id: ready, request_id: id });
    await addTask(id, other, state === "failed" ? "failed" : "done");
    for (const model of [...others, gone]) await addTask(id, model, "waiting");
  }
  const completed = await addRequest("completed");
  for (const model of [ready, other]) await addTask(completed, model, "done");
  await addRequest("cancelled");
  return waiting.sort((a, b) => (String(a.request_id) < String(b.request_id) ? -1 : 1));
}

const inOrder = async (): Promise<string[]> => {
  const found = await database.queries.select().from(requests).orderBy(requests.id);
  return found.map(({ state }) => state);
};

it("an unfinished restore owes what waits for trained models, and what had not begun counts as begun", async () => {
  const waiting = await fill();
  await database.queries.insert(restores).values({ backupCreatedAt: new Date() });
  const before = await inOrder();
  expect(await migrateAgain()).toEqual({
    owed: waiting,
    states: before.map((state) => (state === "accepted" ? "running" : state)),
  });
});

it("a restore that is over owes nothing, and what had not begun can be taken back", async () => {
  await fill();
  await database.queries.insert(restores).values({ backupCreatedAt: new Date(), finishedAt: new Date() });
  const states = await inOrder();
  expect(states).toContain("accepted");
  expect(await migrateAgain()).toEqual({ owed: [], states });
});
