import type { Statement } from "expunge/verify";
import type { ComponentChildren } from "preact";
import { FALSE_ALARMS, mostAlarmsWords } from "../shared/alarms";
import { ShownCheck } from "../shared/checks/shown-check";
import { holdsWords } from "../shared/holds-words";
import { COMPARE_FINGERPRINT, NamedKey } from "../shared/key-words";
import { NotCovered } from "../shared/not-covered";
import { countWords, disclosureWords, numberWords, plural } from "../shared/numbers";
import { peopleIn } from "../shared/receipts";
import { CORRECTED_WORDS, isOfCorrection, readStatement } from "../shared/statement";
import { Verdict } from "../shared/verdict";
import type { Checked, LedgerFound } from "./check";
import type { Evidence } from "./evidence";
import { computedWords, missingKeyWords } from "./words";

interface Props {
  readonly evidence: Evidence;
  readonly checked: Checked | null;
}

/** The verdict first, then the claim: what holds, for whom, who says so; then what it does not cover, and how it was checked. */
export function Result({ evidence, checked }: Props) {
  const { certificate, keys } = evidence;
  if (certificate === null)
    return (
      <section class="card" aria-label="Result">
        <Verdict holds={null} meaning="Nothing to check yet: give a certificate below." />
      </section>
    );
  if (keys.length === 0)
    return (
      <section class="card" aria-label="Result">
        <Verdict
          holds={null}
          meaning="Not checked: the issuer’s public key is missing. Give it below; it should reach you by another way than the certificate."
        />
      </section>
    );
  if (checked === null)
    return (
      <section class="card" aria-label="Result">
        <p role="status">Checking…</p>
      </section>
    );
  return <Found evidence={evidence} checked={checked} statement={readIfSigned(evidence, checked)} />;
}

/** What a certificate says, where a key given signed it: of anything else nothing is shown. */
function readIfSigned({ certificate }: Evidence, { signedBy }: Checked): Statement | null {
  if (certificate === null || signedBy === null) return null;
  try {
    return readStatement(certificate);
  } catch {
    return null;
  }
}

function Found({
  evidence,
  checked,
  statement,
}: Props & { readonly checked: Checked; readonly statement: Statement | null }) {
  const { verification, checks, person } = checked;
  const { ok, holds } = verification;
  const isOfOthers = person !== null && !person.isMeant;
  const isCorrection = statement !== null && isOfCorrection(statement);
  return (
    <>
      <section class="card" aria-label="Result">
        <div role="status">
          <MainVerdict checked={checked} isCorrection={isCorrection} />
          {ok && isOfOthers && <NotMeant />}
          {ok && isOfOthers && holds !== null && (
            <p class="soft small">For those whom it names it claims: {holdsWords(holds)}.</p>
          )}
          {ok && !isOfOthers && holds !== null && statement !== null && (
            <Verdict holds={holds} meaning={statement.predicate.holds.statement} />
          )}
        </div>
        {ok && statement?.predicate.lives && <p>{statement.predicate.lives.statement}</p>}
        {ok && !isOfOthers && holds !== null && (
          <p>
            In words, for such a request: take 100 models that never saw the record
            {isCorrection
              ? " as it was, and 100 that saw it and had it corrected"
              : ", and 100 that saw it and forgot"}
            . A tester who on average wrongly accuses {FALSE_ALARMS} of the first rightly accuses on average
            at most <strong>{mostAlarmsWords(holds.epsilon, holds.delta)}</strong> of the others.
          </p>
        )}
        <WhoIsMeant evidence={evidence} person={person} isOk={ok} />
        {ok && <WhoSaysSo checked={checked} />}
        <div class="actions no-print">
          <button type="button" onClick={() => print()}>
            Print
          </button>
        </div>
      </section>
      {statement !== null && ok && (
        <section class="card">
          <NotCovered texts={[...statement.predicate.notCovered, ...verification.notes]} />
          <p class="small">What it assumes, and how the issuer says that was ensured:</p>
          <ul class="limits small">
            {statement.predicate.assumptions.map(({ name, enforcedBy }) => (
              <li key={name}>
                {name}: <span class="soft">{enforcedBy}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
      {evidence.proof !== null && <Ledger found={checked.ledger} />}
      {statement !== null && ok && <Facts statement={statement} checked={checked} />}
      <section class="card">
        <h2>What was checked</h2>
        <ul class="checks">
          {checks.map((one) => (
            <ShownCheck key={one.name} check={one} />
          ))}
        </ul>
        <p class="soft small">
          Checked in this browser on {checked.at.toISOString().slice(0, 16).replace("T", " ")} UTC.{" "}
          {computedWords(checks)}
        </p>
      </section>
    </>
  );
}

/** One plain sentence, larger than all else: what whoever was sent this asks first. */
function MainVerdict({
  checked: { verification, checks, missingKey, person, ledger },
  isCorrection,
}: {
  readonly checked: Checked;
  readonly isCorrection: boolean;
}) {
  const failed = checks.filter(({ state }) => state === "failed").map(({ name }) => name.toLowerCase());
  if (missingKey !== null) return <p class="verdict lead bad">{missingKeyWords(missingKey)}</p>;
  if (!verification.ok)
    return (
      <p class="verdict lead bad">
        Refused: {failed.join(", ")} failed. Nothing that this certificate claims should be relied on.
      </p>
    );
  if (person !== null && !person.isMeant)
    return (
      <p class="verdict lead bad">
        It does not speak of {person.id} ({sourceWords(person)}).
      </p>
    );
  if (ledger?.state === "broken")
    return (
      <p class="verdict lead bad">
        The certificate passed every check, but the proof of the ledger that came with it is broken.
      </p>
    );
  return (
    <p class="verdict lead good">
      Verified: this certificate is genuine, every check passed
      {person !== null && `, and it speaks of ${person.id}${isCorrection ? CORRECTED_WORDS : ""}`}.
    </p>
  );
}

const sourceWords = ({ isTyped }: NonNullable<Checked["person"]>): string =>
  isTyped ? "the id that was typed" : "the id in the receipt";

/** The certificate is right, and about somebody else. */
function NotMeant() {
  return (
    <p>
      The certificate itself passed its checks, but the id and the receipt do not lead to the people whom it
      names. The receipt may be another person’s, or of another request. What follows holds for others.
    </p>
  );
}

function WhoIsMeant({
  evidence: { receipts },
  person,
  isOk,
}: {
  readonly evidence: Evidence;
  readonly person: Checked["person"];
  readonly isOk: boolean;
}): ComponentChildren {
  const named = peopleIn(receipts);
  if (person === null)
    return (
      <p>
        {named.length > 1
          ? `The receipts name ${countWords(named.length)} people. Type the id of one of them below, to see whether it speaks of them.`
          : "Whom it speaks of was not asked: that takes the person’s id and their receipt."}
      </p>
    );
  if (!isOk)
    return (
      <p>
        Asked about {person.id}, {sourceWords(person)}.
      </p>
    );
  if (!person.isMeant) return null;
  return (
    <p>
      <strong>It speaks of {person.id}:</strong> that is {sourceWords(person)}; id and receipt lead to the
      people whom the certificate names.
    </p>
  );
}

function WhoSaysSo({ checked: { signedBy } }: { readonly checked: Checked }) {
  if (signedBy === null) return null;
  return (
    <p>
      <strong>Who says so:</strong> whoever holds <NamedKey fingerprint={signedBy.fingerprint} />.{" "}
      {signedBy.isFetched
        ? `It was fetched from ${location.host}: that shows that whoever runs this address signed.`
        : "You gave this key: that it is the issuer’s is yours to know."}{" "}
      {COMPARE_FINGERPRINT} It binds them to what they say was done; nobody can see into their machines.
    </p>
  );
}

function Ledger({ found }: { readonly found: LedgerFound | null }) {
  if (found === null) return null;
  return (
    <section class="card" aria-label="Its place in the ledger">
      <h2>Its place in the ledger</h2>
      {found.state === "broken" ? (
        <p class="verdict bad" role="status">
          Broken: {found.why}.
        </p>
      ) : (
        <p role="status">
          It is entry {found.index} of {found.size} in the log {found.origin}.{" "}
          {found.state === "signed"
            ? `The log’s key signed that${found.isKeyFetched ? ", a key fetched from this address" : ""}.`
            : "Whether the log signed that was not checked: its key is missing."}{" "}
          Whoever kept a checkpoint can tell if it is changed or removed. The time, {found.time}, is the
          service’s own word.
        </p>
      )}
    </section>
  );
}

function Facts({ statement, checked }: { readonly statement: Statement; readonly checked: Checked }) {
  const { subject, predicate } = statement;
  const { request, disclosure } = predicate;
  return (
    <section class="card">
      <h2>In full</h2>
      <dl class="small">
        <dt>Certificate</dt>
        <dd class="mono">{predicate.certificateId}</dd>
        <dt>Issued</dt>
        <dd>{predicate.issuedAt.replace("T", " ").replace("Z", " UTC")}, by the issuer’s clock</dd>
        <dt>{predicate.lives?.isCorrection ? "Corrected" : "Removed"}</dt>
        <dd>
          {plural(request.rowCount, "row")}
          {request.subjects.count > 0 && ` of ${plural(request.subjects.count, "person", "people")}`}, by
          request {request.number} of this model
        </dd>
        <dt>Asked for</dt>
        <dd>
          epsilon {numberWords(request.target.epsilon)}, delta {numberWords(request.target.delta)}
        </dd>
        <dt>All models together</dt>
        <dd>{disclosureWords(disclosure?.epsilon)}</dd>
        <dt>The model</dt>
        <dd class="mono">
          {subject[0].digest.sha256}
          {checked.isModelAsked ? " (the weights given)" : ""}
        </dd>
        <dt>The model before</dt>
        <dd class="mono">{predicate.modelBefore}</dd>
      </dl>
    </section>
  );
}
