import type { CertificateView } from "@expunge/client";
import { packText } from "../../shared/packed-text";
import { useLoaded } from "../load";
import { CopyButton } from "../parts/keep";
import { serviceUrl, useSession } from "../session";

/** The public page that checks this certificate: an address that a person can be sent. It holds the certificate itself. */
export function VerifierLink({ certificate }: { readonly certificate: CertificateView }) {
  const { client } = useSession();
  const address = useLoaded(async () => {
    const packed = await packText(JSON.stringify(certificate.envelope));
    // Until a checkpoint covers it there is none.
    const proof = await client.certificates.proof(certificate.id).then(packText, () => null);
    const given = new URLSearchParams({ certificate: packed, ...(proof === null ? {} : { proof }) });
    return `${serviceUrl()}/verify/#${given}`;
  }, [certificate]);
  if (address.state !== "ready") return null;
  return (
    <>
      <a class="button" href={address.value}>
        Open the public check
      </a>
      <CopyButton text={address.value} what="its address" />
    </>
  );
}
