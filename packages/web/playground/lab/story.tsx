import { useRef, useState } from "preact/hooks";
import { boundWords, plural } from "../../shared/numbers";
import { useSeen } from "../parts/use-seen";
import { TwoPictures, useClouds } from "./story-pictures";
import type { Lab } from "./use-lab";

interface Props {
  readonly lab: Lab;
  /** The point that the story is about; negative where it is not on the board. */
  readonly row: number;
  readonly onForget: (row: number) => void;
}

const TITLES = [
  "Who has forgotten?",
  "A model learns",
  "It forgets one point",
  "It signs what holds",
  "Now try to catch it",
] as const;

/** Whether this browser has seen the story to its end, or skipped it: it is told again where it is asked for. */
const KEPT = "expunge-story";
const isKnown = (): boolean => localStorage.getItem(KEPT) === "known";

/** For somebody who has two minutes: what this is about, in five steps on the board below. */
export function Story(props: Props) {
  const [isOpen, setOpen] = useState(() => !isKnown());
  const close = (): void => {
    localStorage.setItem(KEPT, "known");
    setOpen(false);
  };
  if (isOpen) return <Steps {...props} onClose={close} />;
  return (
    <p class="story-again">
      <button type="button" class="quiet" onClick={() => setOpen(true)}>
        Tell the story in five steps
      </button>
    </p>
  );
}

function Steps({ lab, row, onForget, onClose }: Props & { readonly onClose: () => void }) {
  const [step, setStep] = useState(0);
  const title = useRef<HTMLHeadingElement>(null);
  const place = useRef<HTMLElement>(null);
  // The board comes first: its model is what most visitors wait for.
  const isTrained = lab.first !== null || lab.error !== null;
  const clouds = useClouds(useSeen(place) && isTrained && step === 0);
  const go = (next: number): void => {
    setStep(next);
    title.current?.focus();
  };
  return (
    <section class="card story" aria-labelledby="story-title" ref={place}>
      <p class="soft small">
        Step {step + 1} of {TITLES.length}
      </p>
      <h2 id="story-title" ref={title} tabIndex={-1}>
        {TITLES[step]}
      </h2>
      {step === 0 && <TwoPictures {...clouds} />}
      {step === 1 && <Learned lab={lab} />}
      {step === 2 && <ForgetOne lab={lab} row={row} onForget={onForget} />}
      {step === 3 && <Signed lab={lab} row={row} onForget={onForget} />}
      {step === 4 && <Catch />}
      {step > 0 && lab.error !== null && (
        <p class="error" role="alert">
          {lab.error}
        </p>
      )}
      <div class="actions">
        <button type="button" disabled={step === 0} onClick={() => go(step - 1)}>
          Back
        </button>
        {step < TITLES.length - 1 ? (
          <button type="button" class="primary" onClick={() => go(step + 1)}>
            Next: {TITLES[step + 1]!.toLowerCase()}
          </button>
        ) : (
          <button type="button" class="primary" onClick={onClose}>
            Close the story
          </button>
        )}
        {step < TITLES.length - 1 && (
          <button type="button" class="quiet" onClick={onClose}>
            Skip it
          </button>
        )}
      </div>
    </section>
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

function ForgetOne({ lab, row, onForget }: Props) {
  const { first, requests } = lab;
  const last = requests.at(-1);
  return (
    <>
      <p>
        Suppose that the orange point at the top right asks to be forgotten, for reasons of its own. The story
        names it by its place, not because of what the model showed: for such requests a certificate holds. A
        point that you pick yourself, after seeing the line, is not covered.
      </p>
      <p>
        One could train again without it
        {first === null ? "" : `, in ${plural(first.steps, "step")}`}. Instead the model takes the point out,
        goes on for a few steps, and adds a little noise, which hides what the steps have left.
      </p>
      {last === undefined ? (
        <ForgetButton lab={lab} row={row} onForget={onForget} />
      ) : (
        <p role="status">
          <strong>Done in {plural(last.steps, "step")}.</strong> The dotted line is the first model.
        </p>
      )}
    </>
  );
}

function ForgetButton({ lab, row, onForget }: Props) {
  return (
    <p>
      <button type="button" disabled={row < 0 || lab.isBusy} onClick={() => onForget(row)}>
        Forget that point
      </button>
      {row < 0 && <span class="soft"> It is not on the board now: “Example” brings it back.</span>}
    </p>
  );
}

const goTo = (id: string): void => document.getElementById(id)?.scrollIntoView({ block: "start" });

function Signed(props: Props) {
  const last = props.lab.requests.at(-1);
  if (last === undefined)
    return (
      <>
        <p>
          A certificate comes with every request, and nothing has been forgotten yet. Have the orange point at
          the top right forgotten, and read on here.
        </p>
        <ForgetButton {...props} />
      </>
    );
  return (
    <>
      <p>
        The certificate says that this model is as one trained without what was forgotten (a corrected point
        with its new colour), up to ε = {boundWords(last.holds.epsilon)}. It holds for requests that do not
        depend on what the model showed, such as the one that the story supposed. Of a point that you picked
        yourself, nothing is proved: you had seen the model. The page cannot tell who picked, so it says that
        beside every certificate. Anybody can check it, without the data. Halve its ε, and it is refused.
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
