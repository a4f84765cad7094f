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
  interface FastifyInstance {
    /** To be called when a key is revoked. */
    forgetCallers(): void;
  }
  interface FastifyContextConfig {
    /** What a key's role must allow; every route says it. */
    readonly permission?: Permission | "public";
  }
}

/** A key that is revoked by another server is refused here at most this much later; by this one at once. */
const REMEMBER_MS = 1000;
const MOST_REMEMBERED = 10_000;

/** Whose key it is, asked of the database once a second and key. */
function createCallerLookup(database: Database): {
  find(key: string): Promise<Caller | null>;
  forget(): void;
} {
  const known = new Map<string, { readonly caller: Caller; readonly until: number }>();
  return {
    async find(key) {
      const found = known.get(key);
      if (found && performance.now() < found.until) return found.caller;
      known.delete(key);
      const caller = await findCaller(database, key);
      if (caller === null) return null;
      if (known.size >= MOST_REMEMBERED) known.clear();
      known.set(key, { caller, until: performance.now() + REMEMBER_MS });
      return caller;
    },
    forget: () => known.clear(),
  };
}

/** Lets nobody in without a key whose role allows what the route says. */
export function authenticate(app: FastifyInstance, database: Database): void {
  const callers = createCallerLookup(database);
  app.decorateRequest("caller", null);
  app.decorate("forgetCallers", callers.forget);
  app.addHook("onRoute", ({ url, config }) => {
    if (config?.permission === undefined) throw new Error(`The route ${url} does not say who may use it.`);
  });
  app.addHook("onRequest", async (request) => {
    const { permission } = request.routeOptions.config;
    // Only routes that do not exist have none.
    if (permission === undefined || permission === "public") return;
    const caller = await callers.find(keyOf(request));
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
