import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { formOf, startTestServer, type TestServer } from "../../testing/test-server.js";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const SCHEMA = {
  version: 1,
  task: "binary",
  label: { column: "left", positive: ["yes"], negative: ["no"] },
  subject: "who",
  columns: [
    { name: "age", kind: "numeric", centre: 40, scale: 10 },
    { name: "plan", kind: "categorical", categories: ["basic"], unknown: "ignore", missing: "ignore" },
  ],
};

const HEADER = "who,age,plan,left";
/** @param cellsOf age and plan of a row */
const table = (rowCount: number, cellsOf: (row: number) => string): string =>
  `${[HEADER, ...Array.from({ length: rowCount }, (_, i) => `s${i},${cellsOf(i)},${i % 2 ? "yes" : "no"}`)].join("\n")}\n`;

async function create(data: string | Buffer) {
  const form = formOf({ name: "people", schema: JSON.stringify(SCHEMA), data });
  const answer = await server.call("train", "POST /v1/datasets", form);
  expect(answer.statusCode, answer.body).toBe(201);
  return answer.json();
}

const UNKNOWN = (count: number, of: number, rows: readonly number[], more = "") => ({
  ...{ column: "plan", kind: "unknown", count, rows },
  text: `${count} of ${of} rows ${count === 1 ? "has" : "have"} a category of "plan" that the schema does not list, and counts as none (${rows.length === 1 ? "row" : "rows"} ${rows.join(", ")}${more}).`,
});

it("says of a table what its schema lets pass and hardly knows, and shows no value", async () => {
  const { id, notes } = await create(
    table(40, (i) => (i < 6 ? "30,SECRET" : i === 8 ? "4321," : "50,basic")),
  );
  expect(notes).toEqual([
    {
      ...{ column: "age", kind: "far", count: 1, rows: [9] },
      text: '1 of 40 rows has a value of "age" more than 10 scales from its centre (row 9).',
    },
    UNKNOWN(6, 40, [1, 2, 3, 4, 5], ", ..."),
    {
      ...{ column: "plan", kind: "missing", count: 1, rows: [9] },
      text: '1 of 40 rows has no category of "plan" (row 9).',
    },
  ]);
  expect(JSON.stringify(notes)).not.toMatch(/SECRET|4321/);
  const shown = (await server.call("train", `GET /v1/datasets/${id}`)).json();
  expect(shown).not.toHaveProperty("notes");
  expect((await create(table(4, () => "30,basic"))).notes).toEqual([]);
});

it("says it of rows that are added, as a table or as fields, once more where they come again", async () => {
  const { id } = await create(table(4, () => "30,basic"));
  const add = async (call: object, headers: object = {}) => {
    const own = call as { headers?: object };
    const sent = { ...call, headers: { ...own.headers, ...headers } };
    const answer = await server.call("train", `POST /v1/datasets/${id}/rows`, sent as never);
    expect(answer.statusCode, answer.body).toBeLessThan(300);
    return answer.json();
  };
  const form = formOf({ data: gzipSync(table(3, (i) => (i === 1 ? "30,gold" : "30,basic"))) });
  expect((await add(form)).notes).toEqual([UNKNOWN(1, 3, [2])]);
  const row = { age: 30, left: "no" };
  const payload = {
    rows: [
      { ...row, who: "a", plan: "gold" },
      { ...row, who: "b", plan: "basic" },
    ],
  };
  const headers = { "idempotency-key": "k" };
  const [first, again] = [await add({ payload }, headers), await add({ payload }, headers)];
  expect([first.isRepeated, again.isRepeated]).toEqual([false, true]);
  expect([first.notes, again.notes]).toEqual([[UNKNOWN(1, 2, [1])], [UNKNOWN(1, 2, [1])]]);
});

it("says it of a correction and of its preview, once more where the correction comes again", async () => {
  const { id: datasetId } = await create(table(4, () => "30,basic"));
  const row = { who: "s1", age: 30, plan: "gold", left: "no" };
  const post = async (url: string, to: object, headers: object = {}) => {
    const sent = { payload: { datasetId, to: [to] }, headers } as never;
    const answer = await server.call("submit", `POST ${url}`, sent);
    expect(answer.statusCode, answer.body).toBeLessThan(300);
    return answer.json();
  };
  expect((await post("/v1/corrections/preview", row)).notes).toEqual([UNKNOWN(1, 1, [1])]);
  expect((await post("/v1/corrections/preview", { ...row, plan: "basic" })).notes).toEqual([]);
  const headers = { "idempotency-key": "c" };
  const [first, again] = [
    await post("/v1/corrections", row, headers),
    await post("/v1/corrections", row, headers),
  ];
  expect([first.isRepeated, again.isRepeated]).toEqual([false, true]);
  expect([first.notes, again.notes]).toEqual([[UNKNOWN(1, 1, [1])], [UNKNOWN(1, 1, [1])]]);
});

it("counts over all chunks of a long table, and says no more of it", async () => {
  const { notes } = await create(table(120_000, (i) => (i % 3 === 0 ? "30,gold" : "30,basic")));
  expect(notes).toEqual([UNKNOWN(40_000, 120_000, [1, 4, 7, 10, 13], ", ...")]);
});
