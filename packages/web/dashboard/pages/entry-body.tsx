import { leafHash } from "expunge/ledger";
import { useMemo, useState } from "preact/hooks";
import { proofPath } from "../../shared/checks/proof-path";
import { readProof } from "../checks/ledger-reader";
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
          items={Object.entries(shown.entry).map(([name, value]) => ({
            name,
            value: <code class="mono break">{String(value)}</code>,
          }))}
        />
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
