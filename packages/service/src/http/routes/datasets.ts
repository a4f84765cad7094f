import { Readable } from "node:stream";
import {
  AddedRows,
  AdditionView,
  DatasetPage,
  DatasetUpload,
  DatasetView,
  IdParams,
  KeyHeaders,
  PageQuery,
  SchemaView,
  StoredDataset,
} from "@expunge/client/schemas";
import { given } from "expunge/process";
import type { FastifyRequest, FastifySchemaCompiler } from "fastify";
import { validatorCompiler } from "fastify-type-provider-zod";
import { z } from "zod";
import { tenantOf } from "../authentication.js";
import { boundaryOf } from "../multipart.js";
import { DEFAULTS } from "../options.js";
import * as present from "../present.js";
import { HttpError } from "../problem.js";
import { addRecords, addUpload, storeUpload, type Upload } from "../uploads.js";
import { type App, idempotencyOf, leavingOf, type RouteContext, uploadOf } from "./context.js";

function isForm({ headers }: FastifyRequest): boolean {
  return /^multipart\/form-data/i.test(headers["content-type"] ?? "");
}

/** A form that is read as it arrives. */
function formOf({ headers, body }: FastifyRequest): Pick<Upload, "boundary" | "body" | "size"> {
  return {
    boundary: boundaryOf(headers["content-type"] ?? ""),
    body: body as AsyncIterable<Uint8Array>,
    size: Number(headers["content-length"] ?? 0),
  };
}

/** A form's parts are checked one by one. */
const passingForms = (
  route: Parameters<typeof validatorCompiler>[0],
): ReturnType<typeof validatorCompiler> => {
  const validate = validatorCompiler(route);
  return (value) => (value instanceof Readable ? { value } : validate(value));
};

export function serveDatasets(app: App, { service, options }: RouteContext): void {
  const tags = ["data sets"];
  // Read by the route itself, as it arrives.
  app.addContentTypeParser("multipart/form-data", (_, payload, done) => done(null, payload));

  app.route({
    method: "POST",
    url: "/datasets",
    config: {
      permission: "datasets:write",
      // It is read as it arrives.
      answerTimeoutMs: options.requestTimeoutMs ?? DEFAULTS.requestTimeoutMs,
    },
    bodyLimit: options.uploadLimit ?? DEFAULTS.uploadLimit,
    schema: {
      summary: "Upload a table: CSV, gzipped or not, or Parquet",
      operationId: "createDataset",
      tags,
      consumes: ["multipart/form-data"],
      body: DatasetUpload,
      response: { 201: StoredDataset },
    },
    // The schema is for the description; parts are checked one by one.
    validatorCompiler: () => (value: unknown) => ({ value }),
    handler: async (request, reply) => {
      if (!isForm(request)) throw new HttpError("E_MEDIA_TYPE");
      const stored = await storeUpload(service, { ...uploadOf(options, request, reply), ...formOf(request) });
      return reply.code(201).send(present.storedDataset(stored));
    },
  });

  app.route({
    method: "POST",
    url: "/datasets/:id/rows",
    config: {
      permission: "datasets:write",
      answerTimeoutMs: options.requestTimeoutMs ?? DEFAULTS.requestTimeoutMs,
    },
    schema: {
      summary: "Add rows to a data set; models learn them by their next lessons",
      description:
        "Rows by the names of their columns, or multipart/form-data with one part, data: a table of the same columns, CSV or Parquet. 200 where the idempotency key was there.",
      operationId: "addRows",
      tags,
      consumes: ["application/json", "multipart/form-data"],
      params: IdParams,
      headers: KeyHeaders,
      body: AddedRows,
      response: { 201: AdditionView, 200: AdditionView },
    },
    validatorCompiler: passingForms as FastifySchemaCompiler<unknown>,
    handler: async (request, reply) => {
      const added = { datasetId: request.params.id, ...idempotencyOf(request) };
      const upload = uploadOf(options, request, reply);
      const answer = isForm(request)
        ? await addUpload(service, { ...upload, ...formOf(request) }, added)
        : await addRecords(service, upload, request.body.rows, added);
      return reply.code(answer.isRepeated ? 200 : 201).send(present.addition(answer));
    },
  });

  app.route({
    method: "GET",
    url: "/datasets/:id/schema",
    config: { permission: "datasets:read" },
    schema: {
      summary: "How the columns of a data set become features",
      operationId: "getDatasetSchema",
      tags,
      params: IdParams,
      response: { 200: SchemaView },
    },
    handler: async (request) => ({
      ...(await service.datasetSchema(tenantOf(request), request.params.id)),
    }),
  });

  app.route({
    method: "GET",
    url: "/datasets",
    config: { permission: "datasets:read" },
    schema: {
      summary: "Data sets, newest first",
      operationId: "listDatasets",
      tags,
      querystring: PageQuery,
      response: { 200: DatasetPage },
    },
    handler: async (request) =>
      present.page(await service.listDatasets(tenantOf(request), given(request.query)), present.dataset),
  });

  app.route({
    method: "DELETE",
    url: "/datasets/:id",
    config: { permission: "datasets:write" },
    schema: {
      summary: "Erase a data set that no model is trained on",
      operationId: "deleteDataset",
      tags,
      params: IdParams,
      response: { 204: z.undefined().describe("Deleted.") },
    },
    handler: async (request, reply) => {
      await service.deleteDataset(tenantOf(request), request.params.id, leavingOf(reply.raw));
      return reply.code(204).send();
    },
  });

  app.route({
    method: "GET",
    url: "/datasets/:id",
    config: { permission: "datasets:read" },
    schema: {
      summary: "A data set",
      operationId: "getDataset",
      tags,
      params: IdParams,
      response: { 200: DatasetView },
    },
    handler: async (request) =>
      present.dataset(await service.getDataset(tenantOf(request), request.params.id)),
  });
}
