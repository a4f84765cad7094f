import { FEATURE_KINDS, type FeatureKind } from "expunge/options";
import { useId } from "preact/hooks";
import { Hint } from "../../shared/hint";
import { countWords, numberWords } from "../../shared/numbers";
import { logValues, Slider } from "../parts/slider";
import type { LabSettings } from "../work/messages";

const EPSILONS = logValues(0.1, 5, 20);
const DELTAS = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2];
const NOISES = logValues(0.01, 1, 20);
const EPOCHS = [5, 10, 20, 30, 40, 60, 80, 100];
const BATCHES = [5, 10, 20, 50, 100, 200];

/** Everything that can be chosen, for reading it out of an address. */
export const LAB_CHOICES = {
  ...{ epsilon: EPSILONS, delta: DELTAS, maxNoise: NOISES },
  ...{ epochs: EPOCHS, batchSize: BATCHES },
};

/** The largest delta of the slider that is at most a tenth of one in all rows; the smallest there is for very many. */
export function deltaFor(rowCount: number): number {
  return DELTAS.findLast((delta) => delta * 10 * rowCount <= 1) ?? DELTAS[0]!;
}

interface Props {
  readonly rowCount: number;
  readonly noun: string;
  readonly settings: LabSettings;
  readonly onChange: (settings: LabSettings) => void;
}

/** How the models of this page are trained; every change trains a new one. */
export function LabSettingsCard({ rowCount, noun, settings, onChange }: Props) {
  const set = (change: Partial<LabSettings>): void => onChange({ ...settings, ...change });
  return (
    <details class="card sliders" open={matchMedia("(min-width: 60rem)").matches}>
      <summary>Settings</summary>
      <Slider
        label="Epsilon (ε)"
        hint="What a certificate must promise: how closely a model that forgot must match one that never saw the point. Smaller is stricter."
        values={EPSILONS}
        value={settings.epsilon}
        words={(value) => numberWords(value, 2)}
        onChange={(epsilon) => set({ epsilon })}
      />
      <Slider
        label="Delta (δ)"
        hint="A small allowance beside epsilon; well below one divided by the number of points."
        values={DELTAS}
        value={settings.delta}
        words={(value) => numberWords(value, 2)}
        onChange={(delta) => set({ delta })}
      />
      {settings.delta * rowCount >= 1 && (
        <p class="small bad" role="status">
          This delta is not below one divided by the {countWords(rowCount)} {noun}s: it would allow that one
          of them is given away whole, so that a certificate says next to nothing.
        </p>
      )}
      <Slider
        label="Noise, at most"
        hint="Random change added to a model that has forgotten, just before it is shown; training itself has none. It hides what the steps have not worn away yet: more noise, fewer steps to forget, a less exact boundary."
        values={NOISES}
        value={settings.maxNoise}
        words={(value) => numberWords(value, 2)}
        onChange={(maxNoise) => set({ maxNoise })}
      />
      <Slider
        label="Batch size"
        hint="Points that are looked at in one training step."
        values={BATCHES}
        value={settings.batchSize}
        words={countWords}
        onChange={(batchSize) => set({ batchSize })}
      />
      <Slider
        label="Training epochs"
        hint="How often training goes through all points."
        values={EPOCHS}
        value={settings.epochs}
        words={countWords}
        onChange={(epochs) => set({ epochs })}
      />
      {settings.features !== undefined && (
        <FeatureChoice features={settings.features} onChange={(features) => set({ features })} />
      )}
      <p class="soft small">Every change trains a new model, in your browser.</p>
    </details>
  );
}

const FEATURE_WORDS: Readonly<Record<FeatureKind, string>> = {
  linear: "straight",
  fourier: "curved: random Fourier features",
  "gated-relu": "in pieces: a layer of gated ReLUs",
};

/** What the boundary may look like, where it can be drawn whatever that is. */
function FeatureChoice({
  features,
  onChange,
}: {
  readonly features: FeatureKind;
  readonly onChange: (features: FeatureKind) => void;
}) {
  const id = useId();
  return (
    <div class="slider">
      <div class="slider-head">
        <label for={id}>Boundary</label>
        <Hint about="the boundary">
          A fixed map of every point, drawn before any training, so that what is linear in the map is curved
          on the board. The certificate names the map; it is the same whoever was forgotten.
        </Hint>
      </div>
      <select
        id={id}
        value={features}
        onChange={({ currentTarget }) => onChange(currentTarget.value as FeatureKind)}
      >
        {FEATURE_KINDS.map((kind) => (
          <option key={kind} value={kind}>
            {FEATURE_WORDS[kind]}
          </option>
        ))}
      </select>
    </div>
  );
}
