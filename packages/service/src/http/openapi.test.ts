import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestServer, TEST_CERTIFICATE, TEST_KEY, type TestServer } from "../../testing/test-server.js";

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly {
    readonly in: string;
    readonly name: string;
    readonly required?: boolean;
  }[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: object }> };
  readonly responses: Record<string, { readonly description: string; readonly content?: object }>;
  readonly security: readonly object[];
}

interface Description {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, object>; readonly securitySchemes: object };
}

let server: TestServer;
let description: Description;
let operations: (Operation & { readonly path: string; readonly method: string })[];

beforeAll(async () => {
  const opendsr = {
    domain: "expunge.example.com",
    publicUrl: "https://expunge.example.com",
    key: TEST_KEY,
    certificate: TEST_CERTIFICATE,
  };
  server = await startTestServer({ opendsr });
  description = (await server.call({ key: null }, "GET /openapi.json")).json();
  operations = Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, path, method })),
  );
});
afterAll(() => server?.close());

describe("the description", () => {
  it("is OpenAPI 3.1 and has every route that there is", () => {
    expect(description.openapi).toBe("3.1.0");
    const served = server.app.printRoutes({ commonPrefix: false, includeHooks: false });
    const count = [...served.matchAll(/\(([A-Z, ]+)\)/g)].flatMap(([, methods]) =>
      (methods as string).split(", "),
    );
    // All but the description itself; HEAD goes without saying, and OPTIONS is nowhere.
    const said = count.filter((method) => method !== "OPTIONS" && method !== "HEAD");
    expect(operations.length).toBe(said.length - 1);
  });

  it("has operations with names of their own, and says how each may fail", () => {
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const operation of operations) {
      expect(operation.operationId, operation.path).toMatch(/^[a-zA-Z0-9]+$/);
      expect(operation.summary).toMatch(/^[A-Z]/);
      expect(operation.tags).toHaveLength(1);
      expect(operation.responses.default?.content, operation.path).toBeDefined();
      expect(
        Object.keys(operation.responses).some((status) => /^2/.test(status) || status === "default"),
      ).toBe(true);
    }
  });

  it("declares every parameter of a path, and no other", () => {
    for (const { path, parameters = [] } of operations) {
      const named = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name);
      const declared = parameters.filter((parameter) => parameter.in === "path").map(({ name }) => name);
      expect(declared.sort(), path).toEqual(named.sort());
    }
  });

  it("has a schema for every reference, and uses every schema", () => {
    const text = JSON.stringify(description);
    const wanted = new Set([...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference]) => reference));
    const there = Object.keys(description.components.schemas).map((name) => `#/components/schemas/${name}`);
    expect([...wanted].sort()).toEqual(there.sort());
  });

  it("is what validates: unknown fields are excluded where they are refused", () => {
    const { NewRequest } = description.components.schemas as Record<string, Record<string, unknown>>;
    expect(NewRequest).toMatchObject({
      type: "object",
      additionalProperties: false,
      required: ["datasetId"],
    });
    const upload = operations.find(({ operationId }) => operationId === "createDataset");
    expect(Object.keys(upload?.requestBody?.content ?? {})).toEqual(["multipart/form-data"]);
  });

  it("holds schemas that a validator of JSON Schema 2020-12 compiles", async () => {
    const { default: Ajv2020 } = await import("ajv/dist/2020.js");
    const ajv = new Ajv2020.default({ strict: false, validateFormats: false });
    ajv.addSchema({ $id: "openapi", components: description.components });
    for (const name of Object.keys(description.components.schemas))
      expect(() => ajv.compile({ $ref: `openapi#/components/schemas/${name}` }), name).not.toThrow();
    const problem = ajv.compile({ $ref: "openapi#/components/schemas/Problem" });
    expect(problem((await server.call({ key: null }, "GET /v1/keys")).json())).toBe(true);
  });
});
