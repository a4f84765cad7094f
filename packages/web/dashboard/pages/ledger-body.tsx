import { useState } from "preact/hooks";
import { useLive } from "../activity";
import {
  type Continuity,
  checkContinuity,
  checkpointOf,
  isRootOfTiles,
  isSignedBy,
  newestEntries,
  type Shown,
} from "../checks/ledger-reader";
import { countText, timeText } from "../format";
import { Explain } from "../glossary";
import { useLoaded } from "../load";
import { Field } from "../parts/field";
import { Facts } from "../parts/figures";
import { SaveButton } from "../parts/keep";
import { Scroll } from "../parts/scroll";
import { Await, Empty } from "../parts/states";
import { linkTo } from "../router";
import { useSession } from "../session";
import { base64OfBytes, hexOf } from "../statement";

export function LedgerBody() {
  const { client } = useSession();
  const { endings } = useLive();
  const note = useLoaded(() => client.ledger.checkpoint(), [client, endings]);
  const isYoung = note.state === "error" && (note.error as { status?: number }).status === 404;
  return (
    <>
      <div class="page-head">
        <h1>Ledger</h1>
        <p class="soft">
          Every request and every certificate leaves an entry here, one after the other, of all tenants. No
          entry names anybody. Whoever keeps one checkpoint can tell later whether anything was changed,
          removed or moved.
        </p>
      </div>
      {isYoung ? (
        <Empty title="The ledger is empty">
          <p>
            Its first entries come with the first <a href={linkTo("requests")}>deletion request</a>; moments
            later a checkpoint is signed.
          </p>
        </Empty>
      ) : (
        <Await loaded={note} what="checkpoint">
          {(text) => (
            <>
              <CheckpointCard note={text} />
              <Entries note={text} />
            </>
          )}
        </Await>
      )}
    </>
  );
}

function CheckpointCard({ note }: { readonly note: string }) {
  const checkpoint = checkpointOf(note);
  const { origin, size, root } = checkpoint;
  return (
    <section class="card">
      <h2>
        Latest checkpoint
        <Explain term="checkpoint" />
      </h2>
      <Facts
        isLong
        items={[
          { name: "Log", value: <code class="mono break">{origin}</code> },
          { name: "Entries", value: countText(size) },
          { name: "Root", value: <code class="mono break">{base64OfBytes(root)}</code>, term: "root" },
        ]}
      />
      <Checks note={note} />
      <SignatureCheck note={note} />
      <p>
        <SaveButton name={`checkpoint-${size}.txt`} text={note} what="checkpoint" />
      </p>
    </section>
  );
}

/** What this browser can say without trusting anybody. */
function Checks({ note }: { readonly note: string }) {
  const { client } = useSession();
  const checked = useLoaded(async () => {
    const checkpoint = checkpointOf(note);
    const [isRoot, continuity] = await Promise.all([
      isRootOfTiles(client, checkpoint),
      checkContinuity(client, checkpoint),
    ]);
    return { isRoot, continuity };
  }, [client, note]);
  return (
    <Await loaded={checked} what="checks">
      {({ isRoot, continuity }) => (
        <ul class="checks">
          <CheckRow
            ok={isRoot}
            name="Root"
            meaning={
              isRoot
                ? "computed here from the log's own hashes: the same."
                : "the log's own hashes give another root."
            }
          />
          <CheckRow ok={continuity.state !== "broken"} name="History" meaning={continuityText(continuity)} />
        </ul>
      )}
    </Await>
  );
}

function continuityText(continuity: Continuity): string {
  if (continuity.state === "first")
    return "this browser has seen no earlier checkpoint; it keeps this one, to compare the next time.";
  const { kept } = continuity;
  const seen = `the checkpoint of ${countText(kept.size)} entries that this browser saw on ${timeText(kept.at)}`;
  if (continuity.state === "same") return `${seen} is this one.`;
  if (continuity.state === "grown") return `the ledger still begins with ${seen}: proved here.`;
  return `the ledger no longer begins with ${seen}. Keep both checkpoints: together they prove it.`;
}

function CheckRow({
  ok,
  name,
  meaning,
}: {
  readonly ok: boolean;
  readonly name: string;
  readonly meaning: string;
}) {
  return (
    <li class={`check-row ${ok ? "passed" : "failed"}`}>
      <span class="mark" aria-hidden="true">
        {ok ? "✓" : "✗"}
      </span>
      <div>
        <strong>{name}</strong> <span class="visually-hidden">{ok ? "passed" : "failed"}: </span>
        <span class="soft">{meaning}</span>
      </div>
    </li>
  );
}

function SignatureCheck({ note }: { readonly note: string }) {
  const [key, setKey] = useState("");
  const outcome = key.trim() === "" ? null : signatureOutcome(note, key);
  return (
    <details>
      <summary>Check its signature</summary>
      <Field
        label="The log's verifier key"
        help="name+hash+base64, as whoever runs the service hands it out. It must reach you by another way than this page."
      >
        {(wiring) => (
          <input
            {...wiring}
            class="mono"
            value={key}
            onInput={(event) => setKey(event.currentTarget.value)}
          />
        )}
      </Field>
      {outcome !== null && (
        <p role="status" class={outcome.ok ? "good" : "bad"}>
          {outcome.text}
        </p>
      )}
    </details>
  );
}

function signatureOutcome(note: string, key: string): { ok: boolean; text: string } {
  try {
    const ok = isSignedBy(note, key);
    return { ok, text: ok ? "Signed by this key." : "Not signed by this key." };
  } catch (error) {
    return { ok: false, text: (error as Error).message };
  }
}

function Entries({ note }: { readonly note: string }) {
  const { client } = useSession();
  const { size } = checkpointOf(note);
  const entries = useLoaded(() => newestEntries(client, size), [client, size]);
  return (
    <section class="card">
      <h2>Entries</h2>
      <p class="soft">The newest first. Choose one to see it proved.</p>
      <Await loaded={entries} what="entries">
        {(items) => (
          <Scroll label="Entries">
            <table>
              <thead>
                <tr>
                  <th scope="col">Entry</th>
                  <th scope="col">Kind</th>
                  <th scope="col">Time</th>
                  <th scope="col">
                    Leaf
                    <Explain term="leaf" />
                  </th>
                </tr>
              </thead>
              <tbody>
                {items.map((shown) => (
                  <EntryRow key={shown.index} shown={shown} />
                ))}
              </tbody>
            </table>
          </Scroll>
        )}
      </Await>
    </section>
  );
}

function EntryRow({ shown: { index, entry, leaf } }: { readonly shown: Shown }) {
  return (
    <tr>
      <td class="number">
        <a href={linkTo("ledger", index)}>{index}</a>
      </td>
      <td>{entry.kind}</td>
      <td>{timeText(entry.time)}</td>
      <td>
        <code class="mono">{hexOf(leaf).slice(0, 16)}…</code>
      </td>
    </tr>
  );
}
