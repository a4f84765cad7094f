import type { IncomingMessage, ServerResponse } from "node:http";
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { Database } from "../../database/open-database.js";
import type { Service } from "../../service/service.js";
import type { HttpOptions } from "../options.js";

/** What routes are made of. */
export interface RouteContext {
  readonly service: Service;
  readonly database: Database;
  readonly options: HttpOptions;
}

/** Where routes are added; what comes in and goes out is typed by the routes' schemas. */
export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;
