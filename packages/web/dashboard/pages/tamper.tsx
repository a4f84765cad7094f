import type { Envelope, Statement } from "expunge/verify";
import { readStatement } from "../../shared/statement";
import { Field } from "../parts/field";

type Mutable<T> = T extends object ? { -readonly [K in keyof T]: Mutable<T[K]> } : T;

interface Forgery {
  readonly name: string;
  readonly apply: (statement: Mutable<Statement>) => void;
}

/** What a dishonest issuer would like to write. */
const FORGERIES: readonly Forgery[] = [
  {
    name: "Halve epsilon",
    // In both places where it stands: whoever forges is careful.
    apply: ({ predicate }) => {
      predicate.erasure.epsilon /= 2;
      predicate.holds.epsilon /= 2;
    },
  },
  {
    name: "More noise",
    apply: ({ predicate: { noise, timeline } }) => {
      const { stds } = timeline.cells;
      const last = stds.length - 1;
      if (noise.sigma !== null) noise.sigma *= 3;
      noise.std *= 3;
      if (stds[last]! > 0) stds[last] = noise.std;
    },
  },
  {
    name: "One step more",
    apply: ({ predicate: { noise, timeline, disclosure } }) => {
      const { steps } = timeline.cells;
      timeline.stepsAfter += 1;
      if (noise.kind === "on-release" && steps.length > 0) steps[steps.length - 1]! += 1;
      if (disclosure !== null) disclosure.lengths[disclosure.lengths.length - 1]! += 1;
    },
  },
  {
    name: "Another model",
    apply: ({ subject }) => {
      for (const { digest } of subject) {
        const [first, ...rest] = digest.sha256;
        digest.sha256 = [first === "0" ? "1" : "0", ...rest].join("");
      }
    },
  },
];

/** Lets a visitor falsify the certificate, to see that it does not go unnoticed. */
export function Tamper({
  text,
  original,
  onChange,
  onVerify,
  isBusy,
}: {
  readonly text: string;
  readonly original: Envelope;
  readonly onChange: (text: string) => void;
  readonly onVerify: (text: string) => void;
  readonly isBusy: boolean;
}) {
  const untouched = JSON.stringify(readStatement(original), null, 2);
  const forge = (apply: Forgery["apply"]): void => {
    const statement = readStatement(original) as Mutable<Statement>;
    apply(statement);
    const forged = JSON.stringify(statement, null, 2);
    onChange(forged);
    onVerify(forged);
  };
  const restore = (): void => {
    onChange(untouched);
    onVerify(untouched);
  };
  return (
    <details class="tamper">
      <summary>Try to falsify it</summary>
      <p>
        Change a digit of the statement below, or take one of these, and verify again. The signature fails at
        once; the other checks then run as though the issuer itself had signed the altered statement, and what
        fails is named.
      </p>
      <p class="row">
        {FORGERIES.map(({ name, apply }) => (
          <button key={name} type="button" disabled={isBusy} onClick={() => forge(apply)}>
            {name}
          </button>
        ))}
      </p>
      <Field label="Statement">
        {(wiring) => (
          <textarea
            {...wiring}
            class="mono statement"
            rows={14}
            spellcheck={false}
            value={text}
            onInput={(event) => onChange(event.currentTarget.value)}
          />
        )}
      </Field>
      <p class="row">
        <button type="button" class="primary" disabled={isBusy} onClick={() => onVerify(text)}>
          Verify again
        </button>
        <button type="button" disabled={isBusy || text === untouched} onClick={restore}>
          Put it back
        </button>
      </p>
    </details>
  );
}
