import { useState } from "preact/hooks";
import { FALSE_ALARMS, mostAlarms, mostAlarmsWords } from "./alarms";
import { boundWords, numberWords } from "./numbers";

export interface CertificateMeaningProps {
  /** What the reader's own certificate claims; the picture starts there. Default 1. */
  readonly epsilon?: number;
  /** Default 1e-5. */
  readonly delta?: number;
  /** The level of the page's own title: 1 where this is the page, 2 inside another. */
  readonly level?: 1 | 2;
}

const SLIDER_STEPS = 100;
const [LEAST, MOST] = [0.01, 5];

/** "What a certificate says, and what it does not", for a data protection officer: no mathematics needed. */
export function CertificateMeaning({ epsilon = 1, delta = 1e-5, level = 1 }: CertificateMeaningProps) {
  const Title = level === 1 ? "h1" : "h2";
  const Heading = level === 1 ? "h2" : "h3";
  return (
    <article class="meaning">
      <Title tabIndex={-1}>What a certificate says, and what it does not</Title>
      <p class="lead">
        Written for data protection officers and for the people whose data it is. No mathematics needed.
      </p>
      <blockquote>
        If your request does not depend on what the model showed, then after it nobody who looks at the new
        model can tell with any confidence whether your record was ever used to train it. How much “any
        confidence” is, is a number, and anybody can check that number.
      </blockquote>
      <AlarmTest Heading={Heading} startEpsilon={epsilon} delta={delta} />
      <div class="meaning-columns">
        <Says Heading={Heading} />
        <SaysNot Heading={Heading} />
      </div>
      <Words Heading={Heading} />
    </article>
  );
}

interface Part {
  readonly Heading: "h2" | "h3";
}

/** The definition as a test that a suspicious person runs, with the alarms that the claim allows as dots. */
function AlarmTest({
  Heading,
  startEpsilon,
  delta,
}: Part & { readonly startEpsilon: number; readonly delta: number }) {
  const [epsilon, setEpsilon] = useState(startEpsilon);
  const words = mostAlarmsWords(epsilon, delta);
  const onInput = (event: Event): void => {
    const position = Number((event.currentTarget as HTMLInputElement).value) / SLIDER_STEPS;
    setEpsilon(Number((LEAST * (MOST / LEAST) ** position).toPrecision(2)));
  };
  const position = SLIDER_STEPS * (Math.log(epsilon / LEAST) / Math.log(MOST / LEAST));
  const epsilonWords = boundWords(epsilon);
  return (
    <section class="card alarm-test">
      <Heading>The number, as a test</Heading>
      <p>
        Imagine 100 models that never saw your record, and 100 that saw it and then forgot it. A tester, as
        clever as you like, looks at each of them and says whether it knew you. Suppose that the tester
        wrongly accuses {FALSE_ALARMS} of the 100 that never saw you. Your record must be one that was not
        picked because of what the model showed.
      </p>
      <label class="alarm-slider">
        <span>
          epsilon (ε): <output class="number">{epsilonWords}</output>
        </span>
        <input
          type="range"
          min={0}
          max={SLIDER_STEPS}
          step={1}
          value={Math.round(position)}
          aria-valuetext={`epsilon ${epsilonWords}: at most ${words} of 100`}
          onInput={onInput}
        />
      </label>
      <div class="alarm-rows">
        <AlarmRow of="never saw you" count={FALSE_ALARMS} words={String(FALSE_ALARMS)} />
        <AlarmRow of="saw you, then forgot" count={mostAlarms(epsilon, delta)} words={`at most ${words}`} />
      </div>
      <p role="status" class="alarm-words">
        With ε = {epsilonWords} and δ = {numberWords(delta)} the tester can rightly accuse at most{" "}
        <strong>{words} of the 100</strong> that saw you and forgot. {comparison(epsilon)}
      </p>
    </section>
  );
}

function AlarmRow({
  of,
  count,
  words,
}: {
  readonly of: string;
  readonly count: number;
  readonly words: string;
}) {
  const size = 9;
  const perRow = 25;
  // A part of a dot is a whole one: the picture must not promise more than the number.
  const accused = Math.ceil(count - 1e-9);
  return (
    <figure>
      <svg
        viewBox={`0 0 ${perRow * size} ${4 * size}`}
        role="img"
        aria-label={`Of 100 models that ${of}, ${words} are accused.`}
      >
        {Array.from({ length: 100 }, (_, i) => (
          <circle
            key={i}
            cx={size * ((i % perRow) + 0.5)}
            cy={size * (Math.floor(i / perRow) + 0.5)}
            r={3.4}
            class={i < accused ? "accused" : "unaccused"}
          />
        ))}
      </svg>
      <figcaption>
        100 that {of}: <strong>{words}</strong> accused
      </figcaption>
    </figure>
  );
}

function Says({ Heading }: Part) {
  return (
    <section class="card">
      <Heading>It says</Heading>
      <ul class="says">
        <li>
          <strong>The model is almost as if the record had never been used.</strong> What is released after
          the request is statistically almost the same as a model made again from the beginning without it, by
          the same steps and with the same noise. Nothing is cut out; what counts is that the model no longer
          depends on the record in a way that could be noticed more often than the number below allows.
        </li>
        <li>
          <strong>How much “almost” is, is a number.</strong> ε (epsilon) and δ (delta) bound every test that
          anybody could ever run on the model, as above. Smaller is better; zero would be a perfect match.
        </li>
        <li>
          <strong>It can be checked by others.</strong> A certificate holds every number that its claim was
          computed from. The verifier computes the claim again, on any computer and without the data, and
          names the field that does not fit.
        </li>
        <li>
          <strong>Who says so.</strong> It is signed. A changed certificate, or one by somebody else, is
          refused.
        </li>
        <li>
          <strong>Which model, and whom.</strong> It names the model file by its fingerprint, and the person
          only by a salted digest: whoever holds the salt can prove that it speaks of them; without the salt
          nobody can find out.
        </li>
      </ul>
    </section>
  );
}

function SaysNot({ Heading }: Part) {
  return (
    <section class="card">
      <Heading>It does not say</Heading>
      <ul class="says-not">
        <li>
          <strong>That other copies are gone.</strong> Source tables, backups, logs, other models and anything
          else made from the record are outside it.
        </li>
        <li>
          <strong>That models published earlier forgot anything.</strong> Whoever kept an older copy still has
          it. Where noise comes on release alone, which is the default, nothing bounds what older models show.
        </li>
        <li>
          <strong>That it holds for whoever was picked because of the model.</strong> With the default policy,
          “independent”, it is for requests that do not depend on what the model showed. Only a model trained
          for “adaptive” requesters, with a limit on everything it ever releases, covers the others.
        </li>
        <li>
          <strong>That the process was run as stated.</strong> It binds its issuer to a statement, as a signed
          record does. It cannot look into the issuer’s machines.
        </li>
        <li>
          <strong>That preparation was forgotten too.</strong> How columns became numbers, and settings chosen
          by looking at the data, are treated as public.
        </li>
        <li>
          <strong>That the model knows nothing about people like you.</strong> What it learned from others who
          are alike stays, as it would after retraining.
        </li>
        <li>
          <strong>That a legal duty is met.</strong> Whether this satisfies a request for erasure, such as one
          under Article 17 of the GDPR, is for you and your counsel to judge.
        </li>
      </ul>
    </section>
  );
}

function Words({ Heading }: Part) {
  return (
    <section class="card">
      <Heading>Words you will meet</Heading>
      <dl class="words">
        <dt>ε, epsilon</dt>
        <dd>
          How far a tester’s suspicion can rise: rightful accusations are at most about e^ε times as frequent
          as wrong ones. At 0.1 hardly more frequent, at 1 up to 2.7 times.
        </dd>
        <dt>δ, delta</dt>
        <dd>
          A small allowance beside that. A usual choice is well below one divided by the number of records.
        </dd>
        <dt>Noise</dt>
        <dd>
          Small random changes, added when a model that has forgotten is released, or, where the model was
          planned so, at every step of training. They hide what a single record did; too much of it costs
          accuracy.
        </dd>
        <dt>Step</dt>
        <dd>
          One small correction of the model by one batch of records. Retraining takes hundreds or thousands of
          them.
        </dd>
        <dt>Retraining</dt>
        <dd>
          Training again from the beginning without the record: the yardstick. Forgetting aims at the same
          result for less work.
        </dd>
        <dt>Audit</dt>
        <dd>
          An attack on the claim: many models are made both ways and a tester tries to tell them apart. It can
          refute a claim, never prove one.
        </dd>
      </dl>
    </section>
  );
}

function comparison(epsilon: number): string {
  if (epsilon <= 0.1) return "That is hardly better than guessing.";
  if (epsilon <= 1) return "A single accusation is weak evidence.";
  if (epsilon <= 2.5) return "That is a loose claim: better than nothing, not strong.";
  return "That is a weak claim: at such an ε, ask for a smaller one.";
}
