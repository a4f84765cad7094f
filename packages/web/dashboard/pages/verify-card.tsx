import type { Envelope } from "expunge/verify";
import { useEffect, useRef, useState } from "preact/hooks";
import { type Check, checksOf } from "../../shared/checks/certificate-checks";
import { ShownCheck } from "../../shared/checks/shown-check";
import { COMPARE_FINGERPRINT, NamedKey } from "../../shared/key-words";
import { CORRECTED_WORDS, isOfCorrection, readStatement } from "../../shared/statement";
import { canonicalText } from "../../shared/with-statement";
import { personOf } from "../checks/person";
import { useAction } from "../load";
import { Field } from "../parts/field";
import { ErrorCard } from "../parts/states";
import { useSession } from "../session";
import { Tamper } from "./tamper";

interface Outcome {
  readonly ok: boolean;
  readonly checks: readonly Check[];
  readonly keyId: string;
  readonly tookMs: number;
  readonly isAltered: boolean;
  readonly isPersonChecked: boolean;
  readonly isCorrection: boolean;
}

/** Runs `expunge/verify` here, and shows what it looked at. */
export function VerifyCard({ envelope }: { readonly envelope: Envelope }) {
  const { client } = useSession();
  const [text, setText] = useState(() => JSON.stringify(readStatement(envelope), null, 2));
  const [ownKey, setOwnKey] = useState("");
  const [person, setPerson] = useState({ id: "", receipt: "" });
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const { run, isBusy, error, clear } = useAction();
  const asking = useRef(0);

  /** What was found is of something else now: nothing stays that speaks of what is no longer there. */
  const edited =
    <T,>(set: (value: T) => void) =>
    (value: T): void => {
      asking.current++;
      setOutcome(null);
      clear();
      set(value);
    };
  const check = (statementText: string): Promise<void> =>
    run(async () => {
      const turn = ++asking.current;
      setOutcome(null);
      const altered = alteredOf(envelope, statementText);
      const isCorrection = isOfCorrection(readStatement(envelope));
      const given = personOf(envelope, person);
      const asked = given && {
        ...given,
        asked: isCorrection ? ("correction" as const) : ("deletion" as const),
      };
      const [{ runVerify }, { keys }] = await Promise.all([import("../checks/run-verify"), client.keySet()]);
      const { verification, keyId, tookMs } = await runVerify({
        envelope,
        altered,
        keys,
        ownKey,
        person: asked,
      });
      if (turn !== asking.current) return;
      setOutcome({
        ok: verification.ok,
        checks: checksOf(verification, asked !== null),
        keyId,
        tookMs,
        isAltered: altered !== null,
        isPersonChecked: asked !== null,
        isCorrection,
      });
    });

  return (
    <section class="card" aria-label="Verify">
      <h2>Is it true?</h2>
      <p>
        Your browser can check this by itself: the signature, and every number of the claim, computed anew
        from the process that the certificate states. Nothing but the public key is fetched, and nothing is
        sent.
      </p>
      <p>
        <button type="button" class="primary" disabled={isBusy} onClick={() => check(text)}>
          {isBusy ? "Checking…" : "Verify in this browser"}
        </button>
      </p>
      <details>
        <summary>Check it against your own key, or for one person</summary>
        <div class="fields">
          <Field
            label="Public key"
            help="64 hex digits or PEM. Left empty, it is the key that this service publishes: keep a copy, and compare."
          >
            {(wiring) => (
              <textarea
                {...wiring}
                class="mono"
                rows={2}
                spellcheck={false}
                value={ownKey}
                onInput={(event) => edited(setOwnKey)(event.currentTarget.value)}
              />
            )}
          </Field>
          <Field
            label="Id of a person"
            help="As it stood in the table. Left empty, it is the one whom the receipt names."
          >
            {(wiring) => (
              <input
                {...wiring}
                value={person.id}
                onInput={(event) => edited(setPerson)({ ...person, id: event.currentTarget.value })}
              />
            )}
          </Field>
          <Field
            label="Receipt"
            term="salt"
            help="The person’s own, salt and proof, or several: a whole file of them, or a service’s answer. The salt alone will do where the request named one person."
          >
            {(wiring) => (
              <textarea
                {...wiring}
                class="mono"
                rows={2}
                spellcheck={false}
                value={person.receipt}
                onInput={(event) => edited(setPerson)({ ...person, receipt: event.currentTarget.value })}
              />
            )}
          </Field>
        </div>
      </details>
      {error !== null && <ErrorCard error={error} />}
      {outcome !== null && <ShownOutcome outcome={outcome} />}
      <Tamper text={text} original={envelope} onChange={edited(setText)} onVerify={check} isBusy={isBusy} />
    </section>
  );
}

/** What was typed, where it says something else than the certificate: white space and the order of keys do not count. @throws for text that is no JSON */
function alteredOf(envelope: Envelope, text: string): unknown {
  let typed: unknown;
  try {
    typed = JSON.parse(text);
  } catch (error) {
    throw {
      code: "E_CERTIFICATE",
      message: `The altered statement is no JSON any more: ${(error as Error).message}.`,
    };
  }
  return canonicalText(typed) === canonicalText(readStatement(envelope)) ? null : typed;
}

function ShownOutcome({ outcome }: { readonly outcome: Outcome }) {
  const { ok, checks, keyId, tookMs, isAltered, isPersonChecked, isCorrection } = outcome;
  const failed = checks.filter(({ state }) => state === "failed");
  const verdict = useRef<HTMLParagraphElement>(null);
  // The button that was pressed may stand far below.
  useEffect(() => {
    verdict.current?.focus({ preventScroll: true });
    verdict.current?.scrollIntoView({ block: "center" });
  }, [outcome]);
  return (
    <div class="outcome">
      <p ref={verdict} tabIndex={-1} class={ok ? "verdict good" : "verdict bad"} role="status">
        {ok
          ? `Verified: every check passed${isPersonChecked ? `, and it speaks of this person${isCorrection ? CORRECTED_WORDS : ""}` : ""}.`
          : `Not verified: ${failed.map(({ name }) => name.toLowerCase()).join(", ")} failed${isAltered ? " for the altered statement" : ""}.`}
      </p>
      <ul class="checks">
        {checks.map((check) => (
          <ShownCheck key={check.name} check={check} />
        ))}
      </ul>
      {isAltered && (
        <p class="soft small">
          The verifier stops at the signature. The checks after it were run on the same statement signed
          rightly by a key made in this page, as a dishonest issuer could sign it.
        </p>
      )}
      <p class="soft small">
        Checked here in {tookMs < 1 ? "less than 1" : Math.round(tookMs)} ms against{" "}
        <NamedKey fingerprint={keyId} />. A key fetched from the issuer shows that the issuer signed; that the
        issuer is who you think is for you to know. {COMPARE_FINGERPRINT}
      </p>
    </div>
  );
}
