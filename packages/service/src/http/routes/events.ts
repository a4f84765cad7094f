import { z } from "zod";
import { keysInForce } from "../../accounts/api-keys.js";
import { tenantOf } from "../authentication.js";
import { DEFAULTS } from "../options.js";
import { HttpError } from "../problem.js";
import { Watchers } from "../watchers.js";
import type { App, RouteContext } from "./context.js";

/** When to ask again where there are too many. */
const RETRY_SECONDS = 10;

/** What is going on, told as it changes (server-sent events). */
export function serveEvents(app: App, { service, database, options }: RouteContext): void {
  const watchMs = options.watchMs ?? DEFAULTS.watchMs;
  const maxStreams = options.watchersPerTenant ?? DEFAULTS.watchersPerTenant;
  const watchers = new Watchers({
    activity: (tenantId) => service.activity(tenantId),
    listen: (onChange) => database.notices.listen("expunge_changes", onChange),
    keysInForce: (keyIds) => keysInForce(database, keyIds),
    watchMs,
    onFailure: (error) => app.log.error({ err: error }, "failed"),
  });
  app.addHook("preClose", async () => watchers.close());
  app.route({
    method: "GET",
    url: "/events",
    config: { permission: "activity:read" },
    // A stream has no length that could be told without it.
    exposeHeadRoute: false,
    schema: {
      summary: "Requests and models as they change; ends after some minutes: then ask again",
      description: "Events named `state`; their data are an Activity. A revoked key is told nothing more.",
      operationId: "watch",
      tags: ["events"],
      response: {
        200: {
          description: "Server-sent events.",
          content: { "text/event-stream": { schema: z.string() } },
        },
      },
    },
    handler: async (request, reply) => {
      const tenantId = tenantOf(request);
      // If one more took another's place, they would drive each other out for ever.
      const requirePlace = (): void => {
        if (watchers.count(tenantId) < maxStreams) return;
        const detail = `This tenant has ${maxStreams} watchers already.`;
        throw new HttpError("E_RATE", detail, undefined, RETRY_SECONDS);
      };
      requirePlace();
      // What fails before the answer has begun is answered as everywhere.
      await watchers.prepare(tenantId);
      // Others may have come meanwhile.
      requirePlace();
      reply.hijack();
      reply.raw.writeHead(200, {
        "content-type": "text/event-stream",
        "cache-control": "no-store",
        // Ended, it is of no further use, and would keep the server from ending.
        connection: "close",
        "x-content-type-options": "nosniff",
      });
      const { keyId = "", role = "submit" } = request.caller ?? {};
      watchers.add({ tenantId, keyId, role, stream: reply.raw });
    },
  });
}
