import { CreatedKey, IdParams, KeyList, NewKey } from "@expunge/client/schemas";
import { z } from "zod";
import { createApiKey, listApiKeys, revokeApiKey } from "../../accounts/api-keys.js";
import { tenantOf } from "../authentication.js";
import * as present from "../present.js";
import type { App, RouteContext } from "./context.js";

const tags = ["keys"];
const config = { permission: "keys:manage" } as const;

export function serveKeys(app: App, { database }: RouteContext): void {
  app.route({
    method: "POST",
    url: "/keys",
    config,
    schema: {
      summary: "Make an API key",
      operationId: "createKey",
      tags,
      body: NewKey,
      response: { 201: CreatedKey },
    },
    handler: async (request, reply) => {
      const { key, ...stored } = await createApiKey(database, {
        tenantId: tenantOf(request),
        ...request.body,
      });
      return reply
        .code(201)
        .header("cache-control", "no-store")
        .send({ key, ...present.key(stored) });
    },
  });

  app.route({
    method: "GET",
    url: "/keys",
    config,
    schema: { summary: "API keys", operationId: "listKeys", tags, response: { 200: KeyList } },
    handler: async (request) => ({
      items: (await listApiKeys(database, tenantOf(request))).map(present.key),
    }),
  });

  app.route({
    method: "DELETE",
    url: "/keys/:id",
    config,
    schema: {
      summary: "Revoke an API key; from then on it is refused",
      operationId: "revokeKey",
      tags,
      params: IdParams,
      response: { 204: z.undefined().describe("Revoked.") },
    },
    handler: async (request, reply) => {
      await revokeApiKey(database, tenantOf(request), request.params.id);
      app.forgetCallers();
      return reply.code(204).send();
    },
  });
}
