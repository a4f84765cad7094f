import type { FastifyInstance } from "fastify";
import { HttpError } from "./problem.js";

/** A look by itself proves nothing: when this process was busy, it comes before what waits in the socket is read. */
const LOOKS = 4;

/**
 * Ends requests whose body stops coming: after so many milliseconds without a byte, or a quarter more at the most, they are answered 408 and
 * their connection is closed. What has come and waits to be read is no silence.
 */
export function limitSilence(app: FastifyInstance, silenceMs: number): void {
  app.addHook("onRequest", async ({ raw }, reply) => {
    if (raw.headers["transfer-encoding"] === undefined && !(Number(raw.headers["content-length"]) > 0))
      return;
    let seen = -1;
    let silent = 0;
    const timer = setInterval(() => {
      const { bytesRead } = raw.socket;
      const isSilent = bytesRead === seen && raw.readableLength === 0 && !raw.complete;
      seen = bytesRead;
      silent = isSilent ? silent + 1 : 0;
      if (silent < LOOKS) return;
      clearInterval(timer);
      if (!reply.sent) reply.header("connection", "close").send(new HttpError("E_SLOW"));
    }, silenceMs / LOOKS);
    const stop = (): void => clearInterval(timer);
    raw.once("end", stop);
    reply.raw.once("close", stop);
  });
}
