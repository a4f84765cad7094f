import { useState } from "preact/hooks";
import { ThemeSwitch } from "../../shared/theme-switch";
import { useAction } from "../load";
import { Field } from "../parts/field";
import { ErrorCard } from "../parts/states";

interface SignInProps {
  readonly onKey: (key: string) => Promise<void>;
  /** Why the visitor is here (again), where that is worth saying. */
  readonly reason: unknown;
  /** A key of this tab is being tried, again and again while the service does not answer. */
  readonly isReturning: boolean;
  /** Erases the kept key. */
  readonly onGiveUp: () => void;
}

export function SignIn({ onKey, reason, isReturning, onGiveUp }: SignInProps) {
  const [key, setKey] = useState("");
  const { run, isBusy, error } = useAction();
  const submit = (event: Event): void => {
    event.preventDefault();
    if (key.trim() !== "") run(() => onKey(key.trim()));
  };
  const shown = error ?? reason;
  return (
    <main class="sign-in" id="main">
      <div class="card">
        <div class="row spread">
          <h1>Expunge</h1>
          <ThemeSwitch />
        </div>
        <p>
          Here models forget people on request. Each time one does, it signs a certificate of how little the
          new model can still tell about the removed rows. Anybody can check it. It holds for people whose
          request does not depend on what the model showed. For others it holds only where the model was
          trained for that.
        </p>
        <p>
          Were you sent a certificate? <a href="verify/">Check it without a key</a>.
        </p>
        <form onSubmit={submit}>
          <Field label="API key" help="It is kept in this tab only, and erased when you sign out.">
            {(wiring) => (
              <input
                {...wiring}
                type="password"
                autocomplete="current-password"
                required
                value={key}
                onInput={(event) => setKey(event.currentTarget.value)}
              />
            )}
          </Field>
          <button class="primary" type="submit" disabled={isBusy || isReturning}>
            {isBusy || isReturning ? "Signing in…" : "Sign in"}
          </button>
        </form>
        {shown !== null && !isBusy && <ErrorCard error={shown} />}
        {isReturning && shown !== null && (
          <div role="status">
            <p>This tab still has your key, and tries again by itself.</p>
            <p>
              <button type="button" onClick={onGiveUp}>
                Forget the key
              </button>
            </p>
          </div>
        )}
        <details>
          <summary>Where do I get a key?</summary>
          <p>
            From whoever runs this service. A key has a role: <em>submit</em> sends deletion requests,{" "}
            <em>train</em> uploads data and trains, <em>audit</em> reads everything, <em>admin</em> may do all
            of it.
          </p>
        </details>
      </div>
    </main>
  );
}
