import { type Issue, publicKeyToPem, type Statement, type Verification, verify } from "expunge/verify";
import { useId, useMemo, useState } from "preact/hooks";
import { FALSE_ALARMS, mostAlarmsWords } from "../../shared/alarms";
import { meaningQuery } from "../../shared/figures-address";
import { Hint } from "../../shared/hint";
import { boundWords, countWords, disclosureWords, numberWords, plural } from "../../shared/numbers";
import { signedAnew } from "../../shared/signed-anew";
import { readStatement } from "../../shared/statement";
import { withStatement } from "../../shared/with-statement";
import type { Forgotten } from "../work/messages";
import { asDownload, withHalfEpsilon } from "./envelope";

interface Props {
  /** Requests that the model served, in order. */
  readonly requests: readonly Forgotten[];
  /** Those of models before it. There is at least one of either. */
  readonly earlier: readonly Forgotten[];
  readonly noun: string;
}

/** The certificate of a request: what holds, checked here, and what happens to one that somebody has improved. */
export function CertificateCard({ requests, earlier, noun }: Props) {
  const all = [...earlier, ...requests];
  const [index, setIndex] = useState(all.length - 1);
  const [isForged, setForged] = useState(false);
  const { certificate, publicKey } = all[index]!;
  const isEarlier = index < earlier.length;
  const { shown, checked, anew } = useMemo(
    () => checkedOf(certificate, publicKey, isForged),
    [certificate, publicKey, isForged],
  );
  const { holds } = checked;
  return (
    <section class="card certificate" aria-labelledby="certificate-title">
      <div class="card-head">
        <h2 id="certificate-title">
          {isEarlier
            ? "Certificate of an earlier model"
            : `Certificate of request ${index - earlier.length + 1}`}
        </h2>
        {all.length > 1 && (
          <Choice count={all.length} earlierCount={earlier.length} index={index} onChange={setIndex} />
        )}
      </div>
      {isEarlier && (
        <p class="soft">
          The model that it speaks of is gone from this page: another one was trained in its place. What it
          says of that model still holds.
        </p>
      )}
      <div class="certificate-columns">
        <div>
          <Verdict checked={checked} anew={anew} />
          {holds !== null && (
            <>
              <p>
                <strong>What holds:</strong> {shown.predicate.holds.statement}
              </p>
              <p data-figure="chosen">
                <strong>
                  You chose this {noun} after seeing the model, so for your own choice this certificate proves
                  nothing: it holds for requests that do not depend on what the model showed.
                </strong>
              </p>
              <p>
                In words, for such a request: a tester who looks at this model and is wrong about{" "}
                {FALSE_ALARMS} in 100 models that never saw the {noun} can be right about at most{" "}
                <strong>{mostAlarmsWords(holds.epsilon, holds.delta)} in 100</strong> that saw it and forgot.{" "}
                <a href={`#/meaning${meaningQuery(holds)}`}>What a certificate says, and what it does not</a>
              </p>
            </>
          )}
          <div class="actions">
            <button type="button" onClick={() => setForged(!isForged)}>
              {isForged ? "Undo the forgery" : "Forge it: halve its ε"}
            </button>
            <a class="button" href={asDownload(certificate)} download={`certificate-${index + 1}.json`}>
              {isForged ? "Download the true one" : "Download"}
            </a>
          </div>
          <details class="key-text">
            <summary>For checking it elsewhere: the public key</summary>
            <p class="soft small">
              Made by this page for this model alone. With it, <code>expunge verify</code> checks the
              downloaded certificate on any computer.
            </p>
            <pre>{publicKeyToPem(publicKey)}</pre>
          </details>
        </div>
        <Claims shown={shown} noun={noun} isRefused={!checked.ok} />
      </div>
    </section>
  );
}

/** What the verifier says of the certificate; where it is forged, also of the same text under a signature that is right. */
function checkedOf(certificate: Forgotten["certificate"], publicKey: Uint8Array, isForged: boolean) {
  const issued = readStatement(certificate);
  if (!isForged) return { shown: issued, checked: verify(certificate, { publicKey }), anew: [] };
  const shown = withHalfEpsilon(issued);
  const again = signedAnew(certificate, shown);
  return {
    shown,
    checked: verify(withStatement(certificate, shown), { publicKey }),
    anew: verify(again.envelope, { publicKey: again.publicKey }).issues,
  };
}

function Choice(props: {
  readonly count: number;
  readonly earlierCount: number;
  readonly index: number;
  readonly onChange: (index: number) => void;
}) {
  const id = useId();
  const { count, earlierCount } = props;
  return (
    <p class="choice">
      <label for={id}>Certificate</label>{" "}
      <select
        id={id}
        value={props.index}
        onChange={({ currentTarget }) => props.onChange(Number(currentTarget.value))}
      >
        {Array.from({ length: count }, (_, i) => (
          <option key={i} value={i}>
            {i < earlierCount ? `${i + 1}, of an earlier model` : `request ${i - earlierCount + 1}`}
          </option>
        ))}
      </select>
    </p>
  );
}

function Claims({
  shown,
  noun,
  isRefused,
}: {
  readonly shown: Statement;
  readonly noun: string;
  readonly isRefused: boolean;
}) {
  const { holds, request, disclosure, cost } = shown.predicate;
  return (
    <dl class="numbers">
      <dt>
        {isRefused ? "Claims to hold" : "Holds"}
        <Hint about="what holds">
          How closely the model matches one retrained without what was forgotten. Zero would be a perfect
          match.
        </Hint>
      </dt>
      <dd class={isRefused ? "number error" : "number"} data-figure="claim">
        ε = {boundWords(holds.epsilon)}, δ = {numberWords(holds.delta)}
        {isRefused && " (refused)"}
      </dd>
      <dt>Asked for</dt>
      <dd class="number">
        ε = {numberWords(request.target.epsilon)}, δ = {numberWords(request.target.delta)}
      </dd>
      <dt>
        All models together
        <Hint about="all models together">
          What somebody learns who kept every model that this page has shown. The one before the first request
          had no noise, so that nothing bounds it: a new model cannot take an old one back.
        </Hint>
      </dt>
      <dd class="number">{disclosureWords(disclosure?.epsilon)}</dd>
      <dt>{shown.predicate.lives?.isCorrection ? "Corrected" : "Removed"}</dt>
      <dd class="number">{plural(request.rowCount, noun)}</dd>
      <dt>Steps</dt>
      <dd class="number">{countWords(cost.steps)}</dd>
      <dt>
        Steps of the model compared with
        <Hint about="the steps of the model compared with">
          What holds compares this model with one that never saw what was forgotten and has run as many steps
          in all: those of training and all since. To train again today would take those of training alone;
          the saving is counted from that.
        </Hint>
      </dt>
      <dd class="number">{countWords(cost.retrainSteps)}</dd>
    </dl>
  );
}

function Verdict({ checked, anew }: { readonly checked: Verification; readonly anew: readonly Issue[] }) {
  if (checked.ok)
    return (
      <p class="verdict good" role="status">
        <strong>✓ Verified in this page.</strong> Signature and seals are right, and every number of the claim
        was computed again.
      </p>
    );
  return (
    <div class="verdict bad" role="status">
      <strong>✕ Refused.</strong> The verifier stops at the first thing that does not fit:
      <Issues issues={checked.issues} />
      {anew.length > 0 && (
        <>
          Were the issuer itself the forger and signed it again, it would name:
          <Issues issues={anew} />
        </>
      )}
    </div>
  );
}

function Issues({ issues }: { readonly issues: readonly Issue[] }) {
  return (
    <ul>
      {issues.map(({ code, path }) => (
        <li key={code + path}>
          <code>{code}</code> {issueWords(code)}
        </li>
      ))}
    </ul>
  );
}

function issueWords(code: string): string {
  if (code === "SIGNATURE") return "The signature does not belong to this text.";
  if (code.endsWith("_FALSE")) return "Computed again, the number is another one.";
  return "This field was changed after it was sealed.";
}
