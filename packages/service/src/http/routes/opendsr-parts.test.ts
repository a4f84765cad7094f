import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { request } from "node:http";
import { sourceOf } from "expunge/data";
import { afterAll, beforeAll, expect, it } from "vitest";
import { syntheticDataset } from "../../../../../test/synthetic.js";
import {
  startTestServer,
  TEST_CERTIFICATE,
  TEST_KEY,
  type TestServer,
} from "../../../testing/test-server.js";

/* An erasure of a tenant with many data sets. */

const DATASETS = 30;
const opendsr = {
  ...{ domain: "expunge.example.com", publicUrl: "https://expunge.example.com" },
  ...{ key: TEST_KEY, certificate: TEST_CERTIFICATE },
};
const dataset = syntheticDataset({ rowCount: 20 });

let server: TestServer;
let port: number;
beforeAll(async () => {
  server = await startTestServer({ opendsr });
  const source = sourceOf(dataset);
  for (let i = 0; i < DATASETS; i++)
    await server.service.createDataset(server.tenantId, { name: `d${i}`, source, schema: null });
  port = Number(new URL(await server.app.listen({ port: 0 })).port);
});
afterAll(() => server?.close());

const erasure = (subject_request_id: string) => ({
  ...{ regulation: "gdpr", subject_request_id, subject_request_type: "erasure" },
  ...{ submitted_time: "2026-11-01T12:00:00Z", api_version: "2.0" },
  subject_identities: [
    { identity_type: "email", identity_value: dataset.subjects![0], identity_format: "raw" },
  ],
});

/** How many calls of the service are under way at most, and what is done as each begins. */
function watching<N extends "submit" | "getRequest">(name: N, onCall: (count: number) => void = () => {}) {
  const { service } = server;
  const call = service[name] as (...given: unknown[]) => Promise<unknown>;
  const seen = { count: 0, under: 0, most: 0, stop: () => void Object.assign(service, { [name]: call }) };
  const watched = async (...given: unknown[]): Promise<unknown> => {
    seen.count += 1;
    seen.most = Math.max(seen.most, ++seen.under);
    onCall(seen.count);
    try {
      return await call.apply(service, given);
    } finally {
      seen.under -= 1;
    }
  };
  Object.assign(service, { [name]: watched });
  return seen;
}

const partsOf = async (): Promise<number> =>
  (await server.database.executor.executeSql("select 1 from requests")).rows.length;

it("submits some of its parts at once, stops when whoever asked has left, and goes on when they ask again", async () => {
  const asked = erasure(randomUUID());
  const sent = request({
    ...{ port, host: "127.0.0.1", method: "POST", path: "/opendsr/v2/requests" },
    headers: { authorization: `Bearer ${server.keys.submit}`, "content-type": "application/json" },
  });
  sent.on("error", () => {});
  const seen = watching("submit", (count) => {
    if (count === 3) sent.destroy();
  });
  sent.end(JSON.stringify(asked));
  const [, answer] = await once(server.app.server, "request");
  await once(answer, "close");
  await expect.poll(() => seen.under).toBe(0);
  const some = await partsOf();
  expect(some).toBeLessThan(DATASETS);
  const again = await server.call("submit", "POST /opendsr/v2/requests", { payload: asked });
  expect(again.statusCode, again.body).toBe(201);
  seen.stop();
  expect(seen.most).toBeGreaterThan(1);
  expect(seen.most).toBeLessThanOrEqual(8);
  expect(await partsOf()).toBe(DATASETS);
});

it("reads a few of its parts at once", async () => {
  const asked = erasure(randomUUID());
  expect((await server.call("submit", "POST /opendsr/v2/requests", { payload: asked })).statusCode).toBe(201);
  const seen = watching("getRequest");
  const path = `/opendsr/v2/requests/${asked.subject_request_id}/certificates`;
  const results = await server.call("submit", `GET ${path}`);
  seen.stop();
  expect([results.statusCode, results.json()]).toEqual([200, { items: [] }]);
  expect([seen.count, seen.most]).toEqual([DATASETS, 4]);
});
