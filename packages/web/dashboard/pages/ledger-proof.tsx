import type { CertificateView } from "@expunge/client";
import { certificateDigest, decodeEntry, leafHash, parseTlogProof } from "expunge/ledger";
import { useMemo } from "preact/hooks";
import { type ProofPath, proofPath } from "../../shared/checks/proof-path";
import { envelopeOf } from "../../shared/statement";
import { checkpointOf, isSignedBy } from "../checks/ledger-reader";
import { timeText } from "../format";
import { useLoaded } from "../load";
import { SaveButton } from "../parts/keep";
import { ProofDrawing } from "../parts/proof-drawing";
import { Await } from "../parts/states";
import { useSession } from "../session";
import type { LoadedProof } from "../use-proof";

interface Found {
  readonly text: string;
  readonly index: number;
  readonly size: number;
  readonly time: string;
  /** Whether the entry holds the digest of this very certificate. */
  readonly isOfThis: boolean;
  /** Whether the log's key signed the checkpoint. */
  readonly isSigned: boolean;
  readonly path: ProofPath;
}

/** The proof that the service hands out with a certificate, drawn. */
export function LedgerProof({
  certificate,
  proof,
}: {
  readonly certificate: CertificateView;
  readonly proof: LoadedProof;
}) {
  const { client } = useSession();
  const published = useLoaded(() => client.ledger.keys(), [client]);
  return (
    <Await loaded={proof} what="proof">
      {(text) =>
        text === null ? (
          <NotYet onLook={proof.again} />
        ) : (
          <Await loaded={published} what="log's key">
            {({ keys }) => <Shown text={text} keys={keys} certificate={certificate} />}
          </Await>
        )
      }
    </Await>
  );
}

function NotYet({ onLook }: { readonly onLook: () => void }) {
  return (
    <div role="status">
      <p>
        A signed checkpoint covers this certificate in a moment; until then there is nothing to prove it by.
      </p>
      <p>
        <button type="button" onClick={onLook}>
          Look again
        </button>
      </p>
    </div>
  );
}

function Shown({
  text,
  keys,
  certificate,
}: {
  readonly text: string;
  readonly keys: readonly string[];
  readonly certificate: CertificateView;
}) {
  const found = useMemo(() => readProof(text, keys, certificate), [text, keys, certificate]);
  return (
    <>
      <p>
        The ledger holds a digest of every certificate and request, in the order in which they came. The proof
        shows that this certificate stands in it, at this place. Whoever kept a checkpoint can tell if it is
        changed or removed later. The time, {timeText(found.time)}, is the service’s own word.
      </p>
      {!found.isOfThis && (
        <p class="verdict bad" role="status">
          Broken: the entry is about another certificate.
        </p>
      )}
      <ProofDrawing path={found.path} index={found.index} size={found.size} isSigned={found.isSigned} />
      <p>
        <SaveButton name={`certificate-${certificate.id}.tlog-proof`} text={found.text} what="proof" />
      </p>
    </>
  );
}

function readProof(text: string, keys: readonly string[], certificate: CertificateView): Found {
  const { entry, index, hashes, checkpoint } = parseTlogProof(text);
  const { size, root } = checkpointOf(checkpoint);
  const decoded = decodeEntry(entry);
  const isOfThis =
    decoded.kind === "certificate" &&
    decoded.certificateDigest === certificateDigest(envelopeOf(certificate));
  const path = proofPath({ leaf: leafHash(entry), index, size, hashes, root });
  const isSigned = isSignedBy(checkpoint, keys);
  return { text, index, size, time: decoded.time, isOfThis, isSigned, path };
}
