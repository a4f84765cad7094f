import { readFileSync } from "node:fs";
import { createServer as createHttpServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { startTestServer, type TestServer, testTable, trainTestModel } from "../../testing/test-server.js";
import { deliverCallbacks } from "./callbacks.js";
import { replyAddress } from "./fides.js";

const examples = join(import.meta.dirname, "../../../../examples");

/*
 * The rules of Fides' own models for connectors (ethyca/fides, src/fides/api/schemas/saas/saas_config.py, read at commit 02cab3ac): what is
 * required, what is refused, what must be one of several. Fides passes over unknown fields outside of requests; here they are refused too.
 */
const Strategy = z.strictObject({
  strategy: z.string(),
  configuration: z.record(z.string(), z.unknown()).optional(),
});
const ParamValue = z
  .strictObject({
    name: z.string(),
    identity: z.string().optional(),
    references: z.array(z.unknown()).optional(),
    connector_param: z.string().optional(),
    unpack: z.boolean().optional(),
  })
  .refine(
    ({ identity, references, connector_param }) =>
      [identity, references, connector_param].filter((value) => value !== undefined).length === 1,
    "Must have exactly one of 'identity', 'references', or 'connector_param'",
  );
const Client = z.strictObject({
  protocol: z.string(),
  host: z.string(),
  authentication: Strategy.optional(),
});
const SaasRequest = z.strictObject({
  path: z.string().min(1),
  method: z.enum(["GET", "POST", "PUT", "PATCH", "DELETE"]),
  headers: z.array(z.strictObject({ name: z.string(), value: z.string() })).default([]),
  query_params: z
    .array(z.strictObject({ name: z.string(), value: z.union([z.number(), z.string()]) }))
    .default([]),
  body: z.string().optional(),
  param_values: z.array(ParamValue).default([]),
  client_config: Client.optional(),
  data_path: z.string().optional(),
  postprocessors: z.array(Strategy).optional(),
  pagination: Strategy.optional(),
  grouped_inputs: z.array(z.string()).default([]),
  ignore_errors: z.union([z.boolean(), z.array(z.number().int())]).default(false),
  async_config: Strategy.optional(),
  skip_missing_param_values: z.boolean().optional(),
});
const SaasConfig = z.strictObject({
  fides_key: z.string(),
  name: z.string(),
  type: z.string(),
  description: z.string(),
  version: z.string(),
  replaceable: z.boolean().optional(),
  connector_params: z.array(
    z.strictObject({
      name: z.string(),
      label: z.string().optional(),
      description: z.string().optional(),
      sensitive: z.boolean().optional(),
    }),
  ),
  client_config: Client,
  endpoints: z.array(
    z.strictObject({
      name: z.string(),
      requests: z.strictObject({
        read: SaasRequest.optional(),
        update: SaasRequest.optional(),
        delete: SaasRequest.optional(),
      }),
    }),
  ),
  test_request: SaasRequest,
});

/** What Fides fills in by itself: saas_util and SaaSQueryConfig. */
const BUILT_IN = ["privacy_request_id", "reply_to", "reply_to_token", "uuid", "iso_8601_datetime"];

async function parseYaml(name: string): Promise<Record<string, unknown>> {
  const { parse } = await import("yaml");
  return parse(readFileSync(join(examples, name), "utf8"));
}

describe("examples/fides-connector.yml", () => {
  it("keeps to the rules of Fides' schema", async () => {
    const { saas_config } = await parseYaml("fides-connector.yml");
    const config = SaasConfig.parse(saas_config);
    const params = config.connector_params.map(({ name }) => name);
    for (const { requests } of config.endpoints) {
      for (const request of Object.values(requests).filter((one) => one !== undefined)) {
        const names = request.param_values.map(({ name }) => name);
        for (const { connector_param } of request.param_values)
          if (connector_param !== undefined) expect(params).toContain(connector_param);
        const texts = [request.path, request.body ?? "", ...request.headers.map(({ value }) => value)];
        const placeholders = texts.flatMap((text) => [...text.matchAll(/<(\w+)>/g)].map(([, name]) => name));
        for (const name of placeholders) expect([...names, ...BUILT_IN]).toContain(name);
      }
    }
    const [{ requests }] = config.endpoints as [(typeof config.endpoints)[number]];
    expect(requests.delete?.async_config).toEqual({ strategy: "callback" });
  });

  it("has a data set with a primary key for its collection", async () => {
    const { saas_config } = await parseYaml("fides-connector.yml");
    const { dataset } = (await parseYaml("fides-dataset.yml")) as {
      dataset: {
        collections: { name: string; fields: { name: string; fides_meta?: { primary_key?: boolean } }[] }[];
      }[];
    };
    const collections = dataset[0]?.collections ?? [];
    expect(collections.map(({ name }) => name)).toEqual(
      SaasConfig.parse(saas_config).endpoints.map(({ name }) => name),
    );
    expect(collections[0]?.fields.some(({ fides_meta }) => fides_meta?.primary_key)).toBe(true);
  });
});

describe("a Fides", () => {
  let server: TestServer;
  let fides: Server;
  let url: string;
  let datasetId: string;
  const received: { url: string; authorization: string; body: unknown }[] = [];
  const { subjects } = testTable();

  beforeAll(async () => {
    fides = createHttpServer(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += chunk;
      const { authorization = "" } = request.headers;
      received.push({ url: request.url ?? "", authorization, body: JSON.parse(body) });
      response.end("{}");
    });
    await new Promise<void>((resolve) => fides.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(fides.address() as AddressInfo).port}`;
    server = await startTestServer({ fides: { url } });
    ({ datasetId } = await trainTestModel(server));
  });
  afterAll(async () => {
    fides?.close();
    await server?.close();
  });

  const context = () => ({ processor: null, fides: { url }, restMs: 1 });
  const valuesOf = (email: string, request: string, token: string): Record<string, string> => ({
    email,
    dataset_id: datasetId,
    privacy_request_id: request,
    reply_to: "/api/v1/request-task/callback",
    reply_to_token: token,
  });

  /** The connector's request as Fides would send it. */
  async function send(action: "read" | "delete", values: Record<string, string>) {
    const config = SaasConfig.parse((await parseYaml("fides-connector.yml")).saas_config);
    const request = config.endpoints[0]?.requests[action];
    if (!request) throw new Error(`There is no request to ${action}.`);
    const fill = (text: string): string =>
      text.replaceAll(/<(\w+)>/g, (_, name: string) => values[name] ?? "");
    const headers = Object.fromEntries(request.headers.map(({ name, value }) => [name, fill(value)]));
    return server.call("submit", `${request.method} ${request.path}`, {
      headers: { "content-type": "application/json", ...headers },
      payload: fill(request.body ?? ""),
    });
  }

  it("deletes by the example connector, and is called back with the rows masked", async () => {
    const email = subjects[0] as string;
    const values = valuesOf(email, "pri_1", "jwe.token");
    const read = await send("read", values);
    expect(read.statusCode, read.body).toBe(200);
    const deleted = await send("delete", values);
    expect(deleted.statusCode, deleted.body).toBe(201);
    expect((await send("delete", values)).statusCode).toBe(200);
    expect(await deliverCallbacks(server.database, context())).toBe(0);
    await server.work();
    expect(await deliverCallbacks(server.database, context())).toBe(1);
    expect(received).toEqual([
      {
        url: "/api/v1/request-task/callback",
        authorization: "Bearer jwe.token",
        body: { rows_masked: read.json().rowCount },
      },
    ]);
    expect(await deliverCallbacks(server.database, context())).toBe(0);
    const { rows } = await server.database.executor.executeSql(
      "select to_jsonb(r)::text as r from requests r union all select to_jsonb(c)::text from callbacks c",
    );
    expect(JSON.stringify(rows)).not.toContain("jwe.token");
  });

  it("is called back for whoever nobody knows: no row would mean no delete request, and waiting for ever", async () => {
    received.length = 0;
    const values = valuesOf("nobody@example.com", "pri_2", "token.two");
    const read = await send("read", values);
    expect([read.statusCode, read.json().rowCount]).toEqual([200, 0]);
    const deleted = await send("delete", values);
    expect(deleted.statusCode, deleted.body).toBe(201);
    expect(deleted.json().request.state).toBe("completed");
    expect(await deliverCallbacks(server.database, context())).toBe(1);
    expect(received.map(({ body }) => body)).toEqual([{ rows_masked: 0 }]);
  });

  it("is called back again where it runs a request again, with the new token", async () => {
    const email = subjects[30] as string;
    received.length = 0;
    const first = await send("delete", valuesOf(email, "pri_3", "token.first"));
    await server.work();
    expect(await deliverCallbacks(server.database, context())).toBe(1);
    const again = await send("delete", valuesOf(email, "pri_3", "token.again"));
    expect([again.statusCode, again.json().request.id]).toEqual([200, first.json().request.id]);
    expect(await deliverCallbacks(server.database, context())).toBe(1);
    expect(received.map(({ authorization }) => authorization)).toEqual([
      "Bearer token.first",
      "Bearer token.again",
    ]);
    // The same message once more, as a network repeats it, is no other request.
    await send("delete", valuesOf(email, "pri_3", "token.again"));
    expect(await deliverCallbacks(server.database, context())).toBe(0);
  });

  it("may have several connectors of one tenant, which send one idempotency key", async () => {
    const email = subjects[60] as string;
    const { datasetId: other } = await trainTestModel(server);
    received.length = 0;
    const one = await send("delete", valuesOf(email, "pri_4", "token.one"));
    const two = await send("delete", { ...valuesOf(email, "pri_4", "token.two"), dataset_id: other });
    expect([one.statusCode, two.statusCode]).toEqual([201, 201]);
    expect(two.json().request.id).not.toBe(one.json().request.id);
    await server.work();
    expect(await deliverCallbacks(server.database, context())).toBe(2);
    const tokens = received.map(({ authorization }) => authorization).sort();
    expect(tokens).toEqual(["Bearer token.one", "Bearer token.two"]);
  });

  it.each(["//evil.example/x", "/\\evil.example/x", "https://evil.example/x", "callback", ""])(
    "is the only one that is called: not %j",
    (replyTo) => {
      expect(() => replyAddress("https://fides.example", replyTo)).toThrow(/reply-to/);
    },
  );
});
