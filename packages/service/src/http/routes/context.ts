import type { IncomingMessage, ServerResponse } from "node:http";
import type { AcceptedRequest as AcceptedView } from "@expunge/client";
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  RawServerDefault,
} from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { Database } from "../../database/open-database.js";
import type { AcceptedRequest } from "../../requests/request-views.js";
import type { Service } from "../../service/service.js";
import { tenantOf } from "../authentication.js";
import { DEFAULTS, type HttpOptions } from "../options.js";
import * as present from "../present.js";
import type { RecordUpload } from "../uploads.js";

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

/** Rows that somebody uploads, without the form that they may come as. */
export function uploadOf(options: HttpOptions, request: FastifyRequest, reply: FastifyReply): RecordUpload {
  return {
    tenantId: tenantOf(request),
    limit: options.uploadLimit ?? DEFAULTS.uploadLimit,
    mostAtOnce: options.uploadsPerTenant ?? DEFAULTS.uploadsPerTenant,
    signal: leavingOf(reply.raw),
    scratch: options.scratch,
  };
}

/** The answer to a request, or a correction, that is durable: 201, or 200 where it was there. */
export function answerAccepted(reply: FastifyReply, answer: AcceptedRequest): AcceptedView {
  reply.code(answer.isRepeated ? 200 : 201).header("location", `/v1/requests/${answer.request.id}`);
  return present.accepted(answer);
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
