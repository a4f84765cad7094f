import { type Envelope, ExpungeError, type Holds } from "expunge";
import { verify } from "expunge/verify";

/**
 * Verifies a certificate as whoever gets it will, before it is stored: rows are erased with it, and a false one could not be mended afterwards.
 *
 * @param facts.model,facts.modelBefore hex sha256 of the weights files
 * @returns what it proves
 * @throws ExpungeError E_ASSUMPTION naming the fields that a verifier would refuse
 */
export function checkCertificate(
  certificate: Envelope,
  facts: {
    readonly publicKey: Uint8Array;
    readonly model: string;
    readonly modelBefore: string;
    readonly now: Date;
  },
): Holds {
  const { holds, issues } = verify(JSON.stringify(certificate), facts);
  if (holds !== null) return holds;
  const found = issues.map(({ code, path }) => `${code} at ${path}`).join(", ");
  throw new ExpungeError(
    "E_ASSUMPTION",
    `The certificate would not verify (${found}): nothing was changed. This is a fault of the service; please report it.`,
    { issues: issues.map(({ code, path }) => ({ code, path })) },
  );
}
