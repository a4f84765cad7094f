import type { Envelope, Statement } from "expunge";

/** What a certificate of the database says: it was verified before it was stored. */
export function statementOf({ payload }: Envelope): Statement {
  return JSON.parse(Buffer.from(payload, "base64").toString()) as Statement;
}
