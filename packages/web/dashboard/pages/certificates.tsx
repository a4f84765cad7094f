import type { CertificateView } from "@expunge/client";
import { useState } from "preact/hooks";
import { holdsWords } from "../../shared/holds-words";
import { envelopeOf, readStatement } from "../../shared/statement";
import { useLive } from "../activity";
import { comparedWords, plural, timeText } from "../format";
import { allOf, useList, useLoaded } from "../load";
import { useModelName } from "../model-names";
import { Field, SelectField } from "../parts/field";
import { Empty, ErrorCard, Loading } from "../parts/states";
import { linkTo, useQueryState } from "../router";
import { useSession } from "../session";

/** Certificates are long: few at once. */
const PAGE = 12;

export function CertificatesPage() {
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
      {may("list certificates") ? <List /> : <FindOne />}
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

function List() {
  const { client } = useSession();
  const { endings } = useLive();
  const [model, setModel] = useQueryState("model");
  const models = useLoaded(() => allOf(client.models.list), [client]);
  const query = model === "" ? {} : { modelId: model };
  const { items, hasMore, readOn, again, isBusy, error } = useList(
    (page) => client.certificates.list({ ...page, ...query }),
    { key: model, tick: endings, limit: PAGE },
  );
  return (
    <>
      <SelectField
        label="Model"
        value={model}
        choices={[
          { value: "", text: "all models" },
          ...(models.value ?? []).map(({ id, name }) => ({ value: id, text: name })),
        ]}
        onChange={setModel}
      />
      {error !== null && <ErrorCard error={error} onRetry={again} />}
      {items === null && error === null && <Loading what="certificates" />}
      {items?.length === 0 && <NoCertificates />}
      {items !== null && items.length > 0 && (
        <ul class="cards plain">
          {items.map((certificate) => (
            <CertificateCard key={certificate.id} certificate={certificate} />
          ))}
        </ul>
      )}
      {hasMore && (
        <button type="button" disabled={isBusy} onClick={readOn}>
          Show more
        </button>
      )}
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
  const { request, cost, lives } = readStatement(envelopeOf(certificate)).predicate;
  return (
    <li class="card">
      <h2>
        <a href={linkTo("certificates", certificate.id)}>
          {plural(request.rowCount, "row")} {lives?.isCorrection ? "corrected" : "forgotten"}
        </a>
      </h2>
      <p>
        by {nameOf(certificate.modelId)}, {timeText(certificate.createdAt)}
      </p>
      <p class="small number">Holds: {holdsWords(certificate.holds)}.</p>
      <p class="soft small number">
        {plural(cost.steps, "step")}; {comparedWords(cost.retrainSteps)};{" "}
        {certificate.ledgerIndex === null
          ? "on its way into the ledger"
          : `ledger entry ${certificate.ledgerIndex}`}
      </p>
    </li>
  );
}
