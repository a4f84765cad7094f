import type { IncomingMessage } from "node:http";
import { request as requestHttps } from "node:https";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { ERROR_SUMMARIES } from "../../../expunge/src/errors.js";
import {
  formOf,
  startTestServer,
  TEST_CERTIFICATE,
  TEST_KEY,
  TEST_SCHEMA,
  type TestServer,
  testTable,
  trainTestModel,
} from "../../testing/test-server.js";
import type { HttpOptions } from "./options.js";
import { publicError, STATUSES } from "./problem.js";
import { createServer, drain, listen } from "./server.js";

const MARKER = "marker-9f3a@example.com";

describe("what a server tells", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server?.close());

  it("never holds a subject, a row, a body or an address: not in logs, not in metrics, not in errors", async () => {
    const { csv, subjects } = testTable();
    const data = csv.replaceAll(subjects[0] as string, MARKER);
    const form = formOf({ name: "people", schema: JSON.stringify(TEST_SCHEMA), data });
    const datasetId = (await server.call("train", "POST /v1/datasets", form)).json().id;
    const answers = [
      await server.call("submit", "POST /v1/requests", { payload: { datasetId, subjects: [MARKER] } }),
      await server.call("submit", "POST /v1/requests", { payload: { datasetId, subjects: [`${MARKER}x`] } }),
      await server.call("submit", "POST /v1/requests", {
        payload: { datasetId, subjects: [MARKER], [MARKER]: 1 },
      }),
      await server.call("submit", "POST /v1/requests", { payload: { datasetId: MARKER, rows: [0] } }),
      await server.call("submit", "POST /v1/requests", {
        payload: `{"datasetId": "${datasetId}", "subjects": ["${MARKER}"`,
        headers: { "content-type": "application/json" },
      }),
      await server.call("submit", "POST /v1/requests", {
        payload: MARKER,
        headers: { "content-type": `text/${MARKER}` },
      }),
      await server.call("submit", `GET /v1/requests/${MARKER}`),
      await server.call("submit", `GET /v1/requests/${MARKER}%ff`),
      await server.call("submit", `GET /v1/requests/${MARKER.repeat(20)}`),
      await server.call("submit", `GET /v1/requests?after=${MARKER}`),
      await server.call("submit", `GET /v1/requests?${MARKER}=1`),
      await server.call("submit", `GET /${MARKER}`),
      await server.call({ key: MARKER }, "GET /v1/requests"),
      await server.call(
        "train",
        "POST /v1/datasets",
        formOf({
          name: "a",
          schema: JSON.stringify(TEST_SCHEMA),
          data: data.replace(/,-?1\n/, `,${MARKER}\n`),
        }),
      ),
      await server.call(
        "train",
        "POST /v1/datasets",
        formOf({ name: "a", schema: JSON.stringify(TEST_SCHEMA), data: `${MARKER},1,2,3,1\n` }),
      ),
      await server.call("audit", "GET /metrics"),
    ];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([
      201, 422, 422, 404, 400, 415, 404, 400, 400, 422, 422, 404, 401, 422, 422, 200,
    ]);
    for (const { body, statusCode, headers } of answers) {
      expect(body).not.toContain("marker-9f3a");
      if (statusCode >= 400) expect(headers["content-type"]).toMatch(/^application\/problem\+json/);
    }
    const log = server.log();
    expect(log).not.toContain("marker-9f3a");
    expect(log).not.toMatch(/expunge_(submit|train|audit|admin)_/);
    expect(log).toContain('"route":"/v1/requests/:id"');
    expect(answers.at(-1)?.body).toContain('route="/v1/requests/:id"');
    expect(answers.at(-1)?.body).toMatch(/expunge_deletion_requests\{state="\w+"\} 1/);
  });

  it("says nothing of what failed inside", async () => {
    const { database } = server;
    const service = {
      ...server.service,
      getModel: () => Promise.reject(Object.assign(new Error(`boom ${MARKER}`), { query: MARKER })),
    };
    const lines: string[] = [];
    const log = { stream: { write: (line: string) => void lines.push(line) } };
    const app = createServer({ service, database, options: { log } });
    const headers = { authorization: `Bearer ${server.keys.admin}` };
    const answer = await app.inject({ url: "/v1/models/x", headers });
    expect([answer.statusCode, answer.json().code]).toEqual([500, "E_INTERNAL"]);
    expect(answer.body + lines.join("")).not.toMatch(/boom|marker-9f3a/);
    expect(lines.join("")).toContain("operation.test.ts");
    await app.close();
  });

  it("logs the code of what it could not answer, be it a database that is away", async () => {
    const service = {
      ...server.service,
      listRequests: () => Promise.reject(new Error("Connection terminated unexpectedly")),
    };
    const lines: string[] = [];
    const log = { stream: { write: (line: string) => void lines.push(line) } };
    const app = createServer({ service, database: server.database, options: { log } });
    const headers = { authorization: `Bearer ${server.keys.audit}` };
    const urls = ["/v1/requests", "/v1/models/x", "/v1/models"];
    for (const url of urls) await app.inject({ url, headers });
    const answered = lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === "answered");
    expect(answered.map(({ status, code }) => [status, code])).toEqual([
      [503, "E_BUSY"],
      [404, "E_NOT_FOUND"],
      [200, undefined],
    ]);
    await app.close();
  });

  it("goes on answering while it is drained, and is not ready any more", async () => {
    const { service, database } = server;
    const app = createServer({ service, database });
    const ask = async (url: string) => {
      const { statusCode, headers } = await app.inject({ url });
      return [statusCode, headers.connection === "close"];
    };
    expect([await ask("/readyz"), await ask("/healthz")]).toEqual([
      [200, false],
      [200, false],
    ]);
    await drain(app, 0);
    expect([await ask("/readyz"), await ask("/healthz")]).toEqual([
      [503, true],
      [200, true],
    ]);
    await app.close();
  });

  it("logs that it is about to end like any other answer, not as a failure", async () => {
    const { service, database } = server;
    const lines: string[] = [];
    const log = { stream: { write: (line: string) => void lines.push(line) } };
    const app = createServer({ service, database, options: { log } });
    await drain(app, 0);
    const answer = await app.inject({ url: "/readyz" });
    expect(answer.json()).toMatchObject({ code: "E_BUSY", detail: "The server is about to end." });
    expect(answer.headers).toMatchObject({
      "content-type": expect.stringMatching(/^application\/problem\+json/),
      "retry-after": "5",
    });
    const told = lines.map((line) => JSON.parse(line)).filter(({ reqId }) => reqId !== undefined);
    expect(told.map(({ level, msg, code, err }) => [level, msg, code, err])).toEqual([
      [30, "answered", "E_BUSY", undefined],
    ]);
    await app.close();
  });

  it("tells browsers to come by TLS only where they did", async () => {
    const header = async (trustedProxies: number, headers: Record<string, string>) => {
      const app = createServer({
        service: server.service,
        database: server.database,
        options: { trustedProxies },
      });
      const answer = await app.inject({ url: "/healthz", headers });
      await app.close();
      return answer.headers["strict-transport-security"];
    };
    expect(await header(0, {})).toBeUndefined();
    expect(await header(0, { "x-forwarded-proto": "https" })).toBeUndefined();
    expect(await header(1, { "x-forwarded-proto": "https" })).toBe("max-age=31536000");
  });

  it("answers HEAD as GET, without the body, to whoever may ask", async () => {
    for (const path of ["/healthz", "/readyz", "/openapi.json", "/v1/models", "/metrics"]) {
      const got = await server.call("audit", `GET ${path}`);
      const head = await server.call("audit", `HEAD ${path}`);
      expect([head.statusCode, head.body], path).toEqual([200, ""]);
      expect(head.headers["content-type"], path).toBe(got.headers["content-type"]);
    }
    expect((await server.call({ key: null }, "HEAD /v1/models")).statusCode).toBe(401);
    expect((await server.call("submit", "HEAD /v1/models")).statusCode).toBe(403);
    expect((await server.call("audit", "HEAD /v1/nothing")).statusCode).toBe(404);
    expect((await server.call("audit", "HEAD /v1/events")).statusCode).toBe(404);
  });

  it("is healthy and ready", async () => {
    expect((await server.call({ key: null }, "GET /healthz")).json()).toEqual({ status: "ok" });
    expect((await server.call({ key: null }, "GET /readyz")).json()).toEqual({ status: "ok" });
  });

  it("is not ready where its rows are not to be found", async () => {
    const { objects } = server.database;
    const { place, has } = objects;
    Object.assign(objects, { place: "/rows", has: async () => false });
    try {
      const ask = async () => (await server.call({ key: null }, "GET /readyz")).json();
      await expect
        .poll(ask)
        .toMatchObject({ status: 503, detail: expect.stringMatching(/place of the rows/) });
    } finally {
      Object.assign(objects, { place, has });
    }
  });
});

describe("limits", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ bodyLimit: 1000, uploadLimit: 5000, requestsPerMinute: 5 });
  });
  afterAll(() => server?.close());

  it("hold for bodies and uploads", async () => {
    const payload = { name: "x".repeat(2000), datasetId: "a", options: {} };
    const large = await server.call("train", "POST /v1/models", { payload });
    expect([large.statusCode, large.json().code]).toEqual([413, "E_TOO_LARGE"]);
    const form = formOf({ name: "a", schema: JSON.stringify(TEST_SCHEMA), data: testTable().csv });
    const upload = await server.call("train", "POST /v1/datasets", form);
    expect([upload.statusCode, upload.json().code]).toEqual([413, "E_TOO_LARGE"]);
    expect((await server.call("train", "GET /v1/datasets")).json().items).toEqual([]);
  });

  it("hold for each key, not for others", async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 6; i++) statuses.push((await server.call("audit", "GET /v1/models")).statusCode);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
    const refused = await server.call("audit", "GET /v1/models");
    expect(refused.json()).toMatchObject({ code: "E_RATE", status: 429 });
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
    expect((await server.call("admin", "GET /v1/models")).statusCode).toBe(200);
    for (let i = 0; i < 10; i++)
      expect((await server.call({ key: null }, "GET /healthz")).statusCode).toBe(200);
  });
});

describe("whoever has no key", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ requestsPerMinute: 5 });
  });
  afterAll(() => server?.close());

  it("may guess some, and then none, which keeps nobody out who has one", async () => {
    expect((await server.call("audit", "GET /v1/models")).statusCode).toBe(200);
    const guess = (i: number) => ({ key: `expunge_admin_${String(i).padStart(43, "A")}` });
    const statuses: number[] = [];
    for (let i = 0; i < 7; i++) statuses.push((await server.call(guess(i), "GET /v1/models")).statusCode);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429]);
    expect((await server.call("audit", "GET /v1/models")).statusCode).toBe(200);
  });

  it("does not escape by addresses that it writes into X-Forwarded-For itself", async () => {
    const statuses = async (trustedProxies: number, header: (i: number) => string) => {
      const { service, database } = server;
      const app = createServer({ service, database, options: { requestsPerMinute: 5, trustedProxies } });
      const found: number[] = [];
      for (let i = 0; i < 7; i++) {
        const key = `expunge_admin_${String(i).padStart(43, "B")}`;
        const headers = { authorization: `Bearer ${key}`, "x-forwarded-for": header(i) };
        found.push((await app.inject({ url: "/v1/models", headers })).statusCode);
      }
      await app.close();
      return found;
    };
    const refused = [401, 401, 401, 401, 401, 429, 429];
    const passed = Array(7).fill(401);
    // Without a proxy the header is anybody's word.
    expect(await statuses(0, (i) => `10.0.0.${i}`)).toEqual(refused);
    // The own proxy appends whom it heard.
    expect(await statuses(1, (i) => `10.0.0.${i}, 192.0.2.1`)).toEqual(refused);
    expect(await statuses(1, (i) => `192.0.2.1, 10.0.0.${i}`)).toEqual(passed);
    expect(await statuses(2, (i) => `10.0.0.${i}, 192.0.2.1, 192.0.2.9`)).toEqual(refused);
  });

  it("may not ask for what is not there without end", async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 6; i++)
      statuses.push((await server.call({ key: null }, `GET /nothing/${i}`)).statusCode);
    expect(statuses).toEqual([404, 404, 404, 404, 404, 429]);
  });
});

describe("a listening server", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server?.close());
  const start = (options: HttpOptions = {}) =>
    createServer({ service: server.service, database: server.database, options });

  it("serves, finishes what is in hand when it is closed, and takes nothing more", async () => {
    const app = start();
    const { datasetId } = await trainTestModel(server);
    const url = await listen(app, { port: 0 });
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const headers = { authorization: `Bearer ${server.keys.submit}`, "content-type": "application/json" };
    const body = JSON.stringify({ datasetId, rows: [1] });
    const pending = fetch(`${url}/v1/requests`, { method: "POST", headers, body });
    await new Promise((resolve) => app.server.once("request", resolve));
    const closed = app.close();
    expect((await pending).status).toBe(201);
    await closed;
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });

  it("streams an upload through a form of the platform's own", async () => {
    const app = start();
    const url = await listen(app, { port: 0 });
    const form = new FormData();
    form.set("name", "people");
    form.set("schema", JSON.stringify(TEST_SCHEMA));
    form.set("data", new Blob([testTable(20_000).csv]), "people.csv");
    const headers = { authorization: `Bearer ${server.keys.train}` };
    const answer = await fetch(`${url}/v1/datasets`, { method: "POST", headers, body: form });
    expect(answer.status).toBe(201);
    expect(await answer.json()).toMatchObject({ description: { rowCount: 20_000 } });
    await app.close();
  });

  it("refuses headers that are too long and requests that are none", async () => {
    const app = start();
    const url = new URL(await listen(app, { port: 0 }));
    const long = await fetch(`${url}healthz`, { headers: { "x-long": "a".repeat(20_000) } });
    expect(long.status).toBe(431);
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(Number(url.port), url.hostname, () => socket.end("nonsense\r\n\r\n"));
      let text = "";
      socket.on("data", (chunk) => (text += chunk)).on("close", () => resolve(text));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400/);
    await app.close();
  });

  it("tells many watchers of a tenant, refuses one too many, and drives none out", async () => {
    const app = start({ watchMs: 60_000, watchersPerTenant: 60 });
    const url = await listen(app, { port: 0 });
    const watch = () =>
      fetch(`${url}/v1/events`, { headers: { authorization: `Bearer ${server.keys.audit}` } });
    const all = await Promise.all(Array.from({ length: 70 }, watch));
    const answers = all.filter(({ status }) => status === 200);
    expect(answers).toHaveLength(60);
    const refused = all.find(({ status }) => status !== 200) as Response;
    expect([refused.status, await refused.json()]).toMatchObject([429, { code: "E_RATE" }]);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    // All of them are still there to be told of what comes now.
    const readers = answers.map(({ body }) => (body as ReadableStream<Uint8Array>).getReader());
    await Promise.all(readers.map((reader) => reader.read()));
    await trainTestModel(server);
    const seconds = await Promise.all(readers.map((reader) => reader.read()));
    expect(seconds.filter(({ done }) => done)).toHaveLength(0);
    await readers[0]?.cancel();
    await vi.waitFor(async () => expect((await watch()).status).toBe(200), 5000);
    await app.close();
  });

  it("ends the streams of a revoked key, and no others, whoever revoked it", async () => {
    const app = start({ watchMs: 60_000 });
    const url = await listen(app, { port: 0 });
    const made = (
      await server.call("admin", "POST /v1/keys", { payload: { role: "audit", label: "leaver" } })
    ).json();
    const watch = async (key: string) => {
      const { body } = await fetch(`${url}/v1/events`, { headers: { authorization: `Bearer ${key}` } });
      const reader = (body as ReadableStream<Uint8Array>).getReader();
      await reader.read();
      return reader;
    };
    const [leaver, stayer] = [await watch(made.key), await watch(server.keys.audit)];
    // By another server on the same database.
    expect((await server.call("admin", `DELETE /v1/keys/${made.id}`)).statusCode).toBe(204);
    let last = await leaver.read();
    while (!last.done) last = await leaver.read();
    const next = stayer.read().then(({ done }) => done);
    await trainTestModel(server);
    expect(await next).toBe(false);
    await app.close();
  });

  it("tells watchers only what their role may read", async () => {
    const app = start({ watchMs: 3000 });
    const url = await listen(app, { port: 0 });
    await trainTestModel(server);
    const watch = async (role: "submit" | "train" | "audit") => {
      const headers = { authorization: `Bearer ${server.keys[role]}` };
      const { body } = await fetch(`${url}/v1/events`, { headers });
      return (body as ReadableStream<Uint8Array>).getReader();
    };
    const seen = async (role: "submit" | "train" | "audit") => {
      const reader = await watch(role);
      const { value } = await reader.read();
      await reader.cancel();
      const { recent, models } = JSON.parse(
        Buffer.from(value as Uint8Array)
          .toString()
          .split("data: ")[1] as string,
      );
      return [recent.length > 0, models.length > 0];
    };
    await server.call("submit", "POST /v1/requests", {
      payload: { datasetId: (await server.call("train", "GET /v1/datasets")).json().items[0].id, rows: [7] },
    });
    await server.work();
    // What is told is half a second old at most.
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(await seen("audit")).toEqual([true, true]);
    expect(await seen("submit")).toEqual([true, false]);
    expect(await seen("train")).toEqual([false, true]);
    await app.close();
  });

  it("is for this machine only unless there is TLS", async () => {
    const app = start();
    expect(() => listen(app, { host: "0.0.0.0" })).toThrow(/Expected TLS/);
    await app.close();
  });

  it("speaks TLS where it has a certificate", async () => {
    const app = start({ tls: { key: TEST_KEY, cert: TEST_CERTIFICATE } });
    const url = await listen(app, { port: 0, host: "127.0.0.1" });
    expect(url).toMatch(/^https:/);
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const call = requestHttps(`${url}/healthz`, { ca: TEST_CERTIFICATE, agent: false }, (answer) => {
        answer.resume();
        resolve(answer);
      });
      call.on("error", reject).end();
    });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers["strict-transport-security"]).toBe("max-age=31536000");
    await app.close();
  });
});

describe("the table of statuses", () => {
  it("has every code, and says nothing more than the summary of what is the server's own fault", async () => {
    expect(Object.keys(STATUSES).sort()).toEqual(Object.keys(ERROR_SUMMARIES).sort());
    const { ExpungeError } = await import("../../../expunge/src/errors.js");
    const found = publicError(new ExpungeError("E_KEY", "secret path"));
    expect(found).toMatchObject({ status: 500, detail: ERROR_SUMMARIES.E_KEY });
  });
});
