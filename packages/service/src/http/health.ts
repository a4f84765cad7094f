import { sql } from "drizzle-orm";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { Database } from "../database/open-database.js";
import { hasRows } from "../database/open-rows.js";
import { answerRefusal, HttpError } from "./problem.js";

const Status = z.object({ status: z.literal("ok") });
const MAX_WAIT_MS = 2000;
const ROWS_MS = 1000;

/** /healthz: the process answers. /readyz: its database does too, its rows are where they were, and it is not about to end. */
/** @param isEnding whether the process is about to end: then it is not ready */
export function serveHealth(
  app: FastifyInstance,
  { queries, objects }: Database,
  isEnding: () => boolean = () => false,
): void {
  // Anybody may ask, and a bucket is asked over the network: one answer serves all who ask within a second.
  let looked: { readonly at: number; readonly found: Promise<boolean> } | null = null;
  const areRowsThere = (): Promise<boolean> => {
    const now = performance.now();
    if (looked === null || now - looked.at > ROWS_MS)
      looked = { at: now, found: withinTime(hasRows(objects)).catch(() => false) };
    return looked.found;
  };
  app.route({
    method: "GET",
    url: "/healthz",
    config: { permission: "public", rateLimit: false },
    schema: {
      summary: "Whether the process answers",
      operationId: "getHealth",
      tags: ["operation"],
      response: { 200: Status },
    },
    handler: async () => ({ status: "ok" }),
  });
  app.route({
    method: "GET",
    url: "/readyz",
    config: { permission: "public", rateLimit: false },
    schema: {
      summary: "Whether requests can be served",
      operationId: "getReadiness",
      tags: ["operation"],
      response: { 200: Status },
    },
    handler: async (request, reply) => {
      if (isEnding())
        return answerRefusal(new HttpError("E_BUSY", "The server is about to end."), request, reply);
      await withinTime(queries.execute(sql`select 1`)).catch(() => {
        throw new HttpError("E_BUSY", "The database does not answer.");
      });
      if (!(await areRowsThere())) throw new HttpError("E_BUSY", "The place of the rows does not answer.");
      return { status: "ok" };
    },
  });
}

function withinTime<T>(work: PromiseLike<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("late")), MAX_WAIT_MS);
  });
  return Promise.race([Promise.resolve(work), late]).finally(() => clearTimeout(timer));
}
