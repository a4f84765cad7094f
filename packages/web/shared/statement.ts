import type { CertificateView } from "@expunge/client";
import type { Envelope, Statement } from "expunge/verify";

export { base64OfBytes } from "./with-statement";

/** The envelope of a certificate as the verifier takes it: the API's type leaves open whether a key id may be undefined. */
export function envelopeOf({ envelope }: Pick<CertificateView, "envelope">): Envelope {
  return envelope as Envelope;
}

/** What an envelope holds, unchecked: for showing, never for trusting. */
export function readStatement(envelope: Envelope): Statement {
  return JSON.parse(new TextDecoder().decode(bytesOfBase64(envelope.payload))) as Statement;
}

export function bytesOfBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
