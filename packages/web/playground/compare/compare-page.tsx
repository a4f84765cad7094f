import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { ErrorBoundary } from "../../shared/error-boundary";
import { Hint } from "../../shared/hint";
import { countWords, percentWords } from "../../shared/numbers";
import { numbersFrom, readAddress, useAddress } from "../address";
import { SaveSvg } from "../parts/save-svg";
import { wordsOf } from "../work/engine";
import { isWithinChance } from "./accuracy";
import { expungeNoise, langevinCurve, METHODS, noiseCurves, stepCurves } from "./figures";
import { FiguresTable } from "./figures-table";
import { Headline, OfWhichNoise } from "./headline";
import { AccuracyPlot, NoisePlot, StepsPlot } from "./plots";
import { MNIST_SIZE, type Setting, START } from "./setting";
import { SETTING_CHOICES, SettingSliders } from "./setting-sliders";
import { LABELS, Swatch } from "./styles";
import { useBackground } from "./use-background";

/** Trainings behind the measured dot. */
const TRIALS = 5;

/** What each method pays, as sliders move. The accountants run in the page, training in a worker. */
export function ComparePage() {
  const [chosen, setChosen] = useState<Setting>(() => ({
    ...numbersFrom(START, SETTING_CHOICES),
    slot: readAddress().query.get("slot") === "mean" ? "mean" : "worst",
  }));
  useAddress({ ...chosen });
  const setting = useAfterPaint(chosen);
  const { epsilon, delta, batchSize, epochs, sigma, requests } = setting;
  // Only these three matter to the curves of noise
  const noise = useMemo(() => noiseCurves(setting), [delta, batchSize, epochs]);
  const steps = useMemo(() => stepCurves(setting), [setting]);
  const level = useMemo(() => expungeNoise(setting, epsilon), [setting, epsilon]);
  const langevin = useBackground("langevin", { epsilon, delta, sigma, requests });
  const [failure, setFailure] = useState<string | null>(null);
  const onError = (error: unknown): void => setFailure(wordsOf(error));
  const margins = useBackground("margins", { batchSize, epochs }, { quietMs: 150, onError });
  const asked = { batchSize, epochs, sigma: level.sigma, trials: TRIALS };
  const measured = useBackground("measure", asked, { quietMs: 600 });
  const kept = useLast(margins);
  const allSteps = useMemo(
    () => (langevin === null ? steps : [...steps, ...langevinCurve(langevin, requests)]),
    [steps, langevin, requests],
  );
  const dot = useMemo(() => (measured === null ? null : { ...measured, epsilon }), [measured, epsilon]);
  return (
    <>
      <header class="page-head">
        <h1 tabIndex={-1}>What forgetting costs</h1>
        <p class="lead">
          Five ways to make a model forget, at the size of a well-known benchmark:{" "}
          {countWords(MNIST_SIZE.rowCount)} handwritten digits. Drag a slider and see what each would need.
          The paper is “Certified Machine Unlearning via Noisy Stochastic Gradient Descent” (Chien, Wang,
          Chen, Li, NeurIPS 2024). Expunge, the paper and Langevin have noise at every step here; “Try it”
          uses Expunge’s default, noise when a model is released.
        </p>
      </header>
      <div class="compare">
        <div class="compare-head">
          <Headline setting={setting} points={steps} />
          <OfWhichNoise />
          <Key />
        </div>
        <p class="swipe soft small">Three pictures: swipe sideways for the next.</p>
        <div class="plots">
          <Panel
            title="Work for the requests"
            hint="Passes over all the data, added up request after request, at the noise (σ) that you chose; no line where no work is needed yet. Descent-to-Delete adds noise of its own when it releases a model. Langevin serves several records at once."
            axis={["passes over the data", "requests served"]}
          >
            <ErrorBoundary of={setting}>
              <StepsPlot points={allSteps} requests={requests} />
            </ErrorBoundary>
          </Panel>
          <Panel
            title="Noise that each needs"
            hint="How much randomness ends up in every weight of the released model so that any one record can be forgotten within one pass over the data. Lower is better. The dotted line is your epsilon."
            axis={["noise in each weight", "epsilon (ε)"]}
          >
            <ErrorBoundary of={setting}>
              <NoisePlot points={noise} epsilon={epsilon} />
            </ErrorBoundary>
          </Panel>
          <Panel
            title="Accuracy that is left"
            hint="Share of unseen generated digits that are read rightly with that noise: lines are estimates by a formula, the dot is measured by training in your browser, with the lowest and the highest of several runs."
            axis={["read rightly", "epsilon (ε)"]}
          >
            {kept === null ? (
              <p class={`waiting ${failure === null ? "soft" : "error"}`}>
                {failure === null
                  ? "Training on generated digits…"
                  : `Accuracy cannot be measured here: ${failure}`}
              </p>
            ) : (
              <AccuracyPlot points={noise} margins={kept.margins} epsilon={epsilon} measured={dot} />
            )}
          </Panel>
        </div>
        <SettingSliders setting={chosen} onChange={setChosen} />
        <div class="compare-foot">
          <ErrorBoundary of={setting}>
            <FiguresTable
              setting={setting}
              steps={allSteps}
              margins={kept?.margins ?? null}
              isLangevinKnown={langevin !== null}
            />
          </ErrorBoundary>
          <p class="soft small">
            {kept === null
              ? ""
              : `Without noise ${percentWords(kept.score)} of the generated digits are read rightly. `}
            {dot === null
              ? ""
              : `Measured with Expunge’s noise: ${percentWords(dot.mean)} (mean of ${TRIALS} trainings). `}
            {margins !== null &&
            dot !== null &&
            isWithinChance(margins.score, dot.mean, margins.margins.length)
              ? `The difference is within the error of a test on ${countWords(margins.margins.length)} digits: it shows neither that noise helps nor that it harms. `
              : ""}
            Expunge’s figures are computed here by the accountant that certificates with noise at every step
            use, in exact arithmetic.
          </p>
          <p class="soft small">
            How to compare them: noise and accuracy are for any one request that is served within one pass
            over the data; work is for all requests at the noise chosen. Expunge leaves the place of a deleted
            record empty, the others put another record there. “Anybody, at random” is known to Expunge alone:
            the others always reckon with the costliest record.
          </p>
        </div>
      </div>
    </>
  );
}

function Key() {
  return (
    <ul class="key">
      {METHODS.map((method) => (
        <li key={method}>
          <Swatch method={method} /> {LABELS[method]}
        </li>
      ))}
    </ul>
  );
}

function Panel(props: {
  readonly title: string;
  readonly hint: string;
  readonly axis: readonly [y: string, x: string];
  readonly children: ComponentChildren;
}) {
  const { title, hint, axis, children } = props;
  return (
    <section class="card plot-card">
      <h2>
        {title}
        <Hint about={title}>{hint}</Hint>
      </h2>
      <p class="axis-y">↑ {axis[0]}</p>
      {children}
      <p class="axis-x">{axis[1]} →</p>
      <SaveSvg title={title} />
    </section>
  );
}

/** The value once the page has been painted with it elsewhere: a slider answers at once, the curves right after it. */
function useAfterPaint<T>(value: T): T {
  const [shown, setShown] = useState(value);
  useEffect(() => setShown(value), [value]);
  return shown;
}

/** The newest value that was not null: a curve stays while the next one is on its way. */
function useLast<T>(value: T | null): T | null {
  const [last, setLast] = useState<T | null>(value);
  if (value !== null && value !== last) setLast(value);
  return value ?? last;
}
