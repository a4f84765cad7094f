import { leafHash } from "expunge/ledger";
import { useMemo, useState } from "preact/hooks";
import { proofPath } from "../../shared/checks/proof-path";
import { readProof } from "../checks/ledger-reader";
import type { Term } from "../glossary";
import { useLoaded } from "../load";
import { Facts } from "../parts/figures";
import { ProofDrawing } from "../parts/proof-drawing";
import { Await } from "../parts/states";
import { linkTo, useTitle } from "../router";
import { useSession } from "../session";

/** An entry of the ledger, proved from the log's own tiles. */
export function EntryBody({ index }: { readonly index: number }) {
  const { client } = useSession();
  useTitle(`Entry ${index}`);
  const proof = useLoaded(() => readProof(client, index), [client, index]);
  return (
    <>
      <p class="crumbs">
        <a href={linkTo("ledger")}>Ledger</a>
      </p>
      <h1>Entry {Number.isNaN(index) ? "?" : index}</h1>
      <Await loaded={proof} what="proof">
        {(found) => <Proved {...found} />}
      </Await>
    </>
  );
}

type Found = Awaited<ReturnType<typeof readProof>>;

const MEANINGS = {
  request:
    "Somebody asked to be forgotten. The commitment hides what was asked; whoever has its salt can open it.",
  certificate: "A request was served. The digest is that of the certificate.",
  cancelled: "A request was taken back before it was served.",
} as const;

type Field = Found["shown"]["entry"] extends infer Entry
  ? Entry extends unknown
    ? keyof Entry
    : never
  : never;

const WORDS: Readonly<Record<Field, { readonly name: string; readonly term?: Term }>> = {
  version: { name: "Version of the format" },
  kind: { name: "Kind" },
  time: { name: "Time" },
  requestId: { name: "Id of the request" },
  modelId: { name: "Random id in place of the model’s" },
  commitment: { name: "Commitment to what was asked", term: "ledgerSalt" },
  certificateDigest: { name: "Digest of the certificate" },
  modelBefore: { name: "Digest of the model before", term: "weights" },
  modelAfter: { name: "Digest of the model after", term: "weights" },
};

function Proved({ shown, given, isSigned }: Found) {
  const [isForged, setForged] = useState(false);
  const text = JSON.stringify(shown.entry);
  const path = useMemo(() => {
    if (!isForged) return proofPath(given);
    const forged = new TextEncoder().encode(text.replace('"version":1', '"version":2'));
    return proofPath({ ...given, leaf: leafHash(forged) });
  }, [given, isForged, text]);
  return (
    <>
      <section class="card">
        <h2>What it says</h2>
        <p>{MEANINGS[shown.entry.kind]}</p>
        <Facts
          isLong
          items={Object.entries(shown.entry).map(([field, value]) => ({
            ...WORDS[field as Field],
            value: <code class="mono break">{String(value)}</code>,
          }))}
        />
        <p class="soft small">
          The id in place of the model’s was drawn at random for the ledger. It is no model’s own id: the
          ledger names no model, no data set and nobody. Digests of models show no more than which
          certificates follow each other on one model.
        </p>
      </section>
      <section class="card">
        <h2>The proof</h2>
        <label class="check">
          <input
            type="checkbox"
            checked={isForged}
            onChange={(event) => setForged(event.currentTarget.checked)}
          />
          Pretend that one character of the entry was changed
        </label>
        <ProofDrawing path={path} index={given.index} size={given.size} isSigned={isSigned} />
      </section>
    </>
  );
}
