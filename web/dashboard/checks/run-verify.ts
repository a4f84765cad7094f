import type { Client } from "expunge/client";
import { type Envelope, readPublicKey, type Verification, verify } from "expunge/verify";
import { hexOf } from "../statement";

type KeySet = Awaited<ReturnType<Client["keySet"]>>;

export interface Person {
  readonly id: string;
  readonly salt: string;
}

export interface VerifyAsked {
  readonly envelope: Envelope;
  readonly keys: KeySet["keys"];
  /** A key that the visitor brought, in place of the service's own. */
  readonly ownKey: string;
  readonly person: Person | null;
}

export interface Verified {
  readonly verification: Verification;
  /** sha256 of the key that it was checked against: what certificates call their key. */
  readonly keyId: string;
  readonly tookMs: number;
}

/** The whole check, in this browser. @throws where the visitor's own key cannot be read */
export async function runVerify({ envelope, keys, ownKey, person }: VerifyAsked): Promise<Verified> {
  const named = envelope.signatures[0]?.keyid;
  const own = keys.find(({ kid }) => kid === named) ?? keys[0];
  const publicKey = ownKey.trim() === "" ? bytesOfBase64Url(own?.x ?? "") : readPublicKey(ownKey.trim());
  const began = performance.now();
  const verification = verify(envelope, { publicKey, ...(person === null ? {} : { subject: person }) });
  const tookMs = performance.now() - began;
  const digest = await crypto.subtle.digest("SHA-256", publicKey as Uint8Array<ArrayBuffer>);
  return { verification, tookMs, keyId: hexOf(new Uint8Array(digest)) };
}

function bytesOfBase64Url(text: string): Uint8Array {
  const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  return bytes;
}
