import createFastify, { type FastifyInstance } from "fastify";
import { serializerCompiler, validatorCompiler } from "fastify-type-provider-zod";
import type { Database } from "../database/open-database.js";
import { serveHealth } from "./health.js";
import { serveMetrics } from "./metrics.js";
import { answerProblems } from "./problem.js";

/**
 * What a worker tells of itself: /healthz, /readyz and /metrics, to whoever reaches its port. Nothing of it names a tenant or a subject. It listens
 * nowhere yet: `app.listen({ host, port })`.
 */
export function createHealthServer(database: Database): FastifyInstance {
  const app = createFastify({ forceCloseConnections: true });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  answerProblems(app);
  let isEnding = false;
  app.addHook("preClose", async () => {
    isEnding = true;
  });
  serveHealth(app, database, () => isEnding);
  serveMetrics(app, database, { areMetricsPublic: true });
  return app;
}
