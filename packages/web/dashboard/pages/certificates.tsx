import type { CertificateView } from "@expunge/client";
import { useState } from "preact/hooks";
import { useLive, useModelName } from "../activity";
import { countText, plural, timeText } from "../format";
import { useLoaded } from "../load";
import { Field, SelectField } from "../parts/field";
import { holdsText } from "../parts/holds";
import { Await, Empty } from "../parts/states";
import { linkTo } from "../router";
import { useSession } from "../session";
import { envelopeOf, readStatement } from "../statement";

export function CertificatesPage({ modelId }: { readonly modelId: string | null }) {
  const { may } = useSession();
  return (
    <>
      <div class="page-head">
        <h1>Certificates</h1>
        <p class="soft">
          Signed statements of how well a model forgot, which anybody can check: every request gets one of
          every model, and one may answer several requests.{" "}
          <a href={linkTo("about")}>What a certificate says, and what it does not</a>
        </p>
      </div>
      {may("list certificates") ? <List modelId={modelId} /> : <FindOne />}
    </>
  );
}

/** A role that submits sees those of its own requests: by their ids. */
function FindOne() {
  const [id, setId] = useState("");
  const open = (event: Event): void => {
    event.preventDefault();
    if (id.trim() !== "") location.hash = linkTo("certificates", id.trim());
  };
  return (
    <form class="card" onSubmit={open}>
      <h2>Open one by its id</h2>
      <p class="soft">
        Certificates of requests are linked from the <a href={linkTo("requests")}>queue</a>. A list of all
        takes a key of role audit.
      </p>
      <Field label="Certificate id">
        {(wiring) => (
          <input {...wiring} class="mono" value={id} onInput={(event) => setId(event.currentTarget.value)} />
        )}
      </Field>
      <p>
        <button class="primary" type="submit">
          Open
        </button>
      </p>
    </form>
  );
}

function List({ modelId }: { readonly modelId: string | null }) {
  const { client } = useSession();
  const { activity, endings } = useLive();
  const [model, setModel] = useState(modelId ?? "");
  const [more, setMore] = useState<{ items: readonly CertificateView[]; next: string | null } | null>(null);
  const query = model === "" ? {} : { modelId: model };
  const first = useLoaded(async () => {
    setMore(null);
    return client.certificates.list({ limit: 30, ...query });
  }, [client, model, endings]);
  return (
    <>
      <SelectField
        label="Model"
        value={model}
        choices={[
          { value: "", text: "all models" },
          ...(activity?.models ?? []).map(({ id, name }) => ({ value: id, text: name })),
        ]}
        onChange={setModel}
      />
      <Await loaded={first} what="certificates">
        {({ items, next }) => {
          const shown = [...items, ...(more?.items ?? [])];
          const following = more === null ? next : more.next;
          const readOn = async (after: string): Promise<void> => {
            const page = await client.certificates.list({ limit: 30, after, ...query });
            setMore({ items: [...(more?.items ?? []), ...page.items], next: page.next });
          };
          if (shown.length === 0) return <NoCertificates />;
          return (
            <>
              <ul class="cards plain">
                {shown.map((certificate) => (
                  <CertificateCard key={certificate.id} certificate={certificate} />
                ))}
              </ul>
              {following !== null && (
                <button type="button" onClick={() => readOn(following)}>
                  Show more
                </button>
              )}
            </>
          );
        }}
      </Await>
    </>
  );
}

function NoCertificates() {
  return (
    <Empty title="No certificate yet">
      <p>
        The first one is made when the first <a href={linkTo("requests")}>deletion request</a> is served.
      </p>
    </Empty>
  );
}

function CertificateCard({ certificate }: { readonly certificate: CertificateView }) {
  const nameOf = useModelName();
  const { request, cost } = readStatement(envelopeOf(certificate)).predicate;
  return (
    <li class="card">
      <h2>
        <a href={linkTo("certificates", certificate.id)}>{plural(request.rowCount, "row")} forgotten</a>
      </h2>
      <p>
        by {nameOf(certificate.modelId)}, {timeText(certificate.createdAt)}
      </p>
      <p class="small number">Holds: {holdsText(certificate.holds)}.</p>
      <p class="soft small number">
        {plural(cost.steps, "step")}, certified against {countText(cost.retrainSteps)} from the beginning;{" "}
        {certificate.ledgerIndex === null
          ? "on its way into the ledger"
          : `ledger entry ${certificate.ledgerIndex}`}
      </p>
    </li>
  );
}
