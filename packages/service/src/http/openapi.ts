import { Problem } from "@expunge/client/schemas";
import swagger from "@fastify/swagger";
import { VERSION } from "expunge";
import type { FastifyInstance } from "fastify";
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod";

/** Describes all routes that are registered after this, from the schemas that validate them; served at /openapi.json. */
export function describeRoutes(app: FastifyInstance): void {
  app.addHook("onRoute", (route) => {
    const { schema, config } = route;
    if (!schema || schema.hide) return;
    const content = { "application/problem+json": { schema: Problem } };
    const responses = (schema.response ?? {}) as Record<string, unknown>;
    route.schema = {
      ...schema,
      security: config?.permission === "public" ? [] : [{ apiKey: [] }],
      response: { ...responses, default: responses.default ?? { description: "What went wrong.", content } },
    };
  });
  app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Expunge",
        version: VERSION,
        description: "Certified machine unlearning: train convex models, forget people, prove it.",
        license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      },
      components: {
        securitySchemes: {
          apiKey: { type: "http", scheme: "bearer", description: "expunge_<role>_<43 characters>" },
        },
      },
    },
    transform: jsonSchemaTransform,
    transformObject: (document) => withoutUnused(jsonSchemaTransformObject(document) as OpenApi) as never,
  });
}

/** To be called within a plugin, after all others: then they are known. */
export function serveOpenApi(app: FastifyInstance): void {
  app.route({
    method: "GET",
    url: "/openapi.json",
    config: { permission: "public" },
    schema: { hide: true },
    handler: async (_, reply) => reply.type("application/json").send(JSON.stringify(app.swagger())),
  });
}

interface OpenApi {
  components?: { schemas?: Record<string, unknown> };
}

/** Every schema is made once for what comes in and once for what goes out; most are needed only in one way. */
function withoutUnused(document: OpenApi): OpenApi {
  const { components: { schemas = {}, ...components } = {}, ...rest } = document;
  const used = new Set<string>();
  const visit = (value: unknown): void => {
    for (const [, name] of JSON.stringify(value).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (name === undefined || used.has(name)) continue;
      used.add(name);
      visit(schemas[name] ?? null);
    }
  };
  visit(rest);
  const kept = Object.entries(schemas).filter(([name]) => used.has(name));
  return withPlainNames({ ...rest, components: { ...components, schemas: Object.fromEntries(kept) } });
}

/** What only comes in needs no name of its own for that. */
function withPlainNames(document: OpenApi): OpenApi {
  const names = Object.keys(document.components?.schemas ?? {});
  const isLone = (name: string): boolean => name.endsWith("Input") && !names.includes(name.slice(0, -5));
  const text = names.filter(isLone).reduce((json, name) => {
    const plain = name.slice(0, -5);
    return json
      .replaceAll(`/schemas/${name}"`, `/schemas/${plain}"`)
      .replaceAll(`"${name}":{`, `"${plain}":{`);
  }, JSON.stringify(document));
  return JSON.parse(text) as OpenApi;
}
