import type { CertificateView } from "expunge/client";
import type { Statement } from "expunge/verify";
import { useMemo } from "preact/hooks";
import { useModelName } from "../activity";
import { countText, numberText, percentText, plural, timeText } from "../format";
import { Explain } from "../glossary";
import { lazy } from "../lazy";
import { useLoaded } from "../load";
import { Facts, Stat } from "../parts/figures";
import { CopyButton, SaveButton } from "../parts/keep";
import { Await } from "../parts/states";
import { linkTo } from "../router";
import { useSession } from "../session";
import { caseOf, readStatement } from "../statement";
import { VerifyCard } from "./verify-card";

const CourseFigure = lazy(async () => (await import("../charts/course-figure")).CourseFigure);
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
  const statement = useMemo(() => readStatement(certificate.envelope), [certificate]);
  const shown = useMemo(() => caseOf(statement), [statement]);
  return (
    <>
      <Summary certificate={certificate} statement={statement} />
      <VerifyCard envelope={certificate.envelope} />
      <section class="card">
        <h2>How the trace fades</h2>
        <CourseFigure shown={shown} />
      </section>
      <section class="card">
        <h2>Its place in the ledger</h2>
        <LedgerProof certificate={certificate} />
      </section>
      <Statements statement={statement} />
    </>
  );
}

function Summary({
  certificate,
  statement,
}: {
  readonly certificate: CertificateView;
  readonly statement: Statement;
}) {
  const nameOf = useModelName();
  const { request, claim, joint, transcript, cost, issuedAt } = statement.predicate;
  const isIndependent = request.chosen === "independently";
  const json = JSON.stringify(certificate.envelope, null, 2);
  return (
    <>
      <div class="page-head">
        <h1>
          {plural(request.rowCount, "row")} forgotten by {nameOf(certificate.modelId)}
        </h1>
        <p class="soft">
          Issued {timeText(issuedAt)}, in {plural(cost.steps, "further step")} instead of{" "}
          {countText(cost.retrainSteps)} from the beginning.{" "}
          <a href={`${linkTo("about")}?epsilon=${claim.epsilon}&delta=${claim.delta}`}>
            What this says, and what it does not
          </a>
        </p>
      </div>
      <dl class="stats card">
        <Stat
          name="Epsilon"
          term="epsilon"
          note={`at delta = ${numberText(claim.delta)}; asked for: at most ${numberText(request.target.epsilon)}`}
        >
          {numberText(claim.epsilon)}
        </Stat>
        <Stat
          name="All releases together"
          term="joint"
          note={`epsilon for those forgotten, over ${plural(joint.releases.length, "release")}`}
        >
          {numberText(joint.epsilon)}
        </Stat>
        <Stat
          name={`Everything, for any ${plural(transcript.records, "row")}`}
          term="transcript"
          note={transcript.budgetMu === null ? "epsilon; no limit was set" : "epsilon; within the limit set"}
        >
          {numberText(transcript.epsilon)}
        </Stat>
        <Stat
          name="Work saved"
          term="saved"
          note={`${countText(cost.steps)} of ${countText(cost.retrainSteps)} steps`}
        >
          {percentText(1 - cost.steps / Math.max(cost.retrainSteps, 1))}
        </Stat>
      </dl>
      <p>
        {isIndependent
          ? "Whoever asked cannot have seen a model, says the issuer: the first number is the one that holds."
          : `Whoever asked, now or before, may have seen a released model first: then the first number does not hold. ${
              transcript.budgetMu === null
                ? "No limit was set before training, so nothing is proved of that; the others say what was spent."
                : `The limit does that was set before training, mu = ${numberText(transcript.budgetMu)}, over all releases.`
            }`}
        <Explain term="chosen" about="this difference" />
      </p>
      <p class="row">
        <SaveButton name={`certificate-${certificate.id}.json`} text={json} what="certificate" />
        <CopyButton text={json} what="certificate" />
      </p>
    </>
  );
}

/** The promise word for word, and everything that stands behind it. */
function Statements({ statement }: { readonly statement: Statement }) {
  const { claim, joint, transcript, assumptions, notCovered, process, data, request } = statement.predicate;
  return (
    <section class="card">
      <h2>Word for word</h2>
      <blockquote>{claim.statement}</blockquote>
      <details>
        <summary>The joint claim</summary>
        <p>{joint.statement}</p>
      </details>
      <details>
        <summary>The claim about everything released</summary>
        <p>{transcript.statement}</p>
      </details>
      <details>
        <summary>What it does not cover</summary>
        <ul>
          {notCovered.map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
      </details>
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
        <Facts
          items={[
            { name: "Objective", value: process.objective.kind, term: "objective" },
            { name: "Rows at the start", value: countText(data.rowCount) },
            { name: "Features", value: countText(data.featureCount) },
            { name: "Batch size", value: countText(process.batchSize), term: "batchSize" },
            { name: "Batches", value: countText(process.batchCount) },
            { name: "Noise (sigma)", value: numberText(process.sigma), term: "sigma" },
            { name: "Step size (eta)", value: numberText(process.eta), term: "eta" },
            { name: "Contraction of a step", value: String(process.contraction) },
            { name: "What a visit can change", value: numberText(process.sensitivity) },
            { name: "Deletion", value: request.deletion, term: "deletion" },
            { name: "Steps before", value: countText(process.stepsBefore), term: "steps" },
            { name: "Steps after", value: countText(process.stepsAfter) },
            { name: "Energy", value: numberText(claim.energy), term: "energy" },
            { name: "Mu", value: numberText(claim.mu), term: "mu" },
            { name: "Rounding allowance", value: numberText(claim.roundingAllowance), term: "rounding" },
            { name: "Precision", value: process.precision },
          ]}
        />
      </details>
      <details>
        <summary>The two models</summary>
        <Facts
          isLong
          items={statement.subject.map(({ name, digest }) => ({
            name,
            value: <code class="mono break">{digest.sha256}</code>,
            term: "weights" as const,
          }))}
        />
      </details>
    </section>
  );
}
