import { randomUUID } from "node:crypto";
import rateLimit from "@fastify/rate-limit";
import { ExpungeError } from "expunge";
import createFastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from "fastify";
import { serializerCompiler, validatorCompiler } from "fastify-type-provider-zod";
import type { Database } from "../database/open-database.js";
import { processorOf } from "../protocols/opendsr.js";
import type { Service } from "../service/service.js";
import { limitAnswers } from "./answer-time.js";
import { authenticate } from "./authentication.js";
import { serveHealth } from "./health.js";
import { loggerOf, logRequests } from "./logging.js";
import { serveMetrics } from "./metrics.js";
import { describeRoutes, serveOpenApi } from "./openapi.js";
import { DEFAULTS, type HttpOptions } from "./options.js";
import { servePages } from "./pages.js";
import { answerError, answerProblems, answerUnknownRoutes, HttpError } from "./problem.js";
import { serveCertificates } from "./routes/certificates.js";
import type { App, RouteContext } from "./routes/context.js";
import { serveCorrections } from "./routes/corrections.js";
import { serveDatasets } from "./routes/datasets.js";
import { serveEvents } from "./routes/events.js";
import { serveKeys } from "./routes/keys.js";
import { serveLedger } from "./routes/ledger.js";
import { serveLessons } from "./routes/lessons.js";
import { serveMe } from "./routes/me.js";
import { serveModels } from "./routes/models.js";
import { serveOpendsr, V1, V2 } from "./routes/opendsr.js";
import { servePlan } from "./routes/plan.js";
import { serveRequests } from "./routes/requests.js";
import { limitSilence } from "./silence.js";

/** What a server is made of. */
export interface ServerParts {
  readonly service: Service;
  readonly database: Database;
  readonly options?: HttpOptions;
}

/** A year: whoever came by TLS once comes by nothing else. Hosts below this one are their owner's own. */
const STRICT_TRANSPORT = "max-age=31536000";

/** Node's own limit of what comes before a body. */
const MAX_HEADER_BYTES = 16_384;

/**
 * The API of a service. It listens nowhere yet (`listen`), and `close` finishes what is being answered.
 *
 * @throws ExpungeError E_KEY, E_OPTION for keys and options of OpenDSR that do not fit
 */
export function createServer({ service, database, options = {} }: ServerParts): FastifyInstance {
  const processor = options.opendsr ? processorOf(options.opendsr) : null;
  const app = newApp(options);
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  // Nothing is taken that no schema describes.
  app.removeContentTypeParser("text/plain");
  app.decorateRequest("rawBody", null);
  answerProblems(app);
  logRequests(app);
  authenticate(app, database, options.requestsPerMinute ?? DEFAULTS.requestsPerMinute);
  limitSilence(app, options.silenceMs ?? DEFAULTS.silenceMs);
  limitAnswers(app, options.answerTimeoutMs ?? DEFAULTS.answerTimeoutMs);
  describeRoutes(app);
  limitRates(app, options);
  const ending = { isEnding: false };
  endings.set(app, ending);
  app.addHook("preClose", async () => {
    ending.isEnding = true;
  });
  app.addHook("onSend", async (request, reply, payload) => {
    // A connection that stays open would keep the server from ending.
    if (ending.isEnding) reply.header("connection", "close");
    reply.header("x-content-type-options", "nosniff");
    if (request.protocol === "https") reply.header("strict-transport-security", STRICT_TRANSPORT);
    if (!reply.hasHeader("cache-control")) reply.header("cache-control", "no-store");
    return payload;
  });

  serveMetrics(app, database, options);

  const context: RouteContext = { service, database, options };
  app.register(async (root) => serveOperation(root as App, context, () => ending.isEnding));
  app.register(async (v1) => serveApi(v1 as App, context), { prefix: "/v1" });
  if (processor !== null) {
    if (processor.isSelfSigned)
      app.log.warn("OpenDSR answers are signed by a self-signed certificate: for tests.");
    app.register(async (scope) => serveOpendsr(scope as App, context, processor, V2), {
      prefix: "/opendsr/v2",
    });
    app.register(async (scope) => serveOpendsr(scope as App, context, processor, V1), {
      prefix: "/opendsr/v1",
    });
  }
  return app;
}

/** Servers that were told that they are about to end. */
const endings = new WeakMap<FastifyInstance, { isEnding: boolean }>();

/**
 * Before a server is closed: says that it is not ready any more (`GET /readyz`), and answers as before for a while, so that whoever sends it callers has
 * time to send them elsewhere.
 */
export async function drain(app: FastifyInstance, forMs: number): Promise<void> {
  endings.get(app)!.isEnding = true;
  await new Promise((resolve) => setTimeout(resolve, forMs));
}

function newApp(options: HttpOptions): FastifyInstance {
  const { trustedProxies = 0, silenceMs = DEFAULTS.silenceMs } = options;
  const { requestTimeoutMs: requestTimeout = DEFAULTS.requestTimeoutMs } = options;
  const shared = {
    logger: loggerOf(options),
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    exposeHeadRoutes: true,
    bodyLimit: options.bodyLimit ?? DEFAULTS.bodyLimit,
    requestTimeout,
    trustProxy: (_: string, hop: number) => hop < trustedProxies,
    forceCloseConnections: "idle",
    routerOptions: { maxParamLength: 200 },
    frameworkErrors: (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
      answerError(error, request, reply);
    },
  } as const;
  const limits = {
    maxHeaderSize: MAX_HEADER_BYTES,
    requestTimeout,
    // Node takes no more for these than for the whole, whose limit would else be its own: five minutes.
    headersTimeout: requestTimeout === 0 ? silenceMs : Math.min(silenceMs, requestTimeout),
    connectionsCheckingInterval: Math.ceil(silenceMs / 4),
  };
  if (options.tls === undefined) return createFastify({ ...shared, http: limits });
  const { key, cert } = options.tls;
  const https = { key: Buffer.from(key), cert: Buffer.from(cert), minVersion: "TLSv1.2" } as const;
  return createFastify({
    ...shared,
    https: { ...https, ...limits, handshakeTimeout: silenceMs },
  }) as unknown as FastifyInstance;
}

/** By key; by address where nobody knows the caller. */
function limitRates(app: FastifyInstance, options: HttpOptions): void {
  app.register(rateLimit, {
    max: options.requestsPerMinute ?? DEFAULTS.requestsPerMinute,
    timeWindow: 60_000,
    cache: 20_000,
    keyGenerator: ({ caller, ip }) => caller?.keyId ?? ip,
    errorResponseBuilder: () => new HttpError("E_RATE"),
  });
  app.after(() => answerUnknownRoutes(app, app.rateLimit()));
}

function serveOperation(app: App, context: RouteContext, isEnding: () => boolean): void {
  serveHealth(app, context.database, isEnding);
  serveLedger(app, context);
  serveOpenApi(app);
  if (context.options.pages) servePages(app, context.options.pages);
}

function serveApi(app: App, context: RouteContext): void {
  serveDatasets(app, context);
  serveModels(app, context);
  serveLessons(app, context);
  serveRequests(app, context);
  serveCorrections(app, context);
  serveCertificates(app, context);
  serveKeys(app, context);
  serveMe(app, context);
  serveEvents(app, context);
  servePlan(app);
}

/** Where a server listens. */
export interface ListenOptions {
  /** Default 127.0.0.1: this machine only. */
  readonly host?: string;
  /** Default 8080; 0 for any that is free. */
  readonly port?: number;
  /** Listens to other machines without TLS: where a proxy of your own does that part. */
  readonly allowPlainHttp?: boolean;
}

/**
 * Starts to listen.
 *
 * @returns the address
 * @throws ExpungeError E_OPTION where others could listen in
 */
export function listen(app: FastifyInstance, listenOptions: ListenOptions = {}): Promise<string> {
  const { host = "127.0.0.1", port = 8080, allowPlainHttp = false } = listenOptions;
  const isLoopback = host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
  const isTls = (app.initialConfig as { https?: unknown }).https !== undefined;
  if (!isLoopback && !isTls && !allowPlainHttp)
    throw new ExpungeError(
      "E_OPTION",
      `Expected TLS for host ${host}, which is more than this machine: keys and ids would travel in clear (expunge serve: --tls-cert and --tls-key, or --allow-plain-http behind a proxy that does it).`,
    );
  return app.listen({ host, port });
}
