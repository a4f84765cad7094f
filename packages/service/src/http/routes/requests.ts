import {
  AcceptedRequest,
  IdParams,
  NewRequest,
  PreviewInput,
  ReceiptList,
  ReceiptsInput,
  RequestPage,
  RequestPreview,
  RequestQuery,
  RequestView,
  SubmitHeaders,
} from "@expunge/client/schemas";
import { given } from "expunge/process";
import { requestOfFides } from "../../protocols/fides.js";
import { tenantOf } from "../authentication.js";
import { bodyOf, leaveLongBodies } from "../long-bodies.js";
import { DEFAULTS } from "../options.js";
import * as present from "../present.js";
import { type App, answerAccepted, idempotencyOf, leavingOf, type RouteContext } from "./context.js";

const tags = ["requests"];

export function serveRequests(app: App, context: RouteContext): void {
  const { service } = context;
  app.register(async (scope) => {
    leaveLongBodies(scope);
    serveSubmission(scope as App, context);
    serveReceipts(scope as App, context);
  });

  app.route({
    method: "GET",
    url: "/requests",
    config: { permission: "requests:read" },
    schema: {
      summary: "Deletion requests, newest first",
      operationId: "listRequests",
      tags,
      querystring: RequestQuery,
      response: { 200: RequestPage },
    },
    handler: async (request) =>
      present.page(await service.listRequests(tenantOf(request), given(request.query)), present.request),
  });

  app.route({
    method: "GET",
    url: "/requests/:id",
    config: { permission: "requests:read" },
    schema: {
      summary: "How far a deletion request is, and when it is due",
      operationId: "getRequest",
      tags,
      params: IdParams,
      response: { 200: RequestView },
    },
    handler: async (request) =>
      present.request(await service.getRequest(tenantOf(request), request.params.id)),
  });

  app.route({
    method: "DELETE",
    url: "/requests/:id",
    config: { permission: "requests:submit" },
    schema: {
      summary: "Take a request back that has not been started",
      description: "One that came back when the service was restored from a backup counts as started.",
      operationId: "cancelRequest",
      tags,
      params: IdParams,
      response: { 200: RequestView },
    },
    handler: async (request, reply) =>
      present.request(await service.cancel(tenantOf(request), request.params.id, leavingOf(reply.raw))),
  });
}

function serveSubmission(app: App, { service, options }: RouteContext): void {
  const bodyLimit = 16 * (options.bodyLimit ?? DEFAULTS.bodyLimit);

  app.route({
    method: "POST",
    url: "/requests",
    config: { permission: "requests:submit" },
    bodyLimit,
    schema: {
      summary: "Forget subjects or rows in a data set and every model trained on it",
      description:
        "Once this is answered it will be done, whatever crashes. 200 where the idempotency key was there.",
      operationId: "submitRequest",
      tags,
      headers: SubmitHeaders,
      body: NewRequest,
      response: { 201: AcceptedRequest, 200: AcceptedRequest },
    },
    handler: async (request, reply) => {
      const { dueAt, ...asked } = await bodyOf(tenantOf(request), "NewRequest", request.body);
      const fides = requestOfFides(request.headers, asked, options.fides);
      const submitted = {
        ...given(asked),
        ...given({ dueAt: dueAt === undefined ? undefined : new Date(dueAt) }),
        ...(fides ?? idempotencyOf(request)),
      };
      const answer = await service.submit(tenantOf(request), submitted, leavingOf(reply.raw));
      return answerAccepted(reply, answer);
    },
  });

  app.route({
    method: "POST",
    url: "/requests/preview",
    config: { permission: "requests:submit" },
    bodyLimit,
    schema: {
      summary: "What a request would cost each model; nothing is changed",
      operationId: "previewRequest",
      tags,
      body: PreviewInput,
      response: { 200: RequestPreview },
    },
    handler: async (request, reply) => {
      const asked = given(await bodyOf(tenantOf(request), "PreviewInput", request.body));
      return present.preview(await service.preview(tenantOf(request), asked, leavingOf(reply.raw)));
    },
  });
}

/** By POST, since ids of subjects must not stand in addresses. */
function serveReceipts(app: App, { service, options }: RouteContext): void {
  app.route({
    method: "POST",
    url: "/requests/:id/receipts",
    config: { permission: "requests:submit" },
    bodyLimit: 16 * (options.bodyLimit ?? DEFAULTS.bodyLimit),
    schema: {
      summary: "With which salt and proof subjects find themselves in the certificates of a request",
      description: "Subjects by their ids, those that the request names; complete once the request is.",
      operationId: "getReceipts",
      tags,
      params: IdParams,
      body: ReceiptsInput,
      response: { 200: ReceiptList },
    },
    handler: async (request) => {
      const { subjects } = await bodyOf(tenantOf(request), "ReceiptsInput", request.body);
      return present.receipts(await service.receipts(tenantOf(request), request.params.id, subjects));
    },
  });
}
