import type { FastifyReply } from "fastify";
import { z } from "zod";
import { isAllowed } from "../../accounts/roles.js";
import type { Role } from "../../database/tables.js";
import type { Activity } from "../../service/read-activity.js";
import { tenantOf } from "../authentication.js";
import { DEFAULTS } from "../options.js";
import * as present from "../present.js";
import type { App, RouteContext } from "./context.js";

/** How often the database is asked; a change is told at most this much later. */
const LOOK_MS = 500;
/** So that nothing between here and there takes a quiet connection for a dead one. */
const HEARTBEAT_MS = 15_000;
/** Of one tenant; one more ends the oldest. */
const MAX_STREAMS = 50;

/** What is going on, told as it changes (server-sent events). */
export function serveEvents(app: App, { service, options }: RouteContext): void {
  const watchMs = options.watchMs ?? DEFAULTS.watchMs;
  const open = new Map<FastifyReply, string>();
  const read = sharedReader((tenantId) => service.activity(tenantId));
  // Such a connection never ends by itself, and the server would wait for it.
  app.addHook("preClose", async () => {
    for (const reply of open.keys()) reply.raw.end();
  });
  app.route({
    method: "GET",
    url: "/events",
    config: { permission: "activity:read" },
    handlerTimeout: 2 * watchMs,
    schema: {
      summary: "Requests and models as they change; ends after some minutes: then ask again",
      description: "Events named `state`; their data are an Activity.",
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
      const own = [...open].filter(([, tenant]) => tenant === tenantId);
      for (const [oldest] of own.slice(0, Math.max(0, own.length - MAX_STREAMS + 1))) {
        open.delete(oldest);
        oldest.raw.end();
      }
      open.set(reply, tenantId);
      reply.hijack();
      reply.raw.writeHead(200, {
        "content-type": "text/event-stream",
        "cache-control": "no-store",
        // Ended, it is of no further use, and would keep the server from ending.
        connection: "close",
        "x-content-type-options": "nosniff",
      });
      const role = request.caller?.role ?? "submit";
      const readFor = async () => JSON.stringify(present.activity(forRole(await read(tenantId), role)));
      await tell(reply, readFor, performance.now() + watchMs).catch((error: unknown) =>
        request.log.error({ err: error }, "failed"),
      );
      open.delete(reply);
      reply.raw.end();
    },
  });
}

/** Counts for everybody; the rest as the role may read it elsewhere. */
function forRole(activity: Activity, role: Role): Activity {
  return {
    requests: activity.requests,
    ...(isAllowed(role, "requests:read")
      ? { open: activity.open, recent: activity.recent }
      : { open: [], recent: [] }),
    models: isAllowed(role, "models:read") ? activity.models : [],
  };
}

/** However many watch, the database is asked once for a tenant. */
function sharedReader<T>(read: (tenantId: string) => Promise<T>): (tenantId: string) => Promise<T> {
  const last = new Map<string, { readonly at: number; readonly found: Promise<T> }>();
  return (tenantId) => {
    const now = performance.now();
    const held = last.get(tenantId);
    if (held && now - held.at < LOOK_MS) return held.found;
    const found = read(tenantId);
    last.set(tenantId, { at: now, found });
    return found;
  };
}

async function tell({ raw }: FastifyReply, read: () => Promise<string>, end: number): Promise<void> {
  let told = "";
  let beat = 0;
  while (!raw.destroyed && !raw.writableEnded && performance.now() < end) {
    const now = await read();
    // Whoever does not read fast enough is told the newest state later, not every one.
    if (now !== told && !raw.writableNeedDrain) {
      raw.write(`event: state\ndata: ${now}\n\n`);
      told = now;
      beat = performance.now();
    } else if (performance.now() - beat > HEARTBEAT_MS) {
      raw.write(": still here\n\n");
      beat = performance.now();
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
