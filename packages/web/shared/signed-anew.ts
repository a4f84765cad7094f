import { createSigner } from "expunge";
import type { Envelope } from "expunge/verify";
import { base64OfBytes } from "./bytes";
import { canonicalText, withStatement } from "./with-statement";

/**
 * An altered statement as a dishonest issuer could hand it out: rightly signed, by a key made here. What a verifier finds in it is found whoever signs.
 *
 * Source: DSSE protocol v1, section "Signature definition".
 */
export function signedAnew(
  envelope: Envelope,
  statement: unknown,
): { readonly envelope: Envelope; readonly publicKey: Uint8Array } {
  const { publicKey, keyId, sign } = createSigner();
  const { payloadType } = envelope;
  const payload = new TextEncoder().encode(canonicalText(statement));
  const head = new TextEncoder().encode(`DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `);
  const sig = base64OfBytes(sign(Uint8Array.from([...head, ...payload])));
  return {
    publicKey,
    envelope: { ...withStatement(envelope, statement), signatures: [{ keyid: keyId, sig }] },
  };
}
