import type { Envelope, Statement } from "expunge/verify";

export function statementOf(certificate: Envelope): Statement {
  return JSON.parse(decode(certificate.payload));
}

/** What somebody might try who wants a better certificate than the process earned. */
export function withHalfEpsilon(certificate: Envelope): Envelope {
  const statement = statementOf(certificate);
  const { predicate } = statement;
  const claim = { ...predicate.claim, epsilon: predicate.claim.epsilon / 2 };
  const payload = encode(JSON.stringify({ ...statement, predicate: { ...predicate, claim } }));
  return { ...certificate, payload };
}

export function asDownload(certificate: Envelope): string {
  return `data:application/json;base64,${encode(JSON.stringify(certificate, null, 2))}`;
}

function decode(base64: string): string {
  return new TextDecoder().decode(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)));
}

function encode(text: string): string {
  return btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(""));
}
