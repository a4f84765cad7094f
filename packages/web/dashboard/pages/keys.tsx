import type { CreatedKey, KeyView, NewKey } from "@expunge/client";
import { useState } from "preact/hooks";
import { bytesOfBase64, hexOf, keyIdOf } from "../../shared/bytes";
import { ROLE_MEANINGS, type Role } from "../access";
import { timeText } from "../format";
import { useAction, useLoaded } from "../load";
import { ExplainedSelect, Field } from "../parts/field";
import { type Fact, Facts } from "../parts/figures";
import { CopyButton, SaveButton } from "../parts/keep";
import { Await, ErrorCard } from "../parts/states";
import { Table } from "../parts/table";
import { useFocus } from "../parts/use-focus";
import { useSession } from "../session";

/** Who may call the service, and as what. */
export function KeysPage() {
  const { client } = useSession();
  const keys = useLoaded(() => client.keys.list(), [client]);
  return (
    <>
      <div class="page-head">
        <h1>Keys</h1>
        <p class="soft">
          Whoever has a key of the service may do what its role allows. Below them are the keys by which
          others check what it signed.
        </p>
      </div>
      <NewKeyForm onMade={keys.again} />
      <Await loaded={keys} what="keys">
        {({ items }) => <KeyTable items={items} onRevoked={keys.again} />}
      </Await>
      <PublicKeys />
    </>
  );
}

function NewKeyForm({ onMade }: { readonly onMade: () => void }) {
  const { client } = useSession();
  const [draft, setDraft] = useState<NewKey>({ role: "submit", label: "" });
  const [made, setMade] = useState<CreatedKey | null>(null);
  const { run, isBusy, error } = useAction();
  const make = (event: Event): void => {
    event.preventDefault();
    run(async () => {
      setMade(await client.keys.create({ ...draft, label: draft.label.trim() }));
      setDraft({ ...draft, label: "" });
      onMade();
    });
  };
  return (
    <section class="card" aria-label="New key">
      <h2>New key</h2>
      <form onSubmit={make}>
        <div class="fields">
          <ExplainedSelect
            label="Role"
            value={draft.role}
            choices={Object.entries(ROLE_MEANINGS).map(([value, text]) => ({ value, text }))}
            onChange={(role) => setDraft({ ...draft, role: role as Role })}
          />
          <Field label="Label" help="Who or what has it: you revoke it by this name.">
            {(wiring) => (
              <input
                {...wiring}
                required
                maxLength={200}
                value={draft.label}
                onInput={(event) => setDraft({ ...draft, label: event.currentTarget.value })}
              />
            )}
          </Field>
        </div>
        <p>
          <button class="primary" type="submit" disabled={isBusy}>
            {isBusy ? "Making it…" : "Make a key"}
          </button>
        </p>
      </form>
      {error !== null && <ErrorCard error={error} />}
      {made !== null && <Made key={made.id} made={made} onClose={() => setMade(null)} />}
    </section>
  );
}

function Made({ made, onClose }: { readonly made: CreatedKey; readonly onClose: () => void }) {
  const title = useFocus<HTMLHeadingElement>();
  return (
    <section class="preview" role="status" aria-label="The new key">
      <h3 ref={title} tabIndex={-1}>
        Keep it now
      </h3>
      <p>It is shown this once: the service keeps no more than its hash.</p>
      <Facts
        isLong
        items={[
          { name: made.label, value: <code class="mono break">{made.key}</code> },
          { name: "Role", value: made.role },
        ]}
      />
      <p class="row">
        <CopyButton text={made.key} what="the key" />
        <SaveButton name={`key-${made.id.slice(0, 8)}.txt`} text={`${made.key}\n`} what="the key" />
        <button type="button" onClick={onClose}>
          I have it
        </button>
      </p>
    </section>
  );
}

function KeyTable({
  items,
  onRevoked,
}: {
  readonly items: readonly KeyView[];
  readonly onRevoked: () => void;
}) {
  return (
    <section class="card">
      <h2>All keys</h2>
      <Table
        label="All keys"
        rows={items}
        keyOf={({ id }) => id}
        columns={[
          { name: "Label", cell: ({ label }) => label },
          { name: "Role", cell: ({ role }) => role },
          { name: "Made", cell: ({ createdAt }) => timeText(createdAt) },
          {
            name: "Status",
            cell: ({ id, label, revokedAt }) =>
              revokedAt === null ? (
                <Revoke id={id} label={label} onRevoked={onRevoked} />
              ) : (
                `revoked ${timeText(revokedAt)}`
              ),
          },
        ]}
      />
    </section>
  );
}

/** Asks once more: what uses the key stops at once. */
function Revoke({
  id,
  label,
  onRevoked,
}: {
  readonly id: string;
  readonly label: string;
  readonly onRevoked: () => void;
}) {
  const { client } = useSession();
  const [isAsking, setAsking] = useState(false);
  const { run, isBusy, error } = useAction();
  const revoke = (): void => {
    run(async () => {
      await client.keys.revoke(id);
      onRevoked();
    });
  };
  if (!isAsking)
    return (
      <button type="button" class="small" onClick={() => setAsking(true)}>
        Revoke<span class="visually-hidden"> {label}</span>
      </button>
    );
  return (
    <>
      <span class="row">
        <button type="button" class="small danger" disabled={isBusy} onClick={revoke}>
          Revoke for good<span class="visually-hidden"> {label}</span>
        </button>
        <button type="button" class="small" disabled={isBusy} onClick={() => setAsking(false)}>
          Keep it
        </button>
      </span>
      {error !== null && <ErrorCard error={error} />}
    </>
  );
}

/** What signs certificates, and what signs the ledger: public, and to be handed out by another way than the certificates. */
function PublicKeys() {
  const { client } = useSession();
  const published = useLoaded(async () => {
    const [{ keys }, { keys: logKeys }, { parseVerifierKey }] = await Promise.all([
      client.keySet(),
      client.ledger.keys(),
      import("expunge/ledger"),
    ]);
    // They come oldest first, those of the log newest first.
    const own = keys.map(({ x }) => bytesOfBase64(x)).reverse();
    const [ofCertificates, ofLog] = await Promise.all([
      Promise.all(own.map(async (key) => ({ text: hexOf(key), fingerprint: await keyIdOf(key) }))),
      Promise.all(
        logKeys.map(async (text) => ({ text, fingerprint: await keyIdOf(parseVerifierKey(text).publicKey) })),
      ),
    ]);
    return [...named("Certificates", ofCertificates), ...named("Ledger", ofLog)];
  }, [client]);
  return (
    <section class="card" aria-label="Public keys">
      <h2>Public keys</h2>
      <p class="soft">
        With these anybody checks certificates and the ledger. Hand them out by another way than the
        certificates: a key that comes with what it signed proves nothing. They are also at{" "}
        <code class="mono">/.well-known/expunge-keys.json</code> and{" "}
        <code class="mono">/.well-known/expunge-log-keys.json</code>. A certificate, and whatever checks it,
        names its key by the fingerprint: the SHA-256 of the 32 bytes of the key.
      </p>
      <Await loaded={published} what="public keys">
        {(facts) => <Facts isLong items={facts} />}
      </Await>
    </section>
  );
}

interface PublishedKey {
  readonly text: string;
  /** Hex sha256 of its 32 bytes. */
  readonly fingerprint: string;
}

/** The newest first. */
const named = (name: string, keys: readonly PublishedKey[]): readonly Fact[] =>
  keys.flatMap(({ text, fingerprint }, place) => {
    const own = place === 0 ? name : `${name}, earlier (${place})`;
    return [
      { name: own, value: <code class="mono break">{text}</code> },
      { name: `${own}: fingerprint of the key`, value: <code class="mono break">{fingerprint}</code> },
    ];
  });
