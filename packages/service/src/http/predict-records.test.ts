import { afterAll, beforeAll, expect, it } from "vitest";
import {
  formOf,
  startTestServer,
  TEST_FIT,
  type TestServer,
  trainTestModel,
} from "../../testing/test-server.js";

let server: TestServer;
let modelId: string;
beforeAll(async () => {
  server = await startTestServer();
  ({ modelId } = await trainTestModel(server));
});
afterAll(() => server.close());

const predict = async (payload: object, id = modelId) => {
  const answer = await server.call("train", `POST /v1/models/${id}/predict`, { payload });
  return { status: answer.statusCode, body: answer.json() };
};
const numbers = (i: number): number[] => [Math.sin(i), Math.cos(i), Math.sin(3 * i)];

/** A data set of its own and a model of it. */
async function trainOn(schema: object, data: string): Promise<string> {
  const form = formOf({ name: "people", schema: JSON.stringify(schema), data });
  const stored = await server.call("train", "POST /v1/datasets", form);
  expect(stored.statusCode, stored.body).toBe(201);
  const { id: datasetId } = stored.json();
  const payload = { name: "m", datasetId, options: TEST_FIT };
  const made = await server.call("train", "POST /v1/models", { payload });
  expect(made.statusCode, made.body).toBe(202);
  await server.work();
  return made.json().id;
}

it("says of rows by names what it says of the same rows in order, in any order of the names", async () => {
  const rows = Array.from({ length: 50 }, (_, i) => numbers(i));
  const byOrder = await predict({ rows });
  const records = rows.map(([x0, x1, x2]) => ({ x2, x0, x1 }));
  const byName = await predict({ records });
  expect([byOrder.status, byName.status]).toEqual([200, 200]);
  expect(byName.body).toEqual({ ...byOrder.body, notes: [] });
  expect(new Set(byName.body.names)).toEqual(new Set(["-1", "1"]));
  const whole = records.map((record) => ({ ...record, who: "somebody", label: "1" }));
  expect((await predict({ records: whole })).body).toEqual(byName.body);
  const texts = records.map(({ x0, x1, x2 }) => ({ x0: `${x0}`, x1: `${x1}`, x2: `${x2}` }));
  expect((await predict({ records: texts })).body).toEqual(byName.body);
});

it("takes as many as it says, also where the body is long", async () => {
  const [x0, x1, x2] = numbers(1);
  const records = Array.from({ length: 10_000 }, () => ({ x0, x1, x2 }));
  const { status, body } = await predict({ records });
  expect([status, body.labels.length]).toEqual([200, 10_000]);
  const { body: refused, status: code } = await predict({ records: [...records, ...records.slice(0, 1)] });
  expect([code, refused.code]).toEqual([422, "E_REQUEST"]);
});

it("reads them by the data set's schema, and says what that hardly knows", async () => {
  const schema = {
    ...{
      version: 1,
      task: "binary",
      label: { column: "y", positive: ["yes"], negative: ["no"] },
      subject: null,
    },
    csv: { header: false, columnNames: ["plan", "age", "y"], delimiter: ";" },
    columns: [
      { name: "plan", kind: "categorical", categories: ["basic", "plus"], unknown: "ignore" },
      { name: "age", kind: "numeric", centre: 40, scale: 10 },
    ],
  };
  const lines = Array.from(
    { length: 200 },
    (_, i) => `${i % 2 ? "plus" : "basic"};40;${i % 2 ? "yes" : "no"}`,
  );
  const id = await trainOn(schema, `${lines.join("\n")}\n`);
  const records = [
    { age: 40, plan: "plus" },
    { age: 40, plan: "basic" },
    { age: 40, plan: "gold" },
  ];
  const { status, body } = await predict({ records }, id);
  expect(status, JSON.stringify(body)).toBe(200);
  expect(body.names.slice(0, 2)).toEqual(["yes", "no"]);
  expect(body.notes).toEqual([
    {
      ...{ column: "plan", kind: "unknown", count: 1, rows: [3] },
      text: '1 of 3 rows has a category of "plan" that the schema does not list, and counts as none (row 3).',
    },
  ]);
});

it("names row, field and what was expected, and no value", async () => {
  const [x0, x1, x2] = numbers(1);
  const good = { x0, x1, x2 };
  const cases: readonly (readonly [object, number, string, RegExp])[] = [
    [{ records: [good, { ...good, x1: "SECRET" }] }, 422, "E_DATA", /^records\[1\]: column "x1": expected /],
    [{ records: [good, { ...good, x1: null }] }, 422, "E_DATA", /^records\[1\]: column "x1": expected /],
    [{ records: [{ x0, x1 }] }, 422, "E_SCHEMA", /^records: expected a column "x2".*it is missing/],
    [{ records: [{ ...good, zzz: 1 }] }, 422, "E_SCHEMA", /^records: column "zzz" is not declared/],
    [{ records: [good, { x0, x1 }] }, 422, "E_REQUEST", /^records\[1\]: Expected as many fields/],
    [{ records: [[1, 2, 3]] }, 422, "E_REQUEST", /records\/0/],
    [{ rows: [good] }, 422, "E_REQUEST", /rows\/0: .*as records/],
    [{ rows: [[1, 2, 3]], records: [good] }, 422, "E_REQUEST", /either rows or records/],
    [{}, 422, "E_REQUEST", /either rows or records/],
    [{ records: [] }, 422, "E_REQUEST", /records/],
  ];
  for (const [payload, status, code, text] of cases) {
    const found = await predict(payload);
    expect([found.status, found.body.code], JSON.stringify(found.body)).toEqual([status, code]);
    expect(found.body.detail).toMatch(text);
    expect(JSON.stringify(found.body)).not.toContain("SECRET");
  }
});
