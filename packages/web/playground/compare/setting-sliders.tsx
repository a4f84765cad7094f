import { useId } from "preact/hooks";
import { countWords, numberWords } from "../../shared/numbers";
import { logValues, Slider } from "../parts/slider";
import { PAPER_DELTA, type Setting } from "./setting";

const EPSILONS = logValues(0.05, 5, 20);
const DELTAS = [1e-9, 1e-8, 1e-7, 1e-6, 1e-5, PAPER_DELTA, 1e-3];
const BATCHES = [32, 64, 128, 256, 512, 1024, 2048];
const SIGMAS = logValues(0.001, 0.2, 20);
const EPOCHS = [5, 10, 20, 30, 50, 75, 100, 150, 200];
const REQUESTS = Array.from({ length: 50 }, (_, i) => i + 1);

/** Everything that can be chosen, for reading it out of an address. */
export const SETTING_CHOICES = {
  ...{ epsilon: EPSILONS, delta: DELTAS, batchSize: BATCHES },
  ...{ sigma: SIGMAS, epochs: EPOCHS, requests: REQUESTS },
};

interface Props {
  readonly setting: Setting;
  readonly onChange: (setting: Setting) => void;
}

/** Everything that the visitor can drag on this page. */
export function SettingSliders({ setting, onChange }: Props) {
  const set = (change: Partial<Setting>): void => onChange({ ...setting, ...change });
  return (
    <section class="card sliders" aria-label="Settings">
      <Slider
        label="Epsilon (ε)"
        hint="How closely a model that forgot must match one that never saw the record. Smaller is stricter; 1 is a usual choice."
        values={EPSILONS}
        value={setting.epsilon}
        words={(value) => numberWords(value, 2)}
        onChange={(epsilon) => set({ epsilon })}
      />
      <Slider
        label="Delta (δ)"
        hint={`A small allowance beside epsilon. It should be well below one divided by the number of records. The paper’s experiments take that number itself, ${numberWords(PAPER_DELTA, 2)} here.`}
        values={DELTAS}
        value={setting.delta}
        words={(value) => numberWords(value, 2)}
        onChange={(delta) => set({ delta })}
      />
      <Slider
        label="Batch size"
        hint="Records looked at in one step. Small batches mean more steps in every pass, and more noise over a record before it comes round again."
        values={BATCHES}
        value={setting.batchSize}
        words={countWords}
        onChange={(batchSize) => set({ batchSize })}
      />
      <Slider
        label="Noise (σ)"
        hint="Random change added to every training step, for the steps picture. More noise hides a record sooner, and costs accuracy."
        values={SIGMAS}
        value={setting.sigma}
        words={(value) => numberWords(value, 2)}
        onChange={(sigma) => set({ sigma })}
      />
      <Slider
        label="Training epochs"
        hint="Passes over all records while training. Retraining repeats them all for every request."
        values={EPOCHS}
        value={setting.epochs}
        words={countWords}
        onChange={(epochs) => set({ epochs })}
      />
      <Slider
        label="Requests"
        hint="Deletion requests served one after another, one record each."
        values={REQUESTS}
        value={setting.requests}
        words={countWords}
        onChange={(requests) => set({ requests })}
      />
      <WhoAsks setting={setting} onChange={onChange} />
    </section>
  );
}

function WhoAsks({ setting, onChange }: Props) {
  const id = useId();
  return (
    <div class="slider">
      <label for={id}>Who asks to be forgotten</label>
      <select
        id={id}
        value={setting.slot}
        onChange={({ currentTarget }) =>
          onChange({ ...setting, slot: currentTarget.value === "worst" ? "worst" : "mean" })
        }
      >
        <option value="worst">the costliest record</option>
        <option value="mean">anybody, at random</option>
      </select>
    </div>
  );
}
