import {
  Evaluation,
  EvaluationInput,
  IdParams,
  ModelPage,
  ModelPlan,
  ModelPlanInput,
  ModelView,
  NewModel,
  PageQuery,
  Prediction,
  PredictionInput,
  ReleaseEvaluation,
  ReleasePage,
  ReleaseParams,
} from "@expunge/client/schemas";
import type { FitOptions } from "expunge";
import { given } from "expunge/process";
import type { FastifyReply } from "fastify";
import { z } from "zod";
import { tenantOf } from "../authentication.js";
import { leaveLongBodies } from "../long-bodies.js";
import { DEFAULTS } from "../options.js";
import * as present from "../present.js";
import { type App, leavingOf, type RouteContext } from "./context.js";

const tags = ["models"];
const WEIGHTS = z.string().meta({ format: "binary", description: "A safetensors file." });

export function serveModels(app: App, context: RouteContext): void {
  const { service } = context;

  app.route({
    method: "POST",
    url: "/models",
    config: { permission: "models:write" },
    schema: {
      summary: "Train a model; it is ready some time later",
      operationId: "createModel",
      tags,
      body: NewModel,
      response: { 202: ModelView },
    },
    handler: async (request, reply) => {
      const { options = {}, schedule, ...named } = request.body;
      const input = {
        ...given(named),
        ...given({ schedule: schedule && given(schedule) }),
        options: given(options) as FitOptions,
      };
      const made = await service.createModel(tenantOf(request), input, leavingOf(reply.raw));
      return reply.code(202).send(present.model(made));
    },
  });

  app.route({
    method: "POST",
    url: "/models/plan",
    config: { permission: "models:write" },
    schema: {
      summary: "What a model would be, and what its first request would cost and prove; nothing is trained",
      operationId: "planModel",
      tags,
      body: ModelPlanInput,
      response: { 200: ModelPlan },
    },
    handler: async (request, reply) => {
      const { datasetId, options = {} } = request.body;
      const input = { datasetId, options: given(options) as FitOptions };
      return present.modelPlan(await service.planModel(tenantOf(request), input, leavingOf(reply.raw)));
    },
  });

  app.route({
    method: "GET",
    url: "/models",
    config: { permission: "models:read" },
    schema: {
      summary: "Models, newest first",
      operationId: "listModels",
      tags,
      querystring: PageQuery,
      response: { 200: ModelPage },
    },
    handler: async (request) =>
      present.page(await service.listModels(tenantOf(request), given(request.query)), present.model),
  });

  app.route({
    method: "GET",
    url: "/models/:id",
    config: { permission: "models:read" },
    schema: {
      summary: "A model, with the privacy of what is released now",
      operationId: "getModel",
      tags,
      params: IdParams,
      response: { 200: ModelView },
    },
    handler: async (request) => present.model(await service.getModel(tenantOf(request), request.params.id)),
  });

  app.route({
    method: "DELETE",
    url: "/models/:id",
    config: { permission: "models:write" },
    schema: {
      summary: "Take a model out of service: weights and rows are erased, certificates stay",
      operationId: "deleteModel",
      tags,
      params: IdParams,
      response: { 204: z.undefined().describe("Deleted.") },
    },
    handler: async (request, reply) => {
      await service.deleteModel(tenantOf(request), request.params.id, leavingOf(reply.raw));
      return reply.code(204).send();
    },
  });

  app.route({
    method: "GET",
    url: "/models/:id/releases",
    config: { permission: "models:read" },
    schema: {
      summary: "Releases of a model, newest first: cost, score, noise, privacy",
      operationId: "listReleases",
      tags,
      params: IdParams,
      querystring: PageQuery,
      response: { 200: ReleasePage },
    },
    handler: async (request) => {
      const { id } = request.params;
      const found = await service.listReleases(tenantOf(request), id, given(request.query));
      return present.page(found, present.release);
    },
  });

  app.route({
    method: "GET",
    url: "/models/:id/releases/:version/evaluation",
    config: { permission: "models:read" },
    schema: {
      summary: "Every measure of a release on the evaluation rows",
      operationId: "getReleaseEvaluation",
      tags,
      params: ReleaseParams,
      response: { 200: ReleaseEvaluation },
    },
    handler: async (request) => {
      const { id, version } = request.params;
      const found = await service.releaseEvaluation(tenantOf(request), id, version);
      return { evaluation: found && present.evaluation(found) };
    },
  });

  app.route({
    method: "GET",
    url: "/models/:id/weights",
    config: { permission: "models:use" },
    schema: {
      summary: "The weights in force",
      operationId: "getWeights",
      tags,
      params: IdParams,
      response: {
        200: {
          description: "A safetensors file.",
          content: { "application/octet-stream": { schema: WEIGHTS } },
        },
      },
    },
    handler: async (request, reply) => {
      const weights = await service.weights(tenantOf(request), request.params.id);
      // As bytes, which no schema serializes.
      return reply.type("application/octet-stream").send(Buffer.from(weights) as never);
    },
  });

  app.register(async (scope) => {
    leaveLongBodies(scope);
    serveUse(scope as App, context);
  });
}

/** JSON that is written already: no schema serializes it once more. */
function sendJson(reply: FastifyReply, json: string): never {
  return reply.type("application/json").serializer(String).send(json) as never;
}

/** Predictions and scores. */
function serveUse(app: App, { service, options }: RouteContext): void {
  const bodyLimit = 16 * (options.bodyLimit ?? DEFAULTS.bodyLimit);

  app.route({
    method: "POST",
    url: "/models/:id/predict",
    config: { permission: "models:use" },
    bodyLimit,
    schema: {
      summary: "Labels and their names, and probabilities where the objective has them",
      operationId: "predict",
      tags,
      params: IdParams,
      body: PredictionInput,
      response: { 200: Prediction },
    },
    handler: async (request, reply) => {
      const { id } = request.params;
      // Whoever computed it has written it, too.
      if (Buffer.isBuffer(request.body))
        return sendJson(reply, await service.predictBody(tenantOf(request), id, request.body));
      const { rows, records } = request.body;
      // Read by a schema, whose cost whoever wrote it decided: by a process of its own.
      if (rows === undefined) {
        const body = Buffer.from(JSON.stringify({ records }));
        return sendJson(reply, await service.predictBody(tenantOf(request), id, body));
      }
      const { labels, names, probabilities } = await service.predict(tenantOf(request), id, rows);
      return {
        labels: [...labels],
        names: names && [...names],
        probabilities: probabilities && [...probabilities],
      };
    },
  });

  app.route({
    method: "POST",
    url: "/models/:id/evaluate",
    config: { permission: "models:use" },
    bodyLimit,
    schema: {
      summary: "How well a model predicts labelled rows",
      operationId: "evaluate",
      tags,
      params: IdParams,
      body: EvaluationInput,
      response: { 200: Evaluation },
    },
    handler: async (request, reply) => {
      const { id } = request.params;
      if (Buffer.isBuffer(request.body))
        return sendJson(reply, await service.evaluateBody(tenantOf(request), id, request.body));
      const { rows, labels } = request.body;
      return present.evaluation(await service.evaluate(tenantOf(request), id, rows, labels));
    },
  });
}
