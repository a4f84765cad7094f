import {
  AcceptedCorrection,
  CorrectionPreview,
  CorrectionPreviewInput,
  KeyHeaders,
  NewCorrection,
} from "@expunge/client/schemas";
import type { RowSource } from "expunge/data";
import { given } from "expunge/process";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { RowRecord } from "../../child/row-records.js";
import { tenantOf } from "../authentication.js";
import * as present from "../present.js";
import { type Noted, readRecords } from "../uploads.js";
import {
  type App,
  answerAccepted,
  idempotencyOf,
  leavingOf,
  type RouteContext,
  uploadOf,
} from "./context.js";

const tags = ["requests"];

/** Corrections are requests: what becomes of them is read as of others. */
export function serveCorrections(app: App, { service, options }: RouteContext): void {
  /** Whole rows are read as the data set's were. */
  async function read<T extends object>(
    request: FastifyRequest,
    reply: FastifyReply,
    { datasetId, to }: { readonly datasetId: string; readonly to: readonly RowRecord[] },
    use: (source: RowSource) => Promise<T>,
  ): Promise<Noted<T>> {
    const isRepeated = idempotencyOf(request).idempotencyKey !== undefined;
    const schema = await service.datasetSchema(tenantOf(request), datasetId, isRepeated);
    const upload = uploadOf(options, request, reply);
    return readRecords(upload, schema, { name: "to", records: to }, async (source, notes) => ({
      ...(await use(source)),
      notes: notes(),
    }));
  }

  app.route({
    method: "POST",
    url: "/corrections",
    config: { permission: "requests:submit" },
    schema: {
      summary: "Replace rows in a data set and every model trained on it, and forget their old values",
      description:
        "A request like a deletion: once this is answered it will be done, whatever crashes. 200 where the idempotency key was there. Refused (E_CONFLICT) where a model of the data set that is trained, or in training, is for adaptive requesters.",
      operationId: "submitCorrection",
      tags,
      headers: KeyHeaders,
      body: NewCorrection,
      response: { 201: AcceptedCorrection, 200: AcceptedCorrection },
    },
    handler: async (request, reply) => {
      const { dueAt, to: _, ...asked } = request.body;
      const due = dueAt === undefined ? undefined : new Date(dueAt);
      const answer = await read(request, reply, request.body, (to) =>
        service.correct(tenantOf(request), {
          ...given(asked),
          ...given({ dueAt: due }),
          ...idempotencyOf(request),
          to,
        }),
      );
      return { ...answerAccepted(reply, answer), notes: present.rowNotes(answer.notes) };
    },
  });

  app.route({
    method: "POST",
    url: "/corrections/preview",
    config: { permission: "requests:submit" },
    schema: {
      summary: "What a correction would cost each model; nothing is changed",
      operationId: "previewCorrection",
      tags,
      body: CorrectionPreviewInput,
      response: { 200: CorrectionPreview },
    },
    handler: async (request, reply) => {
      const { to: _, ...asked } = request.body;
      const preview = await read(request, reply, request.body, (to) =>
        service.previewCorrection(tenantOf(request), { ...given(asked), to }, leavingOf(reply.raw)),
      );
      return { ...present.preview(preview), notes: present.rowNotes(preview.notes) };
    },
  });
}
