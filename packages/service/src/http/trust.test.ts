import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Wire, wireTo } from "../../../../test/cut-off.js";
import {
  formOf,
  startTestServer,
  TEST_SCHEMA,
  type TestServer,
  testTable,
  trainTestModel,
} from "../../testing/test-server.js";
import type { Role } from "../database/tables.js";

let server: TestServer;
/** The way to the database; null where it is an embedded one. */
let wire: Wire | null = null;
let datasetId: string;
let modelId: string;
let requestId: string;
let certificateId: string;

beforeAll(async () => {
  server = await startTestServer({}, async (url) => {
    wire = await wireTo(url);
    return wire.url;
  });
  ({ datasetId, modelId } = await trainTestModel(server));
  const payload = { datasetId, rows: [1] };
  requestId = (await server.call("submit", "POST /v1/requests", { payload })).json().request.id;
  await server.work();
  const done = (await server.call("submit", `GET /v1/requests/${requestId}`)).json();
  certificateId = done.tasks[0].certificateId;
});
afterAll(async () => {
  await server?.close();
  await wire?.close();
});

const otherId = "00000000-0000-4000-8000-000000000009";

const NEW_ROW = { who: "new@example.com", x0: 0.1, x1: 0.2, x2: "0.3", label: 1 };
const correction = () => ({
  datasetId,
  rows: [3],
  to: [{ ...NEW_ROW, who: testTable().subjects[3] as string }],
});

/** Every route that needs a key, and who may use it; a body that would do. */
const ROUTES: readonly { what: () => string; roles: readonly Role[]; payload?: () => object }[] = [
  { what: () => "GET /v1/datasets", roles: ["submit", "train", "audit"] },
  { what: () => `GET /v1/datasets/${datasetId}`, roles: ["submit", "train", "audit"] },
  { what: () => "POST /v1/datasets", roles: ["train"] },
  {
    what: () => "POST /v1/models",
    roles: ["train"],
    payload: () => ({ name: "m", datasetId, options: { epsilon: 1, delta: 1e-4 } }),
  },
  {
    what: () => "POST /v1/models/plan",
    roles: ["train"],
    payload: () => ({ datasetId, options: { epsilon: 1, delta: 1e-4 } }),
  },
  { what: () => "GET /v1/models", roles: ["train", "audit"] },
  { what: () => `GET /v1/models/${modelId}`, roles: ["train", "audit"] },
  { what: () => `GET /v1/models/${modelId}/releases`, roles: ["train", "audit"] },
  { what: () => `GET /v1/models/${modelId}/releases/1/evaluation`, roles: ["train", "audit"] },
  { what: () => `GET /v1/models/${modelId}/weights`, roles: ["train"] },
  {
    what: () => `POST /v1/models/${modelId}/predict`,
    roles: ["train"],
    payload: () => ({ rows: [[1, 2, 3]] }),
  },
  {
    what: () => `POST /v1/models/${modelId}/evaluate`,
    roles: ["train"],
    payload: () => ({ rows: [[1, 2, 3]], labels: [1] }),
  },
  { what: () => `GET /v1/datasets/${datasetId}/schema`, roles: ["submit", "train", "audit"] },
  {
    what: () => `POST /v1/datasets/${datasetId}/rows`,
    roles: ["train"],
    payload: () => ({ rows: [NEW_ROW] }),
  },
  { what: () => `POST /v1/models/${modelId}/lessons`, roles: ["train"], payload: () => ({ steps: 5 }) },
  {
    what: () => `POST /v1/models/${modelId}/lessons/preview`,
    roles: ["train"],
    payload: () => ({ steps: 5 }),
  },
  { what: () => `GET /v1/models/${modelId}/lessons`, roles: ["train", "audit"] },
  { what: () => `GET /v1/models/${modelId}/lessons/${otherId}`, roles: ["train", "audit"] },
  { what: () => `PUT /v1/models/${modelId}/schedule`, roles: ["train"], payload: () => ({ rows: 1000 }) },
  { what: () => `DELETE /v1/models/${modelId}/schedule`, roles: ["train"] },
  { what: () => "POST /v1/corrections", roles: ["submit"], payload: correction },
  { what: () => "POST /v1/corrections/preview", roles: ["submit"], payload: correction },
  { what: () => "POST /v1/requests", roles: ["submit"], payload: () => ({ datasetId, rows: [2] }) },
  { what: () => "POST /v1/requests/preview", roles: ["submit"], payload: () => ({ datasetId, rows: [2] }) },
  {
    what: () => `POST /v1/requests/${requestId}/receipts`,
    roles: ["submit"],
    payload: () => ({ subjects: ["a"] }),
  },
  { what: () => "GET /v1/requests", roles: ["submit", "audit"] },
  { what: () => `GET /v1/requests/${requestId}`, roles: ["submit", "audit"] },
  { what: () => `DELETE /v1/requests/${requestId}`, roles: ["submit"] },
  { what: () => "GET /v1/certificates", roles: ["audit"] },
  { what: () => `GET /v1/certificates/${certificateId}`, roles: ["submit", "audit"] },
  { what: () => `GET /v1/certificates/${certificateId}/proof`, roles: ["submit", "audit"] },
  { what: () => "GET /ledger/checkpoint", roles: ["audit"] },
  { what: () => "GET /ledger/tile/0/000", roles: ["audit"] },
  { what: () => "GET /v1/ledger/consistency?from=0&to=1", roles: ["audit"] },
  { what: () => "GET /metrics", roles: ["audit"] },
  { what: () => "POST /v1/plan", roles: ["submit", "train", "audit"], payload: () => ({}) },
  { what: () => "POST /v1/plan/on-release", roles: ["submit", "train", "audit"], payload: () => ({}) },
  { what: () => `DELETE /v1/models/${otherId}`, roles: ["train"] },
  { what: () => `DELETE /v1/datasets/${otherId}`, roles: ["train"] },
  { what: () => "GET /v1/me", roles: ["submit", "train", "audit"] },
  { what: () => "GET /v1/events", roles: ["submit", "train", "audit"] },
  { what: () => "GET /v1/keys", roles: [] },
  { what: () => "POST /v1/keys", roles: [], payload: () => ({ role: "audit", label: "x" }) },
  { what: () => "DELETE /v1/keys/x", roles: [] },
];

describe("roles", () => {
  it.each(ROUTES)("%# is for its roles and admin", async ({ what, roles, payload }) => {
    for (const role of ["submit", "train", "audit", "admin"] as const) {
      const { statusCode } = await server.call(role, what(), payload ? { payload: payload() } : {});
      if (role === "admin" || roles.includes(role)) expect([401, 403], role).not.toContain(statusCode);
      else expect(statusCode, role).toBe(403);
    }
    const nobody = await server.call({ key: null }, what(), payload ? { payload: payload() } : {});
    expect([nobody.statusCode, nobody.headers["www-authenticate"]]).toEqual([401, 'Bearer realm="expunge"']);
  });

  it("are all that there are: the description has no other route that needs a key", async () => {
    const { paths } = (await server.call({ key: null }, "GET /openapi.json")).json();
    const described = Object.entries(
      paths as Record<string, Record<string, { security: unknown[] }>>,
    ).flatMap(([path, methods]) =>
      Object.entries(methods).flatMap(([method, { security }]) =>
        security.length > 0 ? [`${method.toUpperCase()} ${path.replaceAll(/\{[^}]*\}/g, ":")}`] : [],
      ),
    );
    const tested = ROUTES.map(({ what }) =>
      what()
        .replace(/\?.*/, "")
        .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, ":")
        .replace("/v1/keys/x", "/v1/keys/:")
        .replace("/releases/1/", "/releases/:/")
        .replace("/ledger/tile/0/000", "/ledger/tile/:"),
    );
    expect(described.sort()).toEqual(tested.sort());
  });
});

describe("a lost database", () => {
  /** What they answer does not depend on it. */
  const NEED_NONE = [
    "POST /v1/datasets",
    "POST /v1/plan",
    "POST /v1/plan/on-release",
    "GET /v1/me",
    "DELETE /v1/keys/x",
  ];

  /** While every connection is broken and none is to be had. */
  async function askWithout(what: string, call: object = {}): Promise<unknown[]> {
    // The key is remembered for a second: it is the route that finds the database gone.
    await server.call("admin", "GET /v1/me");
    wire?.cut();
    const { statusCode, headers } = await server.call("admin", what, call);
    wire?.mend();
    return [statusCode, headers["retry-after"]];
  }

  it("is answered 503 by every route, with when to ask again", async ({ skip }) => {
    if (wire === null) return skip("no PostgreSQL here");
    for (const { what, payload } of ROUTES) {
      if (NEED_NONE.includes(what())) continue;
      expect(await askWithout(what(), payload ? { payload: payload() } : {}), what()).toEqual([503, "5"]);
    }
  });

  it("is answered so to everybody, and to whoever uploads", async ({ skip }) => {
    if (wire === null) return skip("no PostgreSQL here");
    for (const name of ["expunge-keys.json", "expunge-log-keys.json"])
      expect(await askWithout(`GET /.well-known/${name}`)).toEqual([503, "5"]);
    expect(await askWithout("GET /readyz")).toEqual([503, "5"]);
    const form = formOf({ name: "people", schema: JSON.stringify(TEST_SCHEMA), data: testTable().csv });
    expect(await askWithout("POST /v1/datasets", form)).toEqual([503, "5"]);
    const again = await server.call("admin", "POST /v1/datasets", form);
    expect(again.statusCode).toBe(201);
  });
});

describe("tenants", () => {
  const theirs = (): [string, object?][] => [
    [`GET /v1/datasets/${datasetId}`],
    [`GET /v1/models/${modelId}`],
    [`GET /v1/models/${modelId}/weights`],
    [`POST /v1/models/${modelId}/predict`, { rows: [[1, 2, 3]] }],
    [`POST /v1/models/${modelId}/evaluate`, { rows: [[1, 2, 3]], labels: [1] }],
    ["POST /v1/models", { name: "m", datasetId, options: { epsilon: 1, delta: 1e-4 } }],
    ["POST /v1/requests", { datasetId, rows: [2] }],
    ["POST /v1/requests", { datasetId, subjects: [testTable().subjects[0]] }],
    ["POST /v1/requests/preview", { datasetId, rows: [2] }],
    [`GET /v1/datasets/${datasetId}/schema`],
    [`POST /v1/datasets/${datasetId}/rows`, { rows: [NEW_ROW] }],
    [`POST /v1/models/${modelId}/lessons`, {}],
    [`POST /v1/models/${modelId}/lessons/preview`, {}],
    [`GET /v1/models/${modelId}/lessons`],
    [`PUT /v1/models/${modelId}/schedule`, { rows: 5 }],
    [`DELETE /v1/models/${modelId}/schedule`],
    ["POST /v1/corrections", correction()],
    ["POST /v1/corrections/preview", correction()],
    [`GET /v1/requests/${requestId}`],
    [`DELETE /v1/requests/${requestId}`],
    [`POST /v1/requests/${requestId}/receipts`, { subjects: [testTable().subjects[0]] }],
    [`GET /v1/models/${modelId}/releases`],
    [`GET /v1/models/${modelId}/releases/1/evaluation`],
    [`GET /v1/certificates/${certificateId}`],
    [`GET /v1/certificates/${certificateId}/proof`],
  ];

  it("find nothing of each other's, not even that it is there", async () => {
    const { admin } = server.strangers;
    for (const [what, payload] of theirs()) {
      const answer = await server.call({ key: admin }, what, payload ? { payload } : {});
      const absent = await server.call(
        { key: admin },
        what.replace(/[0-9a-f]{8}-/, "00000000-"),
        payload
          ? {
              payload: JSON.parse(
                JSON.stringify(payload).replace(datasetId, "00000000-0000-4000-8000-000000000000"),
              ),
            }
          : {},
      );
      expect([answer.statusCode, answer.json().code], what).toEqual([404, "E_NOT_FOUND"]);
      const { requestId: _, ...said } = answer.json();
      const { requestId: __, ...saidOfNothing } = absent.json();
      expect(said, what).toEqual(saidOfNothing);
    }
    for (const list of ["datasets", "models", "requests", "certificates"])
      expect((await server.call({ key: admin }, `GET /v1/${list}`)).json().items, list).toEqual([]);
    const filtered = await server.call({ key: admin }, `GET /v1/certificates?modelId=${modelId}`);
    expect(filtered.json().items).toEqual([]);
    expect((await server.call("submit", `GET /v1/requests/${requestId}`)).json().state).toBe("completed");
  });

  it("cannot be crossed by a page's cursor, nor by an idempotency key", async () => {
    const { admin } = server.strangers;
    const page = await server.call("admin", "GET /v1/requests?limit=1");
    const after = page.json().next;
    const own = await server.call({ key: admin }, `GET /v1/requests${after ? `?after=${after}` : ""}`);
    expect(own.json().items).toEqual([]);
    const headers = { "idempotency-key": "shared" };
    await server.call("submit", "POST /v1/requests", { payload: { datasetId, rows: [5] }, headers });
    const theirs = await server.call({ key: admin }, "POST /v1/requests", {
      payload: { datasetId, rows: [5] },
      headers,
    });
    expect(theirs.statusCode).toBe(404);
  });

  it("count their own requests only, unless metrics are public", async () => {
    const { admin } = server.strangers;
    const count = async (as: Parameters<typeof server.call>[0]) =>
      (await server.call(as, "GET /metrics")).body.match(/^expunge_deletion_requests\{.*$/gm);
    expect((await count("audit"))?.join()).toMatch(/"completed"\} [1-9]/);
    // Each state has its figure before its first request.
    const states = ["accepted", "running", "completed", "failed", "cancelled"];
    expect(await count({ key: admin })).toEqual(
      states.map((state) => `expunge_deletion_requests{state="${state}"} 0`),
    );
  });

  it("see and revoke their own keys only", async () => {
    const { admin } = server.strangers;
    const own = (await server.call("admin", "GET /v1/keys")).json().items as { id: string }[];
    const seen = (await server.call({ key: admin }, "GET /v1/keys")).json().items as { id: string }[];
    expect(seen.filter(({ id }) => own.some((one) => one.id === id))).toEqual([]);
    const revoked = await server.call({ key: admin }, `DELETE /v1/keys/${own[0]?.id}`);
    expect(revoked.statusCode).toBe(404);
  });
});

describe("keys", () => {
  it("are made, shown once, kept as a hash, and refused once revoked", async () => {
    const made = await server.call("admin", "POST /v1/keys", { payload: { role: "audit", label: "them" } });
    expect(made.statusCode).toBe(201);
    const { key, id } = made.json();
    expect(key).toMatch(/^expunge_audit_[A-Za-z0-9_-]{43}$/);
    expect((await server.call({ key }, "GET /v1/certificates")).statusCode).toBe(200);
    const listed = await server.call("admin", "GET /v1/keys");
    expect(listed.body).not.toContain(key);
    const { rows } = await server.database.executor.executeSql(
      "select row_to_json(k)::text as all from api_keys k",
    );
    expect(JSON.stringify(rows)).not.toContain(key.slice(-43));
    expect((await server.call("admin", `DELETE /v1/keys/${id}`)).statusCode).toBe(204);
    expect((await server.call({ key }, "GET /v1/certificates")).statusCode).toBe(401);
    expect((await server.call("admin", `DELETE /v1/keys/${id}`)).statusCode).toBe(204);
  });

  it.each(["", "expunge_admin_short", `expunge_admin_${"A".repeat(43)}`, "x".repeat(5000)])(
    "that are none are refused: %#",
    async (key) => {
      expect((await server.call({ key }, "GET /v1/keys")).statusCode).toBe(401);
    },
  );

  it("do not gain by naming another role", async () => {
    const key = server.keys.submit.replace("_submit_", "_admin_");
    expect((await server.call({ key }, "GET /v1/keys")).statusCode).toBe(401);
  });
});

it("a correction that is repeated when its data set is gone is the same request", async () => {
  const correct = (key: string) =>
    server.call("submit", "POST /v1/corrections", {
      payload: { datasetId, rows: [17], to: [{ ...NEW_ROW, who: testTable().subjects[17] as string }] },
      headers: { "idempotency-key": key },
    });
  const made = await correct("one");
  expect(made.statusCode).toBe(201);
  await server.work();
  const { items } = (await server.call("train", "GET /v1/models")).json();
  for (const { id } of items) await server.call("train", `DELETE /v1/models/${id}`);
  expect((await server.call("train", `DELETE /v1/datasets/${datasetId}`)).statusCode).toBe(204);
  const again = await correct("one");
  expect([again.statusCode, again.json().request.id]).toEqual([200, made.json().request.id]);
  expect((await correct("two")).statusCode).toBe(404);
});
