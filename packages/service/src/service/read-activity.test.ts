import { expect, it } from "vitest";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { databaseLocation } from "../../testing/databases.js";
import { openTestService } from "../../testing/test-service.js";
import * as present from "../http/present.js";

const location = databaseLocation("postgres");

it.each([
  { few: "some", waiting: 3, count: 8 },
  { few: "very many", waiting: 98, count: 600 },
])(
  "tells of a request to $few models how many are how far, and of a few what came of it",
  async ({ waiting: before, count }) => {
    const test = await openTestService(location(), syntheticDataset({ rowCount: 100 }));
    const { database, service, tenantId, datasetId } = test;
    const idOf = (number: string): string =>
      `(lpad(to_hex(${count}), 4, '0') || lpad(to_hex(${number}), 28, '0'))::uuid`;
    const run = (text: string) => database.executor.executeSql(text);
    const first = await service.submit(tenantId, { datasetId, rows: [0] });
    await run(
      `insert into models (id, tenant_id, dataset_id, name, state, options, page_slots)
     select ${idOf("i")}, '${tenantId}', '${datasetId}', 'm' || i, 'waiting', '{}', 1
     from generate_series(1, ${count}) i`,
    );
    const second = await service.submit(tenantId, { datasetId, rows: [1] });
    const id = second.request.id;
    // As if all of them had been trained on its row.
    await run(`update requests set state = 'running', completed_at = null where id = '${id}'`);
    await run(
      `insert into tasks (request_id, model_id, state, received_at) select '${id}', id, 'waiting', now() from models where dataset_id = '${datasetId}'`,
    );
    const [waiting] = (await service.activity(tenantId)).open;
    expect(waiting).toMatchObject({ id, taskCounts: { waiting: count, done: 0, failed: 0 }, tasks: [] });
    await run(
      `update tasks set state = case when model_id > ${idOf(`${before + 2}`)} then 'done' else 'failed' end
       where request_id = '${id}' and model_id > ${idOf(`${before}`)}`,
    );
    const activity = await service.activity(tenantId);
    const [going] = activity.open;
    expect(going?.taskCounts).toEqual({ waiting: before, done: count - before - 2, failed: 2 });
    const { tasks } = await service.getRequest(tenantId, id);
    expect(tasks).toHaveLength(count);
    // As the request itself has them.
    expect(going?.tasks).toEqual(tasks.slice(before, before + 3));
    expect(activity.recent[0]).toMatchObject({
      id: first.request.id,
      taskCounts: { waiting: 0, done: 0, failed: 0 },
      tasks: [],
    });
    const told = present.activity(activity);
    expect(JSON.stringify(told.open).length).toBeLessThan(2500);
    await test.close();
  },
);
