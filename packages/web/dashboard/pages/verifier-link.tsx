import type { CertificateView } from "@expunge/client";
import { packText } from "../../shared/packed-text";
import { useLoaded } from "../load";
import { CopyButton } from "../parts/keep";
import { serviceUrl } from "../session";
import type { LoadedProof } from "../use-proof";

/** The public page that checks this certificate: an address that a person can be sent. It holds the certificate itself, and the proof where there is one. */
export function VerifierLink({
  certificate,
  proof,
}: {
  readonly certificate: CertificateView;
  readonly proof: LoadedProof;
}) {
  // Not before it is known whether there is a proof: an address without one would be kept and sent on.
  const isKnown = proof.state === "ready";
  const address = useLoaded(async () => {
    if (!isKnown) return null;
    const given = new URLSearchParams({ certificate: await packText(JSON.stringify(certificate.envelope)) });
    if (proof.value !== null) given.set("proof", await packText(proof.value));
    return `${serviceUrl()}/verify/#${given}`;
  }, [certificate, isKnown, proof.value]);
  if (address.value === null) return null;
  return (
    <>
      <a class="button" href={address.value}>
        Open the public check
      </a>
      <CopyButton text={address.value} what="its address" />
    </>
  );
}
