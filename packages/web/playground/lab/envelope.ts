import type { Envelope, Statement } from "expunge/verify";
import { base64OfText } from "../../shared/bytes";

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
