import type { Envelope, Holds } from "expunge";
import type { certificates } from "../database/tables.js";
import { meantBy } from "../requests/holds.js";

export interface CertificateView {
  readonly id: string;
  readonly holds: Holds;
  readonly meaning: string;
  readonly modelId: string;
  readonly envelope: Envelope;
  /** Place in the ledger. */
  readonly ledgerIndex: number | null;
  readonly createdAt: Date;
}

export function certificateView({
  id,
  modelId,
  envelope,
  holds,
  ledgerIndex,
  createdAt,
}: typeof certificates.$inferSelect): CertificateView {
  return { id, modelId, envelope, ...meantBy(holds), ledgerIndex, createdAt };
}
