import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Database } from "../database/open-database.js";
import { type Caller, findCaller } from "./api-keys.js";
import { HttpError } from "./problem.js";
import { isAllowed, type Permission } from "./roles.js";

declare module "fastify" {
  interface FastifyRequest {
    /** null on public routes. */
    caller: Caller | null;
  }
  interface FastifyContextConfig {
    /** What a key's role must allow; every route says it. */
    readonly permission?: Permission | "public";
  }
}

/** Lets nobody in without a key whose role allows what the route says. */
export function authenticate(app: FastifyInstance, database: Database): void {
  app.decorateRequest("caller", null);
  app.addHook("onRoute", ({ url, config }) => {
    if (config?.permission === undefined) throw new Error(`The route ${url} does not say who may use it.`);
  });
  app.addHook("onRequest", async (request) => {
    const { permission } = request.routeOptions.config;
    // Only routes that do not exist have none.
    if (permission === undefined || permission === "public") return;
    const caller = await findCaller(database, keyOf(request));
    if (caller === null) throw new HttpError("E_UNAUTHENTICATED");
    if (!isAllowed(caller.role, permission))
      throw new HttpError("E_FORBIDDEN", `A key of role ${caller.role} does not allow it.`);
    request.caller = caller;
  });
}

function keyOf({ headers: { authorization = "" } }: FastifyRequest): string {
  const [, key] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
  if (key === undefined)
    throw new HttpError("E_UNAUTHENTICATED", "Expected Authorization: Bearer and a key.");
  return key;
}

/** Whose request it is; there is somebody on every route that is not public. */
export function tenantOf({ caller }: FastifyRequest): string {
  if (caller === null) throw new HttpError("E_UNAUTHENTICATED");
  return caller.tenantId;
}
