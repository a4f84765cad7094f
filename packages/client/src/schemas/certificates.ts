import { z } from "zod";
import { HoldsView, Meaning, PageQuery, pageOf, TimeText } from "./common.js";

/** DSSE v1.0.2. */
const Envelope = z
  .object({
    payloadType: z.string(),
    payload: z.string(),
    signatures: z.array(z.object({ keyid: z.string().optional(), sig: z.string() })),
  })
  .meta({ id: "Envelope", description: "The certificate itself, as `expunge verify` takes it." });

export const CertificateView = z
  .object({
    id: z.string(),
    modelId: z.string(),
    envelope: Envelope,
    holds: HoldsView,
    meaning: Meaning,
    ledgerIndex: z.number().int().nullable().describe("null until the ledger has given it a place."),
    createdAt: TimeText,
  })
  .meta({ id: "Certificate" });

export const CertificateQuery = PageQuery.extend({ modelId: z.string().max(100).optional() });

export const CertificatePage = pageOf(CertificateView).meta({ id: "CertificatePage" });

export type CertificateView = z.output<typeof CertificateView>;
export type CertificateQuery = z.output<typeof CertificateQuery>;
export type CertificatePage = z.output<typeof CertificatePage>;
