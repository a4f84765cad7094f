import type { FastifyInstance, FastifyRequest } from "fastify";
import { type Caller, findCaller } from "../accounts/api-keys.js";
import { isAllowed, type Permission } from "../accounts/roles.js";
import type { Database } from "../database/open-database.js";
import { HttpError } from "./problem.js";

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
export const REMEMBER_MS = 1000;
const MAX_REMEMBERED = 10_000;

/** Whose key it is, asked of the database once a second and key. */
function createCallerLookup(database: Database): {
  find(key: string): Promise<Caller | null>;
  /** Whether it let somebody in lately. */
  hasSeen(key: string): boolean;
  forget(): void;
} {
  const known = new Map<string, { readonly caller: Caller; readonly until: number }>();
  let revocations = 0;
  return {
    hasSeen: (key) => known.has(key),
    async find(key) {
      const found = known.get(key);
      if (found && performance.now() < found.until) return found.caller;
      const before = revocations;
      const caller = await findCaller(database, key);
      if (caller === null) {
        known.delete(key);
        return null;
      }
      // It may have been read before a key was revoked.
      if (revocations !== before) return caller;
      if (known.size >= MAX_REMEMBERED) known.clear();
      known.set(key, { caller, until: performance.now() + REMEMBER_MS });
      return caller;
    },
    forget() {
      revocations += 1;
      known.clear();
    },
  };
}

const MINUTE_MS = 60_000;
const MAX_ADDRESSES = 20_000;

/** Counts keys that were none, by the address they came from: to guess is to be refused, and costs the database nothing more. */
function createGuessCounter(most: number): {
  isOver(address: string): boolean;
  count(address: string): void;
} {
  let counts = new Map<string, number>();
  let until = 0;
  return {
    isOver(address) {
      if (performance.now() > until) {
        counts = new Map();
        until = performance.now() + MINUTE_MS;
      }
      return (counts.get(address) ?? 0) >= most;
    },
    count(address) {
      if (counts.size >= MAX_ADDRESSES) counts.clear();
      counts.set(address, (counts.get(address) ?? 0) + 1);
    },
  };
}

/**
 * Lets nobody in without a key whose role allows what the route says.
 *
 * @param mostGuesses wrong keys of one address a minute; known keys are not kept out by another's guesses
 */
export function authenticate(app: FastifyInstance, database: Database, mostGuesses: number): void {
  const callers = createCallerLookup(database);
  const guesses = createGuessCounter(mostGuesses);
  app.decorateRequest("caller", null);
  app.decorate("forgetCallers", callers.forget);
  app.addHook("onRoute", ({ url, config }) => {
    if (config?.permission === undefined) throw new Error(`The route ${url} does not say who may use it.`);
  });
  app.addHook("onRequest", async (request) => {
    const { permission } = request.routeOptions.config;
    // Only routes that do not exist have none.
    if (permission === undefined || permission === "public") return;
    const key = keyOf(request);
    if (!callers.hasSeen(key) && guesses.isOver(request.ip)) throw new HttpError("E_RATE");
    const caller = await callers.find(key);
    if (caller === null) {
      guesses.count(request.ip);
      throw new HttpError("E_UNAUTHENTICATED");
    }
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
