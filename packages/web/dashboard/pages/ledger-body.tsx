import { useState } from "preact/hooks";
import { base64OfBytes, hexOf } from "../../shared/bytes";
import { CHECK_MARKS, type CheckState } from "../../shared/checks/certificate-checks";
import { useLive } from "../activity";
import {
  type Continuity,
  checkContinuity,
  checkpointOf,
  isRootOfTiles,
  isSignedBy,
  newestEntries,
} from "../checks/ledger-reader";
import { countText, timeText } from "../format";
import { Explain } from "../glossary";
import { useLoaded } from "../load";
import { Field } from "../parts/field";
import { Facts } from "../parts/figures";
import { CopyButton, SaveButton } from "../parts/keep";
import { Await, Empty } from "../parts/states";
import { Table } from "../parts/table";
import { linkTo } from "../router";
import { useSession } from "../session";

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
          { name: "Root", value: <code class="mono break">{hexOf(root)}</code>, term: "root" },
          {
            name: "Root, as the checkpoint writes it (base64)",
            value: <code class="mono break">{base64OfBytes(root)}</code>,
          },
        ]}
      />
      <Checks note={note} />
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
    const { keys } = await client.ledger.keys();
    const isSigned = isSignedBy(note, keys);
    const [isRoot, continuity] = await Promise.all([
      isRootOfTiles(client, checkpoint),
      // What nobody signed is not kept to compare with.
      isSigned ? checkContinuity(client, checkpoint) : null,
    ]);
    return { keys, isSigned, isRoot, continuity };
  }, [client, note]);
  return (
    <Await loaded={checked} what="checks">
      {({ keys, isSigned, isRoot, continuity }) => (
        <>
          <ul class="checks">
            <CheckRow
              state={isSigned ? "passed" : "failed"}
              name="Signature"
              meaning={
                isSigned
                  ? "made with the log's key that this service publishes."
                  : "not made with the log's key that this service publishes."
              }
            />
            <CheckRow
              state={isRoot ? "passed" : "failed"}
              name="Root"
              meaning={
                isRoot
                  ? "computed here from the log's own hashes: the same."
                  : "the log's own hashes give another root."
              }
            />
            <CheckRow state={historyState(continuity)} name="History" meaning={continuityText(continuity)} />
          </ul>
          <SignatureCheck note={note} keys={keys} />
        </>
      )}
    </Await>
  );
}

/** A tick only where something was compared. */
function historyState(continuity: Continuity | null): CheckState {
  if (continuity === null || continuity.state === "first") return "not run";
  return continuity.state === "broken" ? "failed" : "passed";
}

function continuityText(continuity: Continuity | null): string {
  if (continuity === null) return "nothing is compared with a checkpoint that is not signed.";
  if (continuity.state === "first")
    return "nothing to compare with yet: this browser has seen no earlier checkpoint. It keeps this one for the next time.";
  const { kept } = continuity;
  const seen = `the checkpoint of ${countText(kept.size)} entries that this browser saw on ${timeText(kept.at)}`;
  if (continuity.state === "same") return `${seen} is this one.`;
  if (continuity.state === "grown") return `the ledger still begins with ${seen}: proved here.`;
  return `the ledger no longer begins with ${seen}. Keep both checkpoints: together they prove it.`;
}

function CheckRow({
  state,
  name,
  meaning,
}: {
  readonly state: CheckState;
  readonly name: string;
  readonly meaning: string;
}) {
  return (
    <li class={`check-row ${state.replace(" ", "-")}`}>
      <span class="mark" aria-hidden="true">
        {CHECK_MARKS[state]}
      </span>
      <div>
        <strong>{name}</strong> <span class="visually-hidden">{state}: </span>
        <span class="soft">{meaning}</span>
      </div>
    </li>
  );
}

/** The log's own keys, to be kept or compared, and a check against a key that came by another way. */
function SignatureCheck({ note, keys }: { readonly note: string; readonly keys: readonly string[] }) {
  const [key, setKey] = useState("");
  const outcome = key.trim() === "" ? null : signatureOutcome(note, key);
  return (
    <details>
      <summary>The log’s key, and a check against your own copy</summary>
      <p>
        This service publishes {keys.length === 1 ? "this key" : "these keys, the newest first"}. That the
        service signed is no proof of who it is: compare with a key that reached you by another way.
      </p>
      <ul class="plain">
        {keys.map((one) => (
          <li key={one}>
            <code class="mono break">{one}</code>
          </li>
        ))}
      </ul>
      <p class="row">
        <CopyButton text={keys[0] ?? ""} what="the key" />
        <SaveButton name="log-key.txt" text={`${keys[0] ?? ""}\n`} what="the key" />
      </p>
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
    const ok = isSignedBy(note, [key]);
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
          <Table
            label="Entries"
            rows={items}
            keyOf={({ index }) => index}
            columns={[
              {
                name: "Entry",
                cell: ({ index }) => <a href={linkTo("ledger", index)}>{index}</a>,
              },
              { name: "Kind", cell: ({ entry }) => entry.kind },
              { name: "Time", cell: ({ entry }) => timeText(entry.time) },
              {
                name: "Leaf",
                term: "leaf",
                cell: ({ leaf }) => <code class="mono">{hexOf(leaf).slice(0, 16)}…</code>,
              },
            ]}
          />
        )}
      </Await>
    </section>
  );
}
