import type { ServerResponse } from "node:http";
import { DatasetPage, DatasetUpload, DatasetView, IdParams, PageQuery } from "@expunge/client/schemas";
import { given } from "expunge/process";
import { z } from "zod";
import { tenantOf } from "../authentication.js";
import { boundaryOf } from "../multipart.js";
import { DEFAULTS } from "../options.js";
import * as present from "../present.js";
import { HttpError } from "../problem.js";
import { storeUpload } from "../uploads.js";
import type { App, RouteContext } from "./context.js";

/** Comes when whoever waits for an answer has left. (A request's own signal comes as soon as its body has been read.) */
function leavingOf(answer: ServerResponse): AbortSignal {
  const leaving = new AbortController();
  answer.once("close", () => {
    if (!answer.writableFinished) leaving.abort();
  });
  return leaving.signal;
}

export function serveDatasets(app: App, { service, options }: RouteContext): void {
  const tags = ["data sets"];
  const limit = options.uploadLimit ?? DEFAULTS.uploadLimit;
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
    bodyLimit: limit,
    schema: {
      summary: "Upload a table: CSV, gzipped or not, or Parquet",
      operationId: "createDataset",
      tags,
      consumes: ["multipart/form-data"],
      body: DatasetUpload,
      response: { 201: DatasetView },
    },
    // The schema is for the description; parts are checked one by one.
    validatorCompiler: () => (value: unknown) => ({ value }),
    handler: async (request, reply) => {
      const body = request.body as unknown as AsyncIterable<Uint8Array>;
      const type = request.headers["content-type"] ?? "";
      if (!/^multipart\/form-data/i.test(type)) throw new HttpError("E_MEDIA_TYPE");
      const stored = await storeUpload(service, {
        tenantId: tenantOf(request),
        boundary: boundaryOf(type),
        body,
        limit,
        signal: leavingOf(reply.raw),
        scratch: options.scratch,
      });
      return reply.code(201).send(present.dataset(stored));
    },
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
      await service.deleteDataset(tenantOf(request), request.params.id);
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
