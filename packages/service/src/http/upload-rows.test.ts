import { afterAll, beforeAll, expect, it } from "vitest";
import { formOf, startTestServer, type TestServer } from "../../testing/test-server.js";

const LIMIT = 100_000;
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ uploadLimit: LIMIT });
});
afterAll(() => server.close());

const TEXTS = {
  ...{ version: 1, task: "binary", subject: "who" },
  label: { column: "y", positive: ["yes"], negative: ["no"] },
  columns: [{ name: "text", kind: "text", bits: 18 }],
};

/** @param texts of its rows */
function upload(texts: readonly string[]) {
  const lines = texts.map((text, i) => `p${i},${text},${i % 2 ? "yes" : "no"}`);
  const data = `${["who,text,y", ...lines].join("\n")}\n`;
  expect(data.length).toBeLessThan(LIMIT / 5);
  return server.call(
    "train",
    "POST /v1/datasets",
    formOf({ name: "t", schema: JSON.stringify(TEXTS), data }),
  );
}

it("sparse rows count for what they take, however few numbers they have", async () => {
  const few = await upload(Array(100).fill(""));
  expect(few.statusCode, few.body).toBe(201);
  const many = await upload(Array(1000).fill(""));
  expect([many.statusCode, many.json().errors]).toEqual([
    413,
    [
      {
        path: "data",
        message:
          "Expected rows of at most 100000 bytes, eight to a number other than 0 and 256 more to a row.",
      },
    ],
  ]);
});
