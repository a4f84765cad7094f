import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { boundWords, countWords, numberWords, plural } from "../../shared/numbers";
import { Engine, Stopped } from "../work/engine";
import type { Clouds } from "../work/messages";
import { CloudPlot } from "./audit-plots";
import { POINT_SETTINGS, pointData, startPoints } from "./points";
import type { Lab } from "./use-lab";

interface Props {
  readonly lab: Lab;
  /** The point that the story is about; negative where it is not on the board. */
  readonly row: number;
}

const TITLES = [
  "Who has forgotten?",
  "A model learns",
  "It forgets one point",
  "It signs what holds",
  "Now try to catch it",
] as const;

/** For somebody who has two minutes: what this is about, in five steps on the board below. */
export function Story({ lab, row }: Props) {
  const [step, setStep] = useState(0);
  const [isOpen, setOpen] = useState(true);
  const title = useRef<HTMLHeadingElement>(null);
  const clouds = useClouds();
  const go = (next: number): void => {
    setStep(next);
    title.current?.focus();
  };
  if (!isOpen)
    return (
      <p class="story-again">
        <button type="button" class="quiet" onClick={() => setOpen(true)}>
          Tell the story in five steps
        </button>
      </p>
    );
  return (
    <section class="card story" aria-labelledby="story-title">
      <p class="soft small">
        Step {step + 1} of {TITLES.length}
      </p>
      <h2 id="story-title" ref={title} tabIndex={-1}>
        {TITLES[step]}
      </h2>
      {step === 0 && <TwoPictures clouds={clouds} />}
      {step === 1 && <Learned lab={lab} />}
      {step === 2 && <ForgetOne lab={lab} row={row} />}
      {step === 3 && <Signed lab={lab} />}
      {step === 4 && <Catch />}
      <div class="actions">
        <button type="button" disabled={step === 0} onClick={() => go(step - 1)}>
          Back
        </button>
        {step < TITLES.length - 1 ? (
          <button type="button" class="primary" onClick={() => go(step + 1)}>
            Next: {TITLES[step + 1]!.toLowerCase()}
          </button>
        ) : (
          <button type="button" class="primary" onClick={() => setOpen(false)}>
            Close the story
          </button>
        )}
        {step < TITLES.length - 1 && (
          <button type="button" class="quiet" onClick={() => setOpen(false)}>
            Skip it
          </button>
        )}
      </div>
    </section>
  );
}

/** Made once, of the example's points, by a worker of its own. */
function useClouds(): Clouds | null {
  const [clouds, setClouds] = useState<Clouds | null>(null);
  useEffect(() => {
    const engine = new Engine();
    const points = startPoints();
    engine
      .ask("clouds", { data: pointData(points), settings: POINT_SETTINGS, row: points.length - 1 })
      .then(setClouds)
      .catch((reason: unknown) => {
        // The board says why nothing can be trained here.
        if (!(reason instanceof Stopped)) console.warn(reason);
      });
    return () => engine.stop();
  }, []);
  return clouds;
}

/** Models that forgot, or say so, among models that never saw the point; in words each, and both for who does not see them. */
function TwoClouds({
  words: [forgot, never],
  colour,
  ...plot
}: Omit<Parameters<typeof CloudPlot>[0], "colour"> & {
  readonly colour: "ours" | "bad";
  readonly words: readonly [forgot: string, never: string];
}) {
  return (
    <figure>
      <figcaption>
        <span>
          <span class={`dot ${colour}`} /> {forgot}
        </span>
        <span>
          <span class="dot retrain" /> {never}
        </span>
      </figcaption>
      <CloudPlot {...plot} colour={`var(--${colour})`} />
    </figure>
  );
}

function TwoPictures({ clouds }: { readonly clouds: Clouds | null }) {
  const room = useMemo(
    () => (clouds === null ? [] : [...clouds.honest, ...clouds.cheating, ...clouds.never]),
    [clouds],
  );
  if (clouds === null) return <p class="soft waiting">Training 1,500 models…</p>;
  const count = countWords(clouds.never.length);
  return (
    <>
      <div class="pair">
        <TwoClouds
          unlearned={clouds.honest}
          retrained={clouds.never}
          colour="ours"
          room={room}
          words={[`${count} models that forgot a point`, `${count} that never saw it`]}
          label={`${count} models that forgot a point lie among ${count} that never saw it.`}
        />
        <TwoClouds
          unlearned={clouds.cheating}
          retrained={clouds.never}
          colour="bad"
          room={room}
          words={[`${count} whose maker signed, but never removed the point`, "the same that never saw it"]}
          label={`${count} models that only say that they forgot lie apart from ${count} that never saw the point.`}
        />
      </div>
      <p>
        Each dot is a model, trained in this page a moment ago. On the left a model says little about whether
        it ever saw the point: ε bounds how much.{" "}
        {clouds.isCaught ? (
          <strong>
            On the right a test caught the cheat: the point can still be found in the models, further than the
            certificate allows
            {clouds.shown > clouds.certified
              ? ` (ε of at least ${numberWords(clouds.shown)}, where it says at most ${boundWords(clouds.certified)})`
              : ""}
            .
          </strong>
        ) : (
          <>On the right a test looked for the cheat, and did not find it this time.</>
        )}{" "}
        ε (epsilon) says how far two such clouds may lie apart.
      </p>
    </>
  );
}

function Learned({ lab: { first, data } }: { readonly lab: Lab }) {
  return (
    <p>
      The line on the board is a model that tells blue points from orange ones. It was trained on{" "}
      {plural(data.labels.length, "point")}
      {first === null ? "" : `, in ${plural(first.steps, "step")}`}. Every point has pulled at the line a
      little, so a model can give away who was in its data. So far it certifies nothing about anybody.
    </p>
  );
}

function ForgetOne({ lab, row }: Props) {
  const { first, requests } = lab;
  const last = requests.at(-1);
  return (
    <>
      <p>
        Suppose that the orange point at the top right asks to be forgotten. One could train again without it
        {first === null ? "" : `, in ${plural(first.steps, "step")}`}. Instead the model takes the point out,
        goes on for a few steps, and adds a little noise, which hides what the steps have left.
      </p>
      {last === undefined ? (
        <p>
          <button type="button" disabled={row < 0 || lab.isBusy} onClick={() => lab.forget(row)}>
            Forget that point
          </button>
        </p>
      ) : (
        <p role="status">
          <strong>Done in {plural(last.steps, "step")}.</strong> The dotted line is the first model.
        </p>
      )}
    </>
  );
}

const goTo = (id: string): void => document.getElementById(id)?.scrollIntoView({ block: "start" });

function Signed({ lab: { requests } }: { readonly lab: Lab }) {
  const last = requests.at(-1);
  if (last === undefined)
    return <p>A certificate comes with every request. Go back a step, and have a point forgotten first.</p>;
  return (
    <>
      <p>
        The certificate says that this model is as one trained without what was forgotten (a corrected point
        with its new colour), up to ε = {boundWords(last.holds.epsilon)}. It holds for requests that do not
        depend on what the model showed. You have seen the model before you chose, so of your own choice
        nothing is proved. Anybody can check it, without the data. Halve its ε, and it is refused.
      </p>
      <p>
        <button type="button" onClick={() => goTo("certificate-title")}>
          Show the certificate
        </button>
      </p>
    </>
  );
}

function Catch() {
  return (
    <>
      <p>
        A certificate says what its maker did; it cannot look into their machines. So put it on trial: make
        hundreds of models that forgot and hundreds that never saw the point, and let attackers try to tell
        them apart. Then let the issuer cheat, and see it caught.
      </p>
      <p>
        <button type="button" onClick={() => goTo("audit-title")}>
          Show the trial
        </button>
      </p>
    </>
  );
}
