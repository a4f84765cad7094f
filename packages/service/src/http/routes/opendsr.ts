import {
  IdParams,
  OpendsrCancellation,
  OpendsrCertificates,
  OpendsrDiscovery,
  OpendsrError,
  OpendsrReceipt,
  OpendsrRequest,
  OpendsrStatus,
  OpengdprRequest,
} from "@expunge/client/schemas";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { databaseTime } from "../../database/clock.js";
import {
  cancelErasure,
  describeErasure,
  findErasure,
  type Part,
  SUPPORTED,
  submitErasure,
} from "../../protocols/erasures.js";
import type { Processor } from "../../protocols/opendsr.js";
import { checkCallbackUrl } from "../../protocols/post.js";
import { someAtOnce } from "../../some-at-once.js";
import { tenantOf } from "../authentication.js";
import { DEFAULTS } from "../options.js";
import { HttpError, logFailure, publicError } from "../problem.js";
import { type App, leavingOf, type RouteContext } from "./context.js";

declare module "fastify" {
  interface FastifyRequest {
    /** The body as it came; on OpenDSR's routes only. */
    rawBody: Buffer | null;
  }
}

/** Parts or certificates of one erasure that are read at once: others find connections to the database. */
const READS_AT_ONCE = 4;

/** A version of the protocol, by the names that it gives to things. */
interface Dialect {
  readonly version: "1.0" | "2.0";
  readonly requests: "requests" | "opengdpr_requests";
  readonly prefix: "X-OpenDSR" | "X-OpenGDPR";
  /** Before operation ids, which must differ. */
  readonly name: string;
}

export const V2: Dialect = { version: "2.0", requests: "requests", prefix: "X-OpenDSR", name: "opendsr" };
export const V1: Dialect = {
  version: "1.0",
  requests: "opengdpr_requests",
  prefix: "X-OpenGDPR",
  name: "opengdpr",
};

/** Routes of one version below the plugin's prefix; answers are signed, errors take the protocol's own form. */
export function serveOpendsr(app: App, context: RouteContext, processor: Processor, dialect: Dialect): void {
  const base = `${processor.publicUrl}/opendsr/v2`;
  answerErrors(app, processor);
  signAnswers(app, processor, dialect);
  keepRawBodies(app);
  serveDiscovery(app, processor, dialect, base);
  serveErasures(app, context, processor, dialect, base);
  serveStates(app, context, dialect, base);
}

function schemaOf(dialect: Dialect, name: string, summary: string) {
  const content = { "application/json": { schema: OpendsrError } };
  const errors = { default: { description: "What went wrong.", content } };
  return {
    shared: { summary, operationId: `${dialect.name}${name}`, tags: [`OpenDSR ${dialect.version}`] },
    errors,
  };
}

function serveDiscovery(app: App, processor: Processor, dialect: Dialect, base: string): void {
  const { shared, errors } = schemaOf(dialect, "Discovery", "What this processor can do");
  app.route({
    method: "GET",
    url: "/discovery",
    config: { permission: "public" },
    schema: { ...shared, response: { 200: OpendsrDiscovery, ...errors } },
    handler: async () => ({
      api_version: dialect.version,
      supported_identities: SUPPORTED.map((type) => ({ identity_type: type, identity_format: "raw" })),
      supported_subject_request_types: ["erasure" as const],
      processor_certificate: `${base}/certificate.pem`,
    }),
  });
  if (dialect !== V2) return;
  const described = schemaOf(dialect, "Certificate", "The certificate that answers are signed with");
  app.route({
    method: "GET",
    url: "/certificate.pem",
    config: { permission: "public" },
    schema: {
      ...described.shared,
      response: {
        200: { description: "X.509 in PEM.", content: { "application/x-pem-file": { schema: z.string() } } },
        ...described.errors,
      },
    },
    handler: async (_, reply) =>
      reply.type("application/x-pem-file").serializer(String).send(processor.certificate),
  });
}

function serveErasures(
  app: App,
  { service, database, options }: RouteContext,
  { callbacks }: Processor,
  dialect: Dialect,
  base: string,
): void {
  const { version } = dialect;
  const max = 10 * (options.requestsPerMinute ?? DEFAULTS.requestsPerMinute);
  const submit = schemaOf(dialect, "Submit", "Erase a subject from every data set and model");
  app.route({
    method: "POST",
    url: `/${dialect.requests}`,
    config: { permission: "requests:submit", rateLimit: { max } },
    schema: {
      ...submit.shared,
      body: version === "2.0" ? OpendsrRequest : OpengdprRequest,
      response: { 201: OpendsrReceipt, ...submit.errors },
    },
    handler: async (request, reply) => {
      const asked = request.body;
      for (const url of asked.status_callback_urls ?? []) checkCallbackUrl(url, callbacks);
      const given = { tenantId: tenantOf(request), version, asked };
      const erasure = await submitErasure(service, database, given, leavingOf(reply.raw));
      return reply.code(201).send({
        controller_id: erasure.tenantId,
        expected_completion_time: erasure.dueAt.toISOString(),
        received_time: erasure.receivedAt.toISOString(),
        encoded_request: (request.rawBody ?? Buffer.alloc(0)).toString("base64"),
        subject_request_id: erasure.subjectRequestId,
      });
    },
  });

  const cancel = schemaOf(dialect, "Cancel", "Take a request back while it is pending");
  app.route({
    method: "DELETE",
    url: `/${dialect.requests}/:id`,
    config: { permission: "requests:submit", rateLimit: { max } },
    schema: { ...cancel.shared, params: IdParams, response: { 202: OpendsrCancellation, ...cancel.errors } },
    handler: async (request, reply) => {
      const erasure = await findErasure(database, tenantOf(request), request.params.id);
      await cancelErasure(service, erasure, leavingOf(reply.raw));
      const { controller_id, subject_request_id } = describeErasure(erasure, base);
      const received_time = (await databaseTime(database.queries)).toISOString();
      return reply.code(202).send({ api_version: version, controller_id, subject_request_id, received_time });
    },
  });
}

/** How far a request is, under all its addresses, and what came of it. */
function serveStates(app: App, { service, database }: RouteContext, dialect: Dialect, base: string): void {
  const addresses = [`/${dialect.requests}/:id`, `/${dialect.requests}/:id/status`, "/status/:id"];
  for (const [i, url] of addresses.entries()) {
    const { shared, errors } = schemaOf(dialect, `Status${i === 0 ? "" : i}`, "How far a request is");
    app.route({
      method: "GET",
      url,
      config: { permission: "requests:read", rateLimit: false },
      schema: { ...shared, params: IdParams, response: { 200: OpendsrStatus, ...errors } },
      handler: async (request) =>
        describeErasure(await findErasure(database, tenantOf(request), request.params.id), base),
    });
  }
  if (dialect !== V2) return;
  const results = schemaOf(dialect, "Results", "Certificates of a completed erasure");
  app.route({
    method: "GET",
    url: "/requests/:id/certificates",
    config: { permission: "certificates:read" },
    schema: {
      ...results.shared,
      params: IdParams,
      response: { 200: OpendsrCertificates, ...results.errors },
    },
    handler: async (request, reply) => {
      const signal = leavingOf(reply.raw);
      const { tenantId, parts } = await findErasure(database, tenantOf(request), request.params.id);
      const readPart = ({ id }: Part) => service.getRequest(tenantId, id);
      const views = await someAtOnce(parts, READS_AT_ONCE, readPart, signal);
      const ids = new Set(
        views.flatMap(({ tasks }) => tasks.flatMap(({ certificateId }) => certificateId ?? [])),
      );
      const read = (id: string) => service.getCertificate(tenantId, id);
      const items = await someAtOnce([...ids], READS_AT_ONCE, read, signal);
      return {
        items: items.map(({ id, modelId, holds, meaning, envelope }) => ({
          id,
          modelId,
          holds,
          meaning,
          envelope,
        })),
      };
    },
  });
}

/** The protocol knows 400 where our own API says 422. */
function answerErrors(app: App, { domain }: Processor): void {
  app.setErrorHandler((error, request: FastifyRequest, reply: FastifyReply) => {
    const { status, code, detail, errors } = publicError(error);
    logFailure(request, status, error);
    reply.problemCode = code;
    const answered = status === 422 ? 400 : status;
    const reasons = errors ?? [{ path: "", message: detail }];
    const body: OpendsrError = {
      error: {
        code: answered,
        message: detail,
        errors: reasons.map(({ path, message }) => ({
          domain,
          reason: code,
          message: path === "" ? message : `${path}: ${message}`,
        })),
      },
    };
    return reply
      .code(answered)
      .type("application/json")
      .serializer((value: unknown) => JSON.stringify(value))
      .send(body);
  });
}

function signAnswers(app: App, { domain, sign }: Processor, { prefix }: Dialect): void {
  app.addHook("onSend", async (_, reply, payload) => {
    const body = typeof payload === "string" || Buffer.isBuffer(payload) ? payload : "";
    reply.header(`${prefix}-Processor-Domain`, domain).header(`${prefix}-Signature`, sign(body));
    return payload;
  });
}

function keepRawBodies(app: App): void {
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, body, done) => {
    request.rawBody = body as Buffer;
    try {
      done(null, JSON.parse(body.toString("utf8")));
    } catch {
      done(new HttpError("E_SYNTAX", "Expected JSON."));
    }
  });
}
