import { createHash, randomUUID, verify as verifySignature, X509Certificate } from "node:crypto";
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { verify } from "expunge/verify";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import {
  startTestServer,
  TEST_CERTIFICATE,
  TEST_KEY,
  type TestServer,
  testTable,
  trainTestModel,
} from "../../../testing/test-server.js";
import { MOST_RECEIVERS } from "../../protocols/callback-queue.js";
import { deliverCallbacks } from "../../protocols/callbacks.js";
import { processorOf } from "../../protocols/opendsr.js";
import { checkCallbackUrl, post } from "../../protocols/post.js";
import { startCallbacks } from "../../protocols/start-callbacks.js";

const { subjects } = testTable();
const opendsr = {
  domain: "expunge.example.com",
  publicUrl: "https://expunge.example.com/",
  key: TEST_KEY,
  certificate: TEST_CERTIFICATE,
  callbacks: { allowHttp: true, allowPrivate: true },
};
const BASE = "https://expunge.example.com/opendsr/v2";
const context = { processor: processorOf(opendsr), fides: null, restMs: 1 };

interface Received {
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

let server: TestServer;
let listener: Server;
let address: string;
let received: Received[] = [];
let failures = 0;

beforeAll(async () => {
  listener = createHttpServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    received.push({
      url: request.url ?? "",
      headers: request.headers,
      body: Buffer.concat(chunks).toString(),
    });
    if (request.url === "/redirect") response.writeHead(302, { location: `${address}/elsewhere` });
    else response.statusCode = failures-- > 0 ? 503 : 200;
    response.end();
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
  server = await startTestServer({ opendsr });
  await trainTestModel(server);
});
afterAll(async () => {
  listener?.close();
  await server?.close();
});

function erasureOf(subject: string, more: object = {}): Record<string, unknown> {
  return {
    regulation: "gdpr",
    subject_request_id: randomUUID(),
    subject_request_type: "erasure",
    submitted_time: "2026-11-01T12:00:00Z",
    subject_identities: [{ identity_type: "email", identity_value: subject, identity_format: "raw" }],
    api_version: "2.0",
    ...more,
  };
}

const submit = (payload: object, path = "/opendsr/v2/requests") =>
  server.call("submit", `POST ${path}`, { payload });

function isSigned(body: string, signature: unknown): boolean {
  const key = new X509Certificate(TEST_CERTIFICATE).publicKey;
  return verifySignature("sha256", Buffer.from(body), key, Buffer.from(String(signature), "base64"));
}

describe("OpenDSR", () => {
  it("is discovered, with the certificate that signs every answer", async () => {
    const answer = await server.call({ key: null }, "GET /opendsr/v2/discovery");
    expect(answer.json()).toEqual({
      api_version: "2.0",
      supported_identities: [
        { identity_type: "controller_customer_id", identity_format: "raw" },
        { identity_type: "email", identity_format: "raw" },
      ],
      supported_subject_request_types: ["erasure"],
      processor_certificate: `${BASE}/certificate.pem`,
    });
    expect(answer.headers["x-opendsr-processor-domain"]).toBe("expunge.example.com");
    const { body: pem } = await server.call({ key: null }, "GET /opendsr/v2/certificate.pem");
    expect(pem).toBe(TEST_CERTIFICATE);
    expect(isSigned(answer.body, answer.headers["x-opendsr-signature"])).toBe(true);
    expect(isSigned(`${answer.body} `, answer.headers["x-opendsr-signature"])).toBe(false);
    expect(server.log()).toContain("self-signed");
  });

  it("erases: taken, pending, completed, with certificates that verify", async () => {
    const asked = erasureOf(subjects[0] as string);
    const id = asked.subject_request_id;
    const taken = await submit(asked);
    expect(taken.statusCode, taken.body).toBe(201);
    expect(taken.json()).toMatchObject({ controller_id: server.tenantId, subject_request_id: id });
    expect(JSON.parse(Buffer.from(taken.json().encoded_request, "base64").toString())).toEqual(asked);
    expect(isSigned(taken.body, taken.headers["x-opendsr-signature"])).toBe(true);
    const statuses = [`/requests/${id}`, `/requests/${id}/status`, `/status/${id}`];
    for (const path of statuses) {
      const status = await server.call("submit", `GET /opendsr/v2${path}`);
      expect(status.json()).toMatchObject({ request_status: "pending", subject_request_id: id });
    }
    await server.work();
    const done = (await server.call("submit", `GET /opendsr/v2/requests/${id}`)).json();
    expect(done).toMatchObject({
      request_status: "completed",
      results_url: `${BASE}/requests/${id}/certificates`,
      results_count: subjects.filter((subject) => subject === subjects[0]).length,
    });
    const results = await server.call("submit", `GET /opendsr/v2/requests/${id}/certificates`);
    const keySet = (await server.call({ key: null }, "GET /.well-known/expunge-keys.json")).json();
    const publicKey = Buffer.from(keySet.keys[0].x, "base64url");
    expect(results.json().items).toHaveLength(1);
    const [{ envelope, holds, meaning }] = results.json().items;
    expect(verify(envelope, { publicKey })).toMatchObject({ ok: true, holds });
    expect(meaning).toMatch(/does not depend on what this model showed/);
  });

  it("takes a repeated id as the same request, and refuses it for somebody else", async () => {
    const asked = erasureOf(subjects[20] as string);
    const first = await submit(asked);
    const again = await submit(asked);
    expect(again.statusCode).toBe(201);
    expect(again.json().received_time).toBe(first.json().received_time);
    const items = (await server.call("admin", "GET /v1/requests")).json().items as { state: string }[];
    expect(items.filter(({ state }) => state === "accepted")).toHaveLength(1);
    const other = await submit({
      ...asked,
      subject_identities: erasureOf(subjects[30] as string).subject_identities,
    });
    expect(other.statusCode).toBe(409);
    await server.work();
  });

  it("takes a time with small letters, as RFC 3339 has it", async () => {
    const asked = erasureOf(subjects[10] as string, { submitted_time: "2026-11-01t12:00:00.5z" });
    const taken = await submit(asked);
    expect(taken.statusCode, taken.body).toBe(201);
    await server.work();
  });

  it("takes what it knows of several identities, and leaves the others", async () => {
    const identity = (identity_type: string, identity_value: string, identity_format = "raw") => ({
      identity_type,
      identity_value,
      identity_format,
    });
    const digest = createHash("sha256")
      .update(subjects[40] as string)
      .digest("hex");
    const asked = erasureOf("", {
      subject_identities: [
        identity("controller_customer_id", "unknown-customer"),
        identity("email", subjects[40] as string),
        identity("email", digest, "sha256"),
        identity("android_id", "a"),
      ],
    });
    expect((await submit(asked)).statusCode).toBe(201);
    const only = erasureOf("", { subject_identities: [identity("email", digest, "sha256")] });
    expect((await submit(only)).statusCode).toBe(400);
    await server.work();
  });

  it("is cancelled while it is pending", async () => {
    const asked = erasureOf(subjects[60] as string);
    await submit(asked);
    const path = `/opendsr/v2/requests/${asked.subject_request_id}`;
    const cancelled = await server.call("submit", `DELETE ${path}`);
    expect(cancelled.statusCode).toBe(202);
    expect(cancelled.json()).toMatchObject({ subject_request_id: asked.subject_request_id });
    expect((await server.call("submit", `GET ${path}`)).json().request_status).toBe("cancelled");
    const started = erasureOf(subjects[60] as string);
    await submit(started);
    await server.work();
    const late = await server.call("submit", `DELETE /opendsr/v2/requests/${started.subject_request_id}`);
    expect(late.statusCode).toBe(409);
  });

  it.each([
    ["another type", { subject_request_type: "access" }],
    ["an id that is no UUID", { subject_request_id: "abc" }],
    ["an id in capitals", { subject_request_id: randomUUID().toUpperCase() }],
    ["no regulation", { regulation: undefined }],
    ["a callback to nowhere", { status_callback_urls: ["mailto:somebody"] }],
    ["no time", { submitted_time: "yesterday" }],
  ])("refuses %s in its own form, signed, without an identity", async (_, more) => {
    const answer = await submit(erasureOf("marker-9f3a@example.com", more));
    expect(answer.statusCode, answer.body).toBe(400);
    expect(answer.json().error).toMatchObject({ code: 400, errors: [{ domain: "expunge.example.com" }] });
    expect(isSigned(answer.body, answer.headers["x-opendsr-signature"])).toBe(true);
    expect(answer.body + server.log()).not.toContain("marker-9f3a");
  });

  it("takes people whom nobody knows, as done, and says no more of them than of others", async () => {
    await deliverCallbacks(server.database, context);
    received = [];
    const more = { status_callback_urls: [`${address}/unknown`] };
    const asked = erasureOf("marker-9f3a@example.com", more);
    const known = await submit(erasureOf(subjects[70] as string));
    const unknown = await submit(asked);
    expect(unknown.statusCode, unknown.body).toBe(201);
    expect(Object.keys(unknown.json())).toEqual(Object.keys(known.json()));
    expect(unknown.body).not.toContain("marker");
    const path = `/opendsr/v2/requests/${asked.subject_request_id}`;
    expect((await server.call("submit", `GET ${path}`)).json()).toMatchObject({
      request_status: "completed",
      results_count: 0,
    });
    const results = await server.call("submit", `GET ${path}/certificates`);
    expect(results.json()).toEqual({ items: [] });
    expect((await server.call("submit", `DELETE ${path}`)).statusCode).toBe(409);
    expect(await deliverCallbacks(server.database, context)).toBe(1);
    expect(received.map(({ body }) => JSON.parse(body).request_status)).toEqual(["completed"]);
    expect((await submit(asked)).json().received_time).toBe(unknown.json().received_time);
    const somebody = { ...asked, subject_identities: erasureOf("other@example.com").subject_identities };
    expect((await submit(somebody)).statusCode).toBe(409);
    // A tenant without any data set takes one, too.
    const stranger = await server.call({ key: server.strangers.submit }, "POST /opendsr/v2/requests", {
      payload: erasureOf("marker-9f3a@example.com"),
    });
    expect(stranger.statusCode, stranger.body).toBe(201);
    await server.work();
  });

  it("refuses strangers and nobody", async () => {
    const asked = erasureOf(subjects[80] as string);
    await submit(asked);
    const path = `/opendsr/v2/requests/${asked.subject_request_id}`;
    for (const what of [`GET ${path}`, `DELETE ${path}`, `GET ${path}/certificates`]) {
      const stranger = await server.call({ key: server.strangers.admin }, what);
      expect([stranger.statusCode, stranger.json().error.code]).toEqual([404, 404]);
      expect((await server.call({ key: null }, what)).statusCode).toBe(401);
      expect((await server.call("train", what)).statusCode).toBe(403);
    }
    const broken = await server.call("submit", "POST /opendsr/v2/requests", {
      payload: "{",
      headers: { "content-type": "application/json" },
    });
    expect(broken.statusCode).toBe(400);
    await server.work();
  });

  it("has a status however many data sets there were", async () => {
    const { executor } = server.database;
    const asked = erasureOf(subjects[85] as string);
    await submit(asked);
    await executor.executeSql(
      `insert into datasets (id, tenant_id, name, state, secret, page_rows)
       select gen_random_uuid(), '${server.tenantId}', 'gone', 'deleted', '\\x00', 1 from generate_series(1, 66000)`,
    );
    const status = await server.call("submit", `GET /opendsr/v2/requests/${asked.subject_request_id}`);
    expect(status.json()).toMatchObject({ request_status: "pending" });
    await server.work();
  });

  it("honours version 1 by its old names", async () => {
    const { regulation: _, ...asked } = erasureOf(subjects[90] as string, { api_version: "1.0" });
    const taken = await submit(asked, "/opendsr/v1/opengdpr_requests");
    expect(taken.statusCode, taken.body).toBe(201);
    expect(taken.headers["x-opengdpr-processor-domain"]).toBe("expunge.example.com");
    expect(isSigned(taken.body, taken.headers["x-opengdpr-signature"])).toBe(true);
    const path = `/opendsr/v1/opengdpr_requests/${asked.subject_request_id}`;
    expect((await server.call("submit", `GET ${path}`)).json()).toMatchObject({ api_version: "1.0" });
    expect((await server.call({ key: null }, "GET /opendsr/v1/discovery")).json().api_version).toBe("1.0");
    expect((await server.call("submit", `DELETE ${path}`)).statusCode).toBe(202);
  });
});

describe("callbacks", () => {
  it("tell of a change, signed, again until they arrive, and once", async () => {
    await deliverCallbacks(server.database, context);
    received = [];
    const url = `${address}/told`;
    const asked = erasureOf(subjects[100] as string, { status_callback_urls: [url] });
    await submit(asked);
    expect(await deliverCallbacks(server.database, context)).toBe(0);
    await server.work();
    failures = 2;
    for (const arrived of [0, 0, 1]) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(await deliverCallbacks(server.database, context)).toBe(arrived);
    }
    expect(received).toHaveLength(3);
    const { headers, body } = received.at(-1) as Received;
    expect(JSON.parse(body)).toMatchObject({
      request_status: "completed",
      subject_request_id: asked.subject_request_id,
      status_callback_url: url,
      results_url: `${BASE}/requests/${asked.subject_request_id}/certificates`,
    });
    expect(headers["x-opendsr-processor-domain"]).toBe("expunge.example.com");
    expect(isSigned(body, headers["x-opendsr-signature"])).toBe(true);
    expect(await deliverCallbacks(server.database, context)).toBe(0);
    expect(received).toHaveLength(3);
  });

  it("do not go back where requests are put back", async () => {
    await deliverCallbacks(server.database, context);
    received = [];
    const urls = [`${address}/forth`];
    const asked = erasureOf(subjects[105] as string, { status_callback_urls: urls });
    await submit(asked);
    const statuses = () => received.map(({ body }) => JSON.parse(body).request_status);
    const set = (state: string) =>
      server.database.executor.executeSql(
        "update requests set state = $1 where envelope ->> 'subjectRequestId' = $2",
        [state, asked.subject_request_id],
      );
    await set("running");
    await deliverCallbacks(server.database, context);
    await set("accepted");
    await deliverCallbacks(server.database, context);
    await set("running");
    await deliverCallbacks(server.database, context);
    expect(statuses()).toEqual(["in_progress"]);
    await set("accepted");
    const path = `/opendsr/v2/requests/${asked.subject_request_id}`;
    expect((await server.call("submit", `DELETE ${path}`)).statusCode).toBe(202);
    await deliverCallbacks(server.database, context);
    expect(statuses()).toEqual(["in_progress", "cancelled"]);
  });

  it("that fail are put off, and sent later", async () => {
    received = [];
    failures = 1;
    await submit(erasureOf(subjects[110] as string, { status_callback_urls: [`${address}/late`] }));
    await server.work();
    const patient = { ...context, restMs: 1000 };
    expect(await deliverCallbacks(server.database, patient)).toBe(0);
    expect(await deliverCallbacks(server.database, patient)).toBe(0);
    expect(received).toHaveLength(1);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect(await deliverCallbacks(server.database, patient)).toBe(1);
    failures = 0;
  });

  it("that fail at one address are not told again at another", async () => {
    await deliverCallbacks(server.database, context);
    received = [];
    const dead = "http://127.0.0.1:9/dead";
    const urls = [`${address}/good`, dead];
    await submit(erasureOf(subjects[130] as string, { status_callback_urls: urls }));
    await server.work();
    for (const arrived of [1, 0, 0]) {
      expect(await deliverCallbacks(server.database, context)).toBe(arrived);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(received.map(({ url }) => url)).toEqual(["/good"]);
    const { rows } = await server.database.executor.executeSql(
      "delete from callbacks where address = $1 returning attempts",
      [dead],
    );
    expect(rows).toEqual([{ attempts: 3 }]);
  });

  it("do not wait for a receiver that is silent, of another tenant or the same", async () => {
    const held: ServerResponse[] = [];
    const silent = createHttpServer((_, response) => void held.push(response));
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/silent`;
    const callbacks = startCallbacks(server.database, { opendsr });
    const silence = { status_callback_urls: [url] };
    await server.call({ key: server.strangers.submit }, "POST /opendsr/v2/requests", {
      payload: erasureOf("unknown@example.com", silence),
    });
    await submit(erasureOf("unknown@example.com", silence));
    await vi.waitFor(() => expect(held).toHaveLength(2), 20_000);
    received = [];
    await submit(erasureOf("unknown@example.com", { status_callback_urls: [`${address}/meanwhile`] }));
    // While both are still waited for.
    await vi.waitFor(() => expect(received.map(({ url }) => url)).toEqual(["/meanwhile"]), 9000);
    expect(held.every((response) => !response.destroyed)).toBe(true);
    for (const response of held) response.end();
    await callbacks.stop();
    silent.close();
  });

  it("are refused where those of very many receivers of a tenant wait", async () => {
    const { executor } = server.database;
    const wanted = { status_callback_urls: [`${address}/crowd`] };
    const known = erasureOf("unknown@example.com", wanted);
    expect((await submit(known)).statusCode).toBe(201);
    await executor.executeSql(
      `insert into callbacks (id, tenant_id, address, receiver, told, try_at)
         select gen_random_uuid(), tenant_id, 'crowd', tenant_id || ' https://a' || i || '.example', 'pending', now() + interval '1 hour'
         from erasures, generate_series(1, $2) i where subject_request_id = $1`,
      [known.subject_request_id, MOST_RECEIVERS],
    );
    const refused = await submit(erasureOf("unknown@example.com", wanted));
    expect(refused.statusCode).toBe(429);
    expect(refused.body).toContain(`more than ${MOST_RECEIVERS} receivers`);
    // What was taken is the same erasure; who wants no callback, and other tenants, are not concerned.
    expect((await submit(known)).statusCode).toBe(201);
    expect((await submit(erasureOf("unknown@example.com"))).statusCode).toBe(201);
    const another = await server.call({ key: server.strangers.submit }, "POST /opendsr/v2/requests", {
      payload: erasureOf("unknown@example.com", wanted),
    });
    expect(another.statusCode).toBe(201);
    await executor.executeSql("delete from callbacks where address in ('crowd', $1)", [`${address}/crowd`]);
  });

  it("follow no redirection", async () => {
    received = [];
    await submit(erasureOf(subjects[120] as string, { status_callback_urls: [`${address}/redirect`] }));
    await server.work();
    expect(await deliverCallbacks(server.database, { ...context, restMs: 1e9 })).toBe(0);
    expect(received.map(({ url }) => url)).toEqual(["/redirect"]);
  });

  it.each([
    "http://example.com/",
    "ftp://example.com/",
    "https://user:pass@example.com/",
    "https://localhost/",
    "https://127.0.0.1/",
    "https://10.1.2.3/",
    "https://169.254.169.254/latest/meta-data",
    "https://[::1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://0x7f000001/",
    "https://[2002:7f00:1::]/",
    "https://[::7f00:1]/",
    "https://[64:ff9b:1::7f00:1]/",
    "https://[2001::1]/",
    "https://[fec0::1]/",
    "https://example.com/\u0000",
    "https://example.com/\ud800",
    "nonsense",
  ])("do not go to %s", (url) => {
    expect(() => checkCallbackUrl(url, {})).toThrow(/Expected status_callback_urls/);
  });

  it("do not go to a name that leads into a private network", async () => {
    const url = new URL(`${address.replace("127.0.0.1", "localhost")}/inside`);
    received = [];
    await expect(post(url, { headers: {}, body: "" }, { allowHttp: true })).rejects.toThrow(/private/);
    expect(received).toEqual([]);
  });

  it("end when nobody answers in time", async () => {
    const silent = createHttpServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const url = new URL(`http://127.0.0.1:${(silent.address() as AddressInfo).port}/`);
    const guard = { allowHttp: true, allowPrivate: true, timeoutMs: 100 };
    await expect(post(url, { headers: {}, body: "" }, guard)).rejects.toThrow();
    silent.closeAllConnections();
    silent.close();
  });
});

describe("the processor", () => {
  it("refuses keys that are not the certificate's, or too weak", async () => {
    const { generateKeyPairSync } = await import("node:crypto");
    const pem = (pair: { privateKey: import("node:crypto").KeyObject }): string =>
      pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const other = pem(generateKeyPairSync("ec", { namedCurve: "prime256v1" }));
    expect(() => processorOf({ ...opendsr, key: other })).toThrow(/another key/);
    const weak = pem(generateKeyPairSync("rsa", { modulusLength: 1024 }));
    expect(() => processorOf({ ...opendsr, key: weak })).toThrow(/2048/);
    expect(() => processorOf({ ...opendsr, key: "nonsense" })).toThrow(/cannot be read/);
    expect(() => processorOf({ ...opendsr, domain: "a b" })).toThrow(/domain/);
  });
});
