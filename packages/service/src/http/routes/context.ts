import type { IncomingMessage, ServerResponse } from "node:http";
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest, RawServerDefault } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { Database } from "../../database/open-database.js";
import type { Service } from "../../service/service.js";
import type { HttpOptions } from "../options.js";

/** What routes are made of. */
export interface RouteContext {
  readonly service: Service;
  readonly database: Database;
  readonly options: HttpOptions;
}

/** Where routes are added; what comes in and goes out is typed by the routes' schemas. */
export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** With a name in front: keys of other protocols must not meet. */
export function idempotencyOf({ headers }: FastifyRequest): { idempotencyKey?: string } {
  const key = headers["idempotency-key"];
  return typeof key === "string" ? { idempotencyKey: `api:${key}` } : {};
}

/**
 * Comes when nobody waits for an answer any more: whoever did has left, or was answered, that it took too long say. (A request's own signal comes as
 * soon as its body has been read.)
 */
export function leavingOf(answer: ServerResponse): AbortSignal {
  const leaving = new AbortController();
  answer.once("close", () => leaving.abort());
  return leaving.signal;
}
