import { useEffect, useRef, useState } from "preact/hooks";
import { Hint } from "../../shared/hint";
import { countWords } from "../../shared/numbers";
import { Engine, Stopped, wordsOf } from "../work/engine";
import type { Audited, LabData, LabSettings } from "../work/messages";
import { AuditFound } from "./audit-found";

const TRIALS = [200, 400, 1000] as const;

interface Props {
  readonly data: LabData;
  readonly settings: LabSettings;
  /** The row whose forgetting is put on trial; null where none has been forgotten. */
  readonly row: number | null;
  readonly noun: string;
}

/** An attack on the certificate: many models made both ways, and whether anybody can tell them apart. */
export function AuditCard({ data, settings, row, noun }: Props) {
  const engine = useRef<Engine | null>(null);
  const [trials, setTrials] = useState<number>(TRIALS[1]);
  const [isCheating, setCheating] = useState(false);
  const [share, setShare] = useState<number | null>(null);
  const [audited, setAudited] = useState<Audited | null>(null);
  const [error, setError] = useState<string | null>(null);
  const stop = (): void => {
    engine.current?.stop();
    setShare(null);
  };
  // What was found is of other data now
  useEffect(() => {
    setAudited(null);
    return stop;
  }, [data, settings, row]);

  const run = (): void => {
    if (row === null) return;
    engine.current ??= new Engine();
    setShare(0);
    setError(null);
    engine.current
      .ask("audit", { data, settings, row, trials, isCheating }, setShare)
      .then((found) => {
        setAudited(found);
        setShare(null);
      })
      .catch((reason: unknown) => {
        if (reason instanceof Stopped) return;
        setError(wordsOf(reason));
        setShare(null);
      });
  };

  return (
    <section class="card audit" aria-labelledby="audit-title">
      <h2 id="audit-title">
        Put it on trial
        <Hint about="an audit">
          Trains many models with the {noun} and lets them forget, and as many without it. Attackers who know
          everything but the noise then try to tell the two kinds apart.
        </Hint>
      </h2>
      <p class="soft">
        {row === null
          ? `Forget a ${noun} first. Then hundreds of models are made both ways, to see whether anybody can tell them apart.`
          : `Makes ${countWords(trials)} models that forgot the last ${noun} you chose and as many that never saw it. Can anybody tell them apart?`}
      </p>
      <div class="actions">
        <label>
          Models of each kind{" "}
          <select value={trials} onChange={({ currentTarget }) => setTrials(Number(currentTarget.value))}>
            {TRIALS.map((count) => (
              <option key={count} value={count}>
                {countWords(count)}
              </option>
            ))}
          </select>
        </label>
        {share === null ? (
          <button type="button" class="primary" disabled={row === null} onClick={run}>
            Run the audit
          </button>
        ) : (
          <button type="button" onClick={stop}>
            Stop
          </button>
        )}
      </div>
      <label class="check cheat">
        <input
          type="checkbox"
          checked={isCheating}
          onChange={({ currentTarget }) => setCheating(currentTarget.checked)}
        />
        <span>Let the issuer cheat: run the steps and sign, but never remove the {noun}</span>
      </label>
      {share !== null && <progress value={share} max={1} aria-label="Audit" />}
      {error !== null && <p class="error">{error}</p>}
      {audited !== null && <AuditFound audited={audited} noun={noun} />}
    </section>
  );
}
