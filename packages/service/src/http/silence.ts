import type { FastifyInstance } from "fastify";
import { HttpError } from "./problem.js";

/**
 * Ends requests whose body stops coming: after so many milliseconds without a byte, or twice as many at the most, they are answered 408 and
 * their connection is closed. What has come and waits to be read is no silence.
 */
export function limitSilence(app: FastifyInstance, silenceMs: number): void {
  app.addHook("onRequest", async ({ raw }, reply) => {
    if (raw.headers["transfer-encoding"] === undefined && !(Number(raw.headers["content-length"]) > 0))
      return;
    let seen = -1;
    const timer = setInterval(() => {
      const { bytesRead } = raw.socket;
      const isSilent = bytesRead === seen && raw.readableLength === 0 && !raw.complete;
      seen = bytesRead;
      if (!isSilent) return;
      clearInterval(timer);
      if (!reply.sent) reply.header("connection", "close").send(new HttpError("E_SLOW"));
    }, silenceMs);
    const stop = (): void => clearInterval(timer);
    raw.once("end", stop);
    reply.raw.once("close", stop);
  });
}
