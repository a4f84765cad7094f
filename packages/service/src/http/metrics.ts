import type { FastifyInstance, RouteOptions } from "fastify";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Database } from "../database/open-database.js";
import { countOverdue, countRequests } from "../requests/request-counts.js";
import { routeOf } from "./logging.js";
import type { HttpOptions } from "./options.js";
import { addStateGauges } from "./state-metrics.js";

/** Counts answers, and serves /metrics. Labels are routes, methods, statuses and states: nothing that could name anybody. */
export function serveMetrics(app: FastifyInstance, database: Database, options: HttpOptions): void {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const answered = new Counter({
    name: "expunge_http_requests_total",
    help: "Requests answered.",
    labelNames: ["method", "route", "status"],
    registers: [registry],
  });
  const seconds = new Histogram({
    name: "expunge_http_request_seconds",
    help: "Time from a request's arrival to the end of its answer.",
    labelNames: ["method", "route"],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    registers: [registry],
  });
  app.addHook("onResponse", async (request, reply) => {
    const labels = { method: request.method, route: routeOf(request) };
    answered.inc({ ...labels, status: reply.statusCode });
    seconds.observe(labels, reply.elapsedTime / 1000);
  });
  const route: RouteOptions = {
    method: "GET",
    url: "/metrics",
    config: { permission: options.areMetricsPublic ? "public" : "metrics:read" },
    schema: { summary: "Metrics in Prometheus' format", operationId: "getMetrics", tags: ["operation"] },
    handler: async ({ caller }, reply) => {
      const own = await requestGauges(database, caller?.tenantId ?? null).metrics();
      return reply.type(registry.contentType).send((await registry.metrics()) + own);
    },
  };
  // Within a plugin: after those that look at routes as they are added.
  app.register(async (scope) => void scope.route(route));
}

/**
 * Counted when somebody asks: with several servers on one database it is the same everywhere.
 *
 * @param tenantId whose requests; null for everybody's
 */
function requestGauges(database: Database, tenantId: string | null): Registry {
  const { queries } = database;
  const registry = new Registry();
  const whose = tenantId === null ? "of all tenants" : "of the key's tenant";
  new Gauge({
    name: "expunge_deletion_requests",
    help: `Deletion requests by state, ${whose}.`,
    labelNames: ["state"],
    registers: [registry],
    async collect() {
      // Those without a request too: a rule that compares with what was finds something there.
      for (const [state, count] of Object.entries(await countRequests(queries, tenantId)))
        this.set({ state }, count);
    },
  });
  new Gauge({
    name: "expunge_deletion_requests_overdue",
    help: `Requests ${whose} that are neither done nor taken back, though they are due.`,
    registers: [registry],
    async collect() {
      this.set(await countOverdue(queries, tenantId));
    },
  });
  addStateGauges(registry, database, tenantId);
  return registry;
}
