import type { FastifyInstance, FastifyRequest, FastifyServerOptions } from "fastify";
import type { HttpOptions } from "./options.js";

/*
 * A log of what was asked for, by routes and random ids. Urls, bodies, headers and messages of errors are kept out: any of them may hold
 * the id of a subject, or a row.
 */

export function loggerOf({ log }: HttpOptions): Exclude<FastifyServerOptions["logger"], undefined> {
  if (log === undefined || log === false) return false;
  const { level = "info", stream } = log === true ? {} : log;
  return {
    level,
    ...(stream ? { stream } : {}),
    base: null,
    serializers: { err: describeError, req: describeRequest, res: ({ statusCode }) => ({ statusCode }) },
    redact: ["headers", "*.headers", "authorization", "*.authorization", "body", "*.body"],
  };
}

export function logRequests(app: FastifyInstance): void {
  app.addHook("onResponse", async (request, reply) => {
    request.log.info(
      {
        method: request.method,
        route: routeOf(request),
        status: reply.statusCode,
        ...(reply.problemCode ? { code: reply.problemCode } : {}),
        ms: Math.round(reply.elapsedTime),
        ...(request.caller ? { tenantId: request.caller.tenantId, keyId: request.caller.keyId } : {}),
      },
      "answered",
    );
  });
}

/** The pattern, never what was called: "/v1/requests/:id". */
export function routeOf({ routeOptions }: Pick<FastifyRequest, "routeOptions">): string {
  return routeOptions.url ?? "none";
}

function describeRequest(request: FastifyRequest): Record<string, unknown> {
  return { id: request.id, method: request.method };
}

/**
 * What logs say of something that was thrown: name, code and places in the source; a database's message may quote what was stored.
 *
 * @internal
 */
export function describeError(
  error: Error,
): Record<string, unknown> & { type: string; message: string; stack: string } {
  const { code } = error as { code?: unknown };
  const lines = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  const stack = lines.slice(0, 12).join("\n");
  return { type: error.name, ...(typeof code === "string" ? { code } : {}), message: "", stack };
}
