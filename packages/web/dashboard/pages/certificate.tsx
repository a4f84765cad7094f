import type { CertificateView } from "@expunge/client";
import type { Statement } from "expunge/verify";
import { useMemo } from "preact/hooks";
import { meaningQuery } from "../../shared/figures-address";
import { NotCovered } from "../../shared/not-covered";
import { envelopeOf, readStatement } from "../../shared/statement";
import { Verdict } from "../../shared/verdict";
import { comparedWords, countText, featuresText, numberText, plural, timeText } from "../format";
import { lazy } from "../lazy";
import { useLoaded } from "../load";
import { useModelName } from "../model-names";
import { BoundStat, type Fact, Facts, Stat } from "../parts/figures";
import { CopyButton, SaveButton } from "../parts/keep";
import { Await } from "../parts/states";
import { linkTo, useTitle } from "../router";
import { useSession } from "../session";
import { type LoadedProof, useProof } from "../use-proof";
import { VerifierLink } from "./verifier-link";
import { VerifyCard } from "./verify-card";

const LedgerProof = lazy(async () => (await import("./ledger-proof")).LedgerProof);

export function CertificatePage({ id }: { readonly id: string }) {
  const { client } = useSession();
  const certificate = useLoaded(() => client.certificates.get(id), [client, id]);
  return (
    <>
      <p class="crumbs">
        <a href={linkTo("certificates")}>Certificates</a>
      </p>
      <Await loaded={certificate} what="certificate">
        {(view) => <Body certificate={view} />}
      </Await>
    </>
  );
}

function Body({ certificate }: { readonly certificate: CertificateView }) {
  const envelope = envelopeOf(certificate);
  const statement = useMemo(() => readStatement(envelope), [envelope]);
  const proof = useProof(certificate.id);
  return (
    <>
      <Summary certificate={certificate} statement={statement} proof={proof} />
      <VerifyCard envelope={envelope} />
      <section class="card">
        <h2>Its place in the ledger</h2>
        <LedgerProof certificate={certificate} proof={proof} />
      </section>
      <Statements statement={statement} />
    </>
  );
}

function Summary({
  certificate,
  statement,
  proof,
}: {
  readonly certificate: CertificateView;
  readonly statement: Statement;
  readonly proof: LoadedProof;
}) {
  const nameOf = useModelName();
  useTitle(`Certificate ${certificate.id.slice(0, 8)}`);
  const { request, disclosure, cost, issuedAt, lives } = statement.predicate;
  const { holds, meaning } = certificate;
  const json = JSON.stringify(certificate.envelope, null, 2);
  return (
    <>
      <div class="page-head">
        <h1>
          {plural(request.rowCount, "row")} {lives?.isCorrection ? "corrected" : "forgotten"} by{" "}
          {nameOf(certificate.modelId)}
        </h1>
        <p class="soft">
          Issued {timeText(issuedAt)}, after {plural(cost.steps, "further step")}.{" "}
          <a href={`${linkTo("about")}${meaningQuery(holds)}`}>What this says, and what it does not</a>
        </p>
      </div>
      <section class="card" aria-label="What holds">
        <Verdict holds={holds} meaning={meaning} />
        <dl class="stats">
          <Stat name="Asked for" note={`at delta = ${numberText(request.target.delta)}`}>
            ε {numberText(request.target.epsilon)}
          </Stat>
          <BoundStat
            name="Everything released"
            term="disclosure"
            bound={disclosure}
            note={disclosureNote(disclosure)}
            without="all models together"
          />
          <Stat name="Steps" term="steps" note={comparedWords(cost.retrainSteps)}>
            {countText(cost.steps)}
          </Stat>
        </dl>
      </section>
      <section class="card">
        <NotCovered texts={statement.predicate.notCovered} />
      </section>
      <p class="row">
        <SaveButton name={`certificate-${certificate.id}.json`} text={json} what="certificate" />
        <CopyButton text={json} what="certificate" />
        <VerifierLink certificate={certificate} proof={proof} />
      </p>
    </>
  );
}

function disclosureNote(disclosure: Statement["predicate"]["disclosure"]): string {
  if (disclosure === null) return "";
  const whose = `for any ${plural(disclosure.records, "row")}`;
  return disclosure.limit === null
    ? `${whose}; no limit`
    : `${whose}; at most ${numberText(disclosure.limit.epsilon)}`;
}

/** The promise word for word, and everything that stands behind it. */
function Statements({ statement }: { readonly statement: Statement }) {
  const { holds, erasure, disclosure, lives, assumptions } = statement.predicate;
  return (
    <section class="card">
      <h2>Word for word</h2>
      <blockquote>{holds.statement}</blockquote>
      <details>
        <summary>The erasure claim, from which it follows</summary>
        <p>{erasure.statement}</p>
      </details>
      {lives && (
        <details>
          <summary>Records that joined or were corrected</summary>
          <p>{lives.statement}</p>
        </details>
      )}
      {disclosure !== null && (
        <details>
          <summary>The claim about everything released</summary>
          <p>{disclosure.statement}</p>
        </details>
      )}
      <details>
        <summary>What it assumes, and what saw to it</summary>
        <ul>
          {assumptions.map(({ name, enforcedBy }) => (
            <li key={name}>
              <strong>{name}</strong>: {enforcedBy}
            </li>
          ))}
        </ul>
      </details>
      <details>
        <summary>Every number of the process</summary>
        <Facts items={factsOf(statement)} />
      </details>
      <details>
        <summary>Ids: the certificate and the two models</summary>
        <Facts
          isLong
          items={[
            {
              name: "Certificate",
              value: <Digest text={statement.predicate.certificateId} />,
            },
            {
              name: "The new one",
              value: <Digest text={statement.subject[0]!.digest.sha256} />,
              term: "weights",
            },
            {
              name: "The one before",
              value: <Digest text={statement.predicate.modelBefore} />,
              term: "weights",
            },
          ]}
        />
      </details>
    </section>
  );
}

function Digest({ text }: { readonly text: string }) {
  return <code class="mono break">{text}</code>;
}

function factsOf({ predicate }: Statement): readonly Fact[] {
  const { process, data, request, noise, timeline, erasure } = predicate;
  return [
    { name: "Objective", value: process.objective.kind, term: "objective" },
    { name: "Rows at the start", value: countText(data.rowCount) },
    { name: "Columns", value: featuresText(data.featureCount, data.intercept) },
    ...(process.features
      ? [{ name: "Feature map", value: `${process.features.kind}, ${countText(process.features.count)}` }]
      : []),
    { name: "Batch size", value: countText(process.batchSize), term: "batchSize" },
    { name: "Batches", value: countText(process.batchCount) },
    { name: "Noise", value: noise.kind === "on-release" ? "on release" : "at every step", term: "noiseKind" },
    { name: "Noise in each weight", value: numberText(noise.std) },
    { name: "Step size (eta)", value: numberText(process.eta), term: "eta" },
    { name: "Contraction of a step", value: String(process.contraction) },
    { name: "What a visit can change", value: numberText(process.sensitivity) },
    { name: "Radius", value: numberText(process.radius), term: "radius" },
    { name: "Deletion", value: request.deletion, term: "deletion" },
    { name: "Request of this model", value: countText(request.number) },
    { name: "Rows deleted so far", value: countText(timeline.deletedCount) },
    { name: "Steps before", value: countText(timeline.stepsBefore), term: "steps" },
    { name: "Steps after", value: countText(timeline.stepsAfter) },
    { name: "Mu", value: numberText(erasure.mu), term: "mu" },
    { name: "Rounding of a step", value: numberText(process.roundingPerStep), term: "rounding" },
    { name: "Arithmetic", value: `${process.kernel}, rounding ${process.rounding}`, term: "kernel" },
  ];
}
