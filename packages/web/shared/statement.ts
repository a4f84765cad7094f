import type { CertificateView } from "@expunge/client";
import type { Envelope, Statement } from "expunge/verify";
import { bytesOfBase64 } from "./bytes.js";

/** The envelope of a certificate as the verifier takes it: the API's type leaves open whether a key id may be undefined. */
export function envelopeOf({ envelope }: Pick<CertificateView, "envelope">): Envelope {
  return envelope as Envelope;
}

/** Whether its request's rows were corrected: those people are still in the model, with other values. */
export const isOfCorrection = ({ predicate }: Statement): boolean => predicate.lives?.isCorrection === true;

/** What is said of a person whom a correction's certificate covers. */
export const CORRECTED_WORDS = ": their record was corrected, not deleted";

/** What an envelope holds, unchecked: for showing, never for trusting. */
export function readStatement(envelope: Envelope): Statement {
  return JSON.parse(new TextDecoder().decode(bytesOfBase64(envelope.payload))) as Statement;
}
