import type { FastifyInstance } from "fastify";
import { HttpError } from "./problem.js";

declare module "fastify" {
  interface FastifyContextConfig {
    /** How long an answer of this route may take, where that is not what all others may. */
    readonly answerTimeoutMs?: number;
  }
}

/**
 * Answers 503 in place of whoever has not answered in time, counted from when all of a request was there. Fastify's own limit (`handlerTimeout`) ends
 * when a body has been read, and so before most of the work begins.
 */
export function limitAnswers(app: FastifyInstance, answerTimeoutMs: number): void {
  app.addHook("preHandler", async ({ routeOptions }, reply) => {
    const timer = setTimeout(() => {
      if (!reply.sent) reply.send(new HttpError("E_BUSY"));
    }, routeOptions.config.answerTimeoutMs ?? answerTimeoutMs);
    reply.raw.once("close", () => clearTimeout(timer));
  });
}
