import type { Client } from "@expunge/client";
import {
  type Envelope,
  readPublicKey,
  type SubjectEvidence,
  type Verification,
  verify,
} from "expunge/verify";
import { bytesOfBase64, keyIdOf } from "../../shared/bytes";
import { signedAnew } from "../../shared/signed-anew";
import { withStatement } from "../../shared/with-statement";

type KeySet = Awaited<ReturnType<Client["keySet"]>>;

export interface VerifyAsked {
  readonly envelope: Envelope;
  /** A statement to put in place of the envelope's own; null for none. */
  readonly altered: unknown;
  readonly keys: KeySet["keys"];
  /** A key that the visitor brought, in place of the service's own. */
  readonly ownKey: string;
  readonly person: SubjectEvidence | null;
}

export interface Verified {
  readonly verification: Verification;
  /** Fingerprint of the key that it was checked against: what certificates call their key. */
  readonly keyId: string;
  readonly tookMs: number;
}

/** The whole check, in this browser. @throws where the visitor's own key cannot be read */
export async function runVerify({ envelope, altered, keys, ownKey, person }: VerifyAsked): Promise<Verified> {
  const named = envelope.signatures[0]?.keyid;
  const own = keys.find(({ kid }) => kid === named) ?? keys[0];
  const publicKey = ownKey.trim() === "" ? bytesOfBase64(own?.x ?? "") : readPublicKey(ownKey.trim());
  const began = performance.now();
  const subject = person === null ? {} : { subject: person };
  const verification =
    altered === null
      ? verify(envelope, { publicKey, ...subject })
      : verifyAltered(envelope, altered, publicKey, subject);
  const tookMs = performance.now() - began;
  return { verification, tookMs, keyId: await keyIdOf(publicKey) };
}

/** The verifier stops at a signature that fails; what else is wrong shows once somebody has signed the same statement rightly. */
function verifyAltered(
  envelope: Envelope,
  altered: unknown,
  publicKey: Uint8Array,
  subject: { readonly subject?: SubjectEvidence },
): Verification {
  const { issues } = verify(withStatement(envelope, altered), { publicKey });
  const anew = signedAnew(envelope, altered);
  const rest = verify(anew.envelope, { publicKey: anew.publicKey, ...subject });
  return { ...rest, ok: false, holds: null, notes: [], issues: [...issues, ...rest.issues] };
}
