import type { CertificateView } from "@expunge/client";
import type { Envelope, Statement } from "expunge/verify";
import { bytesOfBase64 } from "./bytes";

/** The envelope of a certificate as the verifier takes it: the API's type leaves open whether a key id may be undefined. */
export function envelopeOf({ envelope }: Pick<CertificateView, "envelope">): Envelope {
  return envelope as Envelope;
}

/** What an envelope holds, unchecked: for showing, never for trusting. */
export function readStatement(envelope: Envelope): Statement {
  return JSON.parse(new TextDecoder().decode(bytesOfBase64(envelope.payload))) as Statement;
}
