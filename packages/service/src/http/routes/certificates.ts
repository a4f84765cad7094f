import { CertificatePage, CertificateQuery, CertificateView, IdParams } from "@expunge/client/schemas";
import { given } from "expunge/process";
import { z } from "zod";
import { notFound } from "../../database/ids.js";
import { readTlogProof } from "../../ledger/ledger-checkpoints.js";
import { tenantOf } from "../authentication.js";
import * as present from "../present.js";
import type { App, RouteContext } from "./context.js";

const tags = ["certificates"];

export function serveCertificates(app: App, { service, database }: RouteContext): void {
  app.route({
    method: "GET",
    url: "/certificates",
    config: { permission: "certificates:list" },
    schema: {
      summary: "Certificates, newest first",
      operationId: "listCertificates",
      tags,
      querystring: CertificateQuery,
      response: { 200: CertificatePage },
    },
    handler: async (request) => {
      const found = await service.listCertificates(tenantOf(request), given(request.query));
      return present.page(found, present.certificate);
    },
  });

  app.route({
    method: "GET",
    url: "/certificates/:id",
    config: { permission: "certificates:read" },
    schema: {
      summary: "A certificate",
      operationId: "getCertificate",
      tags,
      params: IdParams,
      response: { 200: CertificateView },
    },
    handler: async (request) =>
      present.certificate(await service.getCertificate(tenantOf(request), request.params.id)),
  });

  app.route({
    method: "GET",
    url: "/certificates/:id/proof",
    config: { permission: "certificates:read" },
    schema: {
      summary: "Proof that a certificate stands in the ledger (c2sp.org/tlog-proof)",
      description: "404 until a signed checkpoint covers it, moments after it was made.",
      operationId: "getLedgerProof",
      tags,
      params: IdParams,
      response: {
        200: {
          description: "A .tlog-proof file.",
          content: { "text/plain; charset=utf-8": { schema: z.string() } },
        },
      },
    },
    handler: async (request, reply) => {
      const { ledgerIndex } = await service.getCertificate(tenantOf(request), request.params.id);
      const proof = ledgerIndex === null ? null : await readTlogProof(database.queries, ledgerIndex);
      if (proof === null) throw notFound("proof yet");
      return reply.type("text/plain; charset=utf-8").serializer(String).send(proof);
    },
  });
}
