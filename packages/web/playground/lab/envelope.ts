import type { Envelope, Statement } from "expunge/verify";
import { base64OfText } from "../../shared/with-statement";

export function statementOf(certificate: Envelope): Statement {
  return JSON.parse(decode(certificate.payload));
}

/** What somebody might write who wants a better certificate than the process earned: in both places where it stands. */
export function withHalfEpsilon(statement: Statement): Statement {
  const { predicate } = statement;
  const { erasure, holds } = predicate;
  return {
    ...statement,
    predicate: {
      ...predicate,
      erasure: { ...erasure, epsilon: erasure.epsilon / 2 },
      holds: { ...holds, epsilon: holds.epsilon / 2 },
    },
  };
}

export function asDownload(certificate: Envelope): string {
  return `data:application/json;base64,${base64OfText(JSON.stringify(certificate, null, 2))}`;
}

function decode(base64: string): string {
  return new TextDecoder().decode(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)));
}
