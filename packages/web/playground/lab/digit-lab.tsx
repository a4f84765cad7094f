import { useEffect, useRef, useState } from "preact/hooks";
import { Hint } from "../../shared/hint";
import { Engine, Stopped, wordsOf } from "../work/engine";
import type { Digits, LabSettings } from "../work/messages";
import { SIDE } from "./digits";
import { LabPage } from "./lab-page";
import { type Lab, useLab } from "./use-lab";
import { useSettings } from "./use-settings";

const START: LabSettings = Object.freeze({
  epsilon: 1,
  delta: 1e-4,
  maxNoise: 0.1,
  batchSize: 100,
  epochs: 20,
});
const ROWS = 2000;
const TEST_ROWS = 500;
/** Digits on the page; the model is trained on all of them. */
const SHOWN = 84;

/** Generated handwriting, 3 against 8; drawn in a worker, since thousands take a while. */
export function DigitLab() {
  const [digits, setDigits] = useState<Digits | null>(null);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    const engine = new Engine();
    engine
      .ask("digits", { trainRows: ROWS, testRows: TEST_ROWS, seed: 3 })
      .then(setDigits, (reason: unknown) => {
        if (!(reason instanceof Stopped)) setError(wordsOf(reason));
      });
    return () => engine.stop();
  }, []);
  if (digits !== null) return <DrawnLab {...digits} />;
  return <p class={`card waiting ${error === null ? "soft" : "error"}`}>{error ?? "Drawing digits…"}</p>;
}

function DrawnLab({ data, pictures }: Digits) {
  const [settings, setSettings] = useSettings("digits", START);
  const lab = useLab(data, settings);
  return (
    <LabPage lab={lab} noun="digit" onSettings={setSettings}>
      <section class="card" aria-label="Digits">
        <p class="soft small">
          Threes and eights, drawn by this page. The model learns to tell them apart. These are the first{" "}
          {SHOWN}.
        </p>
        <div class="digits">
          {Array.from({ length: SHOWN }, (_, row) => (
            <DigitButton key={row} lab={lab} row={row} pictures={pictures} />
          ))}
        </div>
        <div class="eyes">
          <WeightPicture weights={lab.current?.weights ?? null} words="What the model looks for" />
          {lab.requests.length > 0 && (
            <WeightPicture weights={lab.first?.weights ?? null} words="before forgetting" />
          )}
          {lab.retrained && <WeightPicture weights={lab.retrained.weights} words="retrained" />}
          <p class="soft small">
            <span class="dot blue" /> ink here says 8 <span class="dot orange" /> ink here says 3
            <Hint about="these pictures">
              One number for every pixel: that is the whole model. Single digits cannot be seen in it; whether
              they can be found in it by calculation is what a certificate is about.
            </Hint>
          </p>
        </div>
      </section>
    </LabPage>
  );
}

function DigitButton({
  lab,
  row,
  pictures,
}: {
  readonly lab: Lab;
  readonly row: number;
  readonly pictures: Float32Array;
}) {
  const { labels, labelNames } = lab.data;
  const isGone = lab.isForgotten(row);
  const name = labelNames[labels[row]! > 0 ? 1 : 0];
  const words = isGone ? `Digit ${row + 1}, a ${name}: forgotten` : `Forget digit ${row + 1}, a ${name}`;
  return (
    <button
      type="button"
      class={`digit${isGone ? " gone" : ""}`}
      aria-label={words}
      aria-disabled={isGone || lab.isBusy}
      onClick={() => !isGone && lab.forget(row)}
    >
      <Pixels values={pictures.subarray(row * SIDE * SIDE, (row + 1) * SIDE * SIDE)} paint={inkOf} />
    </button>
  );
}

function WeightPicture({
  weights,
  words,
}: {
  readonly weights: Float64Array | null;
  readonly words: string;
}) {
  if (weights === null) return null;
  const largest = weights.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9);
  return (
    <figure>
      <Pixels values={weights} paint={(value) => leaningOf(value / largest)} />
      <figcaption>{words}</figcaption>
    </figure>
  );
}

type Colour = readonly [red: number, green: number, blue: number, share: number];

/** Ink of the page's own colour: the style sheet turns it round where the page is dark. */
function inkOf(value: number): Colour {
  return [27, 29, 33, value];
}

function leaningOf(value: number): Colour {
  return value > 0 ? [38, 110, 190, value] : [208, 110, 20, -value];
}

function Pixels(props: { readonly values: ArrayLike<number>; readonly paint: (value: number) => Colour }) {
  const { values, paint } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    const image = context.createImageData(SIDE, SIDE);
    for (let i = 0; i < SIDE * SIDE; i++) {
      const [red, green, blue, share] = paint(values[i]!);
      image.data.set([red, green, blue, Math.round(255 * share)], 4 * i);
    }
    context.putImageData(image, 0, 0);
  });
  return <canvas ref={canvas} width={SIDE} height={SIDE} />;
}
