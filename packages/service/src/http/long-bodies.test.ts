import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestServer, testTable, trainTestModel } from "../../testing/test-server.js";

let server: TestServer;
let datasetId: string;
let modelId: string;
beforeAll(async () => {
  server = await startTestServer();
  ({ datasetId, modelId } = await trainTestModel(server));
});
afterAll(() => server.close());

const row = [0.5, -1.25, 2.75];
const rows = Array.from({ length: 60_000 }, (_, i) => row.map((value) => value * (1 + (i % 7))));
const labels = rows.map((_, i) => (i % 2 === 0 ? 1 : -1));
const predict = (payload: object | string, name = "predict") =>
  server.call("train", `POST /v1/models/${modelId}/${name}`, {
    payload,
    headers: { "content-type": "application/json" },
  });
const submit = (payload: object | string) =>
  server.call("submit", "POST /v1/requests", { payload, headers: { "content-type": "application/json" } });
const strangers = Array.from({ length: 40_000 }, (_, i) => `stranger ${i}`);

/** How often this process gets to other things while something is done. */
async function turnsDuring(use: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 1);
  await use();
  clearInterval(timer);
  return turns;
}

describe("a long body", () => {
  it("of rows has the answer that its parts have", async () => {
    const whole = await predict({ rows });
    expect(whole.statusCode, whole.body.slice(0, 200)).toBe(200);
    expect(whole.headers["content-type"]).toMatch(/^application\/json/);
    const part = await predict({ rows: rows.slice(0, 7) });
    const { labels: all, names, probabilities } = whole.json();
    expect(all).toHaveLength(rows.length);
    expect(part.json()).toEqual({
      labels: all.slice(0, 7),
      names: names.slice(0, 7),
      probabilities: probabilities.slice(0, 7),
    });
    const scored = await predict({ rows, labels }, "evaluate");
    expect(scored.json()).toMatchObject({ task: "binary", rowCount: rows.length });
    const wrong = await predict({ rows, labels: [1] }, "evaluate");
    expect(wrong.statusCode).toBe(422);
    expect(wrong.json().detail).toBe("Expected 60000 labels, one a row, found 1.");
  });

  it("of a request is taken as a short one is", async () => {
    const known = testTable().subjects[3];
    const answer = await submit({ datasetId, subjects: [...strangers, known], unknown: "skip" });
    expect(answer.statusCode, answer.body.slice(0, 200)).toBe(201);
    expect(answer.json().unknown).toHaveLength(strangers.length);
    expect(answer.json().request.rowCount).toBeGreaterThan(0);
  });

  it("that is wrong is refused as a short one is", async () => {
    const broken = `{"datasetId": "x", "subjects": [${"1,".repeat(200_000)}`;
    const [short, long] = [await submit('{"datasetId": "x", "subj'), await submit(broken)];
    expect([short.statusCode, long.statusCode]).toEqual([400, 400]);
    expect(long.json().code).toBe(short.json().code);
    const other = { datasetId: 1, subjects: ["a"], colour: "red" };
    const [one, many] = [await submit(other), await submit({ ...other, subjects: strangers })];
    expect(one.statusCode).toBe(422);
    const { requestId: _, ...expected } = one.json();
    expect(many.json()).toMatchObject(expected);
    expect((await predict({ rows: [...rows, ["x"]] })).json().errors).toEqual([
      { path: "/rows/60000/0", message: expect.stringMatching(/expected number/i) },
    ]);
  });

  it("keeps nobody else waiting while it is read, computed and hashed", async () => {
    const body = Buffer.from(JSON.stringify({ rows }));
    expect(
      await turnsDuring(() => server.service.predictBody(server.tenantId, modelId, body)),
    ).toBeGreaterThan(20);
    const subjects = [...strangers, testTable().subjects[5] as string];
    const request = { datasetId, subjects, unknown: "skip" } as const;
    expect(await turnsDuring(() => server.service.submit(server.tenantId, request))).toBeGreaterThan(5);
  });
});
