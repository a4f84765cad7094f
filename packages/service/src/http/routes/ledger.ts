import { Consistency, ConsistencyQuery, KeySet, LogKeys } from "@expunge/client/schemas";
import { formatVerifierKey } from "expunge/ledger";
import { z } from "zod";
import { notFound } from "../../database/ids.js";
import { requireOrigin } from "../../keys/log-origin.js";
import { logVerifiers, publicKeySet } from "../../keys/signing-keys.js";
import { latestCheckpoint } from "../../ledger/ledger-checkpoints.js";
import { readLedger } from "../../ledger/ledger-store.js";
import type { App, RouteContext } from "./context.js";

const tags = ["ledger"];
const TileParams = z.strictObject({ "*": z.string().max(200) });
/** What a path gives never changes. */
const FOR_EVER = "max-age=31536000, immutable";

/** The log as c2sp.org/tlog-tiles has it, below /ledger: its monitors read nothing else. */
export function serveLedger(app: App, { database, options }: RouteContext): void {
  const { queries } = database;
  const permission = options.isLedgerPublic ? "public" : "ledger:read";
  const text = "text/plain; charset=utf-8";

  app.route({
    method: "GET",
    url: "/ledger/checkpoint",
    config: { permission },
    schema: {
      summary: "The newest signed checkpoint (c2sp.org/tlog-checkpoint)",
      operationId: "getCheckpoint",
      tags,
      response: { 200: { description: "A signed note.", content: { [text]: { schema: z.string() } } } },
    },
    handler: async (_, reply) => {
      const checkpoint = await latestCheckpoint(queries);
      if (checkpoint === null) throw notFound("checkpoint yet");
      return reply.type(text).header("cache-control", "no-cache").serializer(String).send(checkpoint.note);
    },
  });

  app.route({
    method: "GET",
    url: "/ledger/tile/*",
    config: { permission },
    schema: {
      summary: "A tile or a bundle of entries (c2sp.org/tlog-tiles)",
      operationId: "getTile",
      tags,
      params: TileParams,
      response: {
        200: {
          description: "Hashes, or entries each after its length.",
          content: { "application/octet-stream": { schema: z.string().meta({ format: "binary" }) } },
        },
      },
    },
    handler: async (request, reply) => {
      const tile = await readLedger(queries).tile(`tile/${request.params["*"]}`);
      if (tile === null) throw notFound("tile");
      // Shared caches ask nobody for a key.
      const whose = options.isLedgerPublic ? "public" : "private";
      reply.type("application/octet-stream").header("cache-control", `${whose}, ${FOR_EVER}`);
      return reply.send(Buffer.from(tile) as never);
    },
  });

  app.route({
    method: "GET",
    url: "/v1/ledger/consistency",
    config: { permission },
    schema: {
      summary: "Proof that a later ledger begins with an earlier one",
      operationId: "getConsistency",
      tags,
      querystring: ConsistencyQuery,
      response: { 200: Consistency },
    },
    handler: async (request) => {
      const { from, to } = request.query;
      const hashes = await readLedger(queries).consistencyProof(from, to);
      return { from, to, hashes: hashes.map((hash) => Buffer.from(hash).toString("base64")) };
    },
  });

  app.route({
    method: "GET",
    url: "/.well-known/expunge-keys.json",
    config: { permission: "public" },
    schema: {
      summary: "Public keys of certificates, retired ones too",
      operationId: "getKeySet",
      tags,
      response: { 200: KeySet },
    },
    handler: async () => ({ keys: (await publicKeySet(queries)).keys.map((key) => ({ ...key })) }),
  });

  app.route({
    method: "GET",
    url: "/.well-known/expunge-log-keys.json",
    config: { permission: "public" },
    schema: {
      summary: "Verifier keys of the ledger's checkpoints, earlier ones too",
      operationId: "getLogKeys",
      tags,
      response: { 200: LogKeys },
    },
    handler: async () => ({
      origin: await requireOrigin(queries),
      keys: (await logVerifiers(queries)).map(formatVerifierKey),
    }),
  });
}
