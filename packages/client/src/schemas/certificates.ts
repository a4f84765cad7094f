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

/** A certificate as the service keeps it, with what it proves and its place in the ledger. */
export interface CertificateView extends z.output<typeof CertificateView> {}
/** Which certificates to list: a page, and those of one model where `modelId` is given. */
export interface CertificateQuery extends z.output<typeof CertificateQuery> {}
/** A page of certificates, newest first. */
export interface CertificatePage extends z.output<typeof CertificatePage> {}
