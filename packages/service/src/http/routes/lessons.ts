import {
  IdParams,
  LessonPage,
  LessonParams,
  LessonPreview,
  LessonView,
  ModelView,
  NewLesson,
  PageQuery,
  Schedule,
} from "@expunge/client/schemas";
import { given } from "expunge/process";
import { tenantOf } from "../authentication.js";
import * as present from "../present.js";
import { type App, leavingOf, type RouteContext } from "./context.js";

const tags = ["models"];

export function serveLessons(app: App, { service }: RouteContext): void {
  app.route({
    method: "POST",
    url: "/models/:id/lessons",
    config: { permission: "models:write" },
    schema: {
      summary: "Have a model learn the rows that have come to its data set; it is done some time later",
      description:
        "One lesson at most waits for a model: whoever asks again gets that one. A model for adaptive requesters has no lessons (E_OPTION).",
      operationId: "createLesson",
      tags,
      params: IdParams,
      body: NewLesson,
      response: { 202: LessonView },
    },
    handler: async (request, reply) => {
      const lesson = await service.learn(
        tenantOf(request),
        request.params.id,
        given(request.body),
        leavingOf(reply.raw),
      );
      return reply.code(202).send(present.lesson(lesson));
    },
  });

  app.route({
    method: "POST",
    url: "/models/:id/lessons/preview",
    config: { permission: "models:write" },
    schema: {
      summary: "What a lesson would take, which rows would join, and what it would leave of what is claimed",
      description:
        "Nothing is changed. Where no row would join there are no steps, and the counts say which rows stay out.",
      operationId: "previewLesson",
      tags,
      params: IdParams,
      body: NewLesson,
      response: { 200: LessonPreview },
    },
    handler: async (request, reply) => {
      const length = given(request.body);
      const signal = leavingOf(reply.raw);
      const { id } = request.params;
      return present.lessonPreview(await service.previewLesson(tenantOf(request), id, length, signal));
    },
  });

  app.route({
    method: "GET",
    url: "/models/:id/lessons",
    config: { permission: "models:read" },
    schema: {
      summary: "Lessons of a model, newest first",
      operationId: "listLessons",
      tags,
      params: IdParams,
      querystring: PageQuery,
      response: { 200: LessonPage },
    },
    handler: async (request) =>
      present.page(
        await service.listLessons(tenantOf(request), request.params.id, given(request.query)),
        present.lesson,
      ),
  });

  app.route({
    method: "GET",
    url: "/models/:id/lessons/:lessonId",
    config: { permission: "models:read" },
    schema: {
      summary: "A lesson of a model",
      operationId: "getLesson",
      tags,
      params: LessonParams,
      response: { 200: LessonView },
    },
    handler: async (request) => {
      const { id, lessonId } = request.params;
      return present.lesson(await service.getLesson(tenantOf(request), id, lessonId));
    },
  });

  app.route({
    method: "PUT",
    url: "/models/:id/schedule",
    config: { permission: "models:write" },
    schema: {
      summary: "Set when a model learns by itself what comes to its data set",
      description: "A model for adaptive requesters has no schedule (E_OPTION).",
      operationId: "setSchedule",
      tags,
      params: IdParams,
      body: Schedule,
      response: { 200: ModelView },
    },
    handler: async (request) =>
      present.model(await service.setSchedule(tenantOf(request), request.params.id, given(request.body))),
  });

  app.route({
    method: "DELETE",
    url: "/models/:id/schedule",
    config: { permission: "models:write" },
    schema: {
      summary: "Have a model learn only when it is asked to",
      operationId: "deleteSchedule",
      tags,
      params: IdParams,
      response: { 200: ModelView },
    },
    handler: async (request) =>
      present.model(await service.setSchedule(tenantOf(request), request.params.id, null)),
  });
}
