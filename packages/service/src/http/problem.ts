import type { Problem } from "@expunge/client/schemas";
import { DomainError, type ErrorCode, ExpungeError } from "expunge";
import { ERROR_SUMMARIES, given } from "expunge/process";
import type {
  FastifyError,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  preHandlerHookHandler,
} from "fastify";
import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";
import { BodyError } from "../child/body-error.js";
import { causesOf, isConnectionLost } from "../database/connection-lost.js";
import { Refusal } from "../protocols/refusal.js";

declare module "fastify" {
  interface FastifyReply {
    /** Code of the problem that is the answer; null where it is none. */
    problemCode: string | null;
  }
}

/** What can go wrong with a call itself. */
export const HTTP_ERRORS = {
  E_REQUEST: { status: 422, title: "The request is not of the form that is expected." },
  E_SYNTAX: { status: 400, title: "The request could not be read." },
  E_UNAUTHENTICATED: { status: 401, title: "An API key is missing, unknown or revoked." },
  E_FORBIDDEN: { status: 403, title: "The API key's role does not allow it." },
  E_ROUTE: { status: 404, title: "There is no such route." },
  E_SLOW: { status: 408, title: "The request stopped coming before all of it was there." },
  E_TOO_LARGE: { status: 413, title: "The request is larger than is allowed." },
  E_MEDIA_TYPE: { status: 415, title: "The request's content type is not taken here." },
  E_RATE: { status: 429, title: "Too many requests; try again later." },
  E_INTERNAL: { status: 500, title: "Something failed that should not have." },
  E_BUSY: { status: 503, title: "The service cannot answer now; try again later." },
} as const;

type HttpErrorCode = keyof typeof HTTP_ERRORS;

/** The one table of statuses. */
export const STATUSES: Readonly<Record<ErrorCode, number>> = {
  E_DOMAIN: 422,
  E_OPTION: 422,
  E_DATA: 422,
  E_SCHEMA: 422,
  E_ASSUMPTION: 422,
  E_INFEASIBLE: 422,
  E_UNKNOWN_SUBJECT: 422,
  E_SUPERSEDED: 409,
  E_MODEL: 500,
  E_ERASE: 500,
  E_LOCKED: 503,
  E_KEY: 500,
  E_CERTIFICATE: 500,
  E_LEDGER: 500,
  E_KERNEL: 500,
  E_WORKER: 503,
  E_NOT_FOUND: 404,
  E_CONFLICT: 409,
  E_QUOTA: 429,
  E_DATABASE: 503,
  E_ABORTED: 503,
};

/** When to ask again what could not be answered now: a database that starts again is back by then. */
const RETRY_SECONDS = 5;

/** A call that is refused before the service hears of it. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly code: HttpErrorCode;
  readonly statusCode: number;
  /** Fields that are wrong; of their values nothing is said. */
  readonly errors: readonly { readonly path: string; readonly message: string }[] | undefined;
  /** When to ask again, where that is known and time helps. */
  readonly retrySeconds: number | undefined;

  constructor(code: HttpErrorCode, detail?: string, errors?: HttpError["errors"], retrySeconds?: number) {
    super(detail ?? HTTP_ERRORS[code].title);
    this.retrySeconds = retrySeconds;
    this.code = code;
    this.statusCode = HTTP_ERRORS[code].status;
    this.errors = errors;
  }
}

/** An error as whoever asked may see it: no stack, no row, no id of a subject. */
type PublicError = Pick<Problem, "status" | "code" | "title" | "detail" | "errors"> & {
  /** When to ask again, where time helps. */
  readonly retrySeconds?: number;
};

export function publicError(error: unknown): PublicError {
  if (error instanceof HttpError) return ofHttp(error);
  if (error instanceof BodyError)
    return ofHttp(error.issues.length === 0 ? new HttpError("E_SYNTAX", NO_JSON) : formError(error.issues));
  if (error instanceof Refusal) return ofHttp(new HttpError("E_REQUEST", error.message));
  if (error instanceof ExpungeError || error instanceof DomainError) return ofExpunge(error);
  if (hasZodFastifySchemaValidationErrors(error)) return ofHttp(formError(error.validation));
  return ofHttp(foreignError(error as FastifyError));
}

/** Nothing of what the parser says: it quotes the body. */
const NO_JSON = "The body is no JSON, or was cut off.";

function foreignError(error: FastifyError): HttpError {
  const code = codeOfForeign(error);
  if (error.code === "FST_ERR_CTP_INVALID_JSON_BODY") return new HttpError(code, NO_JSON);
  if (error.code === "FST_ERR_CTP_EMPTY_JSON_BODY") return new HttpError(code, "Expected a body of JSON.");
  return new HttpError(code);
}

function ofHttp({ code, message, errors, retrySeconds }: HttpError): PublicError {
  const { status, title } = HTTP_ERRORS[code];
  return {
    ...{ status, code, title, detail: message },
    ...given({ errors: errors && [...errors], retrySeconds: retrySecondsOf(status, { retrySeconds }) }),
  };
}

function ofExpunge({ code, message, details }: ExpungeError | DomainError): PublicError {
  // Too many wait for a turn, or a data set is being changed: no directory of a model, which the title speaks of.
  if (code === "E_LOCKED") return ofHttp(new HttpError("E_BUSY"));
  const status = STATUSES[code];
  const title = ERROR_SUMMARIES[code];
  // What went wrong inside is for the log, and there only by its code.
  const detail = status >= 500 ? title : message;
  return { status, code, title, detail, ...given({ retrySeconds: retrySecondsOf(status, details) }) };
}

function retrySecondsOf(status: number, { retrySeconds }: ExpungeError["details"]): number | undefined {
  if (status === 503) return RETRY_SECONDS;
  return typeof retrySeconds === "number" ? retrySeconds : undefined;
}

interface ValidationIssue {
  readonly instancePath?: string;
  readonly message?: string | undefined;
  readonly params?: unknown;
}

/** Zod names unknown fields, which somebody may have called anything. */
function formError(issues: readonly ValidationIssue[]): HttpError {
  const errors = issues.slice(0, 20).map(({ instancePath = "", message = "", params }) => {
    const keys = (params as { issue?: { keys?: string[] }; keys?: string[] } | undefined) ?? {};
    const unknown = keys.keys ?? keys.issue?.keys;
    const isNamed = unknown?.every((key) => /^[A-Za-z_][A-Za-z0-9_-]{0,40}$/.test(key)) ?? false;
    if (unknown) return { path: instancePath, message: isNamed ? message : "Unknown fields." };
    return { path: instancePath, message };
  });
  const [first] = errors;
  return new HttpError("E_REQUEST", first && detailOf(first), errors);
}

/** The first of them: who looks at no list is told something, too. */
const detailOf = ({ path, message }: { readonly path: string; readonly message: string }): string =>
  path.length > 1 ? `${path}: ${message}` : message;

const FOREIGN: Readonly<Record<string, HttpErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: "E_TOO_LARGE",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "E_MEDIA_TYPE",
};

/** Errors of Fastify, of the database's driver, and all that nobody foresaw. */
function codeOfForeign(error: FastifyError): HttpErrorCode {
  const known = FOREIGN[error.code];
  if (known) return known;
  const sqlState = sqlStateOf(error);
  // Class 22: a value that the database does not take, such as a time that is none.
  if (sqlState?.startsWith("22")) return "E_REQUEST";
  // Transactions that collided, a full disk or too many connections, a server that has become a standby.
  if (sqlState !== null && /^(25006|40|53)/.test(sqlState)) return "E_BUSY";
  if (isConnectionLost(error)) return "E_BUSY";
  const { statusCode = 500 } = error;
  return statusCode >= 400 && statusCode < 500 && sqlState === null ? "E_SYNTAX" : "E_INTERNAL";
}

/** Code of the innermost cause that is no error of Fastify. */
function sqlStateOf(error: unknown): string | null {
  for (const { code } of causesOf(error))
    if (typeof code === "string" && !code.startsWith("FST_")) return code;
  return null;
}

/** Answers every error as a problem (RFC 9457). */
export function answerProblems(app: FastifyInstance): void {
  app.decorateReply("problemCode", null);
  app.setErrorHandler(answerError);
}

export function answerUnknownRoutes(app: FastifyInstance, limit: preHandlerHookHandler): void {
  app.setNotFoundHandler({ preHandler: limit }, (request, reply) =>
    sendProblem(request, reply, publicError(new HttpError("E_ROUTE"))),
  );
}

/** For the framework too, which asks nobody else about an address that it cannot read. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const found = publicError(error);
  logFailure(request, found.status, error);
  return sendProblem(request, reply, found);
}

/** What is meant to be so, such as a server that is about to end: nothing failed that the log should tell of beside the answer. */
export function answerRefusal(error: HttpError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return sendProblem(request, reply, publicError(error));
}

export function logFailure(request: FastifyRequest, status: number, error: unknown): void {
  if (status >= 500) request.log.error({ err: error }, "failed");
}

function sendProblem(request: FastifyRequest, reply: FastifyReply, error: PublicError): FastifyReply {
  const { retrySeconds, ...found } = error;
  reply.problemCode = found.code;
  const problem: Problem = { type: `urn:expunge:problem:${found.code}`, ...found, requestId: request.id };
  if (found.status === 401) reply.header("www-authenticate", 'Bearer realm="expunge"');
  if (retrySeconds !== undefined) reply.header("retry-after", retrySeconds);
  // What is left of a body that is too large, or was given up, is not read: nothing could come behind it.
  if (found.status === 413 || isGivenUp(request)) reply.header("connection", "close");
  return reply
    .code(found.status)
    .type("application/problem+json")
    .serializer((value: unknown) => JSON.stringify(value))
    .send(problem);
}

/** Whether some of the body has been read, and the rest has not come. (Of a body that nobody has looked at Node takes the rest away.) */
const isGivenUp = ({ raw }: FastifyRequest): boolean => raw.readableDidRead && !raw.complete;
